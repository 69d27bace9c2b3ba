"""A server in the format of the Hugging Face hub, for its real client (HF_ENDPOINT)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any


class FakeHub:
    """One model, whose branch `main` can move from commit to commit."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.commits: dict[str, dict[str, bytes]] = {}
        self.main = ""
        self.downloads: Counter[str] = Counter()
        """Files whose content was sent, by commit and name."""
        self.url = ""

    def push(self, files: dict[str, bytes]) -> str:
        """Move `main` to a new commit; return it."""
        self.main = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self.commits[self.main] = files
        return self.main

    def push_folder(self, folder: Path) -> str:
        """Move `main` to the files of a folder; return the commit."""
        return self.push({path.name: path.read_bytes() for path in folder.iterdir()})

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve inside the block; yield the address for HF_ENDPOINT."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub._answer(self, with_body=False)

            def do_GET(self) -> None:
                hub._answer(self, with_body=True)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self.url
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _answer(self, request: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        path = request.path.partition("?")[0].strip("/")
        if path.startswith(f"api/models/{self.name}/tree/"):
            self._send(request, self._tree(path), {}, with_body=with_body)
            return
        if path.startswith(f"api/models/{self.name}"):
            self._send(request, self._info(path), {}, with_body=with_body)
            return
        if not path.startswith(f"{self.name}/resolve/"):
            self._missing(request, "RepoNotFound")
            return
        revision, _, file = path.removeprefix(f"{self.name}/resolve/").partition("/")
        commit = self.main if revision == "main" else revision
        content = self.commits.get(commit, {}).get(file)
        if content is None:
            self._missing(request, "EntryNotFound", commit)
            return
        if with_body:
            self.downloads[f"{commit[:7]}/{file}"] += 1
        headers = {"ETag": f'"{_etag(content)}"', "X-Repo-Commit": commit}
        self._send(request, content, headers, with_body=with_body)

    def _info(self, path: str) -> bytes:
        _, _, revision = path.partition("/revision/")
        commit = revision if revision in self.commits else self.main
        files = [{"rfilename": name} for name in self.commits[commit]]
        info = {"id": self.name, "modelId": self.name, "sha": commit, "siblings": files}
        return json.dumps(info).encode()

    def _tree(self, path: str) -> bytes:
        files = self.commits[path.rpartition("/")[2]]
        return json.dumps(
            [
                {"type": "file", "path": name, "size": len(content), "oid": _etag(content)}
                for name, content in files.items()
            ]
        ).encode()

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        content: bytes,
        headers: dict[str, str],
        *,
        with_body: bool,
    ) -> None:
        request.send_response(200)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            request.send_header(name, value)
        request.end_headers()
        if with_body:
            request.wfile.write(content)

    def _missing(self, request: BaseHTTPRequestHandler, code: str, commit: str = "") -> None:
        request.send_response(404)
        request.send_header("X-Error-Code", code)
        request.send_header("X-Error-Message", code)
        if commit:
            request.send_header("X-Repo-Commit", commit)
        request.send_header("Content-Length", "0")
        request.end_headers()


def _etag(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
