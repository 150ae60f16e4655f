#!/usr/bin/env python3
"""Generates the inputs of the goals, runs ./assay scan on each several times, and prints a table of medians (see scripts/bench)."""

import argparse
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
ASSAY = os.path.join(ROOT, "assay")
EMPTY = os.path.join(ROOT, "artifacts", "bin", "Empty", "release", "Empty")


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def tensor(key, count, legacy=False):
    """One entry of a state dict: name, then _rebuild_tensor_v2 over a storage."""
    pid = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + b"J" + struct.pack("<i", count) + (b"N" if legacy else b"") + b"tQ"
    return (text("layer.%s.weight" % key) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + pid + b"K\0J" + struct.pack("<i", count) + b"\x85K\x01\x85\x89"
            + b"ccollections\nOrderedDict\n)RtR")


def state_dict(keys, count, legacy=False):
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + b"".join(tensor(str(k), count, legacy) for k in keys) + b"u."


def torch_zip(path, storages, size):
    """The layout of torch.save: stored members, data aligned to 64 bytes, a directory at the end. Contents are holes of the file."""
    directory = []
    block = bytes(1 << 20)
    crc = 0
    for at in range(0, size, len(block)):
        crc = zlib.crc32(block[:size - at], crc)
    with open(path, "wb") as file:
        def member(name, data, length, checksum):
            offset = file.tell()
            encoded = name.encode()
            pad = -(offset + 30 + len(encoded) + 4) % 64
            extra = b"FB" + struct.pack("<H", pad) + b"Z" * pad
            file.write(struct.pack("<4s5H3I2H", b"PK\3\4", 0, 0, 0, 0, 0, checksum, length, length, len(encoded), len(extra)) + encoded + extra)
            if data is None:
                file.seek(length, os.SEEK_CUR)
            else:
                file.write(data)
            directory.append(struct.pack("<4s6H3I5H2I", b"PK\1\2", 0, 0, 0, 0, 0, 0, checksum, length, length, len(encoded), 0, 0, 0, 0, 0, offset) + encoded)

        pickle = state_dict(range(storages), size // 4)
        member("archive/data.pkl", pickle, len(pickle), zlib.crc32(pickle))
        for number in range(storages):
            member("archive/data/%d" % number, None, size, crc)
        member("archive/version", b"3\n", 2, zlib.crc32(b"3\n"))
        start = file.tell()
        body = b"".join(directory)
        file.write(body + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(directory), len(directory), len(body), start, 0))


