using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ColumnCrypt.EntityFrameworkCore.Safety;

/// <summary>
/// Watches for contexts whose types carry <see cref="EncryptedAttribute"/> but whose options lack <c>UseColumnCrypt</c>, and
/// refuses them. Armed when this assembly is loaded; the package compiles a call of <see cref="Arm"/> into every project that
/// uses it, so that it is loaded even where nothing of it is named. Thread-safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class EncryptionGuard
{
    /// <summary>Sees to it that the guard is armed. Calling it again does nothing.</summary>
    public static void Arm()
    {
        // Naming this type has run the module initializer below.
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A forgotten call must be noticed where no code of the application reaches this assembly.")]
    internal static void Subscribe() => DiagnosticListener.AllListeners.Subscribe(new ListenerObserver());
}
