"""Every request gets an id, a line in the log and a count, whatever becomes of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.datastructures import State
from litestar.testing import TestClient

from server.api.error_response import respond_with_error
from server.engine.async_engine import AsyncEngine
from server.errors import KeyWrong
from server.request_record import current_record
from server.settings.settings import Settings
from server.telemetry.metrics import Metrics
from server.telemetry.middleware import instrument
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel


@pytest.fixture
def client() -> Iterator[TestClient[Any]]:
    app: Any = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def read_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.name == "server.access"]


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/health", "/health", 200),
        ("POST", "/ask", "/ask", 400),
        ("GET", "/sessions/1234", "/sessions/{session_id}", 404),
        ("GET", "/nothing", "unmatched", 404),
        ("DELETE", "/ask", "unmatched", 405),
    ],
)
def test_a_request_has_one_log_line_one_count_and_an_id(
    client: TestClient[Any], caplog: pytest.LogCaptureFixture, method: str, path: str, route: str, status: int
) -> None:
    caplog.set_level("INFO", "server.access")
    response = client.request(method, path)
    assert response.status_code == status
    assert len(response.headers["x-request-id"]) == 16
    assert response.headers["request-id"] == response.headers["x-request-id"], "where Anthropic's packages look for it"
    (line,) = read_lines(caplog)
    assert (line["method"], line["route"], line["status"]) == (method, route, status)
    assert ("path" in line) == (route == "unmatched")
    assert line["bytes"] == len(response.content)
    counted = f'minicpmv_http_requests_total{{method="{method}",route="{route}",status="{status}"}} 1.0'
    assert counted in client.get("/metrics").text


@pytest.mark.parametrize("path", ["/", "/health/live", "/api/version", "/v1/models", "/ask"])
def test_head_is_answered_like_get(client: TestClient[Any], caplog: pytest.LogCaptureFixture, path: str) -> None:
    caplog.set_level("DEBUG", "server.access")
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code == (405 if path == "/ask" else 200)
    assert head.headers["content-type"] == got.headers["content-type"]
    line = read_lines(caplog)[1]
    assert (line["method"], line["route"], line["bytes"]) == ("HEAD", read_lines(caplog)[0]["route"], 0)


def test_a_stream_is_counted_when_it_has_ended(client: TestClient[Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "server.access")
    body = {"user_id": "ann", "question": "hello", "stream": True}
    response = client.post("/chat", json=body, headers={"X-Request-ID": "my-own.1"})
    assert response.headers["x-request-id"] == "my-own.1"
    (line,) = read_lines(caplog)
    assert (line["prompt_tokens"], line["generated_tokens"]) == (len("0/1: hello"), len("0/1: hello") + 1)
    assert line["bytes"] == len(response.content)


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "ä", "a\tb"])
def test_an_id_that_could_harm_a_log_is_replaced(client: TestClient[Any], given: str) -> None:
    response = client.get("/health", headers={b"x-request-id": given.encode()})
    assert response.headers["x-request-id"] not in ("", given)


def test_an_unexpected_error_has_the_id_of_its_request_everywhere(
    client: TestClient[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    response = client.post("/ask", json={"question": "fail"}, headers={"X-Request-ID": "n-1", "Accept-Language": "en"})
    assert (response.status_code, response.json()["error"]) == (500, "internal error n-1")
    assert "internal error n-1 on /ask" in caplog.text
    assert read_lines(caplog)[0]["error"] == "RuntimeError"


def test_out_of_memory_is_not_an_unexpected_error(client: TestClient[Any]) -> None:
    response = client.post("/ask", json={"question": "too much"}, headers={"Accept-Language": "en"})
    assert response.status_code == 503
    assert response.json()["error"] == "the device has run out of memory; try again in a moment"
    assert int(response.headers["retry-after"]) > 0


def test_no_question_reaches_the_log(client: TestClient[Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert client.post("/ask?token=hush", json={"question": "a private matter"}).status_code == 200
    assert "private" not in str([vars(record) for record in caplog.records if record.name.startswith("server")])
    assert "hush" not in str(read_lines(caplog))


def make_app(*handlers: Any) -> Any:
    return instrument(Litestar([*handlers], state=State({"metrics": Metrics()}), logging_config=None))


def test_the_name_of_a_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Key:
        name = "shop-1"

    class User:
        key = Key()

    async def with_user(scope: Any, receive: Any, send: Any) -> None:
        scope["user"] = User()
        await small(scope, receive, send)

    caplog.set_level("INFO", "server.access")
    small = make_app(get("/x")(hello))
    app: Any = with_user
    with TestClient(app) as client:
        assert client.get("/x").text == "hello"
    assert read_lines(caplog)[0]["key"] == "shop-1"


async def hello() -> str:
    return "hello"


def test_requests_without_a_valid_key_share_a_line(caplog: pytest.LogCaptureFixture) -> None:
    @get("/shop")
    async def refuse() -> None:
        raise KeyWrong

    caplog.set_level("INFO", "server.access")
    handlers: Any = {KeyWrong: respond_with_error}
    app = Litestar([refuse], state=State({"metrics": Metrics()}), exception_handlers=handlers, logging_config=None)
    with TestClient(instrument(app)) as client:
        for _ in range(5):
            assert client.get("/shop").status_code == 401
    (line,) = read_lines(caplog)
    assert (line["client"], line["requests"]) == ("testclient", 1)
    labels = {"method": "GET", "route": "/shop", "status": "401"}
    assert app.state.metrics.registry.get_sample_value("minicpmv_http_requests_total", labels) == 5


@get("/id")
async def show_id() -> str:
    record = current_record()
    return "none" if record is None else record.request_id


def test_a_handler_finds_the_record() -> None:
    with TestClient(make_app(show_id)) as client:
        assert client.get("/id", headers={"X-Request-ID": "r7"}).text == "r7"
    assert current_record() is None


@pytest.mark.anyio
async def test_a_request_without_an_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        state = State({"metrics": Metrics()})

        async def __call__(self, *_: Any) -> None:
            raise RuntimeError("lost")

    caplog.set_level("INFO", "server.access")
    app: Any = Broken()
    scope: Any = {"type": "http", "method": "BREW", "path": "/x", "headers": []}
    unused: Any = None
    with pytest.raises(RuntimeError, match="lost"):
        await instrument(app)(scope, unused, unused)
    (line,) = read_lines(caplog)
    assert "status" not in line
    labels = {"method": "other", "route": "unmatched", "status": "none"}
    assert app.state.metrics.registry.get_sample_value("minicpmv_http_requests_total", labels) == 1
    assert app.state.metrics.registry.get_sample_value("minicpmv_http_requests_in_progress") == 0


@pytest.mark.parametrize("path", ["/v1/models", "/api/tags", "/export", "/health", "/"])
def test_allowed_methods_are_told_with_head(client: TestClient[Any], path: str) -> None:
    for method, status in (("OPTIONS", 204), ("PATCH", 405), ("PUT", 405), ("BREW", 405)):
        response = client.request(method, path)
        assert response.status_code == status
        assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.put("/ask").headers["allow"] == "OPTIONS, POST"
