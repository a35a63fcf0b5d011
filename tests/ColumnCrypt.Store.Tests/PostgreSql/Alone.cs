using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

/// <summary>What measures time or memory runs while nothing else of this assembly does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
