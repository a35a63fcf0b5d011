using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ColumnCrypt.Repository.Tests.Docs;

/// <summary>
/// Every <c>csharp</c> block of the README and the guides compiles, together with the types that other blocks of its document declare.
/// </summary>
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
        var blocks = CodeBlock.In(document).ToList();
        var types = blocks.Where(static block => !IsProgram(Parse(block.Code))).ToList();
        foreach (var block in blocks)
        {
            foreach (var error in Compile([block.Code, .. types.Where(other => other != block).Select(static other => other.Code)]).Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
            {
                errors.Append(document).Append(':').Append(block.Line).Append(": ").Append(error.GetMessage()).Append('\n');
            }
        }

        Assert.True(errors.Length == 0, errors.ToString());
    }

    [Fact]
    public void Compile_WhenANameDoesNotExist_GivesAnError() =>
        Assert.Contains(Compile(["var x = new ColumnCryptNoSuchType();"]), static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>The usings of a web project, those that the README asks for, and the README's classes for the guides.</summary>
    private const string Around =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Threading; global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Http; global using Microsoft.Extensions.Configuration;
        global using Microsoft.EntityFrameworkCore; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        global using ColumnCrypt; global using ColumnCrypt.Configuration; global using ColumnCrypt.Kek; global using Documented;

        namespace Documented
        {
            public class Patient
            {
                public Guid Id { get; set; }
                public string TenantId { get; set; } = "";
                [Encrypted] public string Name { get; set; } = "";
                [Encrypted("patient.ssn")] public string Ssn { get; set; } = "";
                [Encrypted] public DateOnly? Born { get; set; }
            }

            public class Clinic(DbContextOptions<Clinic> options) : DbContext(options)
            {
                public string? Tenant { get; set; }
                public DbSet<Patient> Patients => Set<Patient>();
            }
        }
        """;

    private static IEnumerable<Diagnostic> Compile(IReadOnlyList<string> code)
    {
        var trees = code.Prepend(Around).Select(Parse).ToList();
        var kind = trees.Any(IsProgram) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary;
        return CSharpCompilation.Create("Documented", trees, s_references, new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable))
            .GetDiagnostics();
    }

    private static SyntaxTree Parse(string code) => CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Preview));

    private static bool IsProgram(SyntaxTree tree) => tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();
}
