#!/usr/bin/env python3
"""Checks that the Hugging Face cache is shared with Python in both directions, with the real huggingface_hub.

By hand, after a build:  python scripts/check-hub-cache.py [--classpath CP]

A hub on loopback serves small models; nothing else is contacted. Each check prints one line; exit code 1 if one fails.
Needs huggingface_hub (and transformers and torch for the last check of each direction, which is left out without them).
"""

import argparse
import hashlib
import http.server
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMIT = "0123456789abcdef0123456789abcdef01234567"
DEMO = ROOT / "models" / "demo-gpt2"
failures = []


def git_hash(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub(http.server.BaseHTTPRequestHandler):
    """The parts of the hub's API that a download uses; large files come from a second host name."""

    protocol_version = "HTTP/1.1"
    repositories = {}
    requests = []
    pause = 0.0

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def answer(self, with_body):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        Hub.requests.append((self.command, self.headers.get("Host"), path))
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            self.api(parts)
        elif parts[0] == "storage":
            self.send(Hub.repositories["/".join(parts[1:3])]["/".join(parts[3:])], {}, with_body)
        elif len(parts) > 3 and parts[2] == "resolve":
            self.resolve("/".join(parts[:2]), "/".join(parts[4:]), with_body)
        else:
            self.nothing("EntryNotFound")

    def api(self, parts):
        files = Hub.repositories.get("/".join(parts[2:4]))
        if files is None:
            self.nothing("RepoNotFound")
        elif parts[4:5] == ["tree"]:
            self.send(json.dumps([self.entry(name, files[name]) for name in files]).encode(), {}, True)
        else:
            siblings = []
            for name, content in files.items():
                entry = self.entry(name, content)
                sibling = {"rfilename": name, "size": entry["size"], "blobId": entry["oid"]}
                if "lfs" in entry:
                    sibling["lfs"] = {"sha256": entry["lfs"]["oid"], "size": entry["size"], "pointerSize": 134}
                siblings.append(sibling)
            answer = {"id": "/".join(parts[2:4]), "sha": COMMIT, "siblings": siblings}
            self.send(json.dumps(answer).encode(), {}, True)

    @staticmethod
    def entry(name, content):
        entry = {"type": "file", "path": name, "size": len(content), "oid": git_hash(content)}
        if name.endswith(".safetensors"):
            sha256 = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 134}
        return entry

    def resolve(self, repository, name, with_body):
        content = Hub.repositories.get(repository, {}).get(name)
        if content is None:
            self.nothing("EntryNotFound")
            return
        if not name.endswith(".safetensors"):
            self.send(content, {"ETag": f'"{git_hash(content)}"', "X-Repo-Commit": COMMIT}, with_body)
            return
        self.send_response(302)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Linked-Size", str(len(content)))
        port = self.server.server_address[1]
        self.send_header("Location", f"http://localhost:{port}/storage/{repository}/{name}?signature=x")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, content, headers, with_body):
        start = 0
        wanted = self.headers.get("Range")
        if wanted:
            start = int(wanted[len("bytes=") :].split("-")[0])
            end = wanted.split("-")[1]
            total = len(content)
            content = content[start : int(end) + 1 if end else None]
            headers = dict(headers)
            headers["Content-Range"] = f"bytes {start}-{start + len(content) - 1}/{total}"
        self.send_response(206 if wanted else 200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            for at in range(0, len(content), 1 << 16):
                self.wfile.write(content[at : at + (1 << 16)])
                if Hub.pause:
                    threading.Event().wait(Hub.pause)

    def nothing(self, code):
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", "0")
        self.end_headers()


def check(what, holds, detail=""):
    print(("ok    " if holds else "FAIL  ") + what + (f": {detail}" if detail and not holds else ""), flush=True)
    if not holds:
        failures.append(what)


def python(code, environment):
    """Runs Python in a process of its own, since huggingface_hub reads its variables once."""
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def consensus(classpath, environment, *arguments):
    command = ["java", f"-Dconsensus.home={ROOT}", "-cp", classpath, "org.consensusprobe.cli.Main", "models"]
    return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True)


def last_line(process):
    lines = process.stdout.strip().splitlines()
    return lines[-1] if lines else ""


def is_content(path):
    return path.startswith("/storage/") or "/resolve/" in path


def downloads(name):
    return sum(1 for r in Hub.requests if r[0] == "GET" and r[2].startswith("/storage/") and r[2].endswith(name))


def demo_files():
    return {name: (DEMO / name).read_bytes() for name in ("config.json", "model.safetensors", "tokenizer.json")}


LOAD = """
import torch, transformers
model = transformers.AutoModelForCausalLM.from_pretrained('org/demo', local_files_only=True)
tokens = transformers.AutoTokenizer.from_pretrained('org/demo', local_files_only=True)('hello there')
print(model.num_parameters(), len(tokens['input_ids']) > 0)
"""


