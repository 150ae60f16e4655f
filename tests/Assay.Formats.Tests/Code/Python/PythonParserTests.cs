using Assay.Formats.Python;
using Assay.Testing;

namespace Assay.Formats.Tests.Code.Python;

/// <summary>Sources and the trees they give (see <see cref="PythonDump"/>): a source, and its tree on the line below; ⏎ is a line end, ⇥ a tab.</summary>
public sealed class PythonParserTests
{
    private const string Python = """"""
        # strings
        'a' "b" '''c⏎d''' r'\n' u'é' b'\x41\xff\101' B"\u0041" rb'\x41' ur'\d'
            b'abc\u000ad\n\u00e9A\u00ffA\u0041\x41\d'
        '\x41\u0042\U00000043\N{LATIN SMALL LETTER D}\105\f\q'
            'ABCdE\u000c\q'
        f'a{x}b{{c}}{y!r:>{w}}' 'd'
            (f 'a' x 'b{c}' (call format (call repr y) (f '>' w)) 'd')
        f"{x["a"]}{f"{y}"}"
            (f (at x 'a') (f y))
        f'{x = !s:4}' f'{a!=b}' rf'\{d}' f'{e:%H:%M}'
            (f 'x = ' (call format x '4') (!= a b) '\' d (call format e '%H:%M'))
        t'{x}' F'''{⏎x⏎}'''
            (f x x)
        f'{ {"k": 1}["k"] }{lambda_:x}'
            (f (at (dict 'k':1) 'k') (call format lambda_ 'x'))
        # numbers
        0x_ff, 0o17, 0777, 0b11, 10L, 1_000, 1.5, .5e1, 1j, 0xffffffffffffffffff, 9223372036854775807, 1if x else 2
            (tuple 255 15 511 3 10 1000 1.5 5.0 # # 9223372036854775807 (if x 1 2))
        x = 0xFF
            (= x 255)
        # names
        𝐞𝐱𝐞𝐜(ｅｖａｌ); é = ſ
            (call exec eval) (= é s)
        await_ = async_ = 1; async = await + 1; self.async.print(exec=2)
            (= await_ async_ 1) (= async (+ await 1)) (call self.async.print exec=2)
        # expressions
        a or b and not c in d | e ^ f & g << h + i * -j ** k ** -l
            (or a (and b (not (in c (| d (^ e (& f (<< g (+ h (* i (- (** j (** k (- l))))))))))))))
        a < b <= c() != d is not e not in f
            (and (and (and (and (< a b) (<= b (call c))) (!= ? d)) (is not d e)) (not in e f))
        a <> b
            (!= a b)
        x if y else z if w else v
            (if y x (if w z v))
        lambda: 0; lambda x, *a, k=1, **kw: x; lambda *, k: k; lambda (a, b), c: a
            (lambda [] 0) (lambda [x *a k=1 **kw] x) (lambda [k] k) (lambda [a b c] a)
        (yield); x = yield a, b; y = yield from z; await f(x) ** 2
            (yield) (= x (yield (tuple a b))) (= y (yield z)) (** (await (call f x)) 2)
        []; (); {}; [a, *b]; (a,); {a, *b}; {a: b, **c}; (a)
            (list) (tuple) (dict) (list a *b) (tuple a) (set a *b) (dict a:b **c) a
        [x for x in a if b if c for y in d]; {k: v async for k, v in x}; {x for x in y}; f(x for x in y)
            (list x for x in a if b if c for y in d) (dict k:v for (tuple k v) in x) (set x for x in y) (call f (generator x for x in y))
        [x for x in 1, 2]
            (list x for x in (tuple 1 2))
        a[b]; a[b, c]; a[1:2, ::3]; a[:]; a[*b]; a[x := 1]
            (at a b) (at a (tuple b c)) (at a (tuple (slice 1 2 _) (slice _ _ 3))) (at a (slice _ _ _)) (at a *b) (at a (:= x 1))
        f(a, *b, k=c, **d,)(e).g.h
            (call (call f a *b k=c **d) e).g.h
        (x := f(y)); `a + b`; ...; None, True, False
            (:= x (call f y)) (` (+ a b)) ... (tuple None True False)
        a.None
            a.None
        # statements
        x = y = f(); x += 1; x @= 2; x //= 3; x: int; x: int = 4; a, *b = c
            (= x y (call f)) (+= x 1) (@= x 2) (//= x 3) (= x: int) (= x: int 4) (= (tuple a *b) c)
        del a, b; assert x, y; global g, h; nonlocal n; pass; return
            (del a b) (assert x y) (global g h) (nonlocal n) (pass) (return)
        return a, *b
            (return (tuple a *b))
        raise E; raise E, 'v', tb; raise E from c
            (raise E) (raise E 'v' tb) (raise E c)
        import a.b as c, d; from . import e; from ...f.g import (h as i, j,); from k import *
            (import a.b as c, d) (from . e) (from ...f.g h as i, j) (from k *)
        print x, y; print >>f, z; print; print (a), b; print('c', file=d); print -1
            (print x y) (print f z) print (tuple (call print a) b) (call print 'c' file=d) (print (- 1))
        exec code; exec code in ns; exec 'c' in g, l; exec(code); exec(code) in ns
            (exec code) (exec code ns) (exec 'c' g l) (call exec code) (in (call exec code) ns)
        type X[T: int = str, *Ts] = list[T]; type(x); type = 3; match = 4; match(x); case = 5
            (type X T int str Ts (at list T)) (call type x) (= type 3) (= match 4) (call match x) (= case 5)
        match x:⏎ case 1 | -2 | 'a': pass⏎ case [a, *_] if a > 1: b⏎ case {'k': v, **r}: c⏎ case C(a, k=(D() as d)) as e: f⏎ case _: g
            (match x case (| (| 1 (- 2)) 'a') {(pass)} case (list a *_) if (> a 1) {b} case (dict 'k':v **r) {c} case (:= e (call C a k=(:= d (call D)))) {f} case _ {g})
        match (x, y):⏎ case a, b: pass
            (match (tuple x y) case (tuple a b) {(pass)})
        if a: b⏎elif c:⏎ d⏎else: e
            (if a {b} else {(if c {d} else {e})})
        while x: y⏎else:⏎ z
            (while x {y} else {z})
        for a, (b, *c) in d, e: f⏎else: g
            (for (tuple a (tuple b *c)) (tuple d e) {f} else {g})
        async for x in y: z
            (for x y {z})
        try: a⏎except: b
            (try {a} except _ {b})
        try:⏎ a⏎except E as e: b⏎except (F, G): c⏎else: d⏎finally: e
            (try {a} except E as e {b} except (tuple F G) {c} else {d} finally {e})
        try: a⏎except* E: b
            (try {a} except E {b})
        try: a⏎except E, e: b⏎except A, B: c
            (try {a} except E as e {b} except (tuple A B) {c})
        with a as b, c: d
            (with a as b, c {d})
        with (a as b, c(d) as e,): f
            (with a as b, (call c d) as e {f})
        with (a, b): c
            (with a, b {c})
        with (a): b
            (with a {b})
        with (a) as b: c
            (with a as b {c})
        async with a: b
            (with a {b})
        @a.b⏎@c(d)⏎@e or f⏎async def g[T: int, **P](a, /, b: int = 1, *c: *d, e=2, **f) -> h: return
            (def @a.b @(call c d) @(or e f) g<T int P> [a b:int=1 *c:*d e=2 **f] -> h {(return)})
        def f(a, (b, c)=d, *, e): pass
            (def f [a b=d c e] {(pass)})
        class A: pass
            (class A () {(pass)})
        class A[T](B, metaclass=C, **k):⏎ 'doc'⏎⏎ def f(self): pass
            (class A<T> (B metaclass=C **k) {'doc' (def f [self] {(pass)})})
        # lines
        if a:⏎⇥b⏎        c⏎d
            (if a {b c}) d
        x = 1 + \⏎ 2⏎y = (a⏎ # comment⏎ , b)
            (= x (+ 1 2)) (= y (tuple a b))
        a; b;⏎c # type: int
            a b c
        if x: a; b⏎c
            (if x {a b}) c
        """""";

    private const string Broken = """"""
        f(a b); g(
            (call f a b) (call g)
        x = f(1) g(2) 3⏎y
            (= x (call f 1)) (broken (call g 2) 3) y
        x = {{ name }}; {% if f(x) %}⏎os.system('x')
            (= x (set (set name))) (set (% (call f x) ?)) (call os.system 'x')
        def f(:⏎ g()
            (def f [=(call g)] {})
        f(a⏎import os⏎os.system('b')
            (call f a) (import os) (call os.system 'b')
        f(']'⏎def g(): h()
            (call f ']') (def g [] {(call h)})
        (f(x]; g()
            (call f x (call g))
        'abc⏎f()
            'abc' (call f)
        """abc⏎f()
            'abc' (call f)
        f'{g(1)⏎def h(): pass
            (f (call g 1)) (def h [] {(pass)})
        f'{g(x)'⏎h()
            (f (call g x)) (call h)
        f'a}b{}' + g()
            (+ (f 'a}b' ?) (call g))
        f'{x!z}{y z()}'
            (f x (call z) y)
        if f(x)⏎ g()
            (if (call f x) {(call g)})
        if x:⏎f()
            (if x {}) (call f)
         f()⏎g()
            (call f) (call g)
        if x:⏎    f()⏎  g()⏎h()
            (if x {(call f) (call g)}) (call h)
        else: f()⏎elif g(): h()
            (call f) (broken (call g)) (call h)
        try: f()
            (try {(call f)})
        @f()⏎x = g()
            (broken (call f)) (= x (call g))
        x = ⏎f(=1, **, a=, , b)
            (= x ?) (call f 1 a=? b)
        [a, for b in c, d(]
            (list a (in b c) (call d))
        {a: , b: f(), c}
            (dict a:? b:(call f) c:?)
        $f(x) ? g()
            (call f x) (broken (call g))
        $ pip install x && f(y)
            pip (broken install (& (& x ?) (call f y)))
        1 +⏎* f()
            (+ 1 ?) *(call f)
        lambda x y: f()
            (lambda [x y] (call f))
        import⏎from x⏎import a.⏎f()
            (import ) (from x ) (import a.) (call f)
        return class f()
            (return) (broken (call f))
        print f(x) g(y)
            (print (call f x)) (broken (call g y))
        match x:⏎ f()⏎ case g(: h()
            (match x case (call g (call h)) {}) (call f)
        del⏎raise f() from⏎
            (del) (raise (call f) ?)
        a.1.b(c)
            a (broken (call 0.1.b c))
        f(x for⏎ y)
            (call f (generator x for y in ?))
        a if b
            (if b a ?)
        not
            (not ?)
        \x f()
            x (broken (call f))
        for in f(): g()
            (for ? (call f) {(call g)})
        with : f()
            (with  {(call f)})
        class (f()): g()
            (class  ((call f)) {(call g)})
        """""";

    private const string Notebook = """"""
        !pip install x \⏎ -r y⏎a()
            (magic ! 'pip install x   -r y') (call a)
        %time f()⏎  %cd x⏎if a:⏎  !ls⏎  b
            (magic % 'time f()') (magic % 'cd x') (if a {(magic ! 'ls') b})
        %%bash⏎ls⏎x = (
            (magic %% 'bash\u000als\u000ax = (')
        x = !ls -l⏎y = %env A⏎z = a % b; w = a⏎% c
            (magic ! 'ls -l') (magic % 'env A') (= z (% a b)) (= w a) (magic % 'c')
        ?f⏎f.g?⏎f??⏎??h
            (magic ? 'f') (magic ? 'f.g') (magic ? 'f') (magic ? 'h')
        !!ls
            (magic !! 'ls')
        x = [!a]
            (= x (list a))
        """""";

    public static TheoryData<string, string> PythonTable => Read(Python);

    public static TheoryData<string, string> BrokenTable => Read(Broken);

    public static TheoryData<string, string> NotebookTable => Read(Notebook);

    [Theory]
    [MemberData(nameof(PythonTable))]
    public void Python_of_all_versions_gives_its_tree(string source, string tree)
    {
        var module = Parse(source);
        Assert.Equal(tree, PythonDump.Of(module));
        Assert.Empty(module.Errors);
    }

    [Theory]
    [MemberData(nameof(BrokenTable))]
    public void What_cannot_be_parsed_keeps_its_calls_and_is_told(string source, string tree)
    {
        var module = Parse(source);
        Assert.Equal(tree, PythonDump.Of(module));
        Assert.NotEmpty(module.Errors);
        Assert.All(module.Errors, e => Assert.Equal(MalformationKind.Invalid, e.Kind));
        Assert.All(module.Errors, e => Assert.InRange(e.Offset, 0, source.Length));
    }

    [Theory]
    [MemberData(nameof(NotebookTable))]
    public void Lines_of_IPython_are_kept_as_they_are(string source, string tree) => Assert.Equal(tree, PythonDump.Of(Parse(source, magics: true)));

    [Fact]
    public void Lines_of_IPython_are_errors_elsewhere() => Assert.NotEmpty(Parse("!ls").Errors);

    [Theory]
    [InlineData("import os\r\nos.system('x')\r\n")]
    [InlineData("import os\ros.system('x')\r")]
    [InlineData("\uFEFFimport os\n\f\nos.system('x')")]
    [InlineData("# coding: utf-8\n\n   # deeper\nimport os\n\t\nos.system('x') # end")]
    [InlineData("import os\n\\\nos.system('x')")]
    public void Line_ends_marks_and_comments_change_nothing(string source)
    {
        var module = Parse(source);
        Assert.Equal("(import os) (call os.system 'x')", PythonDump.Of(module));
        Assert.Empty(module.Errors);
    }

    [Fact]
    public void Line_ends_within_strings_become_those_of_Python() => Assert.Equal(@"'a\u000ab\u000ac'", PythonDump.Of(Parse("'''a\r\nb\rc'''")));

    [Fact]
    public void Characters_of_no_Python_are_passed_over() => Assert.Equal("(call f x)", PythonDump.Of(Parse("\0f(\u00A0x\uD800\0)")));

    [Fact]
    public void Nodes_know_their_places()
    {
        const string Source = "if a:\n    x = f(g( 1 ), 'é')\n";
        var call = PythonDump.Expressions(Parse(Source).Body).OfType<PythonCall>().ToList();
        Assert.Equal(["f(g( 1 ), 'é')", "g( 1 )"], call.Select(c => Source[c.Start..c.End]));
    }

    private static PythonModule Parse(string source, bool magics = false) =>
        PythonParser.Parse(source.Replace('⏎', '\n').Replace('⇥', '\t'), new WorkBudget(new WorkLimits()), magics);

    private static TheoryData<string, string> Read(string table)
    {
        var rows = new TheoryData<string, string>();
        string? source = null;
        foreach (var line in table.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (source is not null)
            {
                rows.Add(source, line[4..]);
                source = null;
            }
            else if (line.Length > 0 && !line.StartsWith("# ", StringComparison.Ordinal))
            {
                source = line;
            }
        }

        return rows;
    }
}
