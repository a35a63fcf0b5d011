using System.Data;
using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>
/// The provider's own mapping, with two changes: a shaper hands its context on to decryption, and there are no literals, because
/// EF would keep one tenant's ciphertext in a cached command.
/// </summary>
internal sealed class EncryptedTypeMapping : RelationalTypeMapping
{
    private static readonly MethodInfo s_arrive = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.Arrive))!;
    private static readonly MethodInfo s_arriveText = typeof(EncryptedValue).GetMethod(nameof(EncryptedValue.ArriveText))!;
    private readonly RelationalTypeMapping _inner;

    public EncryptedTypeMapping(RelationalTypeMapping inner)
        : this(
            new RelationalTypeMappingParameters(
                new CoreTypeMappingParameters(
                    inner.ClrType, inner.Converter, inner.Comparer, inner.KeyComparer, inner.ProviderValueComparer),
                inner.StoreType,
                inner.StoreTypePostfix,
                inner.DbType,
                inner.IsUnicode,
                inner.Size,
                inner.IsFixedLength,
                inner.Precision,
                inner.Scale),
            inner)
    {
    }

    private EncryptedTypeMapping(RelationalTypeMappingParameters parameters, RelationalTypeMapping inner)
        : base(parameters) => _inner = inner;

    public override DbParameter CreateParameter(DbCommand command, string name, object? value, bool? nullable = null, ParameterDirection direction = ParameterDirection.Input) =>
        _inner.CreateParameter(command, name, value, nullable, direction);

    public override MethodInfo GetDataReaderMethod() => _inner.GetDataReaderMethod();

    public override Expression CustomizeDataReaderExpression(Expression expression)
    {
        var read = _inner.CustomizeDataReaderExpression(expression);
        var stored = Converter!.ProviderClrType;
        return Expression.Call(
            stored == typeof(string) ? s_arriveText : s_arrive,
            QueryCompilationContext.QueryContextParameter,
            read.Type == stored ? read : Expression.Convert(read, stored));
    }

    public override string GenerateSqlLiteral(object? value) => value is null ? base.GenerateSqlLiteral(value) : throw NoLiteral();

    public override string GenerateProviderValueSqlLiteral(object? value) => value is null ? base.GenerateProviderValueSqlLiteral(value) : throw NoLiteral();

    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new EncryptedTypeMapping(parameters, _inner);

    private EncryptedQueryException NoLiteral() => new(
        $"'{EncryptingConverter.MarkerOf(Converter)?.Purpose}' is encrypted, and a constant of it cannot be written into SQL. Pass the value in a variable.");
}
