using System.Linq.Expressions;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Makes index values of what the application passes into a query; null stands for what only the database knows.</summary>
internal interface IClientValues
{
    /// <summary>The index value to find a value by.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">The type of the property that is indexed.</param>
    Expression? ToFind(Expression value, Type type);

    /// <summary>The index value to find a part by.</summary>
    /// <param name="value">What the application passes for the part.</param>
    /// <param name="type">The type of the property that is indexed.</param>
    /// <param name="kind">The kind of the index, as <see cref="IndexFunctionAttribute"/> has it.</param>
    Expression? ToFind(Expression value, Type type, string kind);

    /// <summary>The value of a composite index to find the values of its properties by.</summary>
    /// <param name="parts">The values in the order of the index, each with the type of the property.</param>
    /// <param name="purpose">The purpose of the index, for messages.</param>
    Expression? ToFindComposite(IReadOnlyList<(Expression Value, Type Type)> parts, string purpose);

    /// <summary>The index values to find any of several values by.</summary>
    Expression? ToFindAny(Expression values, Type type);
}
