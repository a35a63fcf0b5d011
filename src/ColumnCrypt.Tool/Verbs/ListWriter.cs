using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>Writes lists of any length: page by page, whatever the memory.</summary>
internal static class ListWriter
{
    private const int PageSize = 500;

    public static async Task WriteAsync<T>(Call call, IAsyncEnumerable<T> items, IReadOnlyList<string> columns, Func<T, IReadOnlyList<string?>> row)
        where T : notnull
    {
        if (call.IsJson)
        {
            await WriteJsonAsync(call.Environment.Output, items).ConfigureAwait(false);
            return;
        }

        bool isEmpty = true;
        await foreach (var page in items.Chunk(PageSize).ConfigureAwait(false))
        {
            isEmpty = false;
            call.Page().Table(columns, page.Select(row));
        }

        if (isEmpty)
        {
            call.Page().Line("None.");
        }
    }

    /// <summary>As an array, an item a line. Where it breaks off, what was written is no JSON.</summary>
    private static async Task WriteJsonAsync<T>(TextWriter output, IAsyncEnumerable<T> items)
        where T : notnull
    {
        string before = "[";
        await foreach (var item in items.ConfigureAwait(false))
        {
            await output.WriteAsync(before + JsonText.Write(item)).ConfigureAwait(false);
            before = ",\n";
        }

        await output.WriteLineAsync(before == "[" ? "[]" : "]").ConfigureAwait(false);
    }
}
