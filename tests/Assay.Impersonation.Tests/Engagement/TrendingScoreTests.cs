using Assay.Impersonation.Engagement;

namespace Assay.Impersonation.Tests.Engagement;

public sealed class TrendingScoreTests
{
    [Fact]
    public void Who_is_not_eligible_has_no_score_whatever_was_bought() =>
        Assert.Equal(0, TrendingScore.Of(mayTrend: false, [new TrendingDay(0, 244_000, 500)]));

    [Fact]
    public void Yesterdays_people_count_less_than_todays()
    {
        Assert.Equal(100, TrendingScore.Of(true, [new TrendingDay(0, 100, 0)]), 9);
        Assert.Equal(50, TrendingScore.Of(true, [new TrendingDay(2, 100, 0)]), 9);
        Assert.Equal(120, TrendingScore.Of(true, [new TrendingDay(0, 100, 10)]), 9);
        Assert.Equal(0, TrendingScore.Of(true, [new TrendingDay(14, 100, 10), new TrendingDay(-1, 100, 10)]));
    }

    [Fact]
    public void More_people_never_lower_the_score_and_damage_never_raises_it()
    {
        const int seed = 8;
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var days = Enumerable.Range(0, 20).Select(d => new TrendingDay(d, random.Next(1000), random.NextDouble() * 50)).ToList();
            var more = days.Select((d, i) => i == round % 20 ? d with { Identities = d.Identities + 1 } : d);
            var damaged = days.Append(new TrendingDay(0, -50, double.NaN)).Append(new TrendingDay(0, long.MinValue, double.PositiveInfinity));
            var score = TrendingScore.Of(true, days);

            Assert.True(TrendingScore.Of(true, more) >= score, $"seed {seed}, round {round}");
            Assert.Equal(score, TrendingScore.Of(true, damaged), 9);
        }
    }
}
