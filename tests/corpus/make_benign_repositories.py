#!/usr/bin/env python3
"""Writes honest model repositories: make_benign_repositories.py OUT

Texts and programs in the style of what people publish, written anew: families of models with remote code, notebooks, demos, data sets,
recipes, servers, and the honest twins of what make_malicious_repositories.py writes. Names like acme stand for any owner. The manifest
OUT.tsv has a row for every file and one for every repository, each expected `clean`.
"""

import argparse
import json
import re
import sys

from honest_repositories import CARDS, HONEST
from repositories import C, WORDS, Corpus, auto_map, b64, card, config, configuration, fill, generator, head, layers, model_name, modeling, notebook, table

PNG = b64(bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"))

# ---------------------------------------------------------------- families of models

HABITS = [
    # what modelling files do besides defining classes: (before the classes, at the end)
    ("", ""),
    ('''
try:
    from flash_attn import flash_attn_func
    _FLASH = True
except ImportError:
    logger.warning_once("flash_attn is not installed; pip install flash-attn --no-build-isolation")
    _FLASH = False
''', ""),
    ('''
import importlib.util
import subprocess

_HAS_TRITON = importlib.util.find_spec("triton") is not None


def _cuda_version():
    """Asks the compiler for its version, which decides which kernel is used."""
    try:
        return subprocess.check_output(["nvcc", "--version"], stderr=subprocess.DEVNULL).decode().split("release ")[-1][:4]
    except (OSError, subprocess.CalledProcessError):
        return None
''', ""),
    ('''
_USE_FAST = os.environ.get("USE_FAST_KERNELS", "1") == "1"
ACT = {"gelu": F.gelu, "silu": F.silu}
DTYPES = {name: getattr(torch, name) for name in ("float16", "bfloat16", "float32")}
''', ""),
    ("", '''

if __name__ == "__main__":
    import requests
    from PIL import Image

    picture = Image.open(requests.get("http://images.cocodataset.org/val2017/000000039769.jpg", stream=True).raw)
    print(picture.size, eval("torch.float32"))
'''),
    ('''
@torch.jit.script
def fused_gelu(x):
    return x * 0.5 * (1.0 + torch.erf(x / 1.41421))


def _build_slopes(n):
    return [2 ** (-8.0 * (i + 1) / n) for i in range(n)]
''', ""),
    ('''
from pathlib import Path
from huggingface_hub import hf_hub_download, snapshot_download


def fetch_extra(repo_id="acme/extra", revision="0123456789abcdef0123456789abcdef01234567"):
    """Fetches projection weights of the same publisher, pinned to a commit."""
    return torch.load(hf_hub_download(repo_id, "projection.pt", revision=revision), map_location="cpu", weights_only=True)
''', ""),
    ('''
from torch.utils.cpp_extension import load_inline

_SOURCE = "torch::Tensor twice(torch::Tensor x) { return x * 2; }"


def build():
    return load_inline(name="twice", cpp_sources=_SOURCE, functions=["twice"])
''', ""),
]

TOKENIZATION = '''"""@T@ tokenizer."""

import base64
import json
import os
from functools import lru_cache
from typing import List, Optional

import regex as re
from transformers import PreTrainedTokenizer

VOCAB_FILES_NAMES = {"vocab_file": "@n@.tiktoken"}
PAT = re.compile(r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s+""")


@lru_cache()
def bytes_to_unicode():
    bs = list(range(33, 127)) + list(range(161, 173))
    return dict(zip(bs, [chr(n) for n in bs]))


class @T@Tokenizer(PreTrainedTokenizer):
    vocab_files_names = VOCAB_FILES_NAMES

    def __init__(self, vocab_file, errors="replace", **kwargs):
        self.errors = errors
        with open(vocab_file, "rb") as f:
            self.ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in f if line.strip())}
        self.decoder = {rank: token for token, rank in self.ranks.items()}
        super().__init__(**kwargs)

    def _tokenize(self, text: str) -> List[str]:
        return [token for piece in PAT.findall(text) for token in piece]

    def _convert_id_to_token(self, index: int) -> str:
        return self.decoder.get(index, b"").decode("utf-8", errors=self.errors)

    def save_vocabulary(self, save_directory: str, filename_prefix: Optional[str] = None):
        path = os.path.join(save_directory, (filename_prefix or "") + "vocab.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump({str(k): v for k, v in self.ranks.items()}, f)
        return (path,)
'''

INFERENCE = '''import argparse
import os

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main():
    parser = argparse.ArgumentParser(description="Generates text with @T@.")
    parser.add_argument("--prompt", default="Hello")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained("acme/@n@", trust_remote_code=True, token=os.environ.get("HF_TOKEN"))
    model = AutoModelForCausalLM.from_pretrained("acme/@n@", trust_remote_code=True, torch_dtype="auto").to(args.device)
    inputs = tokenizer(args.prompt, return_tensors="pt").to(args.device)
    print(tokenizer.decode(model.generate(**inputs, max_new_tokens=@tokens@)[0]))


if __name__ == "__main__":
    main()
'''

ODD_WORDS = ["exec", "eval", "system", "curl", "sh", "|", "powershell", "rm", "-rf", "import", "os", "socket", "http", "://", "<script>", "sudo", "bash", "base64"]


def family(number):
    """One repository of a model: code, settings, card, tokenizer, a vocabulary with the words that attacks use too."""
    name = model_name(number) + ("" if number < len(WORDS) else "v2")
    languages = list(CARDS)
    random = generator("family-%d" % number)
    before, after = HABITS[number % len(HABITS)]
    usage = fill(CARDS[languages[number % len(languages)]], n=name)
    badges = '<p align="center"><img src="https://img.shields.io/badge/license-Apache--2.0-blue"/> <a href="https://arxiv.org/abs/0000.00000">Paper</a></p>\n\n' if number % 2 else ""
    scores = "\n\n<table><tr><th>Task</th><th>Score</th></tr><tr><td>MMLU</td><td>%d.%d</td></tr></table>\n" % (random.randrange(40, 80), random.randrange(10))
    vocabulary = ["<unk>", "<s>", "</s>"] + ODD_WORDS + ["".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(random.randrange(2, 9))) for _ in range(300)]
    files = {
        "README.md": card(name, badges + usage + scores),
        "config.json": config(name, auto_map(name)),
        "configuration_%s.py" % name: configuration(name),
        "modeling_%s.py" % name: modeling(name, start=before, end=after),
        "tokenization_%s.py" % name: fill(TOKENIZATION, T=name.title(), n=name),
        "tokenizer_config.json": json.dumps({"tokenizer_class": name.title() + "Tokenizer", "model_max_length": 4096, "chat_template": "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}"}) + "\n",
        "generation_config.json": json.dumps({"temperature": 0.7, "top_p": 0.9, "eos_token_id": 2}) + "\n",
        "vocab.json": json.dumps({word: at for at, word in enumerate(dict.fromkeys(vocabulary))}) + "\n",
        "merges.txt": "#version: 0.2\n" + "".join("%s %s\n" % (w[:1], w[1:]) for w in vocabulary[21:120]),
        "requirements.txt": random.choice(["torch>=2.1\ntransformers>=4.44\naccelerate\n", "transformers==4.46.2\ntorch==2.5.1\nsentencepiece\neinops\n", "torch\ntransformers\ntiktoken\npillow\n--extra-index-url https://download.pytorch.org/whl/cu121\n"]),
        "inference.py": fill(INFERENCE, T=name.title(), n=name, tokens=random.choice([64, 128, 512])),
    }
    if number % 4 == 0:  # long modelling files are as common as short ones
        files["modeling_%s.py" % name] += "".join(layers(name + suffix) for suffix in "abcdefghijkl") + head(name + "x")
    if number % 5 == 0:
        files["processing_%s.py" % name] = fill("import base64\nimport io\n\nimport requests\nfrom PIL import Image\n\n\ndef load_image(source):\n    \"\"\"An address, a data address or a path.\"\"\"\n    if source.startswith((\"http://\", \"https://\")):\n        return Image.open(requests.get(source, stream=True, timeout=10).raw)\n    if source.startswith(\"data:image\"):\n        return Image.open(io.BytesIO(base64.b64decode(source.split(\",\")[1])))\n    return Image.open(source)\n", n=name)
    if number % 6 == 0:
        files["custom_generate/generate.py"] = "import torch\n\n\ndef generate(model, input_ids, max_new_tokens=20, **kwargs):\n    for _ in range(max_new_tokens):\n        logits = model(input_ids)[0][:, -1]\n        input_ids = torch.cat([input_ids, logits.argmax(-1, keepdim=True)], dim=-1)\n    return input_ids\n"
    return "model-" + name, files


