using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ColumnCrypt.Repository.Tests.Architecture;

/// <summary>
/// Which types of an assembly use which others of it: in base types, signatures, attributes and method bodies. A nested type counts
/// as the type around it.
/// </summary>
internal sealed class AssemblyReferences : ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>
{
    private readonly MetadataReader _metadata;
    private readonly PEReader _image;

    private AssemblyReferences(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
    }

    public static IReadOnlySet<(string From, string To)> Read(string path)
    {
        using var image = new PEReader(File.OpenRead(path));
        return new AssemblyReferences(image).Read();
    }

    private HashSet<(string From, string To)> Read()
    {
        var references = new HashSet<(string From, string To)>();
        foreach (var handle in _metadata.TypeDefinitions)
        {
            var from = NameOf(handle);
            foreach (var to in UsedBy(_metadata.GetTypeDefinition(handle)).Select(NameOf).Where(to => to != from))
            {
                references.Add((from, to));
            }
        }

        return references;
    }

    private IEnumerable<TypeDefinitionHandle> UsedBy(TypeDefinition type) =>
    [
        .. InEntity(type.BaseType),
        .. type.GetInterfaceImplementations().SelectMany(handle => InEntity(_metadata.GetInterfaceImplementation(handle).Interface)),
        .. InGenericParameters(type.GetGenericParameters()),
        .. InAttributes(type.GetCustomAttributes()),
        .. type.GetFields().Select(_metadata.GetFieldDefinition).SelectMany(field => InAttributes(field.GetCustomAttributes()).Concat(field.DecodeSignature(this, null))),
        .. type.GetProperties().Select(_metadata.GetPropertyDefinition).SelectMany(property => InAttributes(property.GetCustomAttributes())),
        .. type.GetMethods().Select(_metadata.GetMethodDefinition).SelectMany(UsedBy),
    ];

    private IEnumerable<TypeDefinitionHandle> UsedBy(MethodDefinition method) =>
    [
        .. InSignature(method.DecodeSignature(this, null)),
        .. InGenericParameters(method.GetGenericParameters()),
        .. InAttributes(method.GetCustomAttributes()),
        .. method.RelativeVirtualAddress == 0 ? [] : InBody(_image.GetMethodBody(method.RelativeVirtualAddress)),
    ];

    private IEnumerable<TypeDefinitionHandle> InBody(MethodBodyBlock body)
    {
        var locals = body.LocalSignature.IsNil
            ? []
            : _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, null).SelectMany(static local => local);
        var caught = body.ExceptionRegions.SelectMany(region => InEntity(region.CatchType));
        return [.. locals, .. caught, .. IlTokens.Of(body.GetILReader()).SelectMany(token => InEntity(MetadataTokens.EntityHandle(token)))];
    }

    private IEnumerable<TypeDefinitionHandle> InEntity(EntityHandle handle) => handle.IsNil ? [] : handle.Kind switch
    {
        HandleKind.TypeDefinition => [(TypeDefinitionHandle)handle],
        HandleKind.TypeSpecification => _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null),
        HandleKind.MethodDefinition => InMethod(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle)),
        HandleKind.FieldDefinition => InField(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle)),
        HandleKind.MemberReference => InMember(_metadata.GetMemberReference((MemberReferenceHandle)handle)),
        HandleKind.MethodSpecification => InMethodSpecification(_metadata.GetMethodSpecification((MethodSpecificationHandle)handle)),
        _ => [],
    };

    private IEnumerable<TypeDefinitionHandle> InMethod(MethodDefinition method) =>
        InSignature(method.DecodeSignature(this, null)).Append(method.GetDeclaringType());

    private IEnumerable<TypeDefinitionHandle> InField(FieldDefinition field) => field.DecodeSignature(this, null).Append(field.GetDeclaringType());

    private IEnumerable<TypeDefinitionHandle> InMember(MemberReference member) =>
        InEntity(member.Parent).Concat(member.GetKind() == MemberReferenceKind.Field ? member.DecodeFieldSignature(this, null) : InSignature(member.DecodeMethodSignature(this, null)));

    private IEnumerable<TypeDefinitionHandle> InMethodSpecification(MethodSpecification method) =>
        InEntity(method.Method).Concat(method.DecodeSignature(this, null).SelectMany(static argument => argument));

    private IEnumerable<TypeDefinitionHandle> InGenericParameters(GenericParameterHandleCollection parameters) =>
        parameters.SelectMany(handle => _metadata.GetGenericParameter(handle).GetConstraints())
            .SelectMany(handle => InEntity(_metadata.GetGenericParameterConstraint(handle).Type));

    private IEnumerable<TypeDefinitionHandle> InAttributes(CustomAttributeHandleCollection attributes) =>
        attributes.SelectMany(handle => InEntity(_metadata.GetCustomAttribute(handle).Constructor));

    private static IEnumerable<TypeDefinitionHandle> InSignature(MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature) =>
        signature.ReturnType.Concat(signature.ParameterTypes.SelectMany(static parameter => parameter));

    private string NameOf(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        var scope = _metadata.GetString(type.Namespace);
        return scope.Length == 0 ? _metadata.GetString(type.Name) : $"{scope}.{_metadata.GetString(type.Name)}";
    }

    ImmutableArray<TypeDefinitionHandle> ISimpleTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [handle];

    ImmutableArray<TypeDefinitionHandle> ISimpleTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [];

    ImmutableArray<TypeDefinitionHandle> ISimpleTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

    ImmutableArray<TypeDefinitionHandle> ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>.GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    ImmutableArray<TypeDefinitionHandle> ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>.GetFunctionPointerType(MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature) =>
        [.. InSignature(signature)];

    ImmutableArray<TypeDefinitionHandle> ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>.GetGenericMethodParameter(object? genericContext, int index) => [];

    ImmutableArray<TypeDefinitionHandle> ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>.GetGenericTypeParameter(object? genericContext, int index) => [];

    ImmutableArray<TypeDefinitionHandle> ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>.GetModifiedType(ImmutableArray<TypeDefinitionHandle> modifier, ImmutableArray<TypeDefinitionHandle> unmodifiedType, bool isRequired) =>
        [.. modifier, .. unmodifiedType];

    ImmutableArray<TypeDefinitionHandle> ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>.GetPinnedType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    ImmutableArray<TypeDefinitionHandle> IConstructedTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetArrayType(ImmutableArray<TypeDefinitionHandle> elementType, ArrayShape shape) => elementType;

    ImmutableArray<TypeDefinitionHandle> IConstructedTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetByReferenceType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    ImmutableArray<TypeDefinitionHandle> IConstructedTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetGenericInstantiation(ImmutableArray<TypeDefinitionHandle> genericType, ImmutableArray<ImmutableArray<TypeDefinitionHandle>> typeArguments) =>
        [.. genericType, .. typeArguments.SelectMany(static argument => argument)];

    ImmutableArray<TypeDefinitionHandle> IConstructedTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetPointerType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    ImmutableArray<TypeDefinitionHandle> ISZArrayTypeProvider<ImmutableArray<TypeDefinitionHandle>>.GetSZArrayType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;
}