def ours_read_by_python(classpath, environment, links):
    mode = "links" if links else "plain files"
    pulled = consensus(classpath, environment, "pull", "org/demo")
    check(f"we pull ({mode})", pulled.returncode == 0, pulled.stderr)
    offline = dict(environment, HF_HUB_OFFLINE="1")
    found = python(
        "import huggingface_hub as h; print(h.snapshot_download('org/demo', local_files_only=True))", offline
    )
    check(f"snapshot_download(local_files_only=True) resolves ours ({mode})", last_line(found) == last_line(pulled),
          found.stderr)
    code = (
        "import huggingface_hub as h\n"
        "i = h.scan_cache_dir()\n"
        "print([str(w) for w in i.warnings], [(r.repo_id, r.nb_files, sorted(r.refs)) for r in i.repos])"
    )
    scanned = python(code, offline)
    check(f"scan_cache_dir has no warnings on ours ({mode})",
          scanned.stdout.strip() == "[] [('org/demo', 3, ['main'])]", scanned.stdout + scanned.stderr)
    absent = python(
        "import huggingface_hub as h\n"
        "from huggingface_hub import _CACHED_NO_EXIST as no\n"
        "print(h.try_to_load_from_cache('org/demo', 'model.safetensors.index.json') is no)", offline)
    check(f"what the commit lacks is known to Python ({mode})", last_line(absent) == "True", absent.stderr)
    before = len(Hub.requests)
    again = python(
        "import huggingface_hub as h; print(h.hf_hub_download('org/demo', 'model.safetensors'))", environment
    )
    check(f"Python downloads no bytes that we have ({mode})",
          again.returncode == 0 and not [r for r in Hub.requests[before:] if r[0] == "GET" and is_content(r[2])],
          again.stderr + str(Hub.requests[before:]))
    if importlib.util.find_spec("transformers") and importlib.util.find_spec("torch"):
        loaded = python(LOAD, offline)
        check(f"transformers loads ours offline ({mode})", last_line(loaded).endswith("True"), loaded.stderr[-500:])


def pythons_read_by_us(classpath, environment, how, code):
    fetched = python(code, environment)
    check(f"Python fetches by {how}", fetched.returncode == 0, fetched.stderr[-500:])
    before = len(Hub.requests)
    info = consensus(classpath, environment, "info", "org/demo", "--json")
    said = json.loads(info.stdout) if info.returncode == 0 else {}
    check(f"we use Python's without a request ({how})",
          said.get("commit") == COMMIT and len(Hub.requests) == before, info.stderr)
    verified = consensus(classpath, environment, "verify", "org/demo", "--offline")
    wrong = [line for line in verified.stdout.splitlines()[1:] if not line.startswith("right")]
    check(f"every file of Python's verifies offline ({how})", verified.returncode == 0 and not wrong,
          verified.stdout + verified.stderr)
    pulled = consensus(classpath, environment, "pull", "org/demo")
    check(f"our pull on Python's fetches no weights ({how})",
          pulled.returncode == 0 and downloads("model.safetensors") == 1, pulled.stderr)


def side_by_side(classpath, environment):
    """Java's and Python's locks do not exclude each other: both download, and the cache stays whole."""
    Hub.pause = 0.05  # slow enough for all to be under way at once
    ours = subprocess.Popen(
        ["java", f"-Dconsensus.home={ROOT}", "-cp", classpath, "org.consensusprobe.cli.Main", "models", "pull",
         "org/demo"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    code = "import huggingface_hub as h; print(h.snapshot_download('org/demo'))"
    pythons = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results = [(p.communicate(), p.returncode) for p in (ours, *pythons)]
    Hub.pause = 0.0
    check("one of ours and two of Python's at once all succeed", all(code == 0 for _, code in results),
          str([r[0][1][-300:] for r in results]))
    weights = downloads("model.safetensors")
    check(f"with at most one download of ours and one of Python's ({weights} seen)", weights <= 2)
    verified = consensus(classpath, environment, "verify", "org/demo", "--offline")
    check("and the cache is whole", verified.returncode == 0, verified.stdout + verified.stderr)
    blobs = pathlib.Path(environment["HF_HUB_CACHE"]) / "models--org--demo" / "blobs"
    left = [b.name for b in blobs.iterdir() if b.name.endswith(".incomplete")]
    check("and nothing incomplete is left", not left, str(left))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = ROOT / "probe" / "target"
    parser.add_argument("--classpath", default=f"{target / 'classes'}{os.pathsep}{target / 'lib' / '*'}")
    classpath = parser.parse_args().classpath
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def world(temporary, **variables):
        Hub.requests.clear()
        Hub.repositories = {"org/demo": demo_files()}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))}
        return dict(kept, HF_ENDPOINT=f"http://127.0.0.1:{server.server_address[1]}", HF_HOME=temporary,
                    HF_HUB_CACHE=os.path.join(temporary, "hub"), HF_HUB_DISABLE_XET="1", **variables)

    import huggingface_hub
    print(f"huggingface_hub {huggingface_hub.__version__}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as temporary:
        ours_read_by_python(classpath, world(temporary), links=True)
    with tempfile.TemporaryDirectory() as temporary:
        ours_read_by_python(classpath, world(temporary, HF_HUB_DISABLE_SYMLINKS="1"), links=False)
    with tempfile.TemporaryDirectory() as temporary:
        pythons_read_by_us(classpath, world(temporary), "snapshot_download",
                           "import huggingface_hub as h; h.snapshot_download('org/demo')")
    with tempfile.TemporaryDirectory() as temporary:
        pythons_read_by_us(classpath, world(temporary, HF_HUB_DISABLE_SYMLINKS="1"), "snapshot_download, plain files",
                           "import huggingface_hub as h; h.snapshot_download('org/demo')")
    if importlib.util.find_spec("transformers") and importlib.util.find_spec("torch"):
        with tempfile.TemporaryDirectory() as temporary:
            pythons_read_by_us(classpath, world(temporary), "from_pretrained", "import transformers\n"
                               "transformers.AutoModelForCausalLM.from_pretrained('org/demo')")
    with tempfile.TemporaryDirectory() as temporary:
        side_by_side(classpath, world(temporary))
    print(f"{len(failures)} failed" if failures else "all hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