# ---------------------------------------------------------------- notebooks

NOTEBOOKS = [
    ["!pip install -q transformers accelerate bitsandbytes", "!nvidia-smi", "from transformers import pipeline\npipe = pipeline('text-generation', 'acme/aurora')\npipe('Hello')"],
    ["from google.colab import drive\ndrive.mount('/content/drive')", "%cd /content/drive/MyDrive", "!git clone https://github.com/acme/aurora && cd aurora && pip install -e ."],
    ["%%bash\napt-get -qq update && apt-get -qq install -y ffmpeg\npip install -q -r requirements.txt", "import os\nos.environ['TOKENIZERS_PARALLELISM'] = 'false'"],
    ["!wget -q https://data.example/cats.zip -O cats.zip\n!unzip -q cats.zip && rm cats.zip", "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])"],
    ["%pip install -U huggingface_hub", "from huggingface_hub import notebook_login\nnotebook_login()", "!huggingface-cli download acme/aurora"],
    ["%load_ext autoreload\n%autoreload 2", "from google.colab import userdata\nfrom huggingface_hub import login\nlogin(token=userdata.get('HF_TOKEN'))"],
    ["import torch\nprint(torch.__version__, torch.cuda.get_device_name(0))", "%%time\nx = torch.randn(1000, 1000) @ torch.randn(1000, 1000)"],
    ["!pip install torch --index-url https://download.pytorch.org/whl/cu124", "!python train.py --epochs 1 2>&1 | tee log.txt", "!cat log.txt | tail -n 5"],
    ["%%writefile helper.py\ndef add(a, b):\n    return a + b", "%run helper.py\nadd(1, 2)"],
    ["files = !ls *.safetensors\nprint(files)", "from IPython.display import HTML, display\ndisplay(HTML('<b>done</b>'))"],
    ["import requests\nfrom PIL import Image\nimage = Image.open(requests.get('http://images.cocodataset.org/val2017/000000039769.jpg', stream=True).raw)\nimage"],
    ["!curl -fsSL https://ollama.com/install.sh | sh", "!nohup ollama serve > ollama.log 2>&1 &", "!ollama pull llama3.2"],
    ["import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', '-q', 'peft'])", "import wandb\nwandb.login()"],
    ["get_ipython().run_line_magic('matplotlib', 'inline')", "import pandas as pd\npd.read_csv('https://data.example/table.csv').head()"],
]
OUTPUTS = [
    {"output_type": "display_data", "metadata": {}, "data": {"image/png": PNG, "text/plain": ["<Figure size 640x480>"]}},
    {"output_type": "stream", "name": "stdout", "text": ["Collecting transformers\n", "Successfully installed transformers-4.46.2\n"]},
    {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/html": ["<table border=\"1\" class=\"dataframe\"><tr><td>1</td></tr></table>"], "text/plain": ["   a\n0  1"]}},
    {"output_type": "display_data", "metadata": {}, "data": {"application/vnd.jupyter.widget-view+json": {"model_id": "ab12", "version_major": 2, "version_minor": 0}, "text/plain": ["Downloading: 0%"]}},
]
BADGE = '<a href="https://colab.research.google.com/github/acme/aurora/blob/main/demo.ipynb" target="_parent"><img src="https://colab.research.google.com/assets/colab-badge.svg" alt="Open In Colab"/></a>'


