namespace ColumnCrypt.Tool.Running;

/// <summary>All that the command sees of the process around it. Nothing else of it reads or writes a console. Immutable.</summary>
internal sealed record CliEnvironment
{
    /// <summary>Where answers go.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Where errors, questions and progress go.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Where answers to questions come from.</summary>
    public required TextReader Input { get; init; }

    /// <summary>The environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The folder in which paths begin.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>Who works here, where nothing else says: USER@HOST.</summary>
    public required string User { get; init; }

    /// <summary>Asks for a secret without showing it; null where nobody can be asked. Returns null at the end of the input.</summary>
    public Func<string, string?>? ReadSecret { get; init; }

    /// <summary>Whether somebody answers at <see cref="Input"/>.</summary>
    public bool IsInputTerminal { get; init; }

    /// <summary>Whether somebody watches <see cref="Output"/>.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Whether somebody watches <see cref="Error"/>.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>How many columns a line has. Default: 80.</summary>
    public int Width { get; init; } = 80;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The value of an environment variable; null where it is missing or empty.</summary>
    public string? Variable(string name) => Variables.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>A path, from <see cref="CurrentDirectory"/> where it is relative.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, CurrentDirectory);
}
