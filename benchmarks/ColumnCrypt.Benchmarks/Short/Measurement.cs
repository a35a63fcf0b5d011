using System.Globalization;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Measured">The result.</param>
/// <param name="Target">What it should be at most; null where nothing is demanded.</param>
/// <param name="Unit">The unit of both.</param>
/// <param name="IsExact">Whether anything above the target fails; else anything above 1.5 times the target does.</param>
public sealed record Measurement(string What, double Measured, double? Target, string Unit, bool IsExact = false)
{
    private const double Slack = 1.5;

    /// <summary>Beyond it the gate fails.</summary>
    public double? Gate => IsExact ? Target : Slack * Target;

    public bool Passes => Gate is not { } gate || Measured <= gate;

    public bool MeetsTarget => Target is not { } target || Measured <= target;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{What,-62} | {Measured,9:0.##} | {Target,7:0.##} | {Gate,7:0.##} | {Unit,-7} | {(!Passes ? "FAILED" : MeetsTarget ? "ok" : "ok, over target")}");
}
