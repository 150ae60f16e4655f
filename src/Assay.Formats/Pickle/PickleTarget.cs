namespace Assay.Formats;

/// <summary>What a callee turns out to be once indirection is folded away.</summary>
public abstract record PickleTarget
{
    /// <summary>Not known: the result of a call that the machine cannot follow.</summary>
    public static PickleTarget Unknown { get; } = new UnknownTarget();

    private sealed record UnknownTarget : PickleTarget;
}

/// <summary>A name of a module: a function, class or attribute.</summary>
/// <param name="Module">Module.</param>
/// <param name="QualifiedName">Name, dotted below classes.</param>
public sealed record NamedTarget(string Module, string QualifiedName) : PickleTarget
{
    /// <summary><c>module.name</c>.</summary>
    public string FullName => Module.Length == 0 ? QualifiedName : $"{Module}.{QualifiedName}";

    /// <summary>True when an attribute was reached by getattr and its kin, not by the import itself.</summary>
    public bool Indirect { get; init; }
}

/// <summary>A module object.</summary>
/// <param name="Module">Its name.</param>
public sealed record ModuleTarget(string Module) : PickleTarget;

/// <summary>An object made in the stream by calling a class or function.</summary>
/// <param name="Maker">What was called; null when unknown.</param>
public sealed record InstanceTarget(NamedTarget? Maker) : PickleTarget;

/// <summary>A member of an object made in the stream.</summary>
/// <param name="Maker">What made the object; null when unknown.</param>
/// <param name="Name">Name of the member.</param>
public sealed record MemberTarget(NamedTarget? Maker, string Name) : PickleTarget;

/// <summary>A callable with arguments bound in front.</summary>
/// <param name="Function">The callable.</param>
/// <param name="Bound">The bound arguments.</param>
public sealed record BoundTarget(PickleTarget Function, IReadOnlyList<PickleValue> Bound) : PickleTarget;

/// <summary>A callable that calls a method of its argument: <c>operator.methodcaller</c>.</summary>
/// <param name="Name">The method.</param>
/// <param name="Bound">Its arguments.</param>
public sealed record MethodCallerTarget(string Name, IReadOnlyList<PickleValue> Bound) : PickleTarget;

/// <summary>A callable that reads attributes of its argument: <c>operator.attrgetter</c>.</summary>
/// <param name="Path">The dotted path.</param>
public sealed record AttributeGetterTarget(string Path) : PickleTarget;

/// <summary>A callable that reads an item of its argument: <c>operator.itemgetter</c>.</summary>
/// <param name="Key">The key, where constant.</param>
public sealed record ItemGetterTarget(string? Key) : PickleTarget;

/// <summary>A call that is made, directly or by a helper that calls what it is given.</summary>
/// <param name="Target">What is called.</param>
/// <param name="Args">Positional arguments, as far as known.</param>
/// <param name="Via">The helper that makes the call; null when the stream calls directly.</param>
public sealed record PickleInvocation(PickleTarget Target, IReadOnlyList<PickleValue> Args, NamedTarget? Via);