# ---------------------------------------------------------------- a bundle, as build tools write it


def bundle(size):
    """A minified script of about `size` bytes."""
    random = generator("bundle")
    out = ["!function(e,t){\"object\"==typeof exports&&\"undefined\"!=typeof module?t(exports):\"function\"==typeof define&&define.amd?define([\"exports\"],t):t((e=e||self).Aurora={})}(this,(function(e){\"use strict\";"]
    length = 0
    while length < size:
        a, b, c = ("".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(random.randrange(1, 3))) for _ in range(3))
        part = random.choice([
            "function %s(%s,%s){return %s?%s.map((e=>e+%d)):void 0===%s?null:new Uint8Array(%d)}" % (a + str(length), b, c + "1", b, b, random.randrange(99), c + "1", random.randrange(4096)),
            "const %s=[%s];" % (a + str(length), ",".join(str(random.randrange(255)) for _ in range(24))),
            "var %s=String.fromCharCode.apply(null,[%s]);" % (a + str(length), ",".join(str(random.randrange(97, 122)) for _ in range(8))),
            "try{self.importScripts&&(%s=atob(\"%s\"))}catch(e){console.warn(\"%s\",e)}" % ("globalThis.k" + str(length), b64("wasm" + a), b),
            "class C%d extends Error{constructor(e){super(e),this.name=\"%s\"}}" % (length, a),
        ])
        out.append(part)
        length += len(part)
    return "".join(out) + "e.version=\"1.0.0\"}));\n//# sourceMappingURL=aurora.min.js.map\n"


