namespace ColumnCrypt.Metadata;

/// <summary>The state of a KEK as ColumnCrypt uses it. Written by name in the key tables.</summary>
public enum KekState
{
    /// <summary>Wraps and unwraps.</summary>
    Active,

    /// <summary>Unwraps only.</summary>
    Retired,

    /// <summary>Gone.</summary>
    Destroyed,
}
