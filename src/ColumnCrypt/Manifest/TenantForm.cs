namespace ColumnCrypt.Manifest;

/// <summary>How a column spells a row's tenant. The text form of a tenant id is made of it (<see cref="Metadata.TenantId"/>).</summary>
public enum TenantForm
{
    /// <summary>As text, which is the id itself.</summary>
    Text,

    /// <summary>As a Guid, of a type of its own or as text in any case: the id is its <c>D</c> form in lower case.</summary>
    Guid,

    /// <summary>As a whole number: the id is its decimal form.</summary>
    Number,
}
