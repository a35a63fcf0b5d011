using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;

/// <summary>Stands for the repository of the package of this name, which keeps a ring in a database.</summary>
public sealed class RingInADatabase : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [];

    public void StoreElement(XElement element, string friendlyName) => throw new InvalidOperationException("Nothing is stored here.");
}
