using System.Text;

namespace Assay.Impersonation.Names;

/// <summary>Judges by names alone what a repository, or a publisher's display name, is like.</summary>
public static class NameLikeness
{
    private const int MaxRepositoriesOfCore = 48;
    private const int MaxNearCores = 64;
    private const int MaxSiblings = 128;
    private const int MaxPublishers = 8;
    private const int MaxBorders = 8;

    /// <summary>
    /// What a name is like. Pure: the same query and index give the same answer. A repository that the index knows is not compared with
    /// itself, nor a publisher with itself.
    /// </summary>
    public static NameAssessment Judge(in NameQuery query, LikenessIndex index)
    {
        if (query.IsEndorsed)
            return NameAssessment.Nothing;
        var run = new Run(query, index);
        if (query.DisplayName is { Length: > 0 } display)
            run.JudgeDisplayName(display);
        if (query.Organisation.Length > 0 && query.Name.Length > 0)
            run.JudgeId();
        return run.Result();
    }

    /// <summary>Words that any repository may be called by.</summary>
    private static readonly System.Collections.Frozen.FrozenSet<string> GenericWords = System.Collections.Frozen.FrozenSet.ToFrozenSet(
        [
            "model", "models", "test", "tests", "testing", "demo", "example", "examples", "sample", "tiny", "small", "medium", "large", "mini", "base", "big", "name", "repo", "repository", "my", "new", "the", "a",
            "first", "second", "final", "best", "last", "checkpoint", "checkpoints", "weights", "lora", "adapter", "finetune", "finetuned", "tuned", "output", "outputs", "result", "results", "data", "dataset", "foo", "bar",
            "dummy", "temp", "tmp", "untitled", "project", "experiment", "run", "hello", "world", "your", "some", "random", "v1", "v2", "1", "2", "0",
        ]);

    /// <summary>How a name is like that of one target.</summary>
    private enum Likeness
    {
        Same,
        OtherSeparators,
        LookAlike,
        TokenSlip,
        Slip,
        ShortSlip,
        Reordered,
        CalledOfficial,
        Extended,
        OtherWord,
    }

    private sealed class Run
    {
        private readonly NameQuery _query;
        private readonly LikenessIndex _index;
        private readonly string _id;
        private readonly bool _isInIndex;
        private readonly PublisherName _publisher;
        private readonly bool _isKnownPublisher;
        private readonly Brand? _ownBrand;
        private readonly Brand? _namedBrand;
        private readonly string _plain;
        private readonly string _letters;
        private readonly List<string> _words;
        private readonly bool _isGeneric;
        private readonly List<(string Core, Likeness Likeness)> _variants = [];
        private readonly HashSet<string> _sameNameAt = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<(NameSignal Signal, double Weighed, double Order)> _signals = [];

        public Run(in NameQuery query, LikenessIndex index)
        {
            _query = query with { Name = Cut(query.Name), Organisation = Cut(query.Organisation) };
            _index = index;
            _id = $"{_query.Organisation}/{_query.Name}";
            _isInIndex = index.Contains(_id);
            _publisher = new PublisherName(_query.Organisation);
            _ownBrand = index.Brands.OfHandle(_query.Organisation);
            _isKnownPublisher = _ownBrand is not null || IsProtectedPublisher(_query.Organisation, except: _id);
            _namedBrand = _isKnownPublisher ? null : index.Brands.NamedIn(_publisher);
            _plain = PlainCore(_query.Name);
            _letters = Moniker.Letters(NameTokens.WithoutPackaging(_query.Name));
            _words = NameTokens.Words(_query.Name);
            _isGeneric = _words.TrueForAll(GenericWords.Contains);
            AddVariants();
        }

        public NameAssessment Result()
        {
            if (_signals.Count == 0)
                return NameAssessment.Nothing;
            _signals.Sort(static (a, b) => b.Order.CompareTo(a.Order) is not 0 and var order ? order : string.CompareOrdinal(a.Signal.Target, b.Signal.Target));
            var best = new List<NameSignal>();
            foreach (var (signal, _, _) in _signals)
            {
                if (!best.Exists(s => s.Kind == signal.Kind))
                    best.Add(signal);
            }

            return new NameAssessment(best, 1 / (1 + Math.Exp(NameWeights.Slope * (NameWeights.Middle - _signals[0].Weighed))));
        }

