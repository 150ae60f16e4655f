using Assay.Hub.Publishers;

namespace Assay.Hub.Tests.Publishers;

public sealed class ProofMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Two_checks_that_agree_ten_minutes_apart_make_it_valid()
    {
        var pending = Request();
        var once = After(pending, ProofEvent.Agreed, 1);
        Assert.Equal(ProofState.Pending, once.State);
        Assert.Equal(Start.AddMinutes(11), once.NextCheckAt);
        var tooSoon = After(once, ProofEvent.Agreed, 10);
        Assert.Equal(ProofState.Pending, tooSoon.State);
        var valid = After(tooSoon, ProofEvent.Agreed, 11);
        Assert.Equal((ProofState.Valid, Start.AddMinutes(11)), (valid.State, valid.ValidSince));
        Assert.Equal(valid.Changed + TimeSpan.FromDays(7), valid.NextCheckAt);
    }

    [Fact]
    public void One_check_that_disagrees_between_them_starts_anew()
    {
        var proof = After(After(After(Request(), ProofEvent.Agreed, 1), ProofEvent.Disagreed, 6), ProofEvent.Agreed, 12);
        Assert.Equal(ProofState.Pending, proof.State);
        Assert.Equal(ProofState.Valid, After(proof, ProofEvent.Agreed, 22).State);
    }

    [Fact]
    public void A_request_ends_after_72_hours_or_20_tries()
    {
        Assert.Equal(ProofState.Expired, After(Request(), ProofEvent.Disagreed, (72 * 60) + 1).State);
        Assert.Equal(ProofState.Expired, After(After(Request(), ProofEvent.Agreed, 70 * 60), ProofEvent.Agreed, (72 * 60) + 1).State);
        var (proof, tries) = (Request(), 0);
        while (proof.State == ProofState.Pending)
        {
            proof = ProofMachine.Next(proof, ProofEvent.Disagreed, proof.NextCheckAt!.Value)!;
            tries++;
        }

        Assert.Equal((ProofState.Expired, 20), (proof.State, tries));
        Assert.InRange((proof.Changed - Start).TotalHours, 60, 72);
    }

    [Fact]
    public void Three_failures_in_a_day_put_it_into_grace_and_two_do_not()
    {
        var two = Fail(Fail(Valid(), 0), 8);
        Assert.Equal(ProofState.Valid, two.State);
        var grace = Fail(two, 16);
        Assert.Equal(ProofState.Grace, grace.State);
        Assert.Equal(Valid().ValidSince, grace.ValidSince);
        Assert.Equal(ProofState.Valid, Fail(two, 30).State); // the first is too long ago
        Assert.Equal(ProofState.Valid, Fail(ProofMachine.Next(two, ProofEvent.Agreed, Start.AddHours(109))!, 16).State);
    }

    [Fact]
    public void Looking_three_times_at_one_outage_is_one_failure()
    {
        var proof = Valid();
        for (var minute = 0; minute < 10; minute++)
            proof = ProofMachine.Next(proof, ProofEvent.Disagreed, Start.AddHours(100).AddMinutes(minute))!;
        Assert.Equal(ProofState.Valid, proof.State);
    }

    [Fact]
    public void Grace_ends_with_the_record_back_or_after_14_days()
    {
        var grace = Fail(Fail(Fail(Valid(), 0), 8), 16);
        var back = ProofMachine.Next(grace, ProofEvent.Agreed, grace.Changed.AddDays(13))!;
        Assert.Equal((ProofState.Valid, Valid().ValidSince), (back.State, back.ValidSince));
        var proof = grace;
        while (proof.State == ProofState.Grace)
            proof = ProofMachine.Next(proof, ProofEvent.Disagreed, proof.NextCheckAt!.Value)!;
        Assert.Equal((ProofState.Lapsed, grace.Changed.AddDays(14), (DateTimeOffset?)null), (proof.State, proof.Changed, proof.NextCheckAt));
        // A new proof of the same gives it back under the same id, as of then.
        var again = ProofMachine.Next(proof, ProofEvent.Requested, proof.Changed.AddDays(1))!;
        Assert.Equal(ProofState.Pending, again.State);
        Assert.Null(again.ValidSince);
    }

    [Fact]
    public void A_domain_that_looks_like_another_waits_for_a_person_and_does_not_run_out()
    {
        var pending = ProofMachine.Next(null, ProofEvent.Requested, Start, awaitsReview: true)!;
        var confirmed = After(After(pending, ProofEvent.Agreed, 1), ProofEvent.Agreed, 11);
        Assert.Equal((ProofState.Pending, (DateTimeOffset?)null), (confirmed.State, confirmed.NextCheckAt));
        Assert.Equal(ProofState.Valid, ProofMachine.Next(confirmed, ProofEvent.Approved, Start.AddDays(9))!.State);
        // Approved first, it still has to be shown.
        var approved = After(pending, ProofEvent.Approved, 1);
        Assert.Equal(ProofState.Pending, approved.State);
        Assert.Equal(ProofState.Valid, After(After(approved, ProofEvent.Agreed, 2), ProofEvent.Agreed, 12).State);
    }

    [Fact]
    public void Freezing_takes_a_proof_out_of_force_and_thawing_has_it_checked_at_once()
    {
        var frozen = ProofMachine.Next(Valid(), ProofEvent.Frozen, Start.AddDays(2))!;
        Assert.Equal(ProofState.Frozen, frozen.State);
        Assert.Null(ProofMachine.Next(frozen, ProofEvent.Agreed, Start.AddDays(3)));
        var thawed = ProofMachine.Next(frozen, ProofEvent.Thawed, Start.AddDays(3))!;
        Assert.Equal((ProofState.Valid, Start.AddDays(3)), (thawed.State, thawed.NextCheckAt));
        Assert.Equal(ProofState.Expired, After(Request(), ProofEvent.Frozen, 5).State);
    }

    [Fact]
    public void Nothing_leads_out_of_a_revocation()
    {
        var revoked = ProofMachine.Next(Valid(), ProofEvent.Revoked, Start)!;
        foreach (var happened in Enum.GetValues<ProofEvent>())
            Assert.Null(ProofMachine.Next(revoked, happened, Start));
    }

    [Fact]
    public void Whatever_happens_in_whatever_order_only_two_agreeing_checks_or_a_person_make_it_count()
    {
        const int seed = 20260301;
        var random = new Random(seed);
        for (var run = 0; run < 3000; run++)
        {
            ProofStatus? proof = null;
            var (now, agreements, last) = (Start, new List<DateTimeOffset>(), (ProofState?)null);
            for (var step = 0; step < 40; step++)
            {
                now += TimeSpan.FromMinutes(random.Next(1, 2000));
                var happened = (ProofEvent)random.Next(8);
                var next = ProofMachine.Next(proof, happened, now, awaitsReview: random.Next(4) == 0);
                if (happened == ProofEvent.Disagreed || next is { State: ProofState.Pending } && last != ProofState.Pending)
                    agreements.Clear();
                if (happened == ProofEvent.Agreed)
                    agreements.Add(now);
                if (next is { State: ProofState.Valid } && last is not (ProofState.Valid or ProofState.Grace or ProofState.Frozen) && happened != ProofEvent.Established)
                    Assert.True(agreements.Count >= 2 && agreements[^1] - agreements[0] >= ProofMachine.Apart, $"seed {seed}, run {run}");
                if (next?.State == ProofState.Grace && last == ProofState.Valid)
                    Assert.Equal(ProofEvent.Disagreed, happened);
                // What waits for a check has a time for it.
                if (next is { State: ProofState.Pending, ConfirmedAt: null } or { State: ProofState.Grace })
                    Assert.NotNull(next.NextCheckAt);
                (proof, last) = (next ?? proof, next?.State ?? last);
            }
        }
    }

    private static ProofStatus Request() => ProofMachine.Next(null, ProofEvent.Requested, Start)!;

    private static ProofStatus Valid() => After(After(Request(), ProofEvent.Agreed, 1), ProofEvent.Agreed, 11);

    private static ProofStatus After(ProofStatus proof, ProofEvent happened, int minutes) => ProofMachine.Next(proof, happened, Start.AddMinutes(minutes))!;

    private static ProofStatus Fail(ProofStatus proof, int hours) => ProofMachine.Next(proof, ProofEvent.Disagreed, Start.AddHours(100 + hours))!;
}
