"""A tiny pickle assembler: writes opcodes, checks nothing, runs nothing."""

import struct


class Name:
    """An imported name as a value of `Asm.value`."""

    def __init__(self, module, name):
        self.module = module
        self.name = name


class Raw:
    """Opcodes as a value: whatever they leave on the stack."""

    def __init__(self, code):
        self.code = bytes(code)


class Asm:
    def __init__(self, protocol=None):
        self.code = bytearray()
        self.protocol = protocol or 0
        if self.protocol >= 2:
            self.raw(b"\x80" + bytes([self.protocol]))

    def raw(self, code):
        self.code += code
        return self

    def __bytes__(self):
        return bytes(self.code)

    def stop(self):
        return bytes(self.code + b".")

    # names
    def glob(self, module, name):
        return self.raw(b"c" + module.encode() + b"\n" + name.encode() + b"\n")

    def stack_glob(self, module, name):
        return self.text(module).text(name).raw(b"\x93")

    def inst(self, module, name):
        return self.raw(b"i" + module.encode() + b"\n" + name.encode() + b"\n")

    # constants
    def text(self, value):
        data = value.encode("utf-8", "surrogatepass")
        if self.protocol == 0:
            escaped = value.replace("\\", "\\u005c").replace("\n", "\\u000a").encode("raw-unicode-escape")
            return self.raw(b"V" + escaped + b"\n")
        if self.protocol >= 4 and len(data) < 256:
            return self.raw(b"\x8c" + bytes([len(data)]) + data)
        return self.raw(b"X" + struct.pack("<I", len(data)) + data)

    def data(self, value):
        value = bytes(value)
        if len(value) < 256:
            return self.raw(b"C" + bytes([len(value)]) + value)
        return self.raw(b"B" + struct.pack("<I", len(value)) + value)

    def number(self, value):
        if self.protocol == 0:
            return self.raw(b"I%d\n" % value)
        if -(2**31) <= value < 2**31:
            return self.raw(b"J" + struct.pack("<i", value))
        data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        return self.raw(b"\x8a" + bytes([len(data)]) + data)

    def value(self, value):
        if isinstance(value, Raw):
            return self.raw(value.code)
        if isinstance(value, Name):
            return self.glob(value.module, value.name)
        if value is None:
            return self.raw(b"N")
        if value is True:
            return self.raw(b"I01\n" if self.protocol < 2 else b"\x88")
        if value is False:
            return self.raw(b"I00\n" if self.protocol < 2 else b"\x89")
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (bytes, bytearray)):
            return self.data(value)
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, float):
            return self.raw(b"G" + struct.pack(">d", value))
        if isinstance(value, tuple):
            return self.items(value).raw(b"t")
        if isinstance(value, list):
            return self.items(value).raw(b"l")
        if isinstance(value, dict):
            return self.items([x for pair in value.items() for x in pair]).raw(b"d")
        raise TypeError(type(value))

    def items(self, values):
        self.raw(b"(")
        for value in values:
            self.value(value)
        return self

    # calls
    def call(self, module, name, *args):
        return self.glob(module, name).value(tuple(args)).raw(b"R")

    def stack_call(self, module, name, *args):
        return self.stack_glob(module, name).value(tuple(args)).raw(b"R")