        /// <summary>N8, and what else a display name can say.</summary>
        public void JudgeDisplayName(string display)
        {
            var skeleton = Skeleton.Of(display);
            var moniker = Moniker.Of(display);
            var shown = Visible(display);
            if (_index.Brands.OfMoniker(moniker) is { } brand)
            {
                if (brand == _ownBrand)
                    return;
                var isDisguised = skeleton.HadInvisible || skeleton.MixedScript || display.AsSpan().ContainsAnyExceptInRange('\0', '\x7f')
                    || !IsSpelled(brand, Moniker.Plain(display));
                if (isDisguised)
                    Add(NameSignalKind.DisguisedDisplayName, NameWeights.DisguisedDisplayName, brand.Name, $"The display name {shown} looks like {brand.Name}, but is written with other characters.", brand.Handles);
                else if (_query.Organisation.Length > 0 && !_isKnownPublisher && moniker == Moniker.Of(brand.Name) && !Brand.IsWeak(moniker))
                    Add(NameSignalKind.NearPublisher, NameWeights.SameDisplayName, brand.Name, $"The display name is {brand.Name}, which publishes under another handle.", brand.Handles);
                return;
            }

            // The brand's name among other words, dressed up, or with characters that cannot be seen.
            var isOdd = skeleton.HadInvisible || skeleton.MixedScript;
            var seen = new PublisherName(Skeleton.Folded(display));
            foreach (var other in _index.Brands.All)
            {
                if (other == _ownBrand)
                    continue;
                var name = Moniker.Of(other.Name);
                if (isOdd && name.Length >= 3 && (moniker.StartsWith(name, StringComparison.Ordinal) || moniker.EndsWith(name, StringComparison.Ordinal)))
                    Add(NameSignalKind.DisguisedDisplayName, NameWeights.DisguisedDisplayName, other.Name, $"The display name {shown} looks like {other.Name}, but is written with other characters.", other.Handles);
                else if (!_isKnownPublisher && NameDistance.IsNear(Moniker.Letters(display), Moniker.Letters(other.Name)))
                    Add(NameSignalKind.NearPublisher, isOdd ? NameWeights.DisguisedDisplayName : NameWeights.NearDisplayName, other.Name, $"The display name {shown} is a slip away from {other.Name}.", other.Handles);
                else if (!_isKnownPublisher && name.Length > 2 && seen.Stem == PublisherName.StemOf(other.Name))
                    Add(NameSignalKind.NearPublisher, NameWeights.NearDisplayName, other.Name, $"The display name {shown} is {other.Name} with an everyday word.", other.Handles);
            }
        }

        /// <summary>N1 to N7 and N9.</summary>
        public void JudgeId()
        {
            SameReading();
            SameOrNearName();
            if (!_isKnownPublisher)
                LikePublisher();
            PublisherInName();
        }

        private void SameReading()
        {
            if (_isKnownPublisher)
                return;
            var moniker = Moniker.Of(_id);
            for (var s = 0; s < _index.Segments.Length; s++)
            {
                var segment = _index.Segments[s];
                foreach (var repository in segment.WithMoniker(moniker))
                {
                    var id = segment.Ids.Text(repository);
                    if (IsTarget(s, repository) && Moniker.Of(id) == moniker && !OfSamePublisher(id))
                        Add(NameSignalKind.SameReading, NameWeights.SameReading, id, $"{Visible(_id)} reads as {id}.", prominence: segment.Prominence(repository));
                }
            }
        }

        private void SameOrNearName()
        {
            var core = NameTokens.Core(_query.Name);
            var near = new List<int>();
            for (var s = 0; s < _index.Segments.Length; s++)
            {
                var segment = _index.Segments[s];
                if (core.Length == 0)
                    continue;
                if (segment.Core(core) is >= 0 and var equal)
                    Compare(s, equal, null);
                foreach (var (variant, likeness) in _variants)
                {
                    if (variant != core && segment.Core(variant) is >= 0 and var other)
                        Compare(s, other, likeness);
                }

                near.Clear();
                segment.AddNear(_letters, all: false, near);
                if (_words.Count > 1)
                    segment.AddReordered(_words, near);
                for (var i = 0; i < Math.Min(near.Count, MaxNearCores); i++)
                    Compare(s, near[i], null);
            }
        }

