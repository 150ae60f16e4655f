#!/usr/bin/env python3
"""Times a hub as its clients meet it, each time as whole processes: scripts/bench-hub [--size MB] [--repositories N].

Measured: download of a large file against nginx from the same disk in the same run, requests for a small file, model information, the time from a
commit to its verdict, taking in a large file against sha256sum, and lists and search over many repositories (rows are written to the database
directly, since only reading them is of interest). Inputs go to a temporary folder and are removed afterwards."""

import argparse
import hashlib
import http.client
import json
import os
import shutil
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TOKEN = "hf_" + "b" * 40


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Hub:
    def __init__(self, data):
        self.data, self.port = data, free_port()
        self.process = None

    def start(self):
        env = dict(os.environ, ASSAY_ADMIN_TOKEN=TOKEN, ASSAY_MIN_FREE="0")
        self.process = subprocess.Popen([os.environ["ASSAY_SERVER"], "serve", "--data", self.data, "--listen", "http://127.0.0.1:%d" % self.port],
                                        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        sys.exit("the hub did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port)

    def request(self, method, path, body=None, kind="application/json", connection=None):
        connection = connection or self.connection()
        headers = {"Authorization": "Bearer " + TOKEN}
        if body is not None:
            headers["Content-Type"] = kind
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def create(self, name):
        return self.request("POST", "/api/repos/create", json.dumps({"name": name}))

    def commit(self, name, *lines):
        body = "\n".join(json.dumps(line) for line in ({"key": "header", "value": {"summary": "bench"}},) + lines)
        return self.request("POST", "/api/models/admin/%s/commit/main" % name, body, "application/x-ndjson")

    def upload(self, name, path, digest):
        size = os.path.getsize(path)
        batch = self.request("POST", "/admin/%s.git/info/lfs/objects/batch" % name, json.dumps(
            {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": digest, "size": size}]}), "application/vnd.git-lfs+json")[1]
        href = json.loads(batch)["objects"][0]["actions"]["upload"]["href"]
        subprocess.run(["curl", "-sf", "-o", "/dev/null", "-T", path, href], check=True)


def seconds(action):
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def median(count, action):
    return statistics.median(seconds(action) for _ in range(count))


def download(url):
    subprocess.run(["curl", "-sf", "-o", "/dev/null", url], check=True)


def nginx(folder, sendfile):
    port = free_port()
    config = os.path.join(folder, "nginx-%s.conf" % sendfile)
    with open(config, "w") as file:
        file.write("""worker_processes auto; pid %s/nginx-%s.pid; error_log /dev/null; daemon off;
events { worker_connections 1024; }
http { access_log off; sendfile %s; server { listen 127.0.0.1:%d; root %s; } client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3; uwsgi_temp_path %s/t4; scgi_temp_path %s/t5; }
""" % (folder, sendfile, sendfile, port, folder, folder, folder, folder, folder, folder))
    process = subprocess.Popen(["nginx", "-c", config, "-p", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    return process, "http://127.0.0.1:%d/big" % port


def many(hub, path, threads, duration):
    """Requests a second, and the latencies of all of them in ms."""
    latencies, end = [], time.perf_counter() + duration

    def work():
        connection = hub.connection()
        own = []
        while time.perf_counter() < end:
            begin = time.perf_counter()
            status, _ = hub.request("GET", path, connection=connection)
            assert status == 200, status
            own.append((time.perf_counter() - begin) * 1000)
        latencies.extend(own)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(latencies) / (time.perf_counter() - begin), sorted(latencies)


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


def fill(data, count):
    """Adds repositories as the hub itself would have them, with names, tags and search documents."""
    db = sqlite3.connect(os.path.join(data, "hub.db"))
    columns = [row[1] for row in db.execute("PRAGMA table_info(Repositories)")]
    pattern = dict(zip(columns, db.execute("SELECT * FROM Repositories LIMIT 1").fetchone()))
    words = ["bert", "llama", "whisper", "qwen", "gemma", "mistral", "vision", "tiny", "large", "instruct", "chat", "base", "gguf", "quant"]
    with db:
        for number in range(count):
            name = "%s-%s-%d" % (words[number % 14], words[(number // 14) % 14], number)
            row = dict(pattern, Id="%024x" % (number + 1), Namespace="admin", Name=name, Key="model:admin/" + name, TrendingScore=float(number * 7919 % 100003),
                       Downloads=number * 31 % 99991, Likes=number % 1009, LastModified=pattern["LastModified"] + number)
            db.execute("INSERT INTO Repositories (%s) VALUES (%s)" % (",".join(columns), ",".join("?" * len(columns))), [row[c] for c in columns])
            db.execute("INSERT INTO SearchDocuments (RepositoryId, Text) VALUES (?, ?)", (row["Id"], "admin/%s region:us license:mit" % name))
            db.executemany("INSERT INTO RepositoryTags (RepositoryId, Tag) VALUES (?, ?)", [(row["Id"], t) for t in ("region:us", "license:mit", words[number % 14])])
    db.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=1024, help="MB of the large file")
    parser.add_argument("--repositories", type=int, default=100_000)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="assay-bench-")
    os.chmod(folder, 0o755)
    hub = Hub(os.path.join(folder, "data"))
    rows = []
    try:
        big = os.path.join(folder, "big")
        digest = hashlib.sha256()
        with open(big, "wb") as file:
            # Weights, as most large files are: their tensors are hashed too while they come in.
            each = 16 << 20
            tensors = {"layers.%d.weight" % i: {"dtype": "F32", "shape": [each // 4], "data_offsets": [i * each, (i + 1) * each]} for i in range(options.size // 16)}
            header = json.dumps(tensors).encode()
            start = struct.pack("<Q", len(header)) + header
            digest.update(start)
            file.write(start)
            for _ in range(options.size // 16 * 16):
                block = os.urandom(1 << 20)
                digest.update(block)
                file.write(block)
        digest = digest.hexdigest()
        hub.start()
        hub.create("big")
        sha = median(3, lambda: subprocess.run(["sha256sum", big], check=True, stdout=subprocess.DEVNULL))
        ingest = seconds(lambda: hub.upload("big", big, digest))
        rows.append(("taking in %d MB" % options.size, "%.2f s" % ingest, "%.2f × sha256sum (%.2f s)" % (ingest / sha, sha), "≤ 1.5 ×"))
        status, answer = hub.commit("big", {"key": "lfsFile", "value": {"path": "big.safetensors", "oid": digest, "size": os.path.getsize(big)}})
        assert json.loads(answer).get("assay", {}).get("state") == "admitted", answer
        url = "http://127.0.0.1:%d/admin/big/resolve/main/big.safetensors" % hub.port
        own = median(5, lambda: download(url))
        rates = []
        for sendfile in ("off", "on"):
            if shutil.which("nginx") is None:
                break
            process, other = nginx(folder, sendfile)
            try:
                theirs = median(5, lambda: download(other))
            finally:
                process.terminate()
                process.wait()
            rates.append("%.2f × nginx with sendfile %s (%.2f s)" % (theirs / own, sendfile, theirs))
        rows.append(("download of %d MB" % options.size, "%.2f s" % own, ", ".join(rates) or "nginx is not installed", "≥ 0.8 × (off)"))

        verdicts = []
        for number in range(30):
            hub.create("small%d" % number)
            body = {"key": "file", "value": {"path": "config.json", "content": json.dumps({"model_type": "bert", "n": number})}}
            begin = time.perf_counter()
            status, answer = hub.commit("small%d" % number, body, {"key": "file", "value": {"path": "modeling.py", "content": "import torch\n\n\ndef f(x):\n    return x + %d\n" % number}})
            verdicts.append(time.perf_counter() - begin)
            assert json.loads(answer)["assay"]["state"] == "admitted", answer
        rows.append(("commit to verdict, median of 30", "%.0f ms" % (statistics.median(verdicts) * 1000), "longest %.0f ms" % (max(verdicts) * 1000), "< 5 s"))

        rate, latencies = many(hub, "/admin/small1/resolve/main/config.json", 4, 5)
        rows.append(("small file", "%.0f requests/s" % rate, "p99 %.1f ms (a client in Python, 4 connections)" % percentile(latencies, 0.99), ""))
        rate, latencies = many(hub, "/api/models/admin/small1", 2, 5)
        rows.append(("model information", "p99 %.1f ms" % percentile(latencies, 0.99), "%.0f requests/s" % rate, ""))

        hub.stop()
        fill(hub.data, options.repositories)
        hub.start()
        for label, path in (("newest 20", "/api/models?sort=lastModified&limit=20"), ("trending 20", "/api/models?limit=20"), ("search \"llama chat\"", "/api/models?search=llama+chat&limit=20"),
                            ("search one name", "/api/models?search=whisper-large-1234&limit=20"), ("filter by tag", "/api/models?filter=gemma&limit=20"), ("page of 1000", "/api/models?limit=1000&sort=downloads")):
            hub.request("GET", path)
            _, latencies = many(hub, path, 1, 4)
            rows.append(("%s of %d repositories" % (label, options.repositories), "p99 %.1f ms" % percentile(latencies, 0.99), "median %.1f ms" % statistics.median(latencies), "< 50 ms" if "1000" not in label else ""))
    finally:
        if hub.process:
            hub.stop()
        shutil.rmtree(folder, ignore_errors=True)

    print("| what | measured | compared | goal |\n|---|---|---|---|")
    for row in rows:
        print("| %s |" % " | ".join(row))
    print("\n%d processors." % os.cpu_count())


main()
