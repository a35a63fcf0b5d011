using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// Tells a value converter, which EF calls without any context, for which context it works on this thread: open for writing only
/// while EF builds one command, for reading only from a column's bytes to the converter that EF calls next.
/// </summary>
internal sealed class ContextWindow
{
    [ThreadStatic]
    private static ContextWindow? t_current;

    private readonly WeakReference<ContextScope?> _last = new(null);
    private readonly Dictionary<(string Purpose, string Kind, string Normaliser, int Version, int Bits), IndexDefinition> _indexes = [];
    private ContextScope? _writer;
    private ContextScope? _reader;
    private AdoptionModes? _expected;
    private AdoptionModes? _states;
    private AdoptionModes? _empty;
    private bool _wasEmpty;

    public static ContextWindow Current => t_current ??= new ContextWindow();

    /// <summary>The scope of a context, remembered weakly per thread.</summary>
    public ContextScope ScopeOf(DbContext context)
    {
        if (_last.TryGetTarget(out var scope) && ReferenceEquals(scope!.Context, context))
        {
            return scope;
        }

        scope = context.GetInfrastructure().GetRequiredService<ContextScope>();
        _last.SetTarget(scope);
        return scope;
    }

    /// <summary>The definition that a converter's constants say, kept per thread: a model has few.</summary>
    public IndexDefinition IndexOf(string purpose, string kind, string normaliser, int version, int bits)
    {
        var key = (purpose, kind, normaliser, version, bits);
        if (!_indexes.TryGetValue(key, out var definition))
        {
            definition = new IndexDefinition(purpose, kind, normaliser, version, bits);
            _indexes.Add(key, definition);
        }

        return definition;
    }

    public void OpenForWriting(DbContext context) => OpenForWriting(ScopeOf(context));

    public void OpenForWriting(ContextScope scope)
    {
        _writer = scope;
        _writer.IsWriting = true;
    }

    public void CloseForWriting()
    {
        if (_writer is not null)
        {
            _writer.IsWriting = false;
            _writer = null;
        }
    }

    /// <summary>The scope to write for, or null. A window whose operation failed elsewhere counts as closed.</summary>
    public ContextScope? Writer => _writer is { IsWriting: true } ? _writer : null;

    public bool IsReading => _reader is not null;

    public void OpenForReading(DbContext context) => OpenForReading(ScopeOf(context));

    public void OpenForReading(ContextScope scope) => _reader = scope;

    /// <summary>As <see cref="OpenForReading(DbContext)"/>, for a text that may be plaintext where these states say so.</summary>
    public void OpenForReading(DbContext context, AdoptionModes? states)
    {
        OpenForReading(context);
        _states = states;
    }

    /// <summary>The states that the text which is read is under; null where nothing is adopted.</summary>
    public AdoptionModes? TakeStates()
    {
        var states = _states;
        _states = null;
        return states;
    }

    /// <summary>Says that the column which is read next may hold an empty value: it is not encrypted yet. Holds for the operation of these modes alone.</summary>
    public void ExpectEmpty(AdoptionModes modes) => (_expected, _wasEmpty) = (modes, false);

    /// <summary>Says that an empty value was read. Where an operation expects none, its window stays open for the one who refuses it.</summary>
    public void ArriveEmpty(AdoptionModes? modes) => (_empty, _wasEmpty) = (modes, _expected is not null && ReferenceEquals(_expected, modes));

    /// <summary>The states that the empty value which was read last is under; null where nothing is adopted.</summary>
    public AdoptionModes? TakeEmptyStates()
    {
        var states = _empty;
        _empty = null;
        return states;
    }

    /// <summary>True where the value that has just been read is empty, as expected; closes the window.</summary>
    public bool TakeEmpty()
    {
        if (_wasEmpty && _reader is not null)
        {
            _reader = null;
            return true;
        }

        return false;
    }

    /// <summary>Ends the expectation.</summary>
    /// <returns>True where the value was empty.</returns>
    public bool EndExpectation()
    {
        bool wasEmpty = _wasEmpty;
        (_expected, _wasEmpty) = (null, false);
        return wasEmpty;
    }

    /// <summary>The scope to read for, or null; closes the window.</summary>
    public ContextScope? TakeReader()
    {
        var reader = _reader;
        _reader = null;
        return reader;
    }
}
