using Assay.Impersonation.Engagement;

namespace Assay.Impersonation.Tests.Engagement;

public sealed class LikeLockstepTests
{
    private static readonly DateTimeOffset Day = new(2026, 5, 1, 11, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_bought_group_is_found_among_thousands_of_people()
    {
        const int seed = 11;
        var random = new Random(seed);
        var likes = new LikeLockstep();
        Crowd(likes, random, 5_000);
        var group = Accounts(random, 40);
        var targets = Accounts(random, 5);
        foreach (var account in group)
        {
            foreach (var target in targets)
            {
                if (random.NextDouble() < 0.85)
                    likes.Add(new LikeFact(account, target, Day.AddMinutes(random.Next(300))));
            }
        }

        var found = Assert.Single(likes.FindGroups(TestContext.Current.CancellationToken));
        Assert.True(found.Accounts.Count >= 25, $"seed {seed}: {found.Accounts.Count}");
        Assert.All(found.Accounts, a => Assert.Contains(a, group));
        Assert.All(found.Repositories, r => Assert.Contains(r, targets));
    }

    [Theory]
    [InlineData(14, 5, 2, false)] // too few accounts
    [InlineData(15, 5, 2, true)]
    [InlineData(15, 3, 2, true)]
    [InlineData(40, 2, 2, false)] // too few targets
    [InlineData(40, 5, 24 * 20, false)] // weeks apart: a taste, no lockstep
    public void A_group_needs_accounts_targets_and_time(int accounts, int targets, int hours, bool found)
    {
        var random = new Random(3);
        var likes = new LikeLockstep();
        var repositories = Accounts(random, targets);
        foreach (var account in Accounts(random, accounts))
        {
            foreach (var repository in repositories)
                likes.Add(new LikeFact(account, repository, Day.AddMinutes(random.Next(hours * 60))));
        }

        Assert.Equal(found, likes.FindGroups(TestContext.Current.CancellationToken).Count > 0);
    }

    [Fact]
    public void Fans_of_three_famous_launches_on_one_day_are_no_group()
    {
        var random = new Random(5);
        var likes = new LikeLockstep();
        var famous = Accounts(random, 3);
        foreach (var account in Accounts(random, 3_000))
        {
            foreach (var repository in famous)
            {
                if (random.NextDouble() < 0.3)
                    likes.Add(new LikeFact(account, repository, Day.AddMinutes(random.Next(24 * 60))));
            }
        }

        Assert.Empty(likes.FindGroups(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Old_likes_are_forgotten_when_the_memory_is_full()
    {
        var random = new Random(6);
        var likes = new LikeLockstep(capacity: 1_000);
        var targets = Accounts(random, 4);
        foreach (var account in Accounts(random, 20))
        {
            foreach (var target in targets)
                likes.Add(new LikeFact(account, target, Day));
        }

        Assert.Single(likes.FindGroups(TestContext.Current.CancellationToken));
        Crowd(likes, random, 1_000);
        Assert.Empty(likes.FindGroups(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(90, true, false, false, 1)]
    [InlineData(900, true, false, false, 1)]
    [InlineData(45, true, false, false, 0.5)]
    [InlineData(90, false, false, false, 0.5)]
    [InlineData(-5, true, false, false, 0)]
    [InlineData(900, true, true, false, 0)]
    [InlineData(900, true, false, true, 0)]
    public void A_like_weighs_by_age_second_factor_and_company(int days, bool secondFactor, bool onlyAct, bool lockstep, double weight) =>
        Assert.Equal(weight, LikeCredit.Weight(TimeSpan.FromDays(days), secondFactor, onlyAct, lockstep), 6);

    private static Guid[] Accounts(Random random, int count)
    {
        var ids = new Guid[count];
        for (var i = 0; i < count; i++)
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            ids[i] = new Guid(bytes);
        }

        return ids;
    }

    private static void Crowd(LikeLockstep likes, Random random, int people)
    {
        var repositories = Accounts(random, 400);
        foreach (var account in Accounts(random, people))
        {
            for (var i = random.Next(1, 8); i > 0; i--)
                likes.Add(new LikeFact(account, repositories[(int)(400 * Math.Pow(random.NextDouble(), 3))], Day.AddMinutes(random.Next(60 * 72))));
        }
    }
}
