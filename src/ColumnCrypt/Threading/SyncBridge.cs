#pragma warning disable RS0030 // The one place that blocks on tasks: see the type's remarks.
namespace ColumnCrypt.Threading;

/// <summary>Runs asynchronous work for a synchronous caller.</summary>
/// <remarks>
/// Entity Framework's synchronous API and its value converters cannot await, so a cold key ring blocks its first synchronous
/// user once. The work runs on the thread pool, away from any synchronisation context, so that it cannot wait for the thread
/// that waits for it.
/// </remarks>
internal static class SyncBridge
{
    public static T Run<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    public static void Run(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();
}