        private void Compare(int s, int core, Likeness? known)
        {
            var segment = _index.Segments[s];
            var left = MaxRepositoriesOfCore;
            foreach (var repository in segment.RepositoriesOfCore(core))
            {
                if (left-- == 0)
                    return;
                if (!IsTarget(s, repository))
                    continue;
                var id = segment.Ids.Text(repository);
                var (handle, name) = Split(id);
                if (!handle.Equals(_query.Organisation, StringComparison.OrdinalIgnoreCase) && (known ?? LikenessTo(name)) is { } likeness)
                {
                    if (likeness == Likeness.Same)
                        _sameNameAt.Add(handle);
                    Weigh(id, handle, name, likeness, segment.Prominence(repository));
                }
            }
        }

        /// <summary>How the candidate's name is like another; null when they only look near: digits differ.</summary>
        private Likeness? LikenessTo(string name)
        {
            var plain = PlainCore(name);
            if (plain == _plain)
                return SameSeparators(_query.Name, name) ? Likeness.Same : Likeness.OtherSeparators;
            var (core, other) = (Moniker.Of(_plain), Moniker.Of(plain));
            if (core == other)
                return IsVersionBesideVision(_plain, plain) ? null : Likeness.LookAlike;
            var words = NameTokens.Words(name);
            if (words.Count == _words.Count && words.Order(StringComparer.Ordinal).SequenceEqual(_words.Order(StringComparer.Ordinal)))
                return Likeness.Reordered;
            if (Digits(plain) != Digits(_plain))
                return null;
            if (!NameDistance.IsNear(_letters, Moniker.Letters(NameTokens.WithoutPackaging(name))))
                return null;

            // What differs, in words: a slip makes a word that nobody uses of one that others use.
            var start = 0;
            while (start < words.Count && start < _words.Count && words[start] == _words[start])
                start++;
            var end = 0;
            while (end < words.Count - start && end < _words.Count - start && words[^(end + 1)] == _words[^(end + 1)])
                end++;
            var mine = _words[start..^end];
            var theirs = words[start..^end];
            if (mine.Count == 0 && theirs is ["b" or "m"] && start > 0 && char.IsAsciiDigit(words[start - 1][0]))
                return Likeness.ShortSlip;
            if (theirs.Count == 0 && mine is ["s"] && end == 0)
                return Likeness.ShortSlip;
            if (mine.Count == 0 || theirs.Count == 0)
                return Likeness.OtherWord;
            if (mine.TrueForAll(w => char.IsAsciiDigit(w[0]) || IsKnownWord(w)))
                return Likeness.OtherWord;
            return string.Concat(theirs).Length < 4 ? Likeness.ShortSlip : Likeness.Slip;
        }

