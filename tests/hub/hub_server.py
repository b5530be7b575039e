"""A small Hugging Face Hub on loopback: the endpoints that the installed huggingface_hub calls, over real HTTP.

Files are stored by content (blobs by SHA-256); a commit is a manifest of paths, and its id the hash of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

LFS_SUFFIXES = (".safetensors", ".bin", ".png", ".jpg")
TOKEN = "hf_of_the_owner"


class HubServer(ThreadingHTTPServer):
    """`url` is what HF_ENDPOINT must be. `calls` lists the requests, as "METHOD /path"."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.blobs: dict[str, bytes] = {}
        self.repos: dict[str, dict] = {}  # name -> {"private": bool, "commits": {id: {path: sha}}, "refs": {name: id}}
        self.calls: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def store(self, content: bytes) -> str:
        sha = hashlib.sha256(content).hexdigest()
        self.blobs[sha] = content
        return sha

    def commit(self, name: str, files: dict[str, str]) -> str:
        repo = self.repos[name]
        text = json.dumps([files, repo["refs"]["main"], len(repo["commits"])], sort_keys=True)
        commit = hashlib.sha1(text.encode()).hexdigest()
        repo["commits"][commit] = files
        repo["refs"]["main"] = commit
        return commit

    def files(self, name: str, revision: str = "main") -> dict[str, bytes]:
        """Path -> content at a revision."""
        repo = self.repos[name]
        return {path: self.blobs[sha] for path, sha in repo["commits"][repo["refs"].get(revision, revision)].items()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HubServer

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self.route("HEAD")

    def do_GET(self) -> None:
        self.route("GET")

    def do_POST(self) -> None:
        self.route("POST")

    def do_PUT(self) -> None:
        self.route("PUT")

    def route(self, method: str) -> None:
        path = unquote(urlparse(self.path).path)
        self.server.calls.append(f"{method} {path}")
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for verb, pattern, action in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method in verb.split("|"):
                return action(self, *found.groups())
        self.fail(404, "EntryNotFound", f"no route for {method} {path}")

    def answer(self, content: object = None, status: int = 200, headers: dict | None = None) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def fail(self, status: int, code: str, message: str) -> None:
        self.answer({"error": message}, status, {"X-Error-Code": code, "X-Error-Message": message})

    def owner(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def repo(self, name: str) -> dict | None:
        """The repository, or None after an answer that hides it from strangers."""
        repo = self.server.repos.get(name)
        if repo is None or (repo["private"] and not self.owner()):
            self.fail(404 if self.owner() else 401, "RepoNotFound", "Repository not found")
            return None
        return repo

    def revision(self, name: str, revision: str) -> str | None:
        repo = self.repo(name)
        if repo is None:
            return None
        commit = repo["refs"].get(revision, revision)
        if commit not in repo["commits"]:
            self.fail(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return commit

    def create(self) -> None:
        if not self.owner():
            return self.fail(401, "Unauthorized", "Invalid username or password.")
        wanted = json.loads(self.body)
        name = f"{wanted.get('organization') or 'owner'}/{wanted['name']}"
        status = 409 if name in self.server.repos else 200
        if status == 200:
            start = hashlib.sha1(name.encode()).hexdigest()
            self.server.repos[name] = {
                "private": bool(wanted.get("private")),
                "commits": {start: {}},
                "refs": {"main": start},
            }
        self.answer({"url": f"{self.server.url}/{name}", "name": name, "id": name}, status)

    def validate_yaml(self) -> None:
        self.answer({"errors": [], "warnings": []})

    def who(self) -> None:
        self.answer({"name": "owner", "type": "user", "orgs": []}) if self.owner() else self.fail(
            401, "Unauthorized", ""
        )

    def info(self, name: str, revision: str = "main") -> None:
        commit = self.revision(name, revision)
        if commit:
            files = self.server.repos[name]["commits"][commit]
            siblings = [{"rfilename": path} for path in sorted(files)]
            self.answer({"id": name, "sha": commit, "private": False, "siblings": siblings, "tags": []})

    def preupload(self, name: str, _: str) -> None:
        if self.repo(name) is not None:
            files = json.loads(self.body)["files"]
            modes = ["lfs" if f["path"].endswith(LFS_SUFFIXES) else "regular" for f in files]
            answer = [
                {"path": f["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}
                for f, mode in zip(files, modes)
            ]
            self.answer({"files": answer})

    def lfs_batch(self, name: str) -> None:
        if self.repo(name) is not None:
            wanted, objects = json.loads(self.body), []
            for each in wanted["objects"]:
                known = each["oid"] in self.server.blobs
                upload = {"upload": {"href": f"{self.server.url}/lfs/{each['oid']}"}}
                objects.append({**each, **({} if known else {"actions": upload})})
            self.answer({"transfer": "basic", "objects": objects})

    def lfs_put(self, sha: str) -> None:
        assert self.server.store(self.body) == sha
        self.answer({})

    def commit(self, name: str, _: str) -> None:
        if self.repo(name) is None:
            return
        if not self.owner():
            return self.fail(403, "Forbidden", "You have no right to write here.")
        repo = self.server.repos[name]
        files = dict(repo["commits"][repo["refs"]["main"]])
        for line in self.body.splitlines():
            item = json.loads(line)
            if item["key"] == "file":
                files[item["value"]["path"]] = self.server.store(base64.b64decode(item["value"]["content"]))
            elif item["key"] == "lfsFile":
                files[item["value"]["path"]] = item["value"]["oid"]
        commit = self.server.commit(name, files)
        url = f"{self.server.url}/{name}/commit/{commit}"
        self.answer({"success": True, "commitUrl": url, "commitOid": commit, "hookOutput": ""})

    def resolve(self, name: str, revision: str, path: str) -> None:
        commit = self.revision(name, revision)
        if not commit:
            return
        sha = self.server.repos[name]["commits"][commit].get(path)
        if sha is None:
            return self.fail(404, "EntryNotFound", f"{path} does not exist on {revision}")
        self.answer(
            self.server.blobs[sha], 200, {"ETag": f'"{sha}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        )


NAME = r"([\w.-]+/[\w.-]+)"
ROUTES = [
    ("POST", r"/api/repos/create", Handler.create),
    ("POST", r"/api/validate-yaml", Handler.validate_yaml),
    ("GET", r"/api/whoami-v2", Handler.who),
    ("POST", rf"/api/models/{NAME}/preupload/(.+)", Handler.preupload),
    ("POST", rf"/api/models/{NAME}/commit/(.+)", Handler.commit),
    ("GET", rf"/api/models/{NAME}", Handler.info),
    ("GET", rf"/api/models/{NAME}/revision/(.+)", Handler.info),
    ("POST", rf"/{NAME}\.git/info/lfs/objects/batch", Handler.lfs_batch),
    ("PUT", r"/lfs/(\w+)", Handler.lfs_put),
    ("HEAD|GET", rf"/{NAME}/resolve/([^/]+)/(.+)", Handler.resolve),
]
