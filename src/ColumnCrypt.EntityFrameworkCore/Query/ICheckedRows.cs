using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>A query for rows that an index finds, how they are checked, and what result is made of those that are right.</summary>
internal interface ICheckedRows
{
    /// <summary>Compiles it.</summary>
    /// <typeparam name="TResult">The result as EF asks for it.</typeparam>
    Func<QueryContext, TResult> Compile<TResult>(IDatabase database, bool async);
}
