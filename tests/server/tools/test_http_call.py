"""Calls of tools over HTTP, of a server that does all that a server can do wrong."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from server.tools import hosts
from server.tools.http_call import HttpCall
from server.tools.result import ToolResult
from tests.helpers.tool_server import ToolServer, serve_tools
from tests.helpers.tools import make_binding, make_declaration

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[ToolServer]:
    with serve_tools() as serving:
        yield serving


def make_call(server: ToolServer, path: str, method: str = "GET", max_bytes: int = 2000, **given: Any) -> HttpCall:
    endpoint = {"method": method, "url": server.url(path), "headers": {"Authorization": "Bearer ${SECRET}"}, **given}
    binding = make_binding([server.host], max_bytes, SECRET="hush")
    declaration = make_declaration(http=endpoint, python=None, changes=method != "GET")
    call = binding.bind(declaration).call
    assert isinstance(call, HttpCall)
    return call


async def call(server: ToolServer, path: str, method: str = "GET", limit_s: float = 10.0, **given: Any) -> ToolResult:
    return await make_call(server, path, method, **given).call({"order": "AB123456"}, limit_s, None)


async def test_a_reading_call_sends_its_arguments_and_its_secret(server: ToolServer) -> None:
    arguments = {"order": "AB123456", "customer": "ann", "lines": [1, 2], "all": True, "none": None}
    result = await make_call(server, "/orders/{order}?v=2").call(arguments, 10, None)
    assert result == ToolResult("done", {"order": "AB123456", "state": "shipped"})
    (request,) = server.received
    assert request.method == "GET"
    assert request.target == "/orders/AB123456?v=2&customer=ann&lines=1&lines=2&all=true"
    assert request.headers["authorization"] == "Bearer hush"
    assert request.headers["host"] == server.host
    assert "idempotency-key" not in request.headers
    assert request.body == b""


async def test_a_change_sends_a_body_and_its_key(server: ToolServer) -> None:
    tool = make_call(server, "/orders/{order}/cancel", "POST")
    assert (await tool.call({"order": "AB123456", "why": "太大"}, 10, "key1")).state == "done"
    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/orders/AB123456/cancel")
    assert request.body.decode() == '{"why": "太大"}'
    assert request.headers["idempotency-key"] == "key1"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("order", "sent"),
    [
        ("../../admin", "/orders/..%2F..%2Fadmin/cancel"),
        ("a?b=c#d", "/orders/a%3Fb%3Dc%23d/cancel"),
        ("%2e%2e", "/orders/%252e%252e/cancel"),
        ("订单 1", "/orders/%E8%AE%A2%E5%8D%95%201/cancel"),
        ("a;b&c", "/orders/a%3Bb%26c/cancel"),
        (7, "/orders/7/cancel"),
    ],
)
async def test_an_argument_cannot_leave_its_part_of_the_path(server: ToolServer, order: Any, sent: str) -> None:
    await make_call(server, "/orders/{order}/cancel", "POST").call({"order": order}, 10, None)
    assert [request.target for request in server.received] == [sent]


@pytest.mark.parametrize("order", ["..", ".", " .. ", "", " ", "a\r\nX: 1", "a\0", None, True, ["a"], {"a": 1}])
async def test_what_cannot_be_part_of_a_path_is_not_sent(server: ToolServer, order: Any) -> None:
    result = await make_call(server, "/orders/{order}").call({"order": order}, 10, None)
    assert result.state == "failed"
    assert "order" in (result.error or "")
    assert server.received == []


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/redirect/{order}", "status 302"),
        ("/long/{order}", "larger than 2,000 bytes"),
        ("/endless/{order}", "larger than 2,000 bytes"),
        ("/short/{order}", "RemoteProtocolError"),
        ("/closing/{order}", "RemoteProtocolError"),
        ("/garbage/{order}", "RemoteProtocolError"),
        ("/packed/{order}", "packed"),
        ("/text/{order}", "no JSON"),
        ("/broken/{order}", "status 500"),
    ],
)
async def test_what_breaks_off_after_it_was_sent_is_unknown(server: ToolServer, path: str, error: str) -> None:
    result = await call(server, path, "POST")
    assert (result.state, result.data) == ("unknown", None)
    assert error in (result.error or "")
    assert len(server.received) == 1  # never again, and no redirect is followed


@pytest.mark.parametrize("path", ["/slow/{order}", "/dripping/{order}"])
async def test_the_time_is_for_all_of_a_call(server: ToolServer, path: str) -> None:
    began_s = time.monotonic()
    result = await call(server, path, "POST", limit_s=0.3)
    assert (result.state, result.error) == ("unknown", "no answer came within 0.3 seconds")
    assert time.monotonic() - began_s < 3


async def test_an_endpoint_may_have_a_shorter_time(server: ToolServer) -> None:
    result = await call(server, "/slow/{order}", timeout_s=0.2)
    assert result.error == "no answer came within 0.2 seconds"


async def test_a_refusal_has_failed_and_says_why(server: ToolServer) -> None:
    result = await call(server, "/missing/{order}", "POST")
    assert result.state == "failed"
    assert result.data["error"]["en"] == "There is no such order."
    assert "404" in (result.error or "")


async def test_a_refusal_that_cannot_be_read_has_failed_as_well(server: ToolServer) -> None:
    result = await call(server, "/forbidden/{order}", "POST")
    assert result == ToolResult("failed", None, "it answers with status 403")


async def test_another_address_of_the_host_is_tried_where_nobody_listens(
    server: ToolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(hosts, "look_up", lambda *_: both)
    assert (await call(server, "/orders/{order}", "POST")).state == "done"
    assert (await call(server, "/closing/{order}", "POST")).state == "unknown"
    assert len(server.received) == 2


async def test_an_empty_answer_is_done(server: ToolServer) -> None:
    assert await call(server, "/empty/{order}", "DELETE") == ToolResult("done", None)


async def test_a_host_that_does_not_listen_has_done_nothing(server: ToolServer) -> None:
    tool = make_call(server, "/orders/{order}", "POST")
    with serve_tools() as gone:
        tool = make_call(gone, "/orders/{order}", "POST")
    result = await tool.call({"order": "AB123456"}, 10, None)
    assert result.state == "failed"
    assert "ConnectError" in (result.error or "")


async def test_proxies_of_the_environment_are_not_used(server: ToolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await call(server, "/orders/{order}")).state == "done"


async def test_a_call_can_be_cancelled(server: ToolServer) -> None:
    task = asyncio.create_task(call(server, "/slow/{order}"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_secrets_are_not_shown(server: ToolServer) -> None:
    assert "hush" not in repr(make_call(server, "/orders/{order}"))
