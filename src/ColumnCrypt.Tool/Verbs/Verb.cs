using System.CommandLine;
using System.CommandLine.Invocation;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>A command that does something. One object per command line.</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description, params string[] examples)
        : base(name, description)
    {
        Examples = examples;
        Action = new Marker();
    }

    /// <summary>Command lines for the help text.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>What is still true when it is interrupted, for the message; null where the same command simply starts anew.</summary>
    public virtual string? WhenInterrupted => null;

    /// <summary>Does it.</summary>
    /// <returns>The answer; null where it has been written already.</returns>
    public abstract Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken);

    // Makes the parser take the command for one that runs; Cli runs it with what only it knows.
    private sealed class Marker : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult) => throw new InvalidOperationException("A verb is run by Cli.");
    }
}
