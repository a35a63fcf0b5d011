using ColumnCrypt.Configuration;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Tenancy;

/// <summary>What the options of a context say about its keys. Found among the options' extensions, so that nothing of it is ever part of EF's model or service provider.</summary>
internal interface IEncryptionSettings
{
    /// <summary>Gives a context's tenant id; null where the application has one tenant only.</summary>
    Func<DbContext, object?>? Tenant { get; }

    /// <summary>The instance, or null where it comes from the application's services.</summary>
    ColumnCryptInstance? Instance { get; }

    /// <summary>The name of the instance in the application's services.</summary>
    string InstanceName { get; }
}
