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
        small = at(os.path.join("one", "00", "model0000.pkl"))
        empty, _ = median([EMPTY], options.runs * 2)
        goals = [
            ("PyTorch zip, 1 GB, 256 storages", at("one-gigabyte.pt"), 0.150, 120),
            ("PyTorch legacy checkpoint, 200 MB", at("legacy.pt"), 0.300, None),
            ("pickle of 5 million opcodes, 12 MB", at("opcodes.pkl"), 0.400, 80),
            ("2,000 small pickles", at("many"), 0.400, None),
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
