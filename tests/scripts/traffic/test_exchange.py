"""What a request can end in, over a real loopback port."""

import httpx
import pytest

from scripts.traffic.asking import Asking
from scripts.traffic.exchange import Exchange
from scripts.traffic.outcome import Outcome
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import serve_on_loopback

pytestmark = pytest.mark.anyio


async def sent(asking: Asking, patience_s: float | None = None, expected: int = 200, delay_s: float = 0.0) -> Outcome:
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(delay_s=delay_s), {}))
    with serve_on_loopback(app) as (host, port):
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=None) as http:
            return await Exchange(asking, expected).send(http, patience_s)


async def test_an_answer() -> None:
    outcome = await sent(Asking("text", "/ask", b'{"question": "hi"}'))
    assert (outcome.kind, outcome.ending, outcome.fault, outcome.first_s) == ("text", "answered", "", None)


async def test_a_stream_whose_first_piece_has_a_time() -> None:
    body = b'{"user_id": "ann", "question": "slow", "stream": true}'
    outcome = await sent(Asking("chat", "/chat", body), delay_s=0.01)
    assert outcome.ending == "answered"
    assert outcome.first_s is not None
    assert outcome.first_s < outcome.whole_s


async def test_a_reader_who_leaves() -> None:
    body = b'{"user_id": "ann", "question": "slow and slow and slow and slow", "stream": true}'
    outcome = await sent(Asking("chat", "/chat", body), patience_s=0.1, delay_s=0.1)
    assert (outcome.ending, outcome.fault) == ("left", "")


async def test_what_must_be_refused() -> None:
    outcome = await sent(Asking("text", "/ask", b"{"), expected=400)
    assert (outcome.ending, outcome.fault) == ("refused", "")


@pytest.mark.parametrize(
    ("body", "expected", "cause"),
    [
        (b'{"question": "hi"}', 400, "200, not 400"),
        (b"{", 200, "400, not 200"),
        (b'{"question": "fail"}', 200, "500, not 200"),
    ],
)
async def test_another_status_is_a_fault(body: bytes, expected: int, cause: str) -> None:
    outcome = await sent(Asking("text", "/ask", body), expected=expected)
    assert outcome.ending == "fault"
    assert cause in outcome.fault


async def test_a_stream_that_fails_is_a_fault() -> None:
    outcome = await sent(Asking("chat", "/chat", b'{"user_id": "ann", "question": "fail", "stream": true}'))
    assert outcome.ending == "fault"
    assert "/chat: Broken" in outcome.fault


async def answer_of(status: int, body: bytes) -> Outcome:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        return await Exchange(Asking("text", "/ask", b"{}")).send(http)


async def test_busy_is_no_fault() -> None:
    outcome = await answer_of(429, b"{}")
    assert (outcome.ending, outcome.fault) == ("busy", "")


async def test_an_answer_without_an_end_is_a_fault() -> None:
    outcome = await answer_of(200, b'data: {"piece": "a"}\n\n')
    assert (outcome.ending, outcome.fault) == ("fault", "/ask: Broken('it has no end')")
