namespace Assay.Impersonation.Tests;

public sealed class AssessmentActionTests
{
    [Fact]
    public void Actions_are_ordered_from_mild_to_harsh() =>
        Assert.Equal(["Allow", "Label", "Warn", "Hold", "Block"], Enum.GetValues<AssessmentAction>().Order().Select(a => a.ToString()));
}