def torch_legacy(path, storages, size):
    magic = b"\x80\x02\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little") + b"."
    system = b"\x80\x02}(" + text("protocol_version") + b"M\xe9\x03" + text("little_endian") + b"\x88u."
    keys = b"\x80\x02](" + b"".join(text(str(k)) for k in range(storages)) + b"e."
    with open(path, "wb") as file:
        file.write(magic + b"\x80\x02M\xe9\x03." + system + state_dict(range(storages), size // 4, legacy=True) + keys)
        for _ in range(storages):
            file.write(struct.pack("<q", size // 4))
            file.seek(size, os.SEEK_CUR)
        file.truncate()


def opcodes(path, count):
    """A list of small integers and shared strings: twelve megabytes of the opcodes that real vocabularies have most of."""
    unit = b"K\x01K\x02M\x10\x01h\x00\x8c\x04abcdK\x07N\x88h\x00K\x03" + b"K\x09"  # eleven opcodes
    with open(path, "wb") as file:
        file.write(b"\x80\x04\x8c\x01x\x94" + b"0](")
        file.write(unit * (count // 11))
        file.write(b"e.")


def small_pickles(folder, count):
    for number in range(count):
        inner = os.path.join(folder, "%02d" % (number // 100))
        os.makedirs(inner, exist_ok=True)
        with open(os.path.join(inner, "model%04d.pkl" % number), "wb") as file:
            file.write(b"\x80\x02}(" + text("name") + text("model %d" % number) + text("weights") + b"](" + b"G?\xf0\0\0\0\0\0\0" * 40 + b"eu.")


MODULE = """# Copyright of the example authors.
\"\"\"Attention block number {n}, generated for the benchmark.\"\"\"
import math
import os
from typing import Optional, Tuple

import torch
from torch import nn

from .configuration_example import ExampleConfig

logger = __import__("logging").getLogger(__name__)
CACHE = os.path.join(os.path.expanduser("~"), ".cache", "example-{n}")


def rotate(x: torch.Tensor, offset: int = {n}) -> torch.Tensor:
    left, right = x.chunk(2, dim=-1)
    return torch.cat((-right, left), dim=-1) * math.sqrt(offset + 1)


class Attention{n}(nn.Module):
    def __init__(self, config: ExampleConfig, layer: Optional[int] = None):
        super().__init__()
        self.width, self.heads = config.hidden_size, config.heads
        if self.width % self.heads:
            raise ValueError(f"{{self.width}} is no multiple of {{self.heads}}")
        self.query = nn.Linear(self.width, self.width, bias=False)
        self.key = nn.Linear(self.width, self.width, bias=False)
        self.value = nn.Linear(self.width, self.width, bias=False)
        self.names = [name for name in ("query", "key", "value") if hasattr(self, name)]

    def forward(self, states: torch.Tensor, mask=None, use_cache: bool = False) -> Tuple[torch.Tensor, ...]:
        batch, length, _ = states.size()
        query = rotate(self.query(states).view(batch, length, self.heads, -1).transpose(1, 2))
        weights = torch.matmul(query, self.key(states).view(batch, length, self.heads, -1).transpose(1, 2).transpose(2, 3))
        if mask is not None:
            weights = weights + mask[:, :, :, : length]
        try:
            weights = nn.functional.softmax(weights, dim=-1, dtype=torch.float32)
        except RuntimeError as error:
            logger.warning("softmax failed: %s", error)
            raise
        return (weights, {{"layer": {n}, "cached": use_cache}})


if __name__ == "__main__":
    print(Attention{n}.__doc__ or "no words", [i ** 2 for i in range({n}) if i % 3 == 0][:5])
"""

CARD = """---
license: apache-2.0
tags: [example, part-{n}]
---
# Example {n}

Install with `pip install transformers` and load the model:

```python
from transformers import AutoModel
model = AutoModel.from_pretrained("example/part-{n}")
```

| task | score |
| --- | --- |
| first | 0.{n} |

See [the report](https://example.com/report/{n}) for data, limits and evaluation. 请先阅读许可证。
"""

SCRIPT = """#!/bin/bash
set -euo pipefail
MODEL=${{1:-example/part-{n}}}
for seed in 1 2 {n}; do
    python train.py --model "$MODEL" --seed "$seed" --out "runs/$seed" 2>&1 | tee "log-$seed.txt"
done
tar czf runs.tar.gz runs/
"""


def code_repository(folder, count):
    """A repository of code and text: modules, cards, scripts, settings, notebooks."""
    for number in range(count):
        inner = os.path.join(folder, "part%02d" % (number // 100))
        os.makedirs(inner, exist_ok=True)
        kind = number % 20
        if kind < 12:
            name, content = "modeling_part%04d.py" % number, MODULE.format(n=number)
        elif kind < 16:
            name, content = "card%04d.md" % number, CARD.format(n=number)
        elif kind < 18:
            name, content = "config%04d.json" % number, json.dumps({"hidden_size": number, "layers": list(range(64)), "labels": {str(i): "label %d" % i for i in range(80)}}, indent=1)
        elif kind < 19:
            name, content = "run%04d.sh" % number, SCRIPT.format(n=number)
        else:
            cells = [{"cell_type": "code", "source": ["import torch\n", "x = torch.zeros(%d)\n" % i, "x.sum()"], "outputs": [], "metadata": {}, "execution_count": i} for i in range(10)]
            name, content = "notebook%04d.ipynb" % number, json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
        with open(os.path.join(inner, name), "w", encoding="utf-8") as file:
            file.write(content)


def generated_python(path, size):
    """Ten megabytes that a generator wrote: one table on one line, then half a million small statements."""
    with open(path, "w", encoding="ascii") as file:
        file.write("TABLE = {" + ", ".join("'key%d': [%d, 0x%x, 'v%d', None]" % (i, i, i, i) for i in range(size // 100)) + "}\n")
        number = 0
        while file.tell() < size:
            file.write("v%d = v%d + %d if %d else f(v%d, 'x')\n" % (number + 1, number, number, number % 2, number))
            number += 1


def minified_javascript(path, size):
    with open(path, "w", encoding="ascii") as file:
        number = 0
        while file.tell() < size:
            file.write("function a%d(e,t){var n=e[%d]||{};return n.x&&t?(e=>e.map(t=>t*%d).filter(Boolean))(n.y):[\"s%d\",/a[/]b/g.test(t),`q${n.z}`]};" % (number, number, number, number))
            number += 1


def measure(command):
    """Wall-clock seconds and peak resident bytes of one process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return took, usage.ru_maxrss * 1024, process.returncode


def median(command, runs, wanted=0):
    measure(command)  # warms the page cache
    results = [measure(command) for _ in range(runs)]
    codes = {code for _, _, code in results}
    if codes != {wanted}:
        raise SystemExit("%s ended with %s, not %d" % (" ".join(command), sorted(codes), wanted))
    return statistics.median(r[0] for r in results), max(r[1] for r in results)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--keep", help="write the inputs here and leave them")
    parser.add_argument("--json", help="write the figures to this file as well")
    options = parser.parse_args()
    folder = options.keep or tempfile.mkdtemp(prefix="assay-bench-")
    os.makedirs(folder, exist_ok=True)
    try:
        at = lambda name: os.path.join(folder, name)
        torch_zip(at("one-gigabyte.pt"), 256, 4 << 20)
        torch_legacy(at("legacy.pt"), 100, 2 << 20)
        opcodes(at("opcodes.pkl"), 5_000_000)
        os.makedirs(at("many"), exist_ok=True)
        small_pickles(at("many"), 2000)
        small_pickles(at("one"), 1)
        code_repository(at("code"), 5000)
        generated_python(at("generated.py"), 10_000_000)
        minified_javascript(at("bundle.min.js"), 10_000_000)
        small = at(os.path.join("one", "00", "model0000.pkl"))
        empty, _ = median([EMPTY], options.runs * 2)
        goals = [
            ("PyTorch zip, 1 GB, 256 storages", at("one-gigabyte.pt"), 0.150, 120),
            ("PyTorch legacy checkpoint, 200 MB", at("legacy.pt"), 0.300, None),
            ("pickle of 5 million opcodes, 12 MB", at("opcodes.pkl"), 0.400, 80),
            ("2,000 small pickles", at("many"), 0.400, None),
            ("repository of 5,000 files of code and text", at("code"), 3.0, None),
            ("generated Python, 10 MB", at("generated.py"), 10.0, None),
            ("minified JavaScript, 10 MB", at("bundle.min.js"), 10.0, None),
            ("one small pickle (empty program: %.0f ms)" % (empty * 1000), small, empty + 0.040, None),
        ]
        missed = 0
        figures = []
        print("| input | median | goal | peak memory | goal | |\n|---|---|---|---|---|---|")
        for what, path, seconds, megabytes in goals:
            took, memory = median([ASSAY, "scan", path, "--format", "json"], options.runs)
            held = took < seconds and (megabytes is None or memory < megabytes * 1e6)
            missed += not held
            figures.append({"input": what, "seconds": took, "bytes": memory, "held": held})
            print("| %s | %.0f ms | < %.0f ms | %.0f MB | %s | %s |" % (what, took * 1000, seconds * 1000, memory / 1e6, "< %d MB" % megabytes if megabytes else "", "ok" if held else "MISSED"), flush=True)
        print("\nMedian of %d runs of the whole process, %d processors." % (options.runs, os.cpu_count()))
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(figures, file, indent=2)
        return 1 if missed else 0
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
