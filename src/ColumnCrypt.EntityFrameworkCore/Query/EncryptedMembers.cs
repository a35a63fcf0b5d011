using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Recognises access to encrypted properties in a query as the application wrote it. Thread-safe.</summary>
internal sealed class EncryptedMembers
{
    private const string Annotation = "ColumnCrypt:Members";
    private readonly HashSet<(Type?, string)> _members;
    private readonly HashSet<(Type, string)> _shadows;

    private EncryptedMembers(IModel model)
    {
        var encrypted = EncryptionAnnotations.AllProperties(model).Where(EncryptionAnnotations.IsEncrypted).ToList();
        _members = [.. encrypted.Select(TaggedMembers.MemberOf).OfType<MemberInfo>().Select(static m => (m.DeclaringType, m.Name))];
        _shadows = [.. encrypted.Select(static p => (p.DeclaringType.ClrType, p.Name))];
    }

    public static EncryptedMembers Of(IModel model) => model.GetOrAddRuntimeAnnotationValue(Annotation, static m => new EncryptedMembers(m!), model);

    /// <summary>What an expression reads an encrypted property of, or null where it reads none.</summary>
    public Expression? OwnerOf(Expression expression) => expression switch
    {
        MemberExpression { Expression: { } owner } member
            when _members.Contains((member.Member.DeclaringType, member.Member.Name)) || TaggedMembers.AttributeOf(member.Member) is not null => owner,
        MethodCallExpression { Method: { Name: nameof(EF.Property) } method, Arguments: [var owner, ConstantExpression { Value: string name }] }
            when method.DeclaringType == typeof(EF) && IsShadow(owner, name) => owner,
        _ => null,
    };

    private bool IsShadow(Expression owner, string name)
    {
        for (Type? type = owner.Type; type is not null; type = type.BaseType)
        {
            if (_shadows.Contains((type, name)))
            {
                return true;
            }
        }

        return false;
    }
}
