using ColumnCrypt.Store;
using Npgsql;

namespace ColumnCrypt.PostgreSql;

/// <summary>
/// Listens for what <see cref="PostgreSqlDialect.Announcement"/> says, on one connection that is no pool's. A dead network is noticed
/// by the connection's keepalive.
/// </summary>
internal sealed class PostgreSqlSignal : IGenerationSignal
{
    private const int KeepAliveSeconds = 10;

    private readonly string _connectionString;
    private readonly string _schema;
    private readonly string _place;

    /// <param name="settings">Where to listen. Changed here.</param>
    /// <param name="schema">The schema of the key tables.</param>
    /// <param name="place">What the key store is called in messages.</param>
    public PostgreSqlSignal(NpgsqlConnectionStringBuilder settings, string schema, string place)
    {
        settings.Pooling = false;
        settings.Enlist = false;
        settings.Multiplexing = false;
        settings.IncludeErrorDetail = false;
        settings.KeepAlive = settings.KeepAlive == 0 ? KeepAliveSeconds : settings.KeepAlive;
        settings.ApplicationName ??= "ColumnCrypt listener";
        (_connectionString, _schema, _place) = (settings.ConnectionString, schema, place);
    }

    public async Task ListenAsync(Action changed, CancellationToken cancellationToken)
    {
        try
        {
            var connection = new NpgsqlConnection(_connectionString);
            await using (connection.ConfigureAwait(false))
            {
                connection.Notification += (_, notification) => OnNotification(notification.Payload, changed);
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                var listen = new NpgsqlCommand($"LISTEN {PostgreSqlDialect.Channel}", connection);
                await using (listen.ConfigureAwait(false))
                {
                    await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }

                changed();
                while (true)
                {
                    await connection.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (NpgsqlException error)
        {
            throw new KeyUnavailableException(KeyUnavailableReason.Unavailable, $"Listening to the key store, {_place}, failed: {error.Message}", error);
        }
    }

    private void OnNotification(string payload, Action changed)
    {
        if (payload == _schema)
        {
            changed();
        }
    }
}
