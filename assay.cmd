@echo off
rem Runs assay. Builds it on first use and when its sources have changed. Exit code 2 when it cannot be built.
setlocal
set "here=%~dp0"
set "out=%here%artifacts\assay"
set "exe=%out%\assay.exe"
if not exist "%exe%" goto build
powershell -NoProfile -Command "$s=(Get-Item '%out%\stamp').LastWriteTimeUtc; $p='src','docs\schemas','Directory.Build.props','Directory.Packages.props','global.json' | ForEach-Object { Join-Path '%here%' $_ }; if (Get-ChildItem $p -Recurse -Force | Where-Object { $_.LastWriteTimeUtc -gt $s } | Select-Object -First 1) { exit 1 }" 2>nul
if errorlevel 1 goto build
:run
endlocal & "%~dp0artifacts\assay\assay.exe" %*
exit /b %errorlevel%
:build
echo assay: building (once; takes about a minute) ... 1>&2
if not exist "%out%" mkdir "%out%"
type nul > "%out%\stamp.new"
dotnet publish "%here%src\Assay.Cli\Assay.Cli.csproj" -c Release -o "%out%\new" -nodeReuse:false -v:quiet -p:ArtifactsPath="%out%\build" -p:UseSharedCompilation=false -p:RunAnalyzers=false -p:AssayPublish=whole > "%out%\build.log" 2>&1
if errorlevel 1 dotnet publish "%here%src\Assay.Cli\Assay.Cli.csproj" -c Release -o "%out%\new" -nodeReuse:false -v:quiet -p:ArtifactsPath="%out%\build" -p:UseSharedCompilation=false -p:RunAnalyzers=false -p:AssayPublish=shared >> "%out%\build.log" 2>&1
if errorlevel 1 (
    findstr /c:": error " "%out%\build.log" 1>&2
    echo assay: It could not be built; the whole log is %out%\build.log 1>&2
    exit /b 2
)
move /y "%out%\new\assay.exe" "%exe%" >nul || exit /b 2
move /y "%out%\stamp.new" "%out%\stamp" >nul || exit /b 2
goto run
