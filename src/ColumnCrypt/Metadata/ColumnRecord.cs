namespace ColumnCrypt.Metadata;

/// <summary>A row of <c>columncrypt_column</c>, the manifest: which columns hold ciphertext, and under which purpose.</summary>
public sealed record ColumnRecord
{
    /// <summary>The database, as the application names it.</summary>
    public required string Database { get; init; }

    /// <summary>The schema, or "" where the database has none.</summary>
    public required string Schema { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>The column.</summary>
    public required string Column { get; init; }

    /// <summary>The purpose.</summary>
    public required string Purpose { get; init; }

    /// <summary>The name of the codec (docs/SPEC.md, section 6).</summary>
    public required string Codec { get; init; }

    /// <summary>The columns of the table's primary key as a JSON array of names.</summary>
    public required string KeyColumns { get; init; }

    /// <summary>
    /// Where this column's blind indexes are, or were, as a JSON array: the names of their columns, and for each table of tokens an object
    /// <c>{"table":…,"schema":…,"key":[…]}</c>, <c>key</c> being the columns that name the row.
    /// </summary>
    public string IndexColumns { get; init; } = "";

    /// <summary>The highest version of the blind indexes, or 0 where there are none.</summary>
    public int IndexVersion { get; init; }

    /// <summary>How far the adoption of this column has come, as JSON (docs/SPEC.md, section 7); "" where it was never adopted.</summary>
    public string Adoption { get; init; } = "";

    /// <summary>Counts the changes of this row, from 1.</summary>
    public long RowVersion { get; init; } = 1;

    /// <summary>HMAC-SHA-256 under the installation key's row-mac subkey over every field above, but for an empty <see cref="Adoption"/>: 32 bytes.</summary>
    public byte[] Mac { get; init; } = [];
}
