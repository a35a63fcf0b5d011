using System.Data.Common;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Quartz;

/// <summary>The databases that a node of the cluster walks, and how fast. Registered in its services. Thread-safe where its function is.</summary>
/// <param name="Data">Gives a database by the name that the manifest has for it; null where the node does not work on it.</param>
/// <param name="Steps">How fast, and where pages are read.</param>
public sealed record RowJobSources(Func<string, DbDataSource?> Data, StepOptions Steps);
