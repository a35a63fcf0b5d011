using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ColumnCrypt.Repository.Tests.Docs;

/// <summary>Every <c>csharp</c> block of the README and the guides compiles. A block that is an excerpt stands on a hidden frame.</summary>
public class DocumentedCodeTests
{
    private static readonly List<MetadataReference> s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(static path => MetadataReference.CreateFromFile(path))];

    public static TheoryData<string> Documents() =>
        [.. Repository.Files("docs", "*.md").Prepend("SECURITY.md").Prepend("README.md").Where(static path => CodeBlock.In(path).Any())];

    [Theory]
    [MemberData(nameof(Documents))]
    public void CodeBlocks_WhenCompiled_GiveNoError(string document)
    {
        var errors = new StringBuilder();
        foreach (var block in CodeBlock.In(document))
        {
            foreach (var error in Compile(block.Code).Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
            {
                errors.Append(document).Append(':').Append(block.Line).Append(": ").Append(error.GetMessage()).Append('\n');
            }
        }

        Assert.True(errors.Length == 0, errors.ToString());
    }

    [Fact]
    public void Compile_WhenANameDoesNotExist_GivesAnError() =>
        Assert.Contains(Compile("var x = new ColumnCryptNoSuchType();"), static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>The usings of a web project, and those that the README asks for.</summary>
    private const string Usings =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Threading; global using System.Threading.Tasks;
        global using ColumnCrypt; global using ColumnCrypt.Configuration; global using ColumnCrypt.Keys; global using ColumnCrypt.Kek;
        global using Microsoft.EntityFrameworkCore; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        """;

    private static IEnumerable<Diagnostic> Compile(string code)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Preview);
        var tree = CSharpSyntaxTree.ParseText(code, parse);
        var kind = tree.GetCompilationUnitRoot().Members.OfType<Microsoft.CodeAnalysis.CSharp.Syntax.GlobalStatementSyntax>().Any()
            ? OutputKind.ConsoleApplication
            : OutputKind.DynamicallyLinkedLibrary;
        return CSharpCompilation.Create("Documented", [CSharpSyntaxTree.ParseText(Usings, parse), tree], s_references, new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable))
            .GetDiagnostics();
    }
}
