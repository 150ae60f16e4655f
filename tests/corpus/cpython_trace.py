#!/usr/bin/env python3
"""Says what CPython's own unpicklers do with pickles: cpython_trace.py FOLDER [--mutants N] [--seed N] > TRACE.jsonl

The unpicklers are the real ones, but every name resolves to a stand-in that records how it is used: nothing is imported, nothing
but the unpickler itself runs. Input are the honest files of make_benign.py. A line per pickle:
{"file", "globals": [[module, name, mapped module, mapped name]...], "calls": ["reduce m.n"...], "builds", "persistent", "end", "shape"},
then for mutants of small files (all bytes in "bytes", base64): {"mutant", "bytes", "globals"}, where both unpicklers' imports are listed.
"""

import _compat_pickle
import argparse
import base64
import io
import json
import math
import os
import pickle
import random
import resource
import signal
import struct
import sys

LIMIT = 2000


class Recorder:
    def __init__(self):
        self.globals = []
        self.calls = []
        self.persistent = 0


class Meta(type):
    def __call__(cls, *arguments, **keywords):
        return Thing("call", cls.title)


class Thing:
    """The result of a call, or a persistent object: takes every change, does nothing."""

    def __init__(self, kind, title):
        self.kind, self.title = kind, title

    def __call__(self, *arguments, **keywords):
        return Thing("call", "?")

    def __setstate__(self, state):
        pass

    def __setitem__(self, key, value):
        pass

    def append(self, value):
        pass

    extend = add = append


def stand_in(module, name):
    def new(cls, *arguments, **keywords):
        return Thing("call", title)

    title = module + "." + name
    made = Meta(name.rsplit(".", 1)[-1] or "x", (), {"__new__": new, "title": title})
    type.__setattr__(made, "__setstate__", lambda *a: None)
    return made


def mapped(module, name, protocol):
    if protocol < 3:
        if (module, name) in _compat_pickle.NAME_MAPPING:
            return _compat_pickle.NAME_MAPPING[(module, name)]
        return _compat_pickle.IMPORT_MAPPING.get(module, module), name
    return module, name


def title_of(thing):
    return thing.title if isinstance(thing, Meta) else "?"


class Pure(pickle._Unpickler):
    """The pure-Python unpickler with notes on the instructions that call."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream, recorder):
        super().__init__(stream, encoding="latin1")
        self.recorder = recorder
        self.builds = 0

    def find_class(self, module, name):
        real = mapped(module, name, self.proto)
        self.recorder.globals.append([module, name, *real])
        return stand_in(*real)

    def persistent_load(self, pid):
        self.recorder.persistent += 1
        return Thing("pid", "")


def noted(code, describe):
    plain = pickle._Unpickler.dispatch[code]

    def step(self):
        describe(self)
        return plain(self)

    Pure.dispatch[code] = step


noted(pickle.REDUCE[0], lambda u: u.recorder.calls.append("Reduce " + title_of(u.stack[-2])))
noted(pickle.NEWOBJ[0], lambda u: u.recorder.calls.append("NewObj " + title_of(u.stack[-2])))
noted(pickle.NEWOBJ_EX[0], lambda u: u.recorder.calls.append("NewObjEx " + title_of(u.stack[-3])))
noted(pickle.OBJ[0], lambda u: u.recorder.calls.append("Obj " + title_of(u.stack[0])))


def build(unpickler):
    unpickler.builds += 1


noted(pickle.BUILD[0], build)
instantiate = Pure._instantiate
inst = pickle._Unpickler.dispatch[pickle.INST[0]]


def load_inst(self):
    before = len(self.recorder.globals)
    inst(self)
    self.recorder.calls.append("Inst " + ".".join(self.recorder.globals[before][2:]))


Pure.dispatch[pickle.INST[0]] = load_inst


class Native(pickle.Unpickler):
    def __init__(self, stream, recorder):
        super().__init__(stream, encoding="latin1")
        self.recorder = recorder

    def find_class(self, module, name):
        self.recorder.globals.append([module, name, *mapped(module, name, 0)])
        return stand_in(module, name)

    def persistent_load(self, pid):
        return Thing("pid", "")


def shape(value, depth=4):
    """A canonical form that the C# side builds from its own facts."""
    if value is None or value is True or value is False:
        return str(value)
    kind = type(value)
    if kind is int:
        return "int:%d" % value if -(2**63) <= value < 2**63 else "int"
    if kind is float:
        return "float:" + struct.pack(">d", value).hex() if math.isfinite(value) else "float"
    if kind is str:
        return "text:%d:%s" % (len(value), value[:40]) if value.isascii() else "text"
    if kind in (bytes, bytearray):
        return "bytes:%d" % len(value)
    if isinstance(value, Meta):
        return "global:" + value.title
    if isinstance(value, Thing):
        return value.kind + ":" + value.title
    if kind in (set, frozenset):
        return "%s:%d" % (kind.__name__, len(value))
    if kind is dict:
        items = [x for pair in value.items() for x in pair]
    elif kind in (list, tuple):
        items = list(value)
    else:
        return "?" + kind.__name__
    if depth == 0:
        return "%s:%d" % (kind.__name__, len(value))
    return [kind.__name__, len(value)] + [shape(item, depth - 1) for item in items[:20]]


def unresolvable(name):
    return any(0xD800 <= ord(c) < 0xE000 for c in name)


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        what = rng.randrange(5)
        if what == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[at] = rng.randrange(256)
        elif what == 2:
            del data[at:at + rng.randint(1, 6)]
        elif what == 3:
            data[at:at] = data[at:at + rng.randint(1, 20)]
        else:
            data[at:at] = rng.choice([b"0", b"2", b"(", b"t", b"N", b"\x80\x00", b"\x80\x04", b"\x94", b"h\x00", b"I0x1\n", b"cfractions\nFraction\n", b"\x8c\x03abc", b"K\x01"])
        if not data:
            data = bytearray(b".")
    return bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--mutants", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # A mutated length or memo index must not take the machine with it.
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    sys.setrecursionlimit(4000)
    small = []
    for folder, folders, files in sorted(os.walk(options.folder)):
        for name in sorted(files):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                data = file.read()
            if not name.endswith(".pkl") or data[:2] == b"PK" or data[:2] == b"\x1f\x8b":
                continue
            recorder = Recorder()
            stream = io.BytesIO(data)
            unpickler = Pure(stream, recorder)
            try:
                result = unpickler.load()
            except Exception as problem:
                print("%s: %s: %s" % (path, type(problem).__name__, problem), file=sys.stderr)
                continue
            print(json.dumps({"file": os.path.relpath(path, options.folder), "globals": recorder.globals[:LIMIT], "calls": recorder.calls[:LIMIT],
                              "callCount": len(recorder.calls), "builds": unpickler.builds, "persistent": recorder.persistent, "end": stream.tell(), "shape": shape(result)}))
            if len(data) < 2000 and recorder.globals:
                small.append(data)
    rng = random.Random(options.seed)
    for number in range(options.mutants if small else 0):
        data = mutate(rng, rng.choice(small))
        recorder = Recorder()
        for kind in (Native, Pure):
            signal.alarm(5)
            try:
                kind(io.BytesIO(data), recorder).load()
            except Exception:
                pass
        signal.alarm(0)
        seen = [g for g in recorder.globals if not unresolvable(g[0] + g[1])]
        if seen:
            print(json.dumps({"mutant": number, "bytes": base64.b64encode(data).decode(), "globals": seen[:LIMIT]}))


if __name__ == "__main__":
    main()
