using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ColumnCrypt.Repository.Tests.Architecture;

/// <summary>One C# file of a package: its path, its namespace and the types that it declares outside of any other.</summary>
/// <param name="Path">Relative to the root of the repository.</param>
/// <param name="Folder">The folder below the project, with dots; "" for the project's own.</param>
/// <param name="Namespace">The namespace, or "".</param>
/// <param name="Types">Names as metadata has them: <c>List`1</c>.</param>
internal sealed record SourceFile(string Path, string Folder, string Namespace, IReadOnlyList<string> Types)
{
    public static IEnumerable<SourceFile> All(string package)
    {
        // What a package compiles into the projects that get it is not part of its own assembly.
        foreach (var path in Repository.Files($"src/{package}", "*.cs").Where(static path => !path.Contains("/buildTransitive/", StringComparison.Ordinal)))
        {
            var root = CSharpSyntaxTree.ParseText(File.ReadAllText(Repository.At(path))).GetCompilationUnitRoot();
            var scope = root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault();
            var types = root.DescendantNodes(static node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
                .Select(static node => node switch
                {
                    TypeDeclarationSyntax type => type.Identifier.Text + (type.TypeParameterList is { } list ? "`" + list.Parameters.Count : ""),
                    EnumDeclarationSyntax type => type.Identifier.Text,
                    DelegateDeclarationSyntax type => type.Identifier.Text + (type.TypeParameterList is { } list ? "`" + list.Parameters.Count : ""),
                    _ => null,
                })
                .OfType<string>();
            var folder = string.Join('.', path.Split('/')[2..^1]);
            yield return new SourceFile(path, folder, scope?.Name.ToString() ?? "", [.. types]);
        }
    }
}
