using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.EntityFrameworkCore.Logging;

/// <summary>
/// EF's logger of change tracking. Under <c>EnableSensitiveDataLogging</c> EF writes the old and the new value of every changed
/// property, and these are plaintext: here they are withheld. Thread-safe.
/// </summary>
internal sealed class ChangeTrackingLogger(IDiagnosticsLogger<DbLoggerCategory.ChangeTracking> inner) : IDiagnosticsLogger<DbLoggerCategory.ChangeTracking>
{
    private static readonly EventId s_withValues = CoreEventId.PropertyChangeDetected;

    public LoggingDefinitions Definitions => inner.Definitions;

    public ILogger Logger { get; } = new WithheldValuesLogger(inner.Logger, s_withValues);

    public IDbContextLogger DbContextLogger { get; } = new WithheldValuesContextLogger(inner.DbContextLogger, s_withValues);

    public DiagnosticSource DiagnosticSource => inner.DiagnosticSource;

    public IInterceptors? Interceptors => inner.Interceptors;

    public ILoggingOptions Options => inner.Options;

    public bool ShouldLogSensitiveData() => inner.ShouldLogSensitiveData();

    /// <summary>Registers it before the logger of any category that EF has registered.</summary>
    public static IServiceCollection AddTo(IServiceCollection services)
    {
        var any = services.Last(static service => service.ServiceType == typeof(IDiagnosticsLogger<>));
        var own = any.ImplementationType!.MakeGenericType(typeof(DbLoggerCategory.ChangeTracking));
        services.Add(ServiceDescriptor.Describe(
            typeof(IDiagnosticsLogger<DbLoggerCategory.ChangeTracking>),
            provider => new ChangeTrackingLogger((IDiagnosticsLogger<DbLoggerCategory.ChangeTracking>)ActivatorUtilities.CreateInstance(provider, own)),
            any.Lifetime));
        return services;
    }
}
