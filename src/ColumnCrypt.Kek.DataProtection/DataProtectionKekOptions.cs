using Microsoft.AspNetCore.DataProtection;

namespace ColumnCrypt.Kek.DataProtection;

/// <summary>Which key ring of ASP.NET Core Data Protection a KEK is in. Not thread-safe; read when the KEK is opened.</summary>
public sealed class DataProtectionKekOptions
{
    /// <summary>
    /// Configures a ring of the KEK's own: where it is kept, what encrypts it at rest, the application's name. Default: null, which takes the ring of <see cref="Services"/>.
    /// </summary>
    public Action<IDataProtectionBuilder>? Ring { get; set; }

    /// <summary>The services that data protection was added to. Default: null, which is those of the application. Not disposed with the KEK.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>
    /// True where the ring is kept in a database through Entity Framework Core, and that is another one than the database of the key tables, with backups and
    /// administrators of its own. Default: false, and such a ring is refused: together they are all that a thief needs but for what encrypts the ring.
    /// </summary>
    public bool AllowRingInDatabase { get; set; }
}
