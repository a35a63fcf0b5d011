using System.Data.Common;
using System.Diagnostics;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Opens the write window between a command's creation and its initialisation: in between, and on one thread, EF converts the parameters. Stands before
/// EF's own logger of commands, which everything else goes to. One per context; not thread-safe.
/// </summary>
/// <remarks>
/// A command interceptor sees the same two moments, but having any makes EF build the data of all events of each command, an insert of SQLite being one: that costs a
/// row as much as encrypting it does.
/// </remarks>
internal sealed class WriteWindowLogger(IRelationalCommandDiagnosticsLogger inner) : IRelationalCommandDiagnosticsLogger
{
    private bool _innerWants;

    public ILoggingOptions Options => inner.Options;

    public LoggingDefinitions Definitions => inner.Definitions;

    public ILogger Logger => inner.Logger;

    public DiagnosticSource DiagnosticSource => inner.DiagnosticSource;

    public IDbContextLogger DbContextLogger => inner.DbContextLogger;

    public IInterceptors? Interceptors => inner.Interceptors;

    /// <summary>Always true: EF then tells of the command's creation, and of the end of its initialisation.</summary>
    public bool ShouldLogCommandCreate(DateTimeOffset now)
    {
        _innerWants = inner.ShouldLogCommandCreate(now);
        return true;
    }

    public InterceptionResult<DbCommand> CommandCreating(
        IRelationalConnection connection, DbCommandMethod commandMethod, DbContext? context, Guid commandId, Guid connectionId, DateTimeOffset startTime, CommandSource commandSource) =>
        _innerWants ? inner.CommandCreating(connection, commandMethod, context, commandId, connectionId, startTime, commandSource) : default;

    public DbCommand CommandCreated(
        IRelationalConnection connection,
        DbCommand command,
        DbCommandMethod commandMethod,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource)
    {
        var created = _innerWants ? inner.CommandCreated(connection, command, commandMethod, context, commandId, connectionId, startTime, duration, commandSource) : command;
        if (context is not null)
        {
            ContextWindow.Current.OpenForWriting(context);
        }

        return created;
    }

    public DbCommand CommandInitialized(
        IRelationalConnection connection,
        DbCommand command,
        DbCommandMethod commandMethod,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource)
    {
        ContextWindow.Current.CloseForWriting();
        return _innerWants ? inner.CommandInitialized(connection, command, commandMethod, context, commandId, connectionId, startTime, duration, commandSource) : command;
    }

    public bool ShouldLogSensitiveData() => inner.ShouldLogSensitiveData();

    public bool ShouldLogCommandExecute(DateTimeOffset now) => inner.ShouldLogCommandExecute(now);

    public bool ShouldLogDataReaderClose(DateTimeOffset now) => inner.ShouldLogDataReaderClose(now);

    public bool ShouldLogDataReaderDispose(DateTimeOffset now) => inner.ShouldLogDataReaderDispose(now);

    public InterceptionResult<DbDataReader> CommandReaderExecuting(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId, DateTimeOffset startTime, CommandSource commandSource) =>
        inner.CommandReaderExecuting(connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource);

    public InterceptionResult<object> CommandScalarExecuting(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId, DateTimeOffset startTime, CommandSource commandSource) =>
        inner.CommandScalarExecuting(connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource);

    public InterceptionResult<int> CommandNonQueryExecuting(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId, DateTimeOffset startTime, CommandSource commandSource) =>
        inner.CommandNonQueryExecuting(connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource);

    public ValueTask<InterceptionResult<DbDataReader>> CommandReaderExecutingAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        DateTimeOffset startTime,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandReaderExecutingAsync(connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource, cancellationToken);

    public ValueTask<InterceptionResult<object>> CommandScalarExecutingAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        DateTimeOffset startTime,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandScalarExecutingAsync(connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource, cancellationToken);

    public ValueTask<InterceptionResult<int>> CommandNonQueryExecutingAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        DateTimeOffset startTime,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandNonQueryExecutingAsync(connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource, cancellationToken);

    public DbDataReader CommandReaderExecuted(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        DbDataReader methodResult,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource) =>
        inner.CommandReaderExecuted(connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource);

    public object? CommandScalarExecuted(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        object? methodResult,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource) =>
        inner.CommandScalarExecuted(connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource);

    public int CommandNonQueryExecuted(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        int methodResult,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource) =>
        inner.CommandNonQueryExecuted(connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource);

    public ValueTask<DbDataReader> CommandReaderExecutedAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        DbDataReader methodResult,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandReaderExecutedAsync(connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource, cancellationToken);

    public ValueTask<object?> CommandScalarExecutedAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        object? methodResult,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandScalarExecutedAsync(connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource, cancellationToken);

    public ValueTask<int> CommandNonQueryExecutedAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        Guid commandId,
        Guid connectionId,
        int methodResult,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandNonQueryExecutedAsync(connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource, cancellationToken);

    public void CommandError(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        DbCommandMethod executeMethod,
        Guid commandId,
        Guid connectionId,
        Exception exception,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource) =>
        inner.CommandError(connection, command, logCommandText, context, executeMethod, commandId, connectionId, exception, startTime, duration, commandSource);

    public Task CommandErrorAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        DbCommandMethod executeMethod,
        Guid commandId,
        Guid connectionId,
        Exception exception,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandErrorAsync(connection, command, logCommandText, context, executeMethod, commandId, connectionId, exception, startTime, duration, commandSource, cancellationToken);

    public void CommandCanceled(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        DbCommandMethod executeMethod,
        Guid commandId,
        Guid connectionId,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource) =>
        inner.CommandCanceled(connection, command, logCommandText, context, executeMethod, commandId, connectionId, startTime, duration, commandSource);

    public Task CommandCanceledAsync(
        IRelationalConnection connection,
        DbCommand command,
        string logCommandText,
        DbContext? context,
        DbCommandMethod executeMethod,
        Guid commandId,
        Guid connectionId,
        DateTimeOffset startTime,
        TimeSpan duration,
        CommandSource commandSource,
        CancellationToken cancellationToken = default) =>
        inner.CommandCanceledAsync(connection, command, logCommandText, context, executeMethod, commandId, connectionId, startTime, duration, commandSource, cancellationToken);

    public InterceptionResult DataReaderDisposing(
        IRelationalConnection connection, DbCommand command, DbDataReader dataReader, Guid commandId, int recordsAffected, int readCount, DateTimeOffset startTime, TimeSpan duration) =>
        inner.DataReaderDisposing(connection, command, dataReader, commandId, recordsAffected, readCount, startTime, duration);

    public InterceptionResult DataReaderClosing(
        IRelationalConnection connection, DbCommand command, DbDataReader dataReader, Guid commandId, int recordsAffected, int readCount, DateTimeOffset startTime) =>
        inner.DataReaderClosing(connection, command, dataReader, commandId, recordsAffected, readCount, startTime);

    public ValueTask<InterceptionResult> DataReaderClosingAsync(
        IRelationalConnection connection, DbCommand command, DbDataReader dataReader, Guid commandId, int recordsAffected, int readCount, DateTimeOffset startTime) =>
        inner.DataReaderClosingAsync(connection, command, dataReader, commandId, recordsAffected, readCount, startTime);
}
