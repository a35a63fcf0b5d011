namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Marks a function of <c>EF.Functions</c> that asks a blind index. Its arguments are EF.Functions, the property and the value.</summary>
/// <param name="kind">The kind of index that it asks; one that ends in a colon has parameters.</param>
/// <param name="declaration">The attribute that declares such an index.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class IndexFunctionAttribute(string kind, string declaration) : Attribute
{
    public string Kind => kind;

    public string Declaration => declaration;
}
