#!/usr/bin/env python3
"""What a scan says of programs that everybody runs: scan_python_library.py REPORT.json [--show N]

The report is that of Python's own library: assay scan /usr/lib/python3.11 /usr/lib/python3/dist-packages --format json --output REPORT.json
Counts the .py files by verdict and by rule; exits 1 when one of them is malicious or more than 1 % are suspicious.
"""

import json
import sys
from collections import Counter

import evaluate


def main(arguments):
    show = evaluate.take_show(arguments)
    if len(arguments) != 1:
        print(__doc__)
        return 3
    with open(arguments[0], encoding="utf-8") as file:
        report = json.load(file)
    files = [artifact for artifact in report["artifacts"] if artifact["path"].endswith(".py")]
    if not files:
        print("no .py file in the report")
        return 1
    verdicts = Counter(artifact["verdict"] for artifact in files)
    rules, counted = Counter(), Counter()
    for artifact in files:
        found = {(finding["rule"], finding["severity"]) for finding in artifact.get("findings", [])}
        rules.update(found)
        if artifact["verdict"] in ("malicious", "suspicious"):
            counted.update(found)
    evaluate.print_table({"python files": verdicts}, "")
    print("\n%-10s %-10s %8s %28s" % ("rule", "severity", "files", "of these not clean"))
    for (rule, severity), count in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        print("%-10s %-10s %8d %28d" % (rule, severity, count, counted[rule, severity]))
    for verdict in ("malicious", "suspicious"):
        named = [artifact for artifact in files if artifact["verdict"] == verdict]
        if named:
            print("\n%s:" % verdict)
        for artifact in named[:show]:
            print("  %s/%s [%s]" % ((artifact.get("target") or "").rstrip("/"), artifact["path"], evaluate.rules(artifact)))
        if len(named) > show:
            print("  and %d more (--show N)" % (len(named) - show))
    return 1 if evaluate.print_aims([
        ("library files called malicious", verdicts["malicious"] / len(files), "<=", 0.0, len(files)),
        ("library files called suspicious", verdicts["suspicious"] / len(files), "<=", 0.01, len(files)),
    ]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
