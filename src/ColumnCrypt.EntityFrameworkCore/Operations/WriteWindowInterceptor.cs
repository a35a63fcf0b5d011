using System.Data.Common;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Opens the write window while EF builds a command: in between, and on one thread, it converts the parameters.</summary>
internal sealed class WriteWindowInterceptor : DbCommandInterceptor
{
    public override InterceptionResult<DbCommand> CommandCreating(CommandCorrelatedEventData eventData, InterceptionResult<DbCommand> result)
    {
        if (eventData.Context is { } context)
        {
            ContextWindow.Current.OpenForWriting(context);
        }

        return result;
    }

    public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
    {
        ContextWindow.Current.CloseForWriting();
        return result;
    }
}
