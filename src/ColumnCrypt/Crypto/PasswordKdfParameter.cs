namespace ColumnCrypt.Crypto;

/// <summary>A cost of a <see cref="PasswordKdf"/>. The bounds keep a file from being weak, and from holding a host up for minutes.</summary>
/// <param name="Name">The name in files.</param>
/// <param name="Value">The value.</param>
/// <param name="Minimum">The smallest value that is accepted.</param>
/// <param name="Maximum">The largest value that is accepted.</param>
internal sealed record PasswordKdfParameter(string Name, int Value, int Minimum, int Maximum)
{
    /// <summary>Whether the value is within its bounds.</summary>
    public bool IsWithinBounds => Value >= Minimum && Value <= Maximum;

    /// <summary>Refuses a value out of its bounds.</summary>
    public void ThrowIfOutOfBounds()
    {
        if (!IsWithinBounds)
        {
            throw new ArgumentOutOfRangeException(Name, Value, $"{Name} goes from {Minimum} to {Maximum}.");
        }
    }
}
