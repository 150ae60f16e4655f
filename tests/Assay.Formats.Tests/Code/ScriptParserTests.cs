using System.Text;

namespace Assay.Formats.Tests.Code;

/// <summary>The parsers of scripts are total: every beginning of a script and every damaged one yields a tree of bounded height.</summary>
public sealed class ScriptParserTests
{
    private const string Noise = "(){}[]\"'`$@,;:.=+-/\\\n%^&|<>!?";

    private static readonly string[] PowerShell =
    [
        "param([string]$a='x',[switch]$b)\nif ($a -eq 'x') { foreach ($i in 1..3) { Write-Host \"$i $($a.Length) ${b}\" } } elseif (!$b) { & .\\x.ps1 -A:1 @args } else { switch ($a) { 'q' { 1 } default { 2 } } }",
        "$h=@{a=1;'b'=@(1,2);c={param($x) $x*2}}; $t=@'\nliteral $x\n'@; $e=@\"\nexpand $h\n\"@; [Convert]::ToString(5,2) -replace '1','x' -split ',' | % { $_ } > out.txt 2>&1",
    ];

    private static readonly string[] JavaScript =
    [
        "import a,{b as c} from 'x'; export default class A extends B { static #p = 1; get q(){ return `t${this.q}` } async *m({x,y=2},...r){ for await (const k of r) yield k } }",
        "const f = async (a, {b}={}) => a?.b ?? (a ? /[/]x\\//g.test(b) : b**2), g = x => { label: for (var i=0,n=3;i<n;i++) { if (!i) continue label; else do { i++ } while (i in b) } }; switch(a){case 1: default: throw new Error('x')}",
    ];

    private static readonly string[] VbScript =
    [
        "Option Explicit\r\nDim a, b(3)\r\nPrivate Function F(ByVal x, y)\r\n If x > 1 And Not y Then\r\n  F = Mid(x, 1, 2) & _\r\n   Chr(65)\r\n ElseIf x = 2 Then F = &H41 Else F = \"q\"\"q\"\r\nEnd Function\r\nFor Each i In Split(a, \",\")\r\n Call F(i, 1)\r\nNext\r\nSelect Case a\r\nCase 1\r\n x.y \"z\", 1\r\nEnd Select\r\nDo While a < 3 : a = a + 1 : Loop",
    ];

    [Fact]
    public void Every_beginning_and_every_damaged_script_is_parsed()
    {
        Try(PowerShell, PowerShellParser.Parse);
        Try(JavaScript, JavaScriptParser.Parse);
        Try(VbScript, VbScriptParser.Parse);
        Try(["@echo off & (if exist \"a b\" (echo x>%TEMP%\\y) else (for /f \"tokens=1,2\" %%i in ('dir ^| find \"x\"') do @echo %%i)) || goto :e\r\nset x=a^\r\nb&&call :s 1 \"2\" <in 2>&1\r\n:e"], static (text, budget) =>
        {
            var parser = new BatchParser(text, budget);
            for (var line = 0; line < parser.LineCount;)
                parser.Read(ref line, static s => s);
            return new ScriptNode(ScriptNodeKind.Block, 0);
        });
    }

    private static void Try(string[] samples, Func<string, WorkBudget, ScriptNode> parse)
    {
        foreach (var sample in samples)
        {
            for (var length = 0; length <= sample.Length; length++)
                Check(sample[..length]);
            for (var seed = 0; seed < 400; seed++)
            {
                var random = new Random(seed);
                var text = new StringBuilder(sample);
                for (var i = 0; i <= seed % 6; i++)
                {
                    var at = random.Next(text.Length);
                    if (random.Next(2) == 0)
                        text[at] = Noise[random.Next(Noise.Length)];
                    else
                        text.Insert(at, text.ToString(at, Math.Min(text.Length - at, random.Next(1, 40))));
                }

                Check(text.ToString());
            }
        }

        void Check(string text)
        {
            var tree = parse(text, new WorkBudget(new WorkLimits()));
            Assert.True(tree.Height <= ScriptNode.MaxHeight + 1, text);
        }
    }
}