        private void Weigh(string id, string handle, string name, Likeness likeness, int prominence)
        {
            var relation = _isKnownPublisher ? PublisherRelation.None : _publisher.RelationTo(handle, sharesName: true);
            if (relation == PublisherRelation.None && _namedBrand is not null && _namedBrand == _index.Brands.OfHandle(handle))
                relation = PublisherRelation.Contains;
            if (relation != PublisherRelation.None)
            {
                var strength = likeness == Likeness.Same ? NameWeights.ImitatedPublisher : NameWeights.ImitatedPublisherNearName;
                if (likeness is not (Likeness.OtherWord or Likeness.Extended) || relation != PublisherRelation.Contains)
                {
                    Add(NameSignalKind.ImitatedPublisher, strength, id, $"{Visible(_id)} is like {id}: the publisher's name {How(relation)} {handle}, and the name is {How(likeness)}.", prominence: prominence, isFullName: IsFullName(name));
                    return;
                }
            }

            if (likeness is Likeness.CalledOfficial)
            {
                if (!AddsPackaging(_query.Name, name) && prominence >= NameWeights.LittleKnown)
                    Add(NameSignalKind.ClaimedAuthority, NameWeights.CalledOfficial, id, $"The name {Visible(_query.Name)} is that of {id} with a word that claims authority.", prominence: prominence);
                return;
            }

            if (likeness is Likeness.Extended)
            {
                if (!_isKnownPublisher && _publisher.IsAnonymous && _publisher.ClaimsAuthority)
                    Add(NameSignalKind.ClaimedAuthority, NameWeights.ClaimedAuthorityBesideName, id, $"{Visible(_query.Organisation)} claims authority (\"{Visible(_publisher.AuthorityWord)}\"), and the name extends that of {id}.", prominence: prominence);
                return;
            }

            if (likeness is Likeness.Same or Likeness.OtherSeparators)
            {
                if (!_isKnownPublisher && (_publisher.ClaimsAuthority || _publisher.IsAnonymous) && !AddsPackaging(_query.Name, name) && prominence >= NameWeights.LittleKnown)
                {
                    var claims = _publisher.ClaimsAuthority || _publisher.SeemsOpen;
                    Add(
                        NameSignalKind.ClaimedAuthority,
                        _publisher.IsAnonymous || _namedBrand is not null ? claims ? NameWeights.ClaimedAuthority : NameWeights.AnonymousPublisher : NameWeights.ClaimedAuthorityBesideName,
                        id,
                        claims ? $"{Visible(_query.Organisation)} claims authority (\"{Visible(_publisher.AuthorityWord)}\") and uses the name of {id}." : $"{Visible(_query.Organisation)} names nobody and uses the name of {id}.",
                        prominence: prominence,
                        isFullName: IsFullName(name));
                    return;
                }

                var strength = prominence < NameWeights.LittleKnown || AddsPackaging(_query.Name, name) ? NameWeights.SameNameLittleKnown
                    : likeness == Likeness.Same ? NameWeights.SameName : NameWeights.SameNameOtherSeparators;
                Add(NameSignalKind.SameName, strength, id, $"The name is that of {id}.", prominence: prominence, isFullName: IsFullName(name));
                return;
            }

            var (weight, what) = likeness switch
            {
                Likeness.LookAlike => (NameWeights.NearNameLookAlike, "looks like"),
                Likeness.TokenSlip => (NameWeights.NearNameTokenSlip, "is, but for a slip in its size or packaging,"),
                Likeness.Slip => (NameWeights.NearNameSlip, "is a slip away from"),
                Likeness.ShortSlip => (NameWeights.NearNameShortSlip, "is a slip away from"),
                Likeness.Reordered => (NameWeights.NearNameReordered, "has, in another order, the words of"),
                _ => (NameWeights.NearNameOtherWord, "is near"),
            };
            Add(NameSignalKind.NearName, weight, id, $"The name {Visible(_query.Name)} {what} {id}.", prominence: prominence);
        }

        /// <summary>N5 and N9: a publisher like a known one, whatever the repository is.</summary>
        private void LikePublisher()
        {
            var found = new List<int>();
            for (var s = 0; s < _index.Segments.Length; s++)
            {
                var segment = _index.Segments[s];
                found.Clear();
                segment.AddNearPublishers(_publisher.Letters, found);
                segment.AddNearShortPublishers(_publisher.Letters, found);
                foreach (var publisher in segment.PublishersWithMoniker(_publisher.Moniker))
                    found.Add(publisher);
                foreach (var publisher in segment.PublishersWithStem(_publisher.Stem))
                    found.Add(publisher);
                for (var i = 0; i < Math.Min(found.Count, MaxPublishers); i++)
                    Weigh(s, found[i]);
            }

            // A brand whose repositories are not known is imitated all the same.
            foreach (var (handle, brand) in _index.Brands.HandlesLike(_publisher))
            {
                if (!_index.Segments.Any(s => s.Publisher(handle) >= 0))
                    Add(NameSignalKind.NearPublisher, NameWeights.NearFamousPublisher, handle, $"The publisher's name {Visible(_query.Organisation)} is like {handle}, a handle of {brand.Name}.", [handle]);
            }
        }

        private void Weigh(int s, int publisher)
        {
            var segment = _index.Segments[s];
            var handle = segment.Handle(publisher).ToString();
            var isFamous = segment.RepositoriesOf(publisher).Length >= NameWeights.FamousPublisher || _index.Brands.OfHandle(handle) is not null;
            var relation = _publisher.RelationTo(handle, sharesName: false);
            var isShort = relation == PublisherRelation.None && isFamous;
            if (isShort)
                relation = _publisher.RelationTo(handle, sharesName: true);
            if (relation is PublisherRelation.None or PublisherRelation.Same || !IsProtectedPublisher(handle, except: _id))
                return;

            // The one that imitates is not its own proof: what is left of it when this repository is not counted.
            string? sibling = null;
            var prominence = 0;
            var most = 0;
            var left = MaxSiblings;
            foreach (var repository in segment.RepositoriesOf(publisher))
            {
                if (left-- == 0)
                    break;
                if (!IsTarget(s, repository))
                    continue;
                var id = segment.Ids.Text(repository);
                prominence = Math.Max(prominence, segment.Prominence(repository));
                var shared = SharedWords(Split(id).Name);
                if (shared > most)
                    (sibling, most) = (id, shared);
            }

            if (sibling is not null)
                Add(NameSignalKind.InventedSibling, NameWeights.InventedSibling, sibling, $"The publisher's name {Visible(_query.Organisation)} {How(relation)} {handle}, and the repository would be one of its line, as {sibling} is.", prominence: prominence);
            if (isShort)
                return;
            var strength = relation is PublisherRelation.LookAlike or PublisherRelation.Separators ? NameWeights.NearPublisherLookAlike
                : isFamous ? NameWeights.NearFamousPublisher : NameWeights.NearPublisher;
            Add(NameSignalKind.NearPublisher, strength, handle, $"The publisher's name {Visible(_query.Organisation)} {How(relation)} {handle}.", prominence: prominence);
        }

