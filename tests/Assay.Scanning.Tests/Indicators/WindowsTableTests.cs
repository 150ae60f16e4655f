using Assay.Scanning.Tests.Behaviour;

namespace Assay.Scanning.Tests.Indicators;

/// <summary>Every row of the tables about Windows fires on its sample.</summary>
public sealed class WindowsTableTests
{
    [Fact]
    public void Every_command_is_recognised_by_its_sample()
    {
        Assert.NotEmpty(WindowsTable.CommandRows);
        foreach (var row in WindowsTable.CommandRows)
        {
            var language = row.Sample.Split(' ')[0] is { } word && word.Contains('-', StringComparison.Ordinal) && char.IsUpper(word[0]) && !word.Contains('.', StringComparison.Ordinal) ? CodeLanguage.PowerShell : CodeLanguage.Batch;
            var acts = BehaviourAssert.Acts(language, row.Sample);
            Assert.True(acts.Any(a => a.Deed == row.Deed), $"{row.Sample}: expected {row.Deed}, got {BehaviourAssert.Describe(acts)}");
        }
    }

    [Fact]
    public void Every_place_is_recognised_by_its_sample()
    {
        Assert.NotEmpty(WindowsTable.PlaceRows);
        foreach (var row in WindowsTable.PlaceRows)
            Assert.True(WindowsTable.OfPlace(row.Sample) is { } found && found.Deed == row.Deed, row.Sample);
    }

    [Theory]
    [InlineData(@"C:\Users\me\models\cookies.txt")]
    [InlineData(@"HKLM\SYSTEM\CurrentControlSet\Control\FileSystem\LongPathsEnabled")]
    [InlineData("models/default/model.bin")]
    [InlineData("runs/run1/events.out")]
    public void Other_places_mean_nothing(string place) => Assert.Null(WindowsTable.OfPlace(place));

    [Theory]
    [InlineData("windows_commands.tsv")]
    [InlineData("windows_places.tsv")]
    public void Tables_are_sorted(string name)
    {
        using var reader = new StreamReader(typeof(WindowsTable).Assembly.GetManifestResourceStream("Assay.Scanning." + name)!);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
    }
}
