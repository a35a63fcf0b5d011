using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Model;

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

    /// <summary>The index values of the buckets that several comparisons of one property touch.</summary>
    /// <param name="bounds">The comparisons.</param>
    /// <param name="property">The name of the property, for messages.</param>
    Expression? ToFindRange(IReadOnlyList<RangeBound> bounds, string property);

    /// <summary>The index values of the buckets between two bounds.</summary>
    /// <param name="from">The lower bound.</param>
    /// <param name="to">The upper bound.</param>
    /// <param name="kind">The kind of the index.</param>
    /// <param name="property">The name of the property, for messages.</param>
    Expression? ToFindBetween(Expression from, Expression to, string kind, string property);

    /// <summary>The index values to find any of several values by.</summary>
    Expression? ToFindAny(Expression values, Type type);

    /// <summary>The token to find texts by their beginning.</summary>
    /// <param name="value">The beginning.</param>
    /// <param name="prefixes">What the text index has.</param>
    /// <param name="property">The name of the property, for messages.</param>
    /// <param name="mayFindMore">True where other rows may be found too.</param>
    Expression? ToFindPrefix(Expression value, TextPart prefixes, string property, bool mayFindMore);

    /// <summary>The tokens to find texts by their words, and how many of them a text must have.</summary>
    (Expression Words, Expression Count)? ToFindWords(Expression terms, TextPart words, string property);

    /// <summary>The rows of a token table; null where a query cannot have them.</summary>
    /// <param name="table">The name of its entity type.</param>
    Expression? Tokens(string table);
}
