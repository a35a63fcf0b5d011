using System.Linq.Expressions;
using ColumnCrypt;
using ColumnCrypt.Columns;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Operations;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.EntityFrameworkCore;

/// <summary>The way from an encrypted property to its column's values outside Entity Framework.</summary>
public static class ColumnCryptCipherExtensions
{
    /// <summary>
    /// The cipher of a property's column, for the context's tenant or the property's constant one: for COPY, raw ADO.NET or Dapper. It has the blind indexes
    /// that the property declares; a composite one belongs to the first of its properties. The column is entered in the manifest before anything is written.
    /// </summary>
    /// <typeparam name="TEntity">The entity type.</typeparam>
    /// <typeparam name="T">The type of the property.</typeparam>
    /// <param name="context">The context. The cipher does not need it any more once it is made.</param>
    /// <param name="property">The property, for example <c>(Person p) => p.Email</c>.</param>
    /// <param name="values">How many values are about to be written; 0 where they are only decrypted or looked up.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="EncryptionModelException">
    /// The property is not encrypted, has a conversion of its own, or stays text; the normaliser of one of its indexes cannot be used here; something is to be written
    /// while its plaintext is written too (AdoptFrom); a column of the model is being adopted, or on its way back, and the model has no plaintext of it; or the options lack
    /// UseColumnCrypt.
    /// </exception>
    /// <exception cref="TenantNotSetException">No tenant is set.</exception>
    /// <exception cref="KeyUnavailableException">The keys cannot be had now.</exception>
    public static async ValueTask<ColumnCipher<T>> GetCipherAsync<TEntity, T>(
        this DbContext context, Expression<Func<TEntity, T>> property, long values = 0, CancellationToken cancellationToken = default)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(property);
        ArgumentOutOfRangeException.ThrowIfNegative(values);
        var scope = context.GetInfrastructure().GetService<ContextScope>()
            ?? throw new EncryptionModelException($"The options of {context.GetType().Name} lack UseColumnCrypt. Call it after UseSqlite, UseNpgsql or another relational provider.");
        var column = Find(context, property);
        string tenant = EncryptionAnnotations.ConstantTenantOf(column.DeclaringType) ?? scope.Tenant.Get();
        if (values > 0)
        {
            var (database, columns) = ColumnManifest.Of(scope, tenant);
            await scope.Instance.RegisterColumnsAsync(tenant, database, columns, LoneCiphertext.In(scope), cancellationToken).ConfigureAwait(false);
            if (AdoptedColumns.Of(context.Model).Find(column) is { } adopted && (await AdoptionReading.ReadAsync(scope, cancellationToken).ConfigureAwait(false)).WritesPlain(adopted.Ordinal))
            {
                throw new EncryptionModelException(
                    $"{adopted.Name} is being adopted, and who writes past Entity Framework would leave {adopted.PlainColumn} behind. Write through the context until the column is encrypted: columncrypt adopt --complete --column {adopted.Name}");
            }
        }
        else
        {
            await ReadCheck.RunAsync(scope, tenant, cancellationToken).ConfigureAwait(false);
        }

        return await scope.Instance.GetCipherAsync(
            tenant, EncryptionAnnotations.PurposeOf(column)!, values, BoundedCodec<T>.Of(column), CipherIndexes.Of(column), cancellationToken).ConfigureAwait(false);
    }

    private static IProperty Find<TEntity, T>(DbContext context, Expression<Func<TEntity, T>> property)
        where TEntity : class
    {
        var type = context.Model.FindEntityType(typeof(TEntity))
            ?? throw new EncryptionModelException($"{typeof(TEntity).Name} is no entity type of {context.GetType().Name}.");
        var found = property.Body is MemberExpression { Expression: ParameterExpression } member ? type.FindProperty(member.Member.Name) : null;
        if (found is null || !EncryptionAnnotations.IsEncrypted(found))
        {
            throw new EncryptionModelException($"'{property}' names no encrypted property of {type.DisplayName()}: mark it [Encrypted], or name one that is.");
        }

        if (EncryptionAnnotations.IsText(found))
        {
            throw new EncryptionModelException(
                $"{Purposes.Describe(found)} stays text, and a cipher gives bytes. Take the cipher of its purpose from ColumnCryptInstance.GetCipherAsync, and put its values into their text form: TextForm.Encode, TextForm.Decode.");
        }

        return !EncryptingConverter.HasOwnConversion(found.GetTypeMapping().Converter)
            ? found
            : throw new EncryptionModelException(
                $"{Purposes.Describe(found)} has a conversion of its own. Take the cipher of its purpose from ColumnCryptInstance.GetCipherAsync, for the type that it is converted to.");
    }
}