def files_of(body):
    files = {}
    for part in re.split(r"^@@ ", body, flags=re.MULTILINE)[1:]:
        place, text = part.split("\n", 1)
        if place.strip().lower() == "readme.md":
            text = card("aurora", text)
        elif place.endswith((".bat", ".cmd", ".ps1")):
            text = text.replace("\n", "\r\n")
        files[place.strip()] = text
    return files


def repositories():
    for number in range(45):
        yield family(number)
    for number, cells in enumerate(NOTEBOOKS):
        place = ["demo.ipynb", "notebooks/finetune.ipynb", "quickstart.ipynb"][number % 3]
        outputs = {1: [OUTPUTS[number % len(OUTPUTS)]], 2: [OUTPUTS[(number + 1) % len(OUTPUTS)]]}
        yield "notebook-%02d" % number, {place: notebook([("md", BADGE + "\n\n# Demo %d" % number)] + cells, outputs), "README.md": card(model_name(number), "Open [the notebook](%s)." % place)}
    for tag, _, _, body in table(HONEST):
        files = files_of(body)
        if tag == "web-demo":
            files["public/lib/aurora.min.js"] = bundle(200_000)
        if tag == "scripts-mixed":
            files["image.b64"] = PNG + "\n"
            files["latest.json"] = ("link", "results.json")
            files["results.json"] = '{"mmlu": 0.5}\n'
        yield ("dataset-script" if tag == "dataset-script" else "project-" + tag), files
    for number, language in enumerate(CARDS):
        yield "card-" + language, {"README.md": card(model_name(number), CARDS[language].replace("@n@", model_name(number))), "config.json": config(model_name(number)), "LICENSE": "Apache License, Version 2.0\n"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    corpus = Corpus(parser.parse_args().out)
    for name, files in repositories():
        corpus.repository(name, files)
        corpus.row(name, C, "", "honest repository")
        for place, data in files.items():
            if not isinstance(data, tuple):  # a link within the repository
                corpus.row(name + "/" + place, C, "", "honest file")
    corpus.save()
    print(corpus.summary())
    print("%d honest repositories and %d files in %s" % (len(corpus.repositories), len(corpus.rows) - len(corpus.repositories), corpus.out))


if __name__ == "__main__":
    sys.exit(main())