        /// <summary>N4: a known publisher in front of or behind the name of one of its repositories.</summary>
        private void PublisherInName()
        {
            var name = _query.Name;
            var borders = new List<int>();
            for (var i = 1; i < name.Length - 1; i++)
            {
                if (name[i] is '-' or '_' or '.')
                    borders.Add(i);
            }

            for (var b = 0; b < borders.Count; b++)
            {
                var at = borders[b];
                if (b < MaxBorders)
                    Named(name[..at], name[(at + 1)..]);
                if (borders.Count - b <= MaxBorders)
                    Named(name[(at + 1)..], name[..at]);
            }
        }

        private void Named(string who, string what)
        {
            var moniker = Moniker.Of(who);
            if (moniker.Length < 2)
                return;
            var brand = _index.Brands.OfMoniker(moniker);
            if (brand is not null && brand == _ownBrand)
                return;
            // A name that the publisher uses as it stands only happens to begin so: Meta-Llama.
            foreach (var handle in _sameNameAt)
            {
                if (Moniker.Of(handle) == moniker || (brand is not null && brand == _index.Brands.OfHandle(handle)))
                    return;
            }

            // "model by publisher", "publisher official model"
            var tokens = NameTokens.Of(what).Select(static t => t.Text).ToList();
            while (tokens.Count > 1 && (tokens[^1] is "by" or "from" or "of" or "By" || PublisherName.IsBoast(tokens[^1])))
                tokens.RemoveAt(tokens.Count - 1);
            while (tokens.Count > 1 && PublisherName.IsBoast(tokens[0]))
                tokens.RemoveAt(0);
            var core = NameTokens.Core(string.Join('-', tokens));
            for (var s = 0; s < _index.Segments.Length; s++)
            {
                var segment = _index.Segments[s];
                if (segment.Core(core) is not (>= 0 and var found))
                    continue;
                var left = MaxRepositoriesOfCore;
                foreach (var repository in segment.RepositoriesOfCore(found))
                {
                    if (left-- == 0)
                        break;
                    var id = segment.Ids.Text(repository);
                    var (handle, name) = Split(id);
                    var isNamed = Moniker.Of(handle) == moniker || (brand is not null && brand == _index.Brands.OfHandle(handle));
                    if (!isNamed || !IsTarget(s, repository) || OfSamePublisher(id))
                        continue;
                    var repacked = AddsPackaging(what, name);
                    Add(
                        NameSignalKind.PublisherInName,
                        repacked ? NameWeights.PublisherInNameRepacked : NameWeights.PublisherInName,
                        id,
                        $"The name begins or ends with {Visible(who)}, and the rest is the name of {id}.",
                        prominence: segment.Prominence(repository),
                        isFullName: name.Equals(what, StringComparison.OrdinalIgnoreCase));
                }
            }
        }

        private void Add(NameSignalKind kind, double strength, string target, string evidence, IReadOnlyList<string>? handles = null, int prominence = 0, bool isFullName = false)
        {
            // "model" and "my-first-test" are nobody's names, even where somebody known has used them.
            if (_isGeneric && kind is NameSignalKind.SameName or NameSignalKind.NearName or NameSignalKind.ClaimedAuthority)
                return;
            var weighed = strength;
            if (_isKnownPublisher)
                weighed -= NameWeights.KnownPublisher;
            if (_query.OtherRepositories >= NameWeights.ManyRepositories)
                weighed -= NameWeights.ProlificPublisher;
            if (Credits(target, handles))
                weighed -= kind is NameSignalKind.PublisherInName or NameSignalKind.NearName or NameSignalKind.SameName ? NameWeights.Credit : NameWeights.CreditBesideImitation;
            _signals.Add((new NameSignal(kind, strength, target, evidence), weighed, weighed + (isFullName ? 0.05 : 0) + (0.04 * Math.Log2(1 + prominence) / 16)));
        }

