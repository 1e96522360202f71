"""Fetching pictures: which hosts and addresses are asked, how long, and for how much."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from server.errors import ImageNotFetched
from server.turn import image_fetch
from server.turn.image_fetch import PictureFetcher

pytestmark = pytest.mark.anyio

PICTURE = b"picture " * 1000
HELD, LET_GO = threading.Event(), threading.Event()


class Handler(BaseHTTPRequestHandler):
    """A host that misbehaves as the path says."""

    def do_GET(self) -> None:
        match self.path:
            case "/redirect":
                self.reply(302, b"", Location="http://169.254.169.254/")
            case "/missing":
                self.reply(404, b"a secret of the inside")
            case "/slow":
                self.send_response(200)
                self.end_headers()
                while not self.wfile.closed:
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            case "/silent":
                time.sleep(60)
            case "/held":
                HELD.set()
                LET_GO.wait(60)
                self.reply(200, PICTURE)
            case "/%E8%93%9D%20shirt%2B.png?a=%E8%A1%AB":
                self.reply(200, b"Chinese")
            case "/garbage":
                self.wfile.write(b"this is no HTTP\r\n\r\n")
            case "/accept":
                self.reply(200, self.headers["Accept"].encode())
            case "/?a=b":
                self.reply(200, b"query")
            case _:
                self.reply(200, PICTURE)

    def reply(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = QuietServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loopback count as public."""
    monkeypatch.setattr(image_fetch, "is_public", lambda _: True)


def fetcher(address: str = "", **given: Any) -> PictureFetcher:
    """Return a fetcher that is allowed to ask the host of an address on its port."""
    hosts = (address.removeprefix("http://") or "localhost",)
    return PictureFetcher(**{"hosts": hosts, "max_bytes": 2**20, "limit_s": 30.0, **given})


@pytest.mark.usefixtures("is_open")
async def test_a_picture_of_an_allowed_host_is_fetched(address: str) -> None:
    assert await fetcher(address).fetch(f"{address}/a.png") == PICTURE
    assert await fetcher(address).fetch(f"{address}?a=b") == b"query"
    shouted = address.replace("localhost", "LOCALHOST")
    assert await fetcher(address, max_bytes=len(PICTURE)).fetch(f"{shouted}/a.png") == PICTURE


@pytest.mark.usefixtures("is_open")
async def test_the_kind_of_file_is_asked_for(address: str) -> None:
    assert await fetcher(address).fetch(f"{address}/accept") == b"image/*"
    assert await fetcher(address, accept="video/*").fetch(f"{address}/accept") == b"video/*"


@pytest.mark.usefixtures("is_open")
async def test_a_pasted_url_is_quoted(address: str) -> None:
    """Characters that are quoted already stay so."""
    assert await fetcher(address, limit_s=30).fetch(f"{address}/蓝 shirt%2B.png?a=衫#top") == b"Chinese"


@pytest.mark.usefixtures("is_open")
async def test_a_slow_host_does_not_hold_up_other_threads(address: str) -> None:
    """The event loop's own threads stay free for the pictures that came with their requests."""
    LET_GO.clear()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    fetching = asyncio.create_task(fetcher(address, limit_s=60).fetch(f"{address}/held"))
    try:
        await asyncio.wait_for(asyncio.to_thread(HELD.wait), 30)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 30) == "free"
    finally:
        LET_GO.set()
    assert await fetching == PICTURE


@pytest.mark.usefixtures("is_open")
@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/redirect", "status 302; redirects are not followed"),
        ("/missing", "status 404"),
        ("/garbage", "does not answer as HTTP says"),
    ],
)
async def test_a_response_that_is_not_200_or_not_http_is_refused(address: str, path: str, cause: str) -> None:
    with pytest.raises(ImageNotFetched, match=cause) as refused:
        await fetcher(address).fetch(f"{address}{path}")
    assert "secret" not in str(refused.value)


@pytest.mark.usefixtures("is_open")
@pytest.mark.parametrize(
    ("path", "cause"),
    [("/slow", "did not come within 0.4 seconds"), ("/silent", "did not come within|cannot be reached")],
)
async def test_a_slow_picture_is_given_up_in_time(address: str, path: str, cause: str) -> None:
    started = time.monotonic()
    with pytest.raises(ImageNotFetched, match=cause):
        await fetcher(address, limit_s=0.4).fetch(f"{address}{path}")
    assert time.monotonic() - started < 20, "neither ends by itself before"


@pytest.mark.usefixtures("is_open")
async def test_a_large_picture_is_refused(address: str) -> None:
    with pytest.raises(ImageNotFetched, match="larger than 7,999 bytes"):
        await fetcher(address, max_bytes=len(PICTURE) - 1).fetch(f"{address}/a.png")


async def test_a_private_address_is_refused_though_its_name_is_allowed(address: str) -> None:
    with pytest.raises(ImageNotFetched, match="localhost leads to an address that is not public"):
        await fetcher(address).fetch(f"{address}/a.png")


async def test_one_private_address_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ImageNotFetched, match="not public"):
        await fetcher().fetch("http://localhost/a.png")


