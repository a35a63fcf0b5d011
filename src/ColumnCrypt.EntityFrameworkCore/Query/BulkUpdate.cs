using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Fits an ExecuteUpdate that sets encrypted properties: only the rows of the context's tenant are updated, and constants become
/// parameters, which are encrypted anew each time; with a property, its blind indexes are set.
/// </summary>
internal sealed class BulkUpdate(QueryCompilationContext compilation, EncryptedMembers members, ClientValues values)
{
    private static readonly MethodInfo s_tenant = typeof(QueryNeeds).GetMethod(nameof(QueryNeeds.Tenant))!;
    private static readonly MethodInfo s_oneTenantOnly = typeof(QueryNeeds).GetMethod(nameof(QueryNeeds.OneTenantOnly))!;
    private static readonly MethodInfo s_property = typeof(EF).GetMethod(nameof(EF.Property))!;
    private readonly Dictionary<string, LambdaExpression> _predicates = new(StringComparer.Ordinal);
    private int _constants;

    public static bool IsOne(Expression query) =>
        query is MethodCallExpression { Method.Name: nameof(EntityFrameworkQueryableExtensions.ExecuteUpdate), Arguments: [_, NewArrayExpression] } call
        && call.Method.DeclaringType == typeof(EntityFrameworkQueryableExtensions);

    public Expression Rewrite(MethodCallExpression call)
    {
        var setters = (NewArrayExpression)call.Arguments[1];
        var rewritten = setters.Update(setters.Expressions.SelectMany(setter => IndexSetters(setter).Prepend(Setter(setter))));
        var source = _predicates.Values.Aggregate(call.Arguments[0], static (rows, predicate) =>
            Expression.Call(typeof(Queryable), nameof(Queryable.Where), [predicate.Parameters[0].Type], rows, Expression.Quote(predicate)));
        return call.Update(null, [source, rewritten]);
    }

    private Expression Setter(Expression setter)
    {
        if (setter is not NewExpression { Arguments: [LambdaExpression selector, var value] } tuple
            || !typeof(ITuple).IsAssignableFrom(tuple.Type)
            || OwnerOf(EncryptedMembers.Unconverted(selector.Body)) is not { } owner)
        {
            return setter;
        }

        KeepToTenant(selector.Parameters[0], owner);
        return value is LambdaExpression { Body: var body } lambda && EncryptedMembers.Unconverted(body) is ConstantExpression { Value: not null } constant
            ? tuple.Update([selector, Expression.Lambda(lambda.Type, Converted(Parameter(constant), body.Type), lambda.Parameters)])
            : setter;
    }

    /// <summary>A property and its blind indexes are set together, or an index would tell of a value that is gone.</summary>
    private IEnumerable<Expression> IndexSetters(Expression setter)
    {
        if (setter is not NewExpression { Arguments: [LambdaExpression selector, var value] } tuple || !typeof(ITuple).IsAssignableFrom(tuple.Type))
        {
            yield break;
        }

        var target = EncryptedMembers.Unconverted(selector.Body);
        if (members.CompositesWith(target).FirstOrDefault() is { } composite)
        {
            throw new EncryptedQueryException(
                $"ExecuteUpdate sets {IndexLookup.Named(target)}, which is part of the blind index {composite.Purpose}: its value depends on the row's other properties, which the database cannot read. "
                + "Load the rows, change them and save.");
        }

        var body = value is LambdaExpression lambda ? lambda.Body : value;
        foreach (var index in members.IndexesOf(target))
        {
            var set = EncryptedMembers.Unconverted(body) is ConstantExpression { Value: null }
                ? Expression.Constant(null, typeof(BlindIndexValue))
                : values.ToStore(body, target.Type);

            // Without one, the value is the property itself, or one that the guard refuses.
            if (set is not null)
            {
                yield return tuple.Update([Expression.Lambda(IndexLookup.Column(members.OwnerOf(target)!, index), selector.Parameters), Expression.Lambda(set, selector.Parameters)]);
            }
        }
    }

    private Expression? OwnerOf(Expression target) => members.OwnerOf(target) ?? (members.IsComplexWithEncrypted(target) ? target : null);

    private static Expression Converted(Expression expression, Type type) => expression.Type == type ? expression : Expression.Convert(expression, type);

    private Expression Parameter(ConstantExpression constant) => compilation.RegisterRuntimeParameter(
        $"columncrypt_constant_{_constants++}",
        Expression.Lambda(constant, QueryCompilationContext.QueryContextParameter));

    private void KeepToTenant(ParameterExpression row, Expression owner)
    {
        var (entityType, entity) = EntityOf(owner);
        if (_predicates.ContainsKey(entityType.Name) || EncryptionAnnotations.ConstantTenantOf(entityType) is not null)
        {
            return;
        }

        if (EncryptionAnnotations.TenantPropertyOf(entityType) is not { } name)
        {
            compilation.RegisterRuntimeParameter(
                $"columncrypt_one_tenant_{entityType.Name}",
                Expression.Lambda(
                    Expression.Call(s_oneTenantOnly, QueryCompilationContext.QueryContextParameter, Expression.Constant(entityType.ShortName())),
                    QueryCompilationContext.QueryContextParameter));
            return;
        }

        var type = entityType.FindProperty(name)!.ClrType;
        var tenant = compilation.RegisterRuntimeParameter(
            $"columncrypt_tenant_{_predicates.Count}",
            Expression.Lambda(
                Expression.Call(s_tenant.MakeGenericMethod(type), QueryCompilationContext.QueryContextParameter, Expression.Constant(entityType.Name), Expression.Constant(name)),
                QueryCompilationContext.QueryContextParameter));
        _predicates[entityType.Name] = Expression.Lambda(
            Expression.Equal(Expression.Call(s_property.MakeGenericMethod(type), entity, Expression.Constant(name)), tenant),
            row);
    }

    /// <summary>The entity whose row holds a property: an owned or complex object is part of its owner's.</summary>
    private (IEntityType Type, Expression Entity) EntityOf(Expression owner)
    {
        for (Expression? entity = EncryptedMembers.Unconverted(owner); entity is not null; entity = (entity as MemberExpression)?.Expression is { } outer ? EncryptedMembers.Unconverted(outer) : null)
        {
            if (compilation.Model.FindEntityType(entity.Type) is { } type && type.FindOwnership() is null)
            {
                return (type, entity);
            }
        }

        throw new EncryptedQueryException(
            $"ExecuteUpdate sets an encrypted property of {owner.Type.Name}, and ColumnCrypt cannot tell which entity's rows it changes. Name the property through its entity: SetProperty(x => x.Owner.Property, …).");
    }
}