        private bool Credits(string target, IReadOnlyList<string>? handles)
        {
            if (_query.DeclaredBase is not { Length: > 0 } declared)
                return false;
            return declared.Equals(target, StringComparison.OrdinalIgnoreCase) || (handles?.Contains(Split(declared).Handle, StringComparer.OrdinalIgnoreCase) ?? false)
                || (Split(declared).Name is { Length: > 0 } name && PlainCore(name) == PlainCore(Split(target).Name));
        }

        /// <summary>Protected, still true, and not the repository in question.</summary>
        private bool IsTarget(int segment, int repository) =>
            _index.Segments[segment].IsProtected(repository) && _index.IsCurrent(segment, repository)
            && !(_isInIndex && _index.Segments[segment].Ids.Text(repository).Equals(_id, StringComparison.OrdinalIgnoreCase));

        private bool IsProtectedPublisher(string handle, string except)
        {
            for (var s = 0; s < _index.Segments.Length; s++)
            {
                var segment = _index.Segments[s];
                if (segment.Publisher(handle) is not (>= 0 and var publisher))
                    continue;
                foreach (var repository in segment.RepositoriesOf(publisher))
                {
                    if (segment.IsProtected(repository) && _index.IsCurrent(s, repository) && !segment.Ids.Text(repository).Equals(except, StringComparison.OrdinalIgnoreCase))
                        return true;
                }
            }

            return false;
        }

        private bool OfSamePublisher(string id)
        {
            var handle = Split(id).Handle;
            return handle.Equals(_query.Organisation, StringComparison.OrdinalIgnoreCase) || (_ownBrand is not null && _ownBrand == _index.Brands.OfHandle(handle));
        }

        private bool IsKnownWord(string word) => _index.Segments.Sum(s => s.Uses(word)) > (_isInIndex ? 1 : 0);

        private int SharedWords(string name)
        {
            var shared = 0;
            var words = NameTokens.Words(name);
            if (words.Count > 0 && _words.Count > 0 && words[0] == _words[0] && NameTokens.Classify(words[0]) == TokenClass.Word)
                shared++;
            foreach (var word in words)
            {
                if (word.Length >= 3 && char.IsAsciiLetter(word[0]) && NameTokens.Classify(word) == TokenClass.Word && _words.Contains(word))
                    shared++;
            }

            return shared;
        }

        private bool IsFullName(string name) => name.Equals(_query.Name, StringComparison.OrdinalIgnoreCase);

        /// <summary>Whether the candidate says of itself that it is packed in a way that the other is not.</summary>
        private static bool AddsPackaging(string mine, string name)
        {
            var theirs = NameTokens.Of(name);
            foreach (var token in NameTokens.Of(mine))
            {
                if (token.Class == TokenClass.Packaging && !theirs.Any(t => t.Text.Equals(token.Text, StringComparison.OrdinalIgnoreCase)))
                    return true;
            }

            return false;
        }

        /// <summary>Cores that the name would have if a token were repaired, read as it looks, or left out.</summary>
        private void AddVariants()
        {
            var tokens = NameTokens.Of(_query.Name);
            if (WithoutTokenSlip(tokens) is { } repaired)
                _variants.Add((repaired, Likeness.TokenSlip));
            foreach (var read in NameTokens.ReadAsLetters(_query.Name))
                _variants.Add((NameTokens.Core(read), Likeness.LookAlike));
            var plain = tokens.Where(static t => !PublisherName.IsBoast(t.Text)).ToList();
            if (plain.Count < tokens.Count && plain.Count > 0)
                _variants.Add((NameTokens.Core(string.Join('-', plain.Select(static t => t.Text))), Likeness.CalledOfficial));
            var kept = tokens.Where(static t => t.Class != TokenClass.Packaging).Select(static t => t.Text).ToList();
            if (kept.Count > 1)
            {
                _variants.Add((NameTokens.Core(string.Join('-', kept.SkipLast(1))), Likeness.Extended));
                _variants.Add((NameTokens.Core(string.Join('-', kept.Skip(1))), Likeness.Extended));
            }
        }