async def test_the_connection_goes_to_the_checked_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    def refuse(address: Any, *_: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(ImageNotFetched, match="cannot be reached"):
        await fetcher(hosts=("img.example.com",)).fetch("https://img.example.com/a.png")
    assert asked == [("93.184.216.34", 443)]


async def test_an_unknown_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ImageNotFetched, match="name is not known"):
        await fetcher().fetch("http://localhost/a.png")


@pytest.mark.parametrize(
    ("hosts", "url", "cause"),
    [
        ((), "https://example.com/a.png", "host example.com is not among those"),
        (("example.com",), "https://img.example.com/a.png", "not among"),
        (("*.example.com",), "https://example.com/a.png", "not among"),
        (("*.example.com",), "https://badexample.com/a.png", "not among"),
        (("example.com",), "https://example.com.evil.org/a.png", "not among"),
        (("example.com",), "https://example.com@evil.org/a.png", "user's name"),
        (("example.com",), "ftp://example.com/a.png", "neither a data URL"),
        (("example.com",), "file:///etc/passwd", "neither a data URL"),
        (("example.com",), "https://", "neither a data URL"),
        (("example.com",), "https://example.com:port/", "cannot be read"),
        (("example.com",), "http://[::1/", "cannot be read"),
    ],
)
async def test_other_hosts_are_refused(hosts: tuple[str, ...], url: str, cause: str) -> None:
    with pytest.raises(ImageNotFetched, match=cause):
        await fetcher(hosts=hosts).fetch(url)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that were connected to; the names of all hosts lead to a public address."""
    addresses: list[Any] = []

    def resolve(_: str, port: int, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    def refuse(address: Any, *_: Any) -> None:
        addresses.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return addresses


@pytest.mark.parametrize(
    ("allowed", "url", "port"),
    [
        ("img.example.com", "http://img.example.com/", 80),
        ("img.example.com", "https://img.example.com:443/", 443),
        ("img.example.com:8080", "http://img.example.com:8080/", 8080),
        ("img.example.com:443", "http://img.example.com:443/", 443),
        ("*.example.com:8443", "https://a.b.example.com:8443/", 8443),
        ("img.example.com", "http://IMG.Example.com./", 80),
        ("中文.example", "http://中文.example/", 80),
        ("中文.example", "http://xn--fiq228c.example/", 80),
        ("img.example.com", "http://ｉｍｇ.example。com/", 80),
        ("2606:4700::1", "http://[2606:4700:0::1]/", 80),
        ("[2606:4700::1]:81", "http://[2606:4700::1]:81/", 81),
        ("93.184.216.34", "http://[::ffff:93.184.216.34]/", 80),
    ],
)
async def test_an_allowed_host_is_asked_on_the_allowed_port(
    asked: list[Any], allowed: str, url: str, port: int
) -> None:
    with pytest.raises(ImageNotFetched, match="cannot be reached"):
        await fetcher(hosts=(allowed,)).fetch(url)
    assert asked == [("93.184.216.34", port)]


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("img.example.com", "http://img.example.com:8080/"),
        ("img.example.com", "http://img.example.com:443/"),
        ("img.example.com", "https://img.example.com:80/"),
        ("img.example.com", "http://img.example.com:0/"),
        ("img.example.com:8080", "http://img.example.com/"),
        ("img.example.com:8080", "https://img.example.com/"),
        ("img.example.com:8080", "http://img.example.com:80801/"),
        ("*.example.com:8443", "https://a.example.com/"),
        ("img.example.com", "http://img.example.com@evil.example/"),
        ("img.example.com", "http://@img.example.com/"),
        ("img.example.com", "http://img.example.com:80@evil.example/"),
        ("img.example.com", "http://evil.example#@img.example.com/"),
        ("*.example.com", "http://evil.org\\.example.com/"),
        ("*.example.com", "http://evil.org%2f.example.com/"),
        ("*.example.com", "http://evil.org%00.example.com/"),
        ("img.example.com", "http://img%2eexample.com/"),
        ("img.example.com", "http://img.example.com../"),
        ("*.example.com", "http://.example.com/"),
        ("10.0.0.1", "http://012.0.0.1/"),
        ("10.0.0.1", "http://0xa000001/"),
        ("10.0.0.1", "http://167772161/"),
        ("fe80::1", "http://[fe80::1%25eth0]/"),
        ("2606:4700::1", "http://[2606:4700::1%25x]/"),
        ("2606:4700::1", "http://[2606:4700::1]:8080/"),
    ],
)
async def test_tricks_of_urls_lead_to_no_other_host(asked: list[Any], allowed: str, url: str) -> None:
    with pytest.raises(ImageNotFetched, match=r"not among|user's name|cannot be read|neither a"):
        await fetcher(hosts=(allowed,)).fetch(url)
    assert asked == []


async def test_a_port_that_is_not_allowed_is_named() -> None:
    with pytest.raises(ImageNotFetched, match=r"the host img\.example\.com with port 22 is not among"):
        await fetcher(hosts=("img.example.com",)).fetch("http://img.example.com:22/")
