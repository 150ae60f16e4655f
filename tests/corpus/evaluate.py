#!/usr/bin/env python3
"""Compares scan reports with manifests: evaluate.py REPORT.json MANIFEST.tsv [REPORT.json MANIFEST.tsv ...] [--show N]

Prints a table of what was expected and what was said, then the misses, and exits 1 when an aim is missed:
at least 99 % of hostile files not clean, at least 97 % of those whose effect is certain malicious, with words that name the call;
no honest file malicious, at most 1 % of them suspicious, and none left incomplete without the manifest saying so.
"""

import csv
import json
import sys
from collections import Counter, defaultdict

VERDICTS = ["malicious", "suspicious", "incomplete", "clean", "missing"]
HOSTILE = {"malicious", "not-clean"}
HONEST = {"clean", "not-malicious", "not-suspicious"}


def load(report_path, manifest_path):
    with open(report_path, encoding="utf-8") as file:
        report = json.load(file)
    said = {artifact["path"]: artifact for artifact in report["artifacts"]}
    with open(manifest_path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row, said.get(row["path"])


def words(artifact):
    return "\n".join(str(f.get(k) or "") for f in artifact.get("findings", []) for k in ("message", "evidence"))


def rules(artifact):
    found = [f["rule"] + ":" + f["severity"] for f in (artifact or {}).get("findings", [])]
    gaps = ["%s %s" % (g["reason"], g.get("limit") or g.get("message") or "") for g in (artifact or {}).get("incomplete", [])]
    return ", ".join(found[:4] + gaps[:2]) or "no findings"


def is_wrong(expected, verdict):
    return {
        "malicious": verdict != "malicious",
        "not-clean": verdict in ("clean", "missing"),
        "clean": verdict != "clean",
        "not-malicious": verdict in ("malicious", "missing"),
        "not-suspicious": verdict in ("malicious", "suspicious", "missing"),
    }[expected]


def rate(part, whole):
    return part / whole if whole else 1.0


def take_show(arguments):
    """Takes `--show N` out of the arguments."""
    show = 40
    if "--show" in arguments:
        at = arguments.index("--show")
        show = int(arguments[at + 1])
        del arguments[at:at + 2]
    return show


def print_table(table, title="expected", width=16):
    print("%-*s" % (width, title) + "".join("%12s" % v for v in VERDICTS) + "%12s" % "in all")
    for row in sorted(table):
        counts = table[row]
        print("%-*s" % (width, row) + "".join("%12d" % counts[v] for v in VERDICTS) + "%12d" % sum(counts.values()))


def print_aims(aims):
    """Aims are (what, value, relation, aim, of); returns whether one was missed."""
    print()
    failed = False
    for what, value, relation, aim, of in aims:
        if not of:
            continue
        held = value >= aim if relation == ">=" else value <= aim
        failed = failed or not held
        print("%s  %-55s %7.2f %%  (aim %s %g %%, of %d)" % ("ok  " if held else "MISS", what, value * 100, relation, aim * 100, of))
    return failed


def print_misses(misses, unnamed, show):
    """Misses are (expected, verdict, path, note, why), the unnamed (path, words wanted, words said)."""
    if misses:
        print("\n%d misses:" % len(misses))
        for expected, verdict, path, note, why in sorted(misses)[:show]:
            print("  %s, said %s: %s (%s) [%s]" % (expected, verdict, path, note, why))
        if len(misses) > show:
            print("  and %d more (--show N)" % (len(misses) - show))
    if unnamed:
        print("\n%d explanations without the call:" % len(unnamed))
        for path, needle, said in unnamed[:show]:
            print("  %s wants %r: %s" % (path, needle, said))


def main(arguments):
    show = take_show(arguments)
    if len(arguments) < 2 or len(arguments) % 2:
        print(__doc__)
        return 3
    table = defaultdict(Counter)
    misses = []
    unnamed = []
    named = 0
    for report, manifest in zip(arguments[::2], arguments[1::2]):
        for row, artifact in load(report, manifest):
            expected = row["expected"]
            verdict = artifact["verdict"] if artifact else "missing"
            table[expected][verdict] += 1
            if is_wrong(expected, verdict):
                misses.append((expected, verdict, row["path"], row.get("note") or "", rules(artifact)))
            needles = [n for n in (row.get("explain") or "").split("|") if n]
            if expected == "malicious" and verdict == "malicious" and needles:
                if any(n in words(artifact) for n in needles):
                    named += 1
                else:
                    unnamed.append((row["path"], row["explain"], words(artifact).replace("\n", " / ")[:200]))

    print_table(table)
    hostile = sum(sum(table[e].values()) for e in HOSTILE)
    caught = sum(table[e][v] for e in HOSTILE for v in ("malicious", "suspicious", "incomplete"))
    certain = sum(table["malicious"].values())
    honest = sum(sum(table[e].values()) for e in HONEST)
    accused = sum(table[e]["malicious"] for e in HONEST)
    doubted = sum(table[e]["suspicious"] for e in HONEST)
    gaps = table["clean"]["incomplete"]
    lost = sum(table[e]["missing"] for e in table)
    aims = [
        ("hostile files that are not clean", rate(caught, hostile), ">=", 0.99, hostile),
        ("hostile files of certain effect that are malicious", rate(table["malicious"]["malicious"], certain), ">=", 0.97, certain),
        ("explanations that name the call", rate(named, named + len(unnamed)), ">=", 0.97, named + len(unnamed)),
        ("honest files called malicious", rate(accused, honest), "<=", 0.0, honest),
        ("honest files called suspicious", rate(doubted, honest), "<=", 0.01, honest),
        ("honest files left incomplete", rate(gaps, honest), "<=", 0.01, honest),
        ("files missing in the report", lost, "<=", 0.0, lost + hostile + honest),
    ]
    failed = print_aims(aims)
    print_misses(misses, unnamed, show)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