        /// <summary>The core when a token that nobody uses is taken for a slip of one for packaging or for a size; null when there is none.</summary>
        private string? WithoutTokenSlip(IReadOnlyList<NameToken> tokens)
        {
            for (var i = tokens.Count - 1; i > 0; i--)
            {
                var text = tokens[i].Text;
                if (tokens[i].Class != TokenClass.Word || text.Length is < 3 or > 10 || IsKnownWord(text.ToLowerInvariant()))
                    continue;
                var isSize = (text[^1] is 's' or 'S' || text[^1] == text[^2]) && NameTokens.Classify(text.AsSpan(0, text.Length - 1)) == TokenClass.Size;
                if (isSize || NameTokens.IsSlipOfPackaging(text))
                    return NameTokens.Core(string.Join('-', tokens.Select((t, at) => at != i ? t.Text : isSize ? text[..^1] : "")));
            }

            return null;
        }

        private static bool IsSpelled(Brand brand, string plain) =>
            plain == Moniker.Plain(brand.Name) || brand.Words.Any(w => Moniker.Plain(w) == plain) || brand.Handles.Any(h => Moniker.Plain(h) == plain);

        /// <summary><c>vl</c> and <c>v1</c> look alike and are both meant.</summary>
        private static bool IsVersionBesideVision(string a, string b)
        {
            if (a.Length != b.Length)
                return false;
            for (var i = 0; i < a.Length; i++)
            {
                if (a[i] != b[i] && (i == 0 || a[i - 1] != 'v'))
                    return false;
            }

            return true;
        }

        /// <summary>Whether two names of one core are written with the same separators, up to where packaging begins in either.</summary>
        private static bool SameSeparators(string a, string b)
        {
            var (lengthA, lengthB) = (BeforePackaging(a), BeforePackaging(b));
            var length = Math.Min(lengthA, lengthB);
            if (lengthA < a.Length && lengthB < b.Length && Math.Abs(lengthA - lengthB) > 1)
                return false;
            return a.AsSpan(0, length).Equals(b.AsSpan(0, length), StringComparison.OrdinalIgnoreCase);
        }

        private static int BeforePackaging(string name)
        {
            var at = 0;
            foreach (var token in NameTokens.Of(name))
            {
                var start = name.IndexOf(token.Text, at, StringComparison.Ordinal);
                if (token.Class == TokenClass.Packaging)
                    return start;
                at = start + token.Text.Length;
            }

            return name.Length;
        }

        private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

        private static string PlainCore(string name)
        {
            var kept = string.Concat(NameTokens.Of(name).Where(static t => t.Class != TokenClass.Packaging).Select(static t => t.Text));
            return Moniker.Plain(kept.Length == 0 ? name : kept);
        }

        private static (string Handle, string Name) Split(string id)
        {
            var slash = id.IndexOf('/', StringComparison.Ordinal);
            return slash < 0 ? (id, "") : (id[..slash], id[(slash + 1)..]);
        }

        private static string Cut(string text) => text.Length <= NameDistance.MaxLength ? text : text[..NameDistance.MaxLength];

        private static string How(PublisherRelation relation) => relation switch
        {
            PublisherRelation.LookAlike => "looks like",
            PublisherRelation.Separators => "differs only in separators from",
            PublisherRelation.Affix => "adds or leaves out an everyday word of",
            PublisherRelation.Near => "is a slip away from",
            _ => "contains",
        };

        private static string How(Likeness likeness) => likeness switch
        {
            Likeness.Same or Likeness.OtherSeparators => "the same",
            Likeness.LookAlike => "the same to the eye",
            Likeness.Reordered => "the same in another order",
            Likeness.CalledOfficial => "the same with a word that claims authority",
            Likeness.Extended => "the same with a word more",
            Likeness.OtherWord => "close",
            _ => "a slip away",
        };

        /// <summary>Text from a stranger as it can be shown: what is not ASCII as its number.</summary>
        private static string Visible(string text)
        {
            var result = new StringBuilder(text.Length);
            foreach (var rune in text.EnumerateRunes())
            {
                if (rune.Value is >= 0x20 and < 0x7F)
                    result.Append((char)rune.Value);
                else
                    result.Append(System.Globalization.CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
            }

            return result.ToString();
        }
    }
}
