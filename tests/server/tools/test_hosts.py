"""The hosts that business tools may call."""

import asyncio
import threading

import pytest

from server.tools import hosts
from server.tools.hosts import AllowedHosts, HostUnreachable

pytestmark = pytest.mark.anyio

LISTED = AllowedHosts.of(["shop.example.com", "127.0.0.1:8090", "*.example.org:8443", "[::1]:9000", "FE80::2"])


@pytest.mark.parametrize(
    ("scheme", "host", "port", "is_allowed"),
    [
        ("https", "shop.example.com", 443, True),
        ("http", "shop.example.com", 80, True),
        ("http", "SHOP.example.com.", 80, True),
        ("http", "shop.example.com", 443, False),
        ("https", "shop.example.com", 8443, False),
        ("https", "evil.shop.example.com", 443, False),
        ("http", "127.0.0.1", 8090, True),
        ("http", "127.0.0.1", 80, False),
        ("http", "localhost", 8090, False),
        ("https", "a.example.org", 8443, True),
        ("https", "example.org", 8443, False),
        ("http", "::1", 9000, True),
        ("http", "fe80::2", 80, True),
    ],
)
def test_hosts_are_listed_with_their_ports(scheme: str, host: str, port: int, is_allowed: bool) -> None:
    assert LISTED.has(scheme, host, port) is is_allowed


async def test_a_private_address_must_be_listed_itself() -> None:
    assert await LISTED.resolve("http", "127.0.0.1", 8090) == ("127.0.0.1",)
    wide = AllowedHosts.of(["*.0.0.1:8090"])
    assert wide.has("http", "127.0.0.1", 8090)
    with pytest.raises(HostUnreachable, match="not public"):
        await wide.resolve("http", "127.0.0.1", 8090)


async def test_a_public_address_may_be_beneath_a_listed_name() -> None:
    assert await AllowedHosts.of(["*.1.1.1"]).resolve("http", "1.1.1.1", 80) == ("1.1.1.1",)


async def test_slow_name_servers_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(hosts, "look_up", lambda *_: is_over.wait(30) and [])
    waiting = [asyncio.create_task(LISTED.resolve("http", "shop.example.com", 80)) for _ in range(64)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(10):
        assert await asyncio.to_thread(len, "abc") == 3
    is_over.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in ended} == {HostUnreachable}


async def test_an_unknown_name_is_unreachable() -> None:
    with pytest.raises(HostUnreachable, match="not known"):
        await LISTED.resolve("http", "x" * 70 + ".invalid", 80)
