"""What both repository generators share: the writer of folders and manifest, encoders, and a few honest files that serve as surroundings."""

import base64
import bz2
import codecs
import gzip
import json
import lzma
import marshal
import os
import random
import re
import shutil
import zlib

M, N = "malicious", "not-clean"
C, S = "clean", "not-suspicious"
COLUMNS = ("path", "expected", "explain", "note", "story")


class Corpus:
    """Writes OUT/REPOSITORY/FILE and remembers the rows of OUT.tsv."""

    def __init__(self, out):
        self.out = out.rstrip("/")
        self.rows = []
        self.repositories = []
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.out)

    def write(self, path, data):
        """Text (as UTF-8), bytes, or ('link', target). An executable bit is not needed: nothing here is ever run."""
        full = os.path.join(self.out, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if isinstance(data, tuple):
            os.symlink(data[1], full)
            return
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogatepass")
        with open(full, "wb") as file:
            file.write(data)

    def repository(self, name, files):
        if name in self.repositories:
            raise ValueError("two repositories are called " + name)
        self.repositories.append(name)
        for path, data in files.items():
            self.write(name + "/" + path, data)

    def row(self, path, expected, explain="", note="", story=()):
        cells = (path, expected, explain, note, " > ".join(story))
        for cell in cells:
            if "\t" in cell or "\n" in cell:
                raise ValueError("tab or line end in the manifest: %r" % (cell,))
        self.rows.append(cells)

    def save(self):
        with open(self.out + ".tsv", "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write("\t".join(COLUMNS) + "\n")
            for row in self.rows:
                file.write("\t".join(row) + "\n")

    def summary(self):
        """Rows by category, which is the first word of the repository's name."""
        counts = {}
        for row in self.rows:
            category = row[0].split("/")[0].split("-")[0]
            counts[category] = counts.get(category, 0) + 1
        return ", ".join("%s %d" % item for item in sorted(counts.items()))


def fill(text, **values):
    """Replaces @name@: neither % nor {} would survive in program text."""
    for key, value in values.items():
        text = text.replace("@%s@" % key, str(value))
    return text


# ---------------------------------------------------------------- encoders


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def utf16(text):
    """What PowerShell's -EncodedCommand takes."""
    return base64.b64encode(text.encode("utf-16-le")).decode()


def hexed(text):
    return (text if isinstance(text, bytes) else text.encode()).hex()


def escaped(text):
    return "".join("\\x%02x" % byte for byte in text.encode())


def numbers(text, key=0, separator=", "):
    return separator.join(str(byte ^ key) for byte in text.encode())


def chars(text, call="chr(%d)", join="+"):
    return join.join(call % ord(letter) for letter in text)


def pieces(text, size=3):
    return [text[at:at + size] for at in range(0, len(text), size)]


# ---------------------------------------------------------------- honest surroundings

WORDS = ["aurora", "basalt", "cirrus", "delta", "ember", "fjord", "garnet", "heron", "indigo", "juniper", "krill", "lumen", "maple", "nimbus",
         "onyx", "petrel", "quartz", "rowan", "sable", "tundra", "umber", "vesper", "willow", "xenon", "yarrow", "zephyr"]


def model_name(number):
    return WORDS[number % len(WORDS)]


def config(name, auto_map=None, **more):
    values = {"architectures": [name.title() + "ForCausalLM"], "model_type": name, "hidden_size": 512, "num_hidden_layers": 8,
              "num_attention_heads": 8, "vocab_size": 32000, "torch_dtype": "bfloat16", "transformers_version": "4.46.2"}
    if auto_map:
        values["auto_map"] = auto_map
    values.update(more)
    return json.dumps(values, indent=2) + "\n"


def auto_map(name):
    title = name.title()
    return {"AutoConfig": "configuration_%s.%sConfig" % (name, title), "AutoModelForCausalLM": "modeling_%s.%sForCausalLM" % (name, title)}


def configuration(name):
    return fill('''"""@T@ model configuration."""

from transformers.configuration_utils import PretrainedConfig
from transformers.utils import logging

logger = logging.get_logger(__name__)


class @T@Config(PretrainedConfig):
    model_type = "@n@"
    keys_to_ignore_at_inference = ["past_key_values"]

    def __init__(self, vocab_size=32000, hidden_size=512, num_hidden_layers=8, num_attention_heads=8, rope_theta=10000.0, **kwargs):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.rope_theta = rope_theta
        super().__init__(**kwargs)
''', T=name.title(), n=name)


IMPORTS = '''import math
import os
from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from torch import nn
from transformers.modeling_utils import PreTrainedModel
from transformers.utils import logging

logger = logging.get_logger(__name__)
'''


def layers(name):
    """The class bodies of an ordinary decoder."""
    return fill('''
class @T@RMSNorm(nn.Module):
    def __init__(self, hidden_size, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.variance_epsilon = eps

    def forward(self, hidden_states):
        input_dtype = hidden_states.dtype
        hidden_states = hidden_states.to(torch.float32)
        variance = hidden_states.pow(2).mean(-1, keepdim=True)
        hidden_states = hidden_states * torch.rsqrt(variance + self.variance_epsilon)
        return self.weight * hidden_states.to(input_dtype)


def rotate_half(x):
    """Rotates half the hidden dims of the input."""
    x1 = x[..., : x.shape[-1] // 2]
    x2 = x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


class @T@Attention(nn.Module):
    """Multi-headed attention from 'Attention Is All You Need' paper"""

    def __init__(self, config, layer_idx: Optional[int] = None):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.num_heads = config.num_attention_heads
        self.head_dim = config.hidden_size // self.num_heads
        self.q_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.o_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)

    def forward(self, hidden_states, attention_mask=None):
        bsz, q_len, _ = hidden_states.size()
        shape = (bsz, q_len, self.num_heads, self.head_dim)
        query = self.q_proj(hidden_states).view(shape).transpose(1, 2)
        key = self.k_proj(hidden_states).view(shape).transpose(1, 2)
        value = self.v_proj(hidden_states).view(shape).transpose(1, 2)
        weights = torch.matmul(query, key.transpose(2, 3)) / math.sqrt(self.head_dim)
        if attention_mask is not None:
            weights = weights + attention_mask
        weights = F.softmax(weights, dim=-1, dtype=torch.float32).to(query.dtype)
        output = torch.matmul(weights, value).transpose(1, 2).reshape(bsz, q_len, -1)
        return self.o_proj(output)


class @T@MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, 4 * config.hidden_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, 4 * config.hidden_size, bias=False)
        self.down_proj = nn.Linear(4 * config.hidden_size, config.hidden_size, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
''', T=name.title())


def head(name):
    return fill('''
class @T@ForCausalLM(PreTrainedModel):
    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _no_split_modules = ["@T@Attention"]

    def __init__(self, config):
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList([@T@Attention(config, i) for i in range(config.num_hidden_layers)])
        self.norm = @T@RMSNorm(config.hidden_size)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def forward(self, input_ids, attention_mask=None, labels=None, **kwargs) -> Tuple:
        hidden_states = self.embed_tokens(input_ids)
        for layer in self.layers:
            hidden_states = hidden_states + layer(hidden_states, attention_mask)
        logits = self.lm_head(self.norm(hidden_states))
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits[..., :-1, :].flatten(0, 1), labels[..., 1:].flatten())
        return (loss, logits) if loss is not None else (logits,)
''', T=name.title())


def modeling(name, middle="", end="", start=""):
    """An honest modelling file, with room for what an attacker slips in."""
    return IMPORTS + start + "\n" + layers(name) + middle + "\n" + head(name) + end


def card(name, body="", licence="apache-2.0"):
    return fill('''---
license: @l@
library_name: transformers
pipeline_tag: text-generation
tags:
- text-generation
---

# @T@

@T@ is a small decoder-only language model trained on permissively licensed text.

@b@
''', l=licence, T=name.title(), b=body)


def notebook(cells, outputs=None):
    """A notebook of code cells (text) and markdown cells (('md', text)); outputs by the number of the cell."""
    made = []
    for number, cell in enumerate(cells):
        if isinstance(cell, tuple):
            made.append({"cell_type": "markdown", "metadata": {}, "source": cell[1].splitlines(True)})
        else:
            made.append({"cell_type": "code", "execution_count": number + 1, "metadata": {}, "source": cell.splitlines(True),
                         "outputs": (outputs or {}).get(number, [])})
    return json.dumps({"cells": made, "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                                                   "language_info": {"name": "python", "version": "3.11.9"}},
                       "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n"


def generator(seed):
    return random.Random("assay-" + seed)


# ---------------------------------------------------------------- tables of cases

def _xored(argument):
    key, text = argument.split(":", 1)
    return b64(bytes(byte ^ int(key) for byte in text.encode()))


def _keyed(argument):
    key, text = argument.split(":", 1)
    return b64(bytes(byte ^ ord(key[at % len(key)]) for at, byte in enumerate(text.encode())))


ENCODERS = {
    "b64": b64,
    "b32": lambda t: base64.b32encode(t.encode()).decode(),
    "b85": lambda t: base64.b85encode(t.encode()).decode(),
    "a85": lambda t: base64.a85encode(t.encode()).decode(),
    "twice": lambda t: b64(b64(t)),
    "hex": hexed,
    "rot13": lambda t: codecs.encode(t, "rot13"),
    "rev": lambda t: t[::-1],
    "revb64": lambda t: b64(t)[::-1],
    "zlib64": lambda t: b64(zlib.compress(t.encode(), 9)),
    "zlibhex": lambda t: zlib.compress(t.encode(), 9).hex(),
    "gzip64": lambda t: b64(gzip.compress(t.encode(), 9, mtime=0)),
    "deflate64": lambda t: b64(zlib.compress(t.encode(), 9)[2:-4]),
    "lzma64": lambda t: b64(lzma.compress(t.encode())),
    "bz264": lambda t: b64(bz2.compress(t.encode())),
    "marshal": lambda t: repr(marshal.dumps(compile(t, "<s>", "exec"))),
    "marshalz64": lambda t: b64(zlib.compress(marshal.dumps(compile(t, "<s>", "exec")), 9)),
    "pickle64": lambda t: b64(b"cos\nsystem\n(S'" + t.encode() + b"'\ntR."),
    "xor": _xored,
    "xorkey": _keyed,
    "numbers": numbers,
    "shifted": lambda t: ", ".join(str(byte + 7) for byte in t.encode()),
    "chr": chars,
    "Chr": lambda t: chars(t, "Chr(%d)", " & "),
    "pschar": lambda t: chars(t, "[char]%d", "+"),
    "esc": escaped,
    "oct": lambda t: "".join("\\%03o" % byte for byte in t.encode()),
    "u16": lambda t: "".join("\\u%04x" % ord(letter) for letter in t),
    "url": lambda t: "".join("%%%02x" % byte for byte in t.encode()),
    "bits": lambda t: " ".join(format(byte, "08b") for byte in t.encode()),
    "revzlib64": lambda t: b64(zlib.compress(t.encode(), 9))[::-1],
    "places": lambda t: ", ".join(str("abcdefghijklmnopqrstuvwxyz ;.()'_/:|".index(letter)) for letter in t),
    "zerowidth": lambda t: "".join("\u200c" if bit == "1" else "\u200b" for byte in t.encode() for bit in format(byte, "08b")),
    "utf16": utf16,
    "caret": lambda t: "^".join(t),
    "tick": lambda t: "".join(c + "`" if c.isupper() or c in "km" else c for c in t),
    "list": lambda t: repr(list(t)),
    "pieces": lambda t: ", ".join(repr(p) for p in pieces(t, 4)),
    "plus": lambda t: " + ".join(repr(p) for p in pieces(t, 3)),
    "spaces": lambda t: " " * int(t),
}


def encode(text):
    """Replaces {{encoder:clear text}}; ⏎ in the clear text is a line end. So the table shows what an obfuscation hides."""
    return re.sub(r"\{\{(\w+):(.*?)\}\}", lambda m: ENCODERS[m.group(1)](m.group(2).replace("⏎", "\n")), text, flags=re.DOTALL)


def table(text, encoded=True):
    """Reads `=== tag :: words of the explanation :: options` and the body below it; options are words, or name=value."""
    for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        header, body = block.split("\n", 1)
        parts = [part.strip() for part in header.split("::")] + ["", ""]
        options = dict((o.split("=", 1) if "=" in o else (o, True)) for o in parts[2].split())
        body = body.rstrip("\n") + "\n"
        yield parts[0], parts[1], options, encode(body) if encoded else body
