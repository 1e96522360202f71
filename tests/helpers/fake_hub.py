"""A Hub of one repository on loopback, with the replies and the faults of the real one."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "someone/MiniCPM-V-2_6"
PORTAL = b"<html><body>Please log in to the network</body></html>"


@dataclass(frozen=True)
class Fault:
    """A reply in place of the right one. `error_code` and `error_message` are what the Hub sends in headers."""

    status: int
    error_code: str = ""
    error_message: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b'{"error": "no"}'
    content_type: str = "application/json"


@dataclass
class FakeHub:
    """What the Hub has, and how it misbehaves. Positions are in bytes of the whole file.

    `breaks_at` closes the connection there, `stalls_at` sends nothing more from there, `ends_at` ends the reply there
    as if it were whole. `wrong` counts the replies with a changed byte that are still to be sent.
    With `redirects_to_storage` large files come from another host, and `storage_tokens` has what it was sent.
    """

    files: dict[str, bytes]
    repository: str = REPOSITORY
    commit: str = COMMIT
    old_names: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ("main", "v1")
    token: str | None = None
    is_gated: bool = False
    is_gated_only_at_files: bool = False
    fault: Fault | None = None
    file_faults: dict[str, Fault] = field(default_factory=dict)
    breaks_at: dict[str, int] = field(default_factory=dict)
    stalls_at: dict[str, int] = field(default_factory=dict)
    ends_at: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    ignores_range: bool = False
    redirects_to_storage: bool = False
    storage_tokens: list[str | None] = field(default_factory=list)
    has_sizes: bool = True
    is_silent: bool = False
    address: str = ""
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def asked_files(self) -> list[tuple[str, str | None]]:
        """Names of the files whose bytes were asked for, with the Range asked for, in order."""
        return [
            (path.rpartition("/")[2], wanted)
            for method, path, wanted in self.requests
            if method == "GET" and "/resolve/" in path
        ]

    def info(self) -> dict[str, Any]:
        siblings = [self.sibling(name) for name in sorted(self.files)]
        return {"id": self.repository, "sha": self.commit, "siblings": siblings}

    def sibling(self, name: str) -> dict[str, Any]:
        content = self.files[name]
        if not self.has_sizes:
            return {"rfilename": name}
        listed: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git_hash(content)}
        if is_large(name):
            listed["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 135}
        return listed

    def etag(self, name: str) -> str:
        content = self.files[name]
        return hashlib.sha256(content).hexdigest() if is_large(name) else git_hash(content)


def is_large(name: str) -> bool:
    return name.endswith((".safetensors", ".bin"))


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def serve_hub(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve until the block ends; `hub.address` is what HF_ENDPOINT is to be set to."""

    class Handler(_Handler):
        state = hub

    server = _Server(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Write nothing of clients that leave."""


class _Handler(BaseHTTPRequestHandler):
    state: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Write nothing."""

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        hub, path = self.state, unquote(urlsplit(self.path).path)
        hub.requests.append((self.command, path, self.headers.get("Range")))
        renamed = next((name for name in hub.old_names if name in path), None)
        if renamed is not None:
            self.redirect(self.path.replace(renamed, hub.repository))
            return
        if hub.is_silent:
            hub.released.wait(60)
            self.close_connection = True
            return
        if path.startswith("/storage/"):
            hub.storage_tokens.append(self.headers.get("Authorization"))
            self.send_file(path.rpartition("/")[2])
            return
        fault = hub.fault or self.find_refusal(path)
        if fault is not None:
            self.send_fault(fault)
        elif path.startswith(f"/api/models/{hub.repository}"):
            self.answer_info(path)
        else:
            self.answer_file(path)

    def find_refusal(self, path: str) -> Fault | None:
        hub = self.state
        sent = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if hub.repository not in path:
            return Fault(404 if sent else 401, "RepoNotFound", "Repository not found")
        if hub.token is not None and sent and sent not in (hub.token, "other"):
            return Fault(401, "", "Invalid credentials in Authorization header")
        is_open = not hub.is_gated or (hub.is_gated_only_at_files and path.startswith("/api/"))
        return (
            None if is_open or sent == hub.token else Fault(403 if sent else 401, "GatedRepo", "Access is restricted")
        )

    def answer_info(self, path: str) -> None:
        _, _, revision = path.partition("/revision/")
        if revision and revision not in (*self.state.revisions, self.state.commit):
            self.send_fault(Fault(404, "RevisionNotFound", f"Invalid rev id: {revision}"))
            return
        self.send_body(200, json.dumps(self.state.info()).encode())

    def answer_file(self, path: str) -> None:
        name, hub = path.rpartition("/")[2], self.state
        if name not in hub.files or f"/resolve/{hub.commit}/" not in path:
            self.send_fault(Fault(404, "EntryNotFound", "Entry not found"))
        elif name in hub.file_faults:
            self.send_fault(hub.file_faults[name])
        elif hub.redirects_to_storage and is_large(name):
            self.redirect(f"http://localhost:{hub.address.rpartition(':')[2]}/storage/{name}")
        else:
            self.send_file(name)

    def send_file(self, name: str) -> None:
        hub, content = self.state, self.state.files[name]
        if hub.wrong.get(name, 0) > 0 and self.command == "GET":
            hub.wrong[name] -= 1
            content = content[:-1] + bytes([content[-1] ^ 1])
        wanted = None if hub.ignores_range else self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if start >= len(content) > 0:
            self.send_fault(Fault(416))
            return
        end = hub.ends_at.get(name, len(content))
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        for header, text in (("ETag", f'"{hub.etag(name)}"'), ("X-Repo-Commit", hub.commit)):
            self.send_header(header, text)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(max(end - start, 0)))
        self.end_headers()
        if self.command == "GET":
            self.send_bytes(name, content, start, end)

    def send_bytes(self, name: str, content: bytes, start: int, end: int) -> None:
        stop = min(end, self.state.breaks_at.get(name, end), self.state.stalls_at.get(name, end))
        self.wfile.write(content[start:stop])
        self.wfile.flush()
        if name in self.state.stalls_at:
            self.state.released.wait(60)
        if stop < end:
            self.close_connection = True

    def redirect(self, location: str) -> None:
        self.send_body(302, b"", headers={"Location": location, "X-Repo-Commit": self.state.commit})

    def send_fault(self, fault: Fault) -> None:
        headers = dict(fault.headers)
        if fault.error_code:
            headers["X-Error-Code"] = fault.error_code
        if fault.error_message:
            headers["X-Error-Message"] = fault.error_message
        self.send_body(fault.status, fault.body, fault.content_type, headers)

    def send_body(
        self, status: int, body: bytes, content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
