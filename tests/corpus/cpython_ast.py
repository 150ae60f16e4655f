#!/usr/bin/env python3
"""Says what CPython's own parser sees in sources: cpython_ast.py [FOLDER...] > TREES.jsonl

Nothing is run or imported: the files are parsed; without a folder, those of the interpreter's own library. A line per file that CPython accepts: {"file", "calls": {"dotted.name": count},
"strings": {"s:hash": count}}. A callee that is no dotted name begins with "?"; the hash is of the UTF-16 of a string, of the bytes
of a bytes literal. Fields of f-strings with a conversion or a specification count as the calls they stand for, class patterns as calls.
"""

import ast
import collections
import hashlib
import json
import os
import sys
import sysconfig
import warnings


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(parts))


def spelled(value):
    data = value if isinstance(value, bytes) else value.encode("utf-16-le", "surrogatepass")
    return ("b:" if isinstance(value, bytes) else "s:") + hashlib.sha256(data).hexdigest()[:16]


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(10000)
    for root in sys.argv[1:] or [sysconfig.get_paths()["stdlib"]]:
        for folder, folders, files in sorted(os.walk(root)):
            for name in sorted(files):
                path = os.path.join(folder, name)
                if not name.endswith(".py"):
                    continue
                with open(path, "rb") as file:
                    data = file.read()
                try:
                    data.decode("utf-8")
                    tree = ast.parse(data)
                except (SyntaxError, ValueError):
                    continue
                calls, strings = collections.Counter(), collections.Counter()
                for node in ast.walk(tree):
                    if isinstance(node, ast.Call):
                        calls[dotted(node.func)] += 1
                    elif isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
                        strings[spelled(node.value)] += 1
                    elif isinstance(node, ast.FormattedValue):
                        if node.conversion in (97, 114):
                            calls["ascii" if node.conversion == 97 else "repr"] += 1
                        if node.format_spec is not None and node.format_spec.values:
                            calls["format"] += 1
                    elif node.__class__.__name__ == "MatchClass":
                        calls[dotted(node.cls)] += 1
                print(json.dumps({"file": path, "calls": calls, "strings": strings}))


if __name__ == "__main__":
    main()
