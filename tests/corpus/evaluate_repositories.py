#!/usr/bin/env python3
"""Compares reports with the manifests of the repository corpora: evaluate_repositories.py REPORT.json MANIFEST.tsv [...] [--show N]

Reports are made with one target per repository: assay scan OUT/* --format json --fail-on never --output REPORT.json
A path in a manifest is REPOSITORY (judged by its entry in `targets`) or REPOSITORY/FILE (an honest file is judged by its artifact, a
hostile one by the worse of its artifact and its repository, which holds nothing else that is hostile). Where the manifest tells a
story (`a > b > c`), one of the repository's stories must lead through these files in this order.

Exits 1 when an aim is missed: at least 95 % of hostile cases not clean, 90 % of those whose effect is certain malicious, 95 % of the
explanations with the words that name the effect, 90 % of the stories told; nothing honest malicious, at most 1 % suspicious.
"""

import csv
import json
import sys
from collections import Counter, defaultdict

import evaluate
from evaluate import HONEST, HOSTILE, VERDICTS, rate


def worst(verdicts):
    return min(verdicts, key=VERDICTS.index, default="missing")


def tail(path, parts):
    return "/".join(path.replace("\\", "/").rstrip("/").split("/")[-parts:])


class Report:
    """Artifacts and targets by REPOSITORY/FILE and REPOSITORY, however the scanned paths began."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        self.targets = {tail(t["target"], 1): t for t in report.get("targets", [])}
        self.artifacts = {}
        self.of = defaultdict(list)
        for artifact in report["artifacts"]:
            target = tail(artifact.get("target") or "", 1)
            self.artifacts[target + "/" + artifact["path"]] = artifact
            self.artifacts.setdefault(artifact["path"], artifact)  # the folder of all repositories was the one target
            self.of[target].append(artifact)


def target_words(target):
    lines = [evaluate.words(target)]
    for story in target.get("stories") or []:
        lines.append(story.get("title") or "")
        lines.extend(step.get("text") or "" for step in story.get("steps") or [])
    return "\n".join(lines)


def follows(wanted, paths):
    """Whether the wanted files occur among the paths in this order."""
    rest = iter(paths)
    return all(any(path == step for path in rest) for step in wanted)


def judge(row, report):
    """(verdict, words said, rules) for one row of a manifest."""
    path = row["path"]
    name = path.split("/")[0]
    target = report.targets.get(name)
    artifact = report.artifacts.get(path) if "/" in path else None
    if "/" not in path:
        artifacts = report.of[name]
    elif artifact is None:
        artifacts = []
    else:
        artifacts = [artifact]
    if row["expected"] in HONEST and "/" in path:
        verdict = artifact["verdict"] if artifact else "missing"
    else:
        verdict = worst(([target["verdict"]] if target else []) + ([artifact["verdict"]] if artifact else []))
    said = "\n".join([evaluate.words(a) for a in artifacts] + ([target_words(target)] if target else []))
    findings = [f for a in artifacts + ([target] if target else []) for f in a.get("findings", [])]
    incomplete = [gap for a in artifacts for gap in a.get("incomplete", [])]
    findings.sort(key=lambda f: ["critical", "high", "medium", "low", "info"].index(f["severity"]))
    return verdict, said, evaluate.rules({"findings": findings, "incomplete": incomplete})


def main(arguments):
    show = evaluate.take_show(arguments)
    if len(arguments) < 2 or len(arguments) % 2:
        print(__doc__)
        return 3
    table, categories = defaultdict(Counter), defaultdict(Counter)
    wrong_by_category = Counter()
    misses, unnamed, untold = [], [], []
    named = told = ended = 0
    honest_repositories = Counter()
    for report_path, manifest_path in zip(arguments[::2], arguments[1::2]):
        report = Report(report_path)
        with open(manifest_path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        for row in rows:
            expected, path = row["expected"], row["path"]
            verdict, said, rules = judge(row, report)
            category = ("hostile " if expected in HOSTILE else "honest ") + path.split("/")[0].split("-")[0]
            table[expected][verdict] += 1
            categories[category][verdict] += 1
            if expected in HONEST and "/" not in path:
                honest_repositories[verdict] += 1
            if evaluate.is_wrong(expected, verdict):
                misses.append((expected, verdict, path, row.get("note") or "", rules))
                wrong_by_category[category] += 1
            needles = [needle for needle in (row.get("explain") or "").split("|") if needle]
            if expected == "malicious" and verdict == "malicious" and needles:
                if any(needle.lower() in said.lower() for needle in needles):
                    named += 1
                else:
                    unnamed.append((path, row["explain"], said.replace("\n", " / ")[:200]))
            wanted = [step for step in (row.get("story") or "").split(" > ") if step]
            if wanted:
                target = report.targets.get(path.split("/")[0]) or {}
                stories = [[step["path"] for step in story.get("steps") or []] for story in target.get("stories") or []]
                told += any(follows(wanted, steps) for steps in stories)
                ended += any(wanted[-1] in steps for steps in stories)
                if not any(follows(wanted, steps) for steps in stories):
                    untold.append((path, row["story"], "; ".join(" > ".join(steps) for steps in stories) or "no story"))

    evaluate.print_table(table)
    print()
    evaluate.print_table(categories, "category", 24)
    hostile = sum(sum(table[e].values()) for e in HOSTILE)
    caught = sum(table[e][v] for e in HOSTILE for v in ("malicious", "suspicious", "incomplete"))
    certain = sum(table["malicious"].values())
    honest = sum(sum(table[e].values()) for e in HONEST)
    whole = sum(honest_repositories.values())
    stories = told + len(untold)
    aims = [
        ("hostile cases that are not clean", rate(caught, hostile), ">=", 0.95, hostile),
        ("hostile cases of certain effect that are malicious", rate(table["malicious"]["malicious"], certain), ">=", 0.90, certain),
        ("explanations that name the effect", rate(named, named + len(unnamed)), ">=", 0.95, named + len(unnamed)),
        ("stories told in full and in order", rate(told, stories), ">=", 0.90, stories),
        ("stories that reach the last file", rate(ended, stories), ">=", 0.90, stories),
        ("honest files and repositories called malicious", rate(sum(table[e]["malicious"] for e in HONEST), honest), "<=", 0.0, honest),
        ("honest files and repositories called suspicious", rate(sum(table[e]["suspicious"] for e in HONEST), honest), "<=", 0.01, honest),
        ("honest repositories called suspicious or malicious", rate(honest_repositories["suspicious"] + honest_repositories["malicious"], whole), "<=", 0.01, whole),
        ("honest files left incomplete", rate(table["clean"]["incomplete"], honest), "<=", 0.01, honest),
        ("cases missing in the report", sum(table[e]["missing"] for e in table), "<=", 0.0, hostile + honest),
    ]
    failed = evaluate.print_aims(aims)
    if wrong_by_category:
        print("\nmisses by category: " + ", ".join("%s %d" % item for item in wrong_by_category.most_common()))
    evaluate.print_misses(misses, unnamed, show)
    if untold:
        print("\n%d stories not told:" % len(untold))
        for path, wanted, said in untold[:show]:
            print("  %s wants %s: %s" % (path, wanted, said))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
