#!/usr/bin/env python3
"""Writes honest model files by the real libraries: make_benign.py OUT

NumPy, SciPy, pandas, scikit-learn, joblib, PyTorch, dill, cloudpickle and the standard library save what people save with them.
Classes of libraries that are not installed are stood in for by modules of the same name, so that streams carry realistic names.
The manifest OUT.tsv says of each file: path, expected verdict, (empty), note. Expected are `clean`, `not-suspicious` (may be
incomplete: a codec that is not read), or `not-malicious` (unknown code is called).
"""

import argparse
import array
import bz2
import collections
import copyreg
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gzip
import io
import ipaddress
import json
import lzma
import math
import operator
import os
import pathlib
import pickle
import random
import re
import struct
import sys
import time
import types
import uuid
import warnings
import zipfile
import zlib

warnings.simplefilter("ignore")
os.environ["OMP_NUM_THREADS"] = "1"


class Corpus:
    def __init__(self, out):
        self.out = out
        self.rows = []
        self.skipped = []

    def full(self, path):
        full = os.path.join(self.out, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        return full

    def add(self, path, data, expected="clean", note=""):
        """Bytes, or a function that is given the path to write (or that returns the bytes)."""
        full = self.full(path)
        try:
            if callable(data):
                data = data(full)
            if isinstance(data, (bytes, bytearray)):
                with open(full, "wb") as file:
                    file.write(data)
        except Exception as problem:  # a library of another version; what matters is that enough is left
            self.skipped.append((path, problem))
            if os.path.exists(full):
                os.remove(full)
            return
        if os.path.exists(full):
            self.rows.append((path, expected, "", note or path.split("/")[0]))

    def pickles(self, path, value, protocols=range(6), expected="clean", note="", suffix="pkl"):
        for protocol in protocols:
            self.add("%s-p%d.%s" % (path, protocol, suffix), lambda _: pickle.dumps(value, protocol), expected, note)


def fake(module, name, bases=(object,), **attributes):
    """A class of a library that is not installed, importable by its real name."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        part = ".".join(parts[:end])
        if part not in sys.modules:
            sys.modules[part] = types.ModuleType(part)
            if end > 1:
                setattr(sys.modules[".".join(parts[:end - 1])], parts[end - 1], sys.modules[part])
    made = type(name, bases, dict(attributes, __module__=module, __qualname__=name))
    setattr(sys.modules[module], name, made)
    return made


def fake_enum(module, name, members, kind=enum.Enum):
    fake(module, name)
    made = kind(name, members, module=module, qualname=name)
    setattr(sys.modules[module], name, made)
    return made


def fake_function(module, name, function):
    fake(module, "_placeholder")
    function.__module__, function.__name__, function.__qualname__ = module, name, name
    setattr(sys.modules[module], name, function)
    return function


def filled(cls, **state):
    made = cls.__new__(cls)
    made.__dict__.update(state)
    return made


# ---------------------------------------------------------------- standard library


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Flags(enum.IntFlag):
    A = 1
    B = 2


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Settings:
    rate: float = 0.1
    layers: list = dataclasses.field(default_factory=lambda: [64, 32])


@dataclasses.dataclass(frozen=True)
class Frozen:
    name: str = "a"


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, "two"


class Node:
    def __init__(self):
        self.me = self
        self.children = []


class NewArgs:
    def __new__(cls, value, *, scale=1):
        made = super().__new__(cls)
        made.value = value
        return made

    def __getnewargs_ex__(self):
        return (self.value,), {"scale": 2}


class ListWithState(list):
    pass


class DictWithState(dict):
    pass


def standard(corpus):
    recursive_list = [1]
    recursive_list.append(recursive_list)
    recursive_dict = {"a": 1}
    recursive_dict["self"] = recursive_dict
    recursive_tuple = ([],)
    recursive_tuple[0].append(recursive_tuple)
    shared = ["shared"] * 2
    node = Node()
    node.children = [Node(), node]
    with_state = ListWithState([1, 2])
    with_state.label = "x"
    dict_state = DictWithState(a=1)
    dict_state.label = "y"
    values = {
        "none": None, "booleans": [True, False], "integers": [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**63, -(2**63)],
        "huge-integers": [2**2000, -(2**2000), 10**500], "floats": [0.0, -0.0, 1.5, 1e308, math.inf, -math.inf, math.nan],
        "complex": [1 + 2j, complex(0, -1)], "text": ["", "plain", "naïve Ünïcode 模型 🙂", "line\nbreak", "quote'\"\\", "\ud800", "\x00nul"],
        "long-text": "the quick brown fox " * 5000, "bytes": [b"", b"abc", bytes(range(256)), b"\x80" * 300], "bytearray": bytearray(b"mutable" * 100),
        "nested": {"list": [1, [2, [3, [4]]]], "tuple": (1, (2, (3, (4,)))), "dict": {"a": {"b": {"c": {}}}}}, "long-list": list(range(3000)),
        "long-dict": {str(i): i for i in range(2500)}, "sets": [set(), {1, 2, 3}, frozenset({"a", "b"}), set(range(2000))],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], "dates": [datetime.date(2020, 2, 29), datetime.time(1, 2, 3), datetime.timedelta(1, 2, 3)],
        "datetimes": [datetime.datetime(2020, 1, 1, 1, 1), datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
                      datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "CEST"))],
        "decimal": [decimal.Decimal("1.25"), decimal.Decimal("NaN")], "fraction": fractions.Fraction(1, 3), "uuid": uuid.UUID(int=5),
        "path": [pathlib.PurePosixPath("/a/b"), pathlib.PureWindowsPath("c:/a"), pathlib.Path("models/x")], "enum": [Colour.RED, Colour.GREEN, Flags.A | Flags.B],
        "ordereddict": collections.OrderedDict(a=1, b=2), "defaultdict": collections.defaultdict(list, a=[1]), "defaultdict-int": collections.defaultdict(int, a=1),
        "defaultdict-dict": collections.defaultdict(dict, a={}), "counter": collections.Counter("abracadabra"), "deque": collections.deque([1, 2], maxlen=5),
        "chainmap": collections.ChainMap({"a": 1}, {"b": 2}), "namedtuple": Point(1, 2), "dataclass": [Settings(), Frozen()], "slots": Slotted(),
        "exceptions": [ValueError("bad"), KeyError("k"), OSError(2, "no file"), StopIteration()], "recursive-list": recursive_list,
        "recursive-dict": recursive_dict, "recursive-tuple": recursive_tuple, "recursive-object": node, "shared": [shared, shared, {"again": shared}],
        "pattern": [re.compile(r"\d+", re.I), re.compile(rb"[a-z]")], "partial": functools.partial(int, base=2), "partial-round": functools.partial(round, ndigits=2),
        "range": [range(10), range(0, 10, 3), slice(1, 2, 3)], "array": [array.array("d", [1.0, 2.0]), array.array("i", [1])], "classes": [int, dict, collections.OrderedDict, ValueError],
        "functions": [len, abs, math.sqrt, operator.add], "ellipsis": [..., NotImplemented, type(None)], "new-args": NewArgs(3), "list-with-state": with_state,
        "dict-with-state": dict_state, "simplenamespace": types.SimpleNamespace(a=1, b=[2]), "namespace": argparse.Namespace(lr=0.1, arch="resnet18", gpu=None),
        "itertools": [iter([1, 2]), enumerate(["a"]), reversed([1, 2]), zip([1], [2]), map(abs, [1, -1])], "ip": ipaddress.ip_address("192.0.2.7"),
        "random-state": random.Random(1), "random-tuple": random.Random(2).getstate(), "itemgetter": [operator.itemgetter(1), operator.itemgetter("a", "b")],
        "attrgetter": operator.attrgetter("shape"), "bound-method": "abc".upper, "mapping-proxy-like": dict.fromkeys("abc"), "memory": memoryview,
        "deep": functools.reduce(lambda inner, _: [inner], range(80), "core"), "many-small": [{"id": i, "label": "n%d" % i, "box": (i, i + 1.5)} for i in range(300)],
        "identical-strings": ["layer.weight"] * 500, "vocabulary": {"token%d" % i: i for i in range(4000)}, "string-io": io.StringIO("text"), "bytes-io": io.BytesIO(b"data"),
    }
    for name, value in values.items():
        corpus.pickles("stdlib/" + name, value)
    # Frames, out-of-order memo, streams of several pickles.
    for protocol in range(6):
        stream = io.BytesIO()
        for value in ({"epoch": 1}, [1, 2, 3], "end"):
            pickle.dump(value, stream, protocol)
        corpus.add("stdlib/several-in-a-row-p%d.pkl" % protocol, stream.getvalue(), note="several dumps in one file")
        pure = io.BytesIO()
        pickle._Pickler(pure, protocol).dump({"a": [1, 2.5, "x"], "b": Point(1, 2), "c": {1, 2}})
        corpus.add("stdlib/pure-python-pickler-p%d.pkl" % protocol, pure.getvalue())
        fast = io.BytesIO()
        pickler = pickle.Pickler(fast, protocol)
        pickler.fast = True
        pickler.dump({"a": [1, 2, 3], "b": ("x", "y")})
        corpus.add("stdlib/fast-mode-p%d.pkl" % protocol, fast.getvalue())
    corpus.add("stdlib/pickle-buffer-in-band.pkl", lambda _: pickle.dumps([pickle.PickleBuffer(b"abc" * 500), pickle.PickleBuffer(bytearray(b"d" * 3000))], 5))
    corpus.add("stdlib/large-bytes-framed.pkl", lambda _: pickle.dumps([b"\x00" * 200_000, b"small", "t" * 100_000], 4))
    corpus.add("stdlib/gzip.pkl.gz", lambda _: gzip.compress(pickle.dumps({"a": 1})))
    corpus.add("stdlib/zlib.pkl.z", lambda _: zlib.compress(pickle.dumps({"a": list(range(100))})))
    corpus.add("stdlib/bz2.pkl.bz2", lambda _: bz2.compress(pickle.dumps({"a": 1})), "not-suspicious")
    corpus.add("stdlib/xz.pkl.xz", lambda _: lzma.compress(pickle.dumps({"a": 1})), "not-suspicious")
    corpus.add("stdlib/inner-pickle-as-bytes.pkl", lambda _: pickle.dumps({"payload": pickle.dumps([1, 2, 3] * 20), "n": 1}))


# ---------------------------------------------------------------- NumPy, SciPy, pandas


def numpy_files(corpus):
    import numpy as np

    generator = np.random.default_rng(0)
    kinds = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64", "longdouble", "complex64",
             "complex128", "S5", "U7", "datetime64[ns]", "timedelta64[s]", ">f4", ">i8"]
    for kind in kinds:
        value = np.zeros(6, dtype=kind)
        tag = kind.replace("[", "-").replace("]", "").replace(">", "big-")
        corpus.add("numpy/dtype-%s.npy" % tag, lambda path: np.save(path, value))
        corpus.pickles("numpy/dtype-%s" % tag, value, (2, 4, 5))
        corpus.pickles("numpy/scalar-%s" % tag, value[0], (2, 4))
    masked = np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0])
    record = np.zeros(2, dtype=[("x", "<f4"), ("label", "S4"), ("nested", [("a", "<i2"), ("b", "<i2", (2,))])])
    values = {
        "empty": np.zeros((0, 3)), "zero-d": np.array(1.5), "fortran": np.asfortranarray(generator.random((4, 5))), "strided": np.arange(20)[::3],
        "structured": record, "record": record.view(np.recarray), "objects-of-text": np.array(["a", "bb", None], dtype=object),
        "objects-mixed": np.array([1, "x", [1, 2], {"a": 1}], dtype=object), "masked": masked, "matrix": np.matrix([[1, 2]]), "big-zeros": np.zeros(200_000),
        "random": generator.random(1000), "dtypes": [np.dtype("f4"), np.dtype("O"), np.float32, np.dtype([("a", "i4")])], "ufunc": [np.log1p, np.exp, np.add],
        "randomstate": np.random.RandomState(1), "randomstate-tuple": np.random.RandomState(1).get_state(), "generator-pcg": np.random.default_rng(1),
        "generator-mt": np.random.Generator(np.random.MT19937(1)), "generator-philox": np.random.Generator(np.random.Philox(1)), "sfc": np.random.SFC64(2),
        "seedsequence": np.random.SeedSequence(5), "poly1d": np.poly1d([1, 2]), "polynomial": np.polynomial.Polynomial([1, 2]), "dict-of-arrays": {"w%d" % i: generator.random(5) for i in range(20)},
        "list-of-scalars": [np.float64(1.0), np.int32(2), np.bool_(True), np.str_("x"), np.datetime64("2020-01-01")], "vectorized": np.char.array(["a", "b"]),
    }
    for name, value in values.items():
        corpus.pickles("numpy/" + name, value)
    for name in ("empty", "zero-d", "fortran", "structured", "big-zeros"):
        corpus.add("numpy/%s.npy" % name, lambda path: np.save(path, values[name]))
    for name in ("objects-of-text", "objects-mixed"):
        corpus.add("numpy/%s.npy" % name, lambda path: np.save(path, values[name], allow_pickle=True), note="object array")
    for version in ((1, 0), (2, 0), (3, 0)):
        def write(path, version=version):
            with open(path, "wb") as file:
                np.lib.format.write_array(file, np.arange(12.0).reshape(3, 4), version)
        corpus.add("numpy/header-version-%d.npy" % version[0], write)
    corpus.add("numpy/unicode-field.npy", lambda path: np.save(path, np.zeros(2, dtype=[("größe", "f4")])))
    corpus.add("numpy/plain.npz", lambda path: np.savez(path, a=np.arange(3), b=np.zeros((2, 2))))
    corpus.add("numpy/compressed.npz", lambda path: np.savez_compressed(path, a=np.arange(1000), z=np.zeros(100_000)))
    corpus.add("numpy/objects.npz", lambda path: np.savez(path, labels=np.array(["cat", "dog"], dtype=object), x=np.ones(3)), note="object array")
    corpus.add("numpy/several.npy", lambda _: b"".join(_npy(np, v) for v in (np.arange(3), np.ones(2))), "not-suspicious", "two arrays in one file")
    for protocol in (2, 4, 5):
        corpus.add("numpy/out-of-band-p%d.pkl" % protocol, lambda _: pickle.dumps([generator.random(200), generator.random((3, 3)).T], protocol))


def _npy(np, value):
    out = io.BytesIO()
    np.save(out, value)
    return out.getvalue()


def scipy_files(corpus):
    import numpy as np
    import scipy.interpolate
    import scipy.sparse
    import scipy.spatial
    import scipy.stats

    matrix = scipy.sparse.random(20, 20, 0.2, random_state=1)
    for kind in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil"):
        corpus.pickles("scipy/sparse-" + kind, matrix.asformat(kind), (2, 4, 5))
    corpus.add("scipy/sparse.npz", lambda path: scipy.sparse.save_npz(path, matrix.tocsr()))
    corpus.add("scipy/sparse-stored.npz", lambda path: scipy.sparse.save_npz(path, matrix.tocsr(), compressed=False))
    values = {"interp1d": scipy.interpolate.interp1d([0, 1, 2], [1, 2, 3]), "spline": scipy.interpolate.UnivariateSpline(range(8), range(8)),
              "kdtree": scipy.spatial.cKDTree(np.random.rand(20, 2)), "frozen-distribution": scipy.stats.norm(0, 1), "bspline": scipy.interpolate.make_interp_spline([0, 1, 2, 3], [1, 2, 0, 1]),
              "rotation": __import__("scipy.spatial.transform", fromlist=["Rotation"]).Rotation.from_euler("z", 0.3), "rv": scipy.stats.gaussian_kde(np.arange(6.0))}
    for name, value in values.items():
        corpus.pickles("scipy/" + name, value, (2, 4))


def pandas_files(corpus):
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({"i": [1, 2, 3], "f": [1.5, None, 2.0], "s": ["a", "b", None], "b": [True, False, True], "t": pd.date_range("2020", periods=3)})
    values = {
        "frame": frame, "series": frame["f"], "index": frame.index, "multiindex": frame.set_index(["i", "s"]), "categorical": frame["s"].astype("category").to_frame(),
        "tz": pd.DataFrame({"t": pd.date_range("2020", periods=3, tz="Europe/Paris")}), "utc": pd.date_range("2020", periods=3, tz="UTC"), "period": pd.period_range("2020", periods=3, freq="M"),
        "interval": pd.interval_range(0, 3), "sparse": pd.DataFrame({"x": pd.arrays.SparseArray([0, 0, 1])}), "string": pd.Series(["a", None], dtype="string"), "nullable": pd.Series([1, None], dtype="Int64"),
        "boolean": pd.Series([True, None], dtype="boolean"), "timedelta": pd.timedelta_range("1D", periods=3), "timestamp": [pd.Timestamp("2020-01-01"), pd.NaT, pd.Timedelta("1D"), pd.NA],
        "empty": pd.DataFrame(), "wide": pd.DataFrame(np.random.rand(10, 40)), "cut": pd.cut([1, 2, 3], 2), "offset": pd.offsets.BusinessDay(2), "groupby-result": frame.groupby("b")["i"].sum(),
        "mixed-columns": pd.DataFrame([[1, "x"]], columns=[1, "b"]), "with-attrs": frame.assign(z=1),
    }
    for name, value in values.items():
        corpus.pickles("pandas/" + name, value, (2, 4, 5))
    for name, suffix, expected in (("gzip", "pkl.gz", "clean"), ("zip", "pkl.zip", "clean"), ("bz2", "pkl.bz2", "not-suspicious"), ("xz", "pkl.xz", "not-suspicious"), (None, "pkl", "clean"),
                                   ("tar", "pkl.tar", "clean")):
        corpus.add("pandas/to_pickle-%s.%s" % (name, suffix), lambda path: frame.to_pickle(path, compression=name), expected)


# ---------------------------------------------------------------- scikit-learn, joblib


def sklearn_files(corpus):
    import joblib
    import numpy as np
    from sklearn.base import clone
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.utils import all_estimators

    rng = np.random.RandomState(0)
    x = rng.rand(24, 4)
    y = np.array([0, 1] * 12)
    words = ["the model is good", "a bad model", "good data bad data", "more data"] * 6
    slow = {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "GraphicalLassoCV", "LogisticRegressionCV", "MLPClassifier", "MLPRegressor", "TSNE", "DictionaryLearning",
            "MiniBatchDictionaryLearning", "SparsePCA", "MiniBatchSparsePCA", "ElasticNetCV", "LassoCV", "MultiTaskElasticNetCV", "MultiTaskLassoCV", "LassoLarsCV"}
    quick = {"n_estimators": 3, "max_iter": 20, "n_components": 2, "n_clusters": 2, "n_init": 1}
    for number, (name, kind) in enumerate(all_estimators()):
        if name in slow and number % 2:
            continue
        try:
            try:
                estimator = kind()
            except TypeError:
                estimator = kind(LinearDiscriminantAnalysis())  # the ones that wrap another
            given = {k: v for k, v in quick.items() if k in estimator.get_params()}
            estimator.set_params(**given)
            if "positive" in name.lower() or name in ("NMF", "MiniBatchNMF", "LatentDirichletAllocation", "CategoricalNB"):
                data = (x * 3).astype(int)
            else:
                data = x
            try:
                estimator.fit(data, y)
            except Exception:
                try:
                    estimator.fit(words)
                except Exception:
                    estimator = clone(estimator)  # unfitted is honest too
        except Exception as problem:
            corpus.skipped.append(("sklearn/" + name, problem))
            continue
        protocol = (2, 3, 4, 5)[number % 4]
        corpus.add("sklearn/estimators/%s.pkl" % name, lambda _: pickle.dumps(estimator, protocol))
        compress = (0, 3, ("gzip", 3), 1)[number % 4]
        corpus.add("sklearn/estimators/%s.joblib" % name, lambda path: joblib.dump(estimator, path, compress=compress))

    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import make_scorer, accuracy_score
    from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV
    from sklearn.neighbors import BallTree, KDTree, KNeighborsClassifier
    from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    models = {
        "pipeline": make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y),
        "pipeline-function": make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()).fit(x, y),
        "grid-search": GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2).fit(x, y),
        "randomized-search": RandomizedSearchCV(RandomForestClassifier(3), {"max_depth": [1, 2]}, n_iter=2, cv=2, random_state=0).fit(x, y),
        "column-transformer": ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", "passthrough", [2])]).fit(x),
        "tfidf": TfidfVectorizer().fit(words), "tfidf-pipeline": make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(words, y),
        "gaussian-process": GaussianProcessRegressor(ConstantKernel() * RBF() + WhiteKernel() + Matern()).fit(x, y),
        "kdtree": KDTree(x), "balltree": BallTree(x), "neighbours": KNeighborsClassifier(3, algorithm="kd_tree").fit(x, y),
        "voting": VotingClassifier([("a", LogisticRegression()), ("b", RandomForestClassifier(3))]).fit(x, y),
        "stacking": StackingClassifier([("a", LogisticRegression())], cv=2).fit(x, y), "union": FeatureUnion([("a", StandardScaler())]).fit(x),
        "scorer": make_scorer(accuracy_score), "splitter": KFold(3), "one-hot": OneHotEncoder().fit([["a"], ["b"]]), "unfitted": Pipeline([("a", StandardScaler())]),
    }
    for name, model in models.items():
        corpus.pickles("sklearn/models/" + name, model, (2, 4, 5))
        corpus.add("sklearn/models/%s.joblib" % name, lambda path: joblib.dump(model, path))
    payload = {"weights": rng.rand(50, 7), "labels": np.array(["a", "b"], dtype=object), "fortran": np.asfortranarray(rng.rand(5, 6)), "ints": np.arange(10), "empty": np.zeros((0, 2)),
               "more": [rng.rand(3), (rng.rand(2), "text")], "model": models["pipeline"], "zeros": np.zeros(50_000)}
    for compress in (0, 1, 3, 9, "zlib", ("zlib", 9), "gzip", ("gzip", 1), "bz2", ("bz2", 3), "xz", "lzma", ("lzma", 2), "lz4", True):
        tag = compress if not isinstance(compress, tuple) else "%s-%d" % compress
        read = compress is True or isinstance(compress, int) or "zlib" in str(compress) or "gzip" in str(compress)
        corpus.add("joblib/mixed-%s.joblib" % tag, lambda path: joblib.dump(payload, path, compress=compress), "clean" if read else "not-suspicious")
    for protocol in range(6):
        corpus.add("joblib/protocol-%d.joblib" % protocol, lambda path: joblib.dump(payload, path, protocol=protocol))
    for suffix in ("z", "gz", "bz2", "xz", "lzma"):
        corpus.add("joblib/by-extension.%s" % suffix, lambda path: joblib.dump(payload, path), "clean" if suffix in ("z", "gz") else "not-suspicious")
    corpus.add("joblib/only-array.joblib", lambda path: joblib.dump(rng.rand(20, 3), path))
    corpus.add("joblib/object-array.joblib", lambda path: joblib.dump([np.arange(3.0), np.array([{"a": 1}, "x", None], dtype=object), np.arange(4)], path))
    corpus.add("joblib/masked.joblib", lambda path: joblib.dump(np.ma.masked_array([1, 2], mask=[0, 1]), path))
    corpus.add("joblib/memmap-like.joblib", lambda path: joblib.dump({"a": np.asfortranarray(np.ones((3, 4), ">f8")), "s": np.zeros(3, "S3"), "u": np.zeros(3, "U3")}, path))
    corpus.add("joblib/datetimes.joblib", lambda path: joblib.dump(np.array(["2020-01-01"], dtype="datetime64[D]"), path))


# ---------------------------------------------------------------- PyTorch


def torch_files(corpus):
    import numpy as np
    import torch
    from torch import nn

    torch.manual_seed(0)
    torch.set_num_threads(1)

    def both(name, value, expected="clean", note="", suffix="pt"):
        corpus.add("torch/%s.%s" % (name, suffix), lambda path: torch.save(value, path), expected, note)
        corpus.add("torch/%s-legacy.%s" % (name, suffix), lambda path: torch.save(value, path, _use_new_zipfile_serialization=False), expected, note)

    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
    optimizers = {"sgd": torch.optim.SGD(network.parameters(), 0.1, momentum=0.9), "adam": torch.optim.Adam(network.parameters()), "adamw": torch.optim.AdamW(network.parameters()),
                  "rmsprop": torch.optim.RMSprop(network.parameters())}
    network(torch.randn(1, 3, 4, 4)).sum().backward()
    for optimizer in optimizers.values():
        optimizer.step()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizers["sgd"], 3)
    base = torch.arange(24.0).reshape(4, 6)
    both("state_dict", network.state_dict(), suffix="bin")
    both("module", network)
    for name, optimizer in optimizers.items():
        both("optimizer-" + name, optimizer.state_dict())
    both("checkpoint", {"epoch": 3, "model": network.state_dict(), "optimizer": optimizers["adam"].state_dict(), "scheduler": scheduler.state_dict(), "loss": 0.5,
                        "args": argparse.Namespace(lr=0.1, data=pathlib.PurePosixPath("data")), "rng": torch.get_rng_state(), "best": None}, suffix="ckpt")
    both("scheduler", scheduler.state_dict())
    both("scheduler-lambda-free", torch.optim.lr_scheduler.CosineAnnealingLR(optimizers["sgd"], 10).state_dict())
    for kind in ("bfloat16", "half", "double", "bool", "uint8", "int8", "int16", "int32", "int64", "complex64", "complex128"):
        both("dtype-" + kind, torch.zeros(5, dtype=getattr(torch, kind)))
    both("shared-views", {"base": base, "row": base[1], "column": base[:, 2], "transposed": base.t(), "step": base[::2, ::3]})
    both("tied", {"a": base, "b": base, "c": nn.Parameter(base)})
    both("parameter", nn.Parameter(torch.randn(3)))
    both("parameter-frozen", nn.Parameter(torch.randn(3), requires_grad=False))
    both("requires-grad", torch.randn(3, requires_grad=True))
    both("sparse-coo", torch.eye(4).to_sparse())
    both("sparse-csr", torch.eye(4).to_sparse_csr())
    both("quantized-tensor", torch.quantize_per_tensor(torch.randn(4), 0.1, 2, torch.qint8))
    both("quantized-channel", torch.quantize_per_channel(torch.randn(2, 3), torch.tensor([0.1, 0.2]), torch.tensor([0, 0]), 0, torch.quint8))
    both("empty-tensor", torch.empty(0))
    both("scalar", torch.tensor(1.5))
    both("zeros", torch.zeros(20_000))
    both("rng", {"cpu": torch.get_rng_state(), "numpy": np.random.get_state(), "python": random.getstate()}, suffix="pth")
    both("sizes", {"size": torch.Size([1, 2]), "device": torch.device("cpu"), "dtype": torch.float16})
    both("nested-numpy", {"stats": np.arange(4.0), "names": ["a", "b"], "scalar": np.float64(3), "deep": {"list": [torch.ones(2), (np.int64(1), None)]}})
    both("list", [torch.ones(2), torch.zeros(3)])
    both("tensor-attributes", torch.ones(2).as_subclass(torch.Tensor))
    both("plain-dict", {"a": 1, "b": [1, 2, 3]})
    both("large-vocabulary", {"stoi": {"w%d" % i: i for i in range(1000)}, "vectors": torch.randn(10, 3)})
    both("storage", torch.arange(4.0).storage())
    both("conjugate", torch.tensor([1 + 2j]).conj())
    both("text-only", "just text")
    both("packed", nn.utils.rnn.pack_padded_sequence(torch.randn(3, 2, 4), [3, 2]))
    both("distribution", torch.distributions.Normal(torch.zeros(2), torch.ones(2)))
    both("generator-state", torch.Generator().get_state())
    both("dataset", torch.utils.data.TensorDataset(torch.ones(3, 2)))
    both("hooks", collections.OrderedDict([("weight", torch.ones(1))]))
    modules = {
        "linear": nn.Linear(3, 2), "embedding": nn.Embedding(5, 3), "lstm": nn.LSTM(3, 4, 2), "gru": nn.GRU(3, 4, bidirectional=True), "rnn": nn.RNN(3, 4), "transformer": nn.TransformerEncoderLayer(8, 2, 16),
        "attention": nn.MultiheadAttention(8, 2), "layernorm": nn.LayerNorm(4), "groupnorm": nn.GroupNorm(2, 4), "dropout": nn.Dropout(0.2), "modulelist": nn.ModuleList([nn.Linear(1, 1)]),
        "moduledict": nn.ModuleDict({"a": nn.ReLU()}), "parameterlist": nn.ParameterList([nn.Parameter(torch.ones(1))]), "prelu": nn.PReLU(), "upsample": nn.Upsample(scale_factor=2), "loss": nn.CrossEntropyLoss(),
        "conv1d": nn.Conv1d(2, 3, 3, padding="same"), "convtranspose": nn.ConvTranspose2d(2, 3, 3), "weight-norm": nn.utils.weight_norm(nn.Linear(2, 2)), "spectral-norm": nn.utils.spectral_norm(nn.Linear(2, 2)),
        "pruned": _pruned(nn, torch), "gelu": nn.Sequential(nn.GELU(), nn.Hardtanh(), nn.SiLU()), "encoder": nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2), "identity": nn.Identity(),
        "adaptive-pool": nn.AdaptiveAvgPool2d((1, 1)), "bilinear": nn.Bilinear(2, 2, 1), "instance-norm": nn.InstanceNorm2d(3), "pixel-shuffle": nn.PixelShuffle(2), "unflatten": nn.Unflatten(1, (2, 2)), "half": nn.Linear(2, 2).half(),
    }
    for name, module in modules.items():
        both("nn-" + name, module)
    quantized = torch.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4)), {nn.Linear}, torch.qint8)
    both("nn-quantized-dynamic", quantized)
    both("nn-quantized-state", quantized.state_dict())

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 2)

        def forward(self, x):
            return torch.relu(self.linear(x)) + 1

    corpus.add("torch/fx-graph-module.pt", lambda path: torch.save(torch.fx.symbolic_trace(Small()), path), note="FX source")
    corpus.add("torch/fx-graph-module-legacy.pt", lambda path: torch.save(torch.fx.symbolic_trace(nn.Sequential(nn.Linear(2, 2), nn.ReLU())), path, _use_new_zipfile_serialization=False), note="FX source")
    corpus.add("torch/scripted.pt", lambda path: torch.jit.script(Small()).save(path), "not-suspicious", "TorchScript")
    corpus.add("torch/traced.pt", lambda path: torch.jit.trace(network.eval(), torch.randn(1, 3, 4, 4)).save(path), "not-suspicious", "TorchScript")
    corpus.add("torch/scripted-lstm.pt", lambda path: torch.jit.script(nn.LSTM(3, 4)).save(path), "not-suspicious", "TorchScript")
    for protocol in (2, 3, 4, 5):
        corpus.add("torch/pickled-tensor-p%d.pkl" % protocol, lambda _: pickle.dumps({"w": torch.ones(3), "p": nn.Parameter(torch.zeros(2))}, protocol), note="tensors by plain pickle (_load_from_bytes)")
        corpus.add("torch/save-protocol-%d.pt" % protocol, lambda path: torch.save(network.state_dict(), path, pickle_protocol=protocol))
    corpus.add("torch/several-saves.pt", lambda path: _several(torch, path), note="two legacy saves in one file")
    corpus.add("torch/zip-without-extension", lambda path: torch.save(network.state_dict(), path))
    for name in ("pytorch_model.bin", "model.pth", "last.ckpt", "scheduler.pt", "scaler.pt", "rng_state.pth", "optimizer.pt"):
        corpus.add("torch/names/" + name, lambda path: torch.save({"state": torch.ones(2), "growth": 2.0}, path))
    return both


def _pruned(nn, torch):
    import torch.nn.utils.prune as prune

    layer = nn.Linear(3, 2)
    prune.l1_unstructured(layer, "weight", amount=2)
    return layer


def _several(torch, path):
    with open(path, "wb") as file:
        torch.save({"a": torch.ones(2)}, file, _use_new_zipfile_serialization=False)
        torch.save({"b": torch.ones(3)}, file, _use_new_zipfile_serialization=False)


def frameworks(corpus):
    """Checkpoints of libraries on top of PyTorch and others, by modules that carry their names."""
    import numpy as np
    import torch
    from torch import nn

    def both(name, value, expected="clean", suffix="pt"):
        corpus.add("frameworks/%s.%s" % (name, suffix), lambda path: torch.save(value, path), expected, name)
        corpus.add("frameworks/%s-legacy.%s" % (name, suffix), lambda path: torch.save(value, path, _use_new_zipfile_serialization=False), expected, name)

    # YOLO, old and new: whole models with classes of the project, and bound methods.
    for yolo in ("models.yolo", "ultralytics.nn.tasks"):
        common = yolo.replace("yolo", "common") if yolo.startswith("models") else "ultralytics.nn.modules.conv"
        convolution = fake(common, "Conv", (nn.Module,), forward_fuse=lambda self, x: x)
        bottleneck = fake(common, "Bottleneck", (nn.Module,))
        detect = fake(yolo if yolo.startswith("models") else "ultralytics.nn.modules.head", "Detect", (nn.Module,))
        model = fake(yolo, "DetectionModel" if "ultra" in yolo else "Model", (nn.Module,), helper=lambda self: None)
        built = model()
        first = convolution()
        first.conv, first.bn, first.act = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.SiLU()
        first.forward = first.forward_fuse
        middle = bottleneck()
        middle.cv1 = nn.Conv2d(4, 4, 1)
        head = detect()
        head.anchors, head.stride, head.nc = torch.ones(3, 2), torch.tensor([8.0, 16.0, 32.0]), 80
        built.model = nn.Sequential(first, middle, head)
        built.names = {0: "person", 1: "bicycle"}
        built.yaml = {"nc": 80, "backbone": [[-1, 1, "Conv", [64, 3, 2]]]}
        built.save = set([1, 2])
        built.hook = built.helper
        both("yolo-" + yolo, {"epoch": -1, "best_fitness": None, "model": built.half(), "ema": None, "updates": None, "optimizer": None, "date": "2024-01-01T00:00:00",
                              "train_args": {"task": "detect", "imgsz": 640, "save_dir": pathlib.PurePosixPath("runs/train")}, "version": "8.0.0"})

    # Hugging Face training arguments.
    scheduler_type = fake_enum("transformers.trainer_utils", "SchedulerType", {"LINEAR": "linear", "COSINE": "cosine"})
    interval = fake_enum("transformers.trainer_utils", "IntervalStrategy", {"NO": "no", "STEPS": "steps", "EPOCH": "epoch"})
    optimizer_names = fake_enum("transformers.training_args", "OptimizerNames", {"ADAMW": "adamw_torch"})
    distributed = fake_enum("accelerate.utils.dataclasses", "DistributedType", {"NO": "NO", "MULTI_GPU": "MULTI_GPU"})
    state = fake("accelerate.state", "PartialState")
    both("training_args", filled(fake("transformers.training_args", "TrainingArguments"), output_dir="out", lr_scheduler_type=scheduler_type.LINEAR, evaluation_strategy=interval.NO, optim=optimizer_names.ADAMW,
                                 device=torch.device("cpu"), distributed_state=filled(state, distributed_type=distributed.NO, device=torch.device("cpu")), learning_rate=5e-5, seed=42, label_names=None), suffix="bin")
    both("seq2seq-args", filled(fake("transformers.training_args_seq2seq", "Seq2SeqTrainingArguments"), output_dir="out", optim=optimizer_names.ADAMW, generation_config=None), suffix="bin")
    both("trl-config", filled(fake("trl.trainer.sft_config", "SFTConfig"), output_dir="out", lr_scheduler_type=scheduler_type.COSINE), suffix="bin")
    both("lora", {"base_model.model.q.lora_A.weight": torch.ones(2, 3), "base_model.model.q.lora_B.weight": torch.zeros(3, 2)}, suffix="bin")

    # fairseq, omegaconf, hydra.
    dictionary = filled(fake("fairseq.data.dictionary", "Dictionary"), symbols=["<s>", "</s>"], count=[1, 1], indices={"<s>": 0}, bos_index=0)
    node_types = [fake("omegaconf.nodes", name) for name in ("AnyNode", "IntegerNode", "StringNode", "FloatNode", "BooleanNode")]
    metadata = fake("omegaconf.base", "Metadata")
    container = fake("omegaconf.base", "ContainerMetadata")
    config = fake("omegaconf.dictconfig", "DictConfig")
    listing = fake("omegaconf.listconfig", "ListConfig")
    any_type = getattr(sys.modules["typing"], "Any")
    leaf = filled(node_types[1], _metadata=filled(metadata, ref_type=int, object_type=int, optional=True, key="seed"), _parent=None, _val=3)
    tree = filled(config, _metadata=filled(container, ref_type=any_type, object_type=dict, optional=True, key=None, element_type=any_type), _content={"seed": leaf,
                  "lr": filled(listing, _content=[leaf], _metadata=None)}, _parent=None)
    both("fairseq", {"args": argparse.Namespace(arch="transformer", task="translation"), "cfg": tree, "model": collections.OrderedDict(w=torch.ones(2)), "extra_state": {"epoch": 1, "metrics": []}, "task_state": {"dictionary": dictionary}})
    both("omegaconf", tree)

    # Lightning.
    attributes = fake("pytorch_lightning.utilities.parsing", "AttributeDict", (dict,))
    checkpoint_class = fake("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
    stopping = fake("lightning.pytorch.callbacks.early_stopping", "EarlyStopping")
    both("lightning", {"epoch": 1, "global_step": 10, "pytorch-lightning_version": "1.9.0", "state_dict": {"w": torch.ones(2)}, "callbacks": {checkpoint_class: {"best": torch.tensor(0.1), "path": "a.ckpt"}},
                       "optimizer_states": [{}], "lr_schedulers": [], "hyper_parameters": attributes(lr=0.1), "hparams_name": "kwargs"}, suffix="ckpt")
    both("lightning-2", {"state_dict": {}, "callbacks": {"EarlyStopping{}": {"wait": 0}}, "stopping": filled(stopping, patience=3, monitor="val"), "loops": {"fit_loop": {"state_dict": {}}}}, suffix="ckpt")

    # fastai, detectron, mmengine, timm, espnet, nemo, diffusers, stable-baselines, ray.
    learner = filled(fake("fastai.learner", "Learner"), model=nn.Linear(2, 2), lr=0.001, cbs=[filled(fake("fastai.callback.core", "TrainEvalCallback"), run=True), filled(fake("fastai.learner", "Recorder"), values=[])],
                     opt_func=functools.partial(fake_function("fastai.optimizer", "Adam", lambda *a, **k: None), decouple_wd=True), loss_func=filled(fake("fastai.losses", "CrossEntropyLossFlat"), axis=-1))
    both("fastai-learner", learner, "not-malicious", suffix="pkl")
    both("detectron2", {"model": {"w": np.ones(3, dtype=np.float32)}, "__author__": "Detectron2", "cfg": filled(fake("yacs.config", "CfgNode", (dict,)), __immutable__=False)}, suffix="pkl")
    both("mmengine", {"meta": {"epoch": 1, "hook_msgs": {"history": filled(fake("mmengine.logging.history_buffer", "HistoryBuffer"), _max_length=100, _log_history=np.ones(2), _count_history=np.ones(2))}}, "state_dict": {"w": torch.ones(1)}}, suffix="pth")
    both("timm", {"arch": "vit", "args": argparse.Namespace(model="vit"), "state_dict_ema": {"w": torch.ones(1)}, "metric": 0.5}, suffix="pth.tar")
    both("stable-baselines", {"policy_class": fake("stable_baselines3.common.policies", "ActorCriticPolicy"), "observation_space": filled(fake("gym.spaces.box", "Box"), low=np.zeros(2), high=np.ones(2), dtype=np.dtype("f4"))})
    both("deepspeed", {"optimizer_state_dict": {"loss_scaler": filled(fake("deepspeed.runtime.fp16.loss_scaler", "LossScaler"), cur_scale=1), "zero_stage": 2}, "ds_version": "0.9"})
    both("megatron", {"args": argparse.Namespace(num_layers=2, params_dtype=torch.float16), "iteration": 10, "model": {"w": torch.ones(1)}, "rng_state": [{"random": random.getstate(), "np": np.random.get_state()}]})
    both("custom-main", {"config": filled(fake("__main__", "TrainConfig"), lr=1), "weights": torch.ones(2)})
    both("own-model", filled(fake("src.models.net", "Net", (nn.Module,)), training=False, _parameters=collections.OrderedDict(), _buffers=collections.OrderedDict(), _modules=collections.OrderedDict()))
    both("torchvision-like", filled(fake("torchvision.models.resnet", "ResNet", (nn.Module,)), training=False, _modules=collections.OrderedDict(fc=nn.Linear(2, 2)), norm=functools.partial(nn.LayerNorm, eps=1e-6)))
    both("whisper-like", {"dims": {"n_mels": 80}, "model_state_dict": {"w": torch.ones(1).half()}})
    both("coqui-like", {"config": filled(fake("TTS.tts.configs.xtts_config", "XttsConfig"), model="xtts"), "model": {}}, suffix="pth")
    both("speechbrain-like", {"counter": 3, "lr": 0.1, "encoder": filled(fake("speechbrain.dataio.encoder", "CategoricalEncoder"), lab2ind={"a": 0})}, suffix="ckpt")

    # Other families by plain pickle.
    plain = {
        "gensim": filled(fake("gensim.models.word2vec", "Word2Vec"), wv=filled(fake("gensim.models.keyedvectors", "KeyedVectors"), vectors=np.ones((3, 2), np.float32), key_to_index={"a": 0}), alpha=0.025, random=np.random.RandomState(1)),
        "spacy": filled(fake("spacy.vocab", "Vocab"), strings=["a"], vectors=np.zeros((2, 2))), "xgboost": filled(fake("xgboost.sklearn", "XGBClassifier"), n_estimators=3, _Booster=filled(fake("xgboost.core", "Booster"), handle=bytearray(b"binf" + b"\0" * 60))),
        "lightgbm": filled(fake("lightgbm.sklearn", "LGBMClassifier"), _Booster=filled(fake("lightgbm.basic", "Booster"), model_str="tree\nversion=v3\nnum_class=1\n")), "catboost": filled(fake("catboost.core", "CatBoostClassifier"), _init_params={"depth": 3}),
        "keras-history": {"loss": [0.5, 0.2], "val_loss": [0.6, 0.3]}, "prophet": filled(fake("prophet.forecaster", "Prophet"), growth="linear", holidays=None), "implicit": filled(fake("implicit.cpu.als", "AlternatingLeastSquares"), factors=np.ones(2)),
        "surprise": filled(fake("surprise.prediction_algorithms.matrix_factorization", "SVD"), n_factors=2), "nltk-punkt": filled(fake("nltk.tokenize.punkt", "PunktSentenceTokenizer"), _params=filled(fake("nltk.tokenize.punkt", "PunktParameters"), abbrev_types={"dr", "mr"})),
        "statsmodels": filled(fake("statsmodels.regression.linear_model", "RegressionResultsWrapper"), params=np.ones(2)), "hmmlearn": filled(fake("hmmlearn.hmm", "GaussianHMM"), means_=np.ones((2, 2))), "umap": filled(fake("umap.umap_", "UMAP"), n_neighbors=15),
        "imblearn": filled(fake("imblearn.over_sampling._smote.base", "SMOTE"), k_neighbors=5), "category-encoders": filled(fake("category_encoders.ordinal", "OrdinalEncoder"), mapping=[{"col": "a"}]), "tokenizer": filled(fake("keras_preprocessing.text", "Tokenizer"), word_index={"a": 1}, word_counts=collections.OrderedDict(a=2)),
        "unknown-company": filled(fake("acme_ml.models.churn", "ChurnModel"), coef=np.ones(3)), "own-main": filled(fake("__main__", "Model"), weights=[1, 2]),
    }
    for name, value in plain.items():
        corpus.pickles("frameworks/" + name, value, (2, 4, 5))
    paddle = {"linear.weight": np.ones((2, 3), np.float32), "StructuredToParameterName@@": {"linear.weight": "linear_0.w_0"}}
    corpus.add("frameworks/paddle.pdparams", lambda _: pickle.dumps(paddle, 2))
    corpus.add("frameworks/paddle.pdopt", lambda _: pickle.dumps({"lr": 0.1, "master_weights": {}, "m": np.zeros(3)}, 4))


# ---------------------------------------------------------------- code by value


def by_value(corpus):
    import cloudpickle
    import dill

    scale = 3

    def add(x, y=2):
        return x + y * scale

    def gaussian(x, mean=0.0, deviation=1.0):
        return math.exp(-((x - mean) ** 2) / (2 * deviation**2))

    class Scaler:
        """Divides by the largest."""

        def __init__(self, top=1.0):
            self.top = top

        def transform(self, values):
            return [v / self.top for v in values]

    values = {"lambda": lambda x: x + 1, "lambda-list": lambda xs: [x * 2 for x in xs], "function": add, "gaussian": gaussian, "class": Scaler, "instance": Scaler(2.0), "in-dict": {"f": lambda x: x**2, "name": "square"},
              "partial": functools.partial(add, y=5), "closure": (lambda n: lambda x: x * n)(4), "data": {"a": [1, 2, 3]}}
    for name, value in values.items():
        for protocol in (2, 4, 5):
            corpus.add("by-value/dill-%s-p%d.pkl" % (name, protocol), lambda _: dill.dumps(value, protocol, recurse=True), "clean", "dill")
            corpus.add("by-value/cloudpickle-%s-p%d.pkl" % (name, protocol), lambda _: cloudpickle.dumps(value, protocol), "clean", "cloudpickle")
    main = types.ModuleType("__main__")
    exec("import math\ndef rate(epoch):\n    return 0.1 * 0.9 ** epoch\nschedule = lambda epoch: math.cos(epoch)\n", main.__dict__)
    corpus.add("by-value/dill-main-function.pkl", lambda _: dill.dumps(main.rate, recurse=True), "clean", "dill")
    corpus.add("by-value/cloudpickle-main-lambda.pkl", lambda _: cloudpickle.dumps(main.schedule), "clean", "cloudpickle")


# ---------------------------------------------------------------- neighbours


def neighbours(corpus):
    import numpy as np

    texts = {
        "README.md": "# Model\n\nTrained on open data. Load it with `torch.load`.\n", "config.json": json.dumps({"model_type": "bert", "hidden_size": 8}), "vocab.txt": "\n".join(["[PAD]", "[CLS]", "the", "model"]),
        "merges.txt": "#version: 0.2\nt h\nth e\n", "labels.csv": "id,label\n1,cat\n2,dog\n", "requirements.txt": "numpy\ntorch\n", "LICENSE": "Apache License\nVersion 2.0\n", "notes.txt": "c: first letter\n(parenthesis) and a full stop.\n",
        "tokenizer_config.json": json.dumps({"do_lower_case": True}), "params.yaml": "lr: 0.1\nepochs: 3\n", "coordinates.txt": "I1\nI2\n.", "dictionary.txt": "}q\n(K\n]", "table.tsv": "a\tb\n1\t2\n", "empty.txt": "", "utf8.txt": "größe naïve 模型\n",
        "starts-with-c.txt": "classes\nnames\nand more text\n", "index.html": "<html><body>model</body></html>", ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        "pointer.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "ab" * 32 + "\nsize 1234\n", "train.log": "epoch 1 loss 0.5\n" * 50,
    }
    for name, text in texts.items():
        corpus.add("neighbours/" + name, text.encode("utf-8"), "not-suspicious" if name == "pointer.bin" else "clean", "text")
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082")
    corpus.add("neighbours/pixel.png", png, "not-suspicious")
    corpus.add("neighbours/safetensors.safetensors", lambda _: (lambda h: struct.pack("<Q", len(h)) + h + b"\0" * 16)(b'{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'.ljust(64)), "not-suspicious")
    corpus.add("neighbours/random.bin", lambda _: np.random.default_rng(7).bytes(5000), "not-suspicious", "unknown binary")
    corpus.add("neighbours/zeros.bin", b"\0" * 4096, "not-suspicious", "unknown binary")
    corpus.add("neighbours/floats.dat", lambda _: np.random.default_rng(3).random(500).tobytes(), "not-suspicious", "raw floats")

    def archive(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("data/readme.txt", "text\n" * 20)
            out.writestr("data/table.csv", "a,b\n1,2\n")
            out.writestr("data/", b"")

    corpus.add("neighbours/texts.zip", archive)

    def streamed(path):
        with open(path, "wb") as raw:
            class Unseekable(io.RawIOBase):
                def writable(self):
                    return True

                def write(self, data):
                    return raw.write(data)

            with zipfile.ZipFile(io.BufferedWriter(Unseekable()), "w", zipfile.ZIP_DEFLATED) as out:
                out.writestr("weights.pkl", pickle.dumps({"a": [1.0] * 10}))

    corpus.add("neighbours/streamed-with-descriptors.zip", streamed)
    import tarfile

    for mode, suffix in (("w", "tar"), ("w:gz", "tar.gz")):
        def pack(path, mode=mode):
            with tarfile.open(path, mode) as out:
                for name, data in (("./config.json", b"{}"), ("./weights.pkl", pickle.dumps([1, 2])), ("./" + "long/" * 30 + "name.txt", b"text")):
                    entry = tarfile.TarInfo(name)
                    entry.size = len(data)
                    out.addfile(entry, io.BytesIO(data))
        corpus.add("neighbours/folder." + suffix, pack)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--lenient", action="store_true", help="do without libraries that are not installed")
    options = parser.parse_args()
    corpus = Corpus(options.out)
    sections = [standard, numpy_files, scipy_files, pandas_files, sklearn_files, torch_files, frameworks, by_value, neighbours]
    for section in sections:
        started = time.monotonic()
        before = len(corpus.rows)
        try:
            section(corpus)
        except ImportError as problem:
            if not options.lenient:
                raise
            corpus.skipped.append((section.__name__, problem))
        print("%-15s %4d files, %5.1f s" % (section.__name__, len(corpus.rows) - before, time.monotonic() - started), flush=True)
    with open(options.out.rstrip("/") + ".tsv", "w", encoding="utf-8") as file:
        file.write("path\texpected\texplain\tnote\n")
        for row in corpus.rows:
            file.write("\t".join(row) + "\n")
    for path, problem in corpus.skipped:
        print("skipped %s: %s: %s" % (path, type(problem).__name__, str(problem)[:100]), file=sys.stderr)
    print("%d honest files in %s, %d skipped" % (len(corpus.rows), options.out, len(corpus.skipped)))


if __name__ == "__main__":
    sys.exit(main())
