"""A container registry on loopback that hands out manifests to whoever fetches a token first."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token"


class FakeRegistry(ThreadingHTTPServer):
    """Manifests by `name:tag`. It may ask for a token or for a password, and may lie about the digest."""

    def __init__(self, manifests: Mapping[str, bytes], scheme: str = "Bearer", told: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.manifests, self.scheme, self.told = manifests, scheme, told
        self.accepted: list[str] = []
        self.scopes: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: FakeRegistry

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/token":
            self.server.scopes += parse_qs(url.query)["scope"]
            self.answer(200, f'{{"token": "{TOKEN}"}}'.encode())
        elif self.server.scheme and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            realm = f'{self.server.scheme} realm="{self.server.address}/token",service="fake"'
            self.answer(401, b"", **{"WWW-Authenticate": realm})
        else:
            self.send_manifest(url.path)

    def send_manifest(self, path: str) -> None:
        self.server.accepted.append(self.headers["Accept"])
        name, _, tag = path.removeprefix("/v2/").partition("/manifests/")
        manifest = self.server.manifests.get(f"{name}:{tag}")
        if manifest is None:
            return self.answer(404, b"{}")
        told = self.server.told or f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        return self.answer(200, manifest, **{"Docker-Content-Digest": told})

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_registry(registry: FakeRegistry) -> Iterator[FakeRegistry]:
    thread = threading.Thread(target=registry.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield registry
    finally:
        registry.shutdown()
        thread.join()
        registry.server_close()
