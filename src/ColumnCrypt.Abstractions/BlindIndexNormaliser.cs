namespace ColumnCrypt;

/// <summary>The normalisers that come with ColumnCrypt, by name and version (docs/SPEC.md, section 13). An application may register its own.</summary>
public static class BlindIndexNormaliser
{
    /// <summary>None: values are equal as C# says.</summary>
    public const string None = "none@1";

    /// <summary>Texts that differ in case or in Unicode compatibility forms alone are one.</summary>
    public const string CaseInsensitive = "ci@1";

    /// <summary>Only the decimal digits count.</summary>
    public const string Digits = "digits@1";

    /// <summary>E-mail addresses: white space at both ends does not count, nor does case.</summary>
    public const string Email = "email@1";

    /// <summary>Phone numbers: only the digits and a leading + count.</summary>
    public const string Phone = "phone@1";

    /// <summary>White space at both ends does not count.</summary>
    public const string Trimmed = "trimmed@1";
}
