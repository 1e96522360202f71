"""The routes as a client sees them."""

import asyncio
import base64
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.exceptions import InternalServerException
from litestar.testing import TestClient
from PIL import Image

from server.app import DAY_S
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from server.store.store import open_store
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel

ENGLISH = {"Accept-Language": "en"}
BAD_PICTURE = base64.b64encode(b"hello").decode()


@pytest.fixture
def fake() -> FakeChatModel:
    return FakeChatModel(max_tokens=6)


@pytest.fixture
def client(fake: FakeChatModel) -> Iterator[TestClient[Any]]:
    settings = Settings(max_body_bytes=100_000, max_image_pixels=10_000)
    with TestClient(stored_app(settings, AsyncEngine(fake, {})), raise_server_exceptions=False) as client:
        yield client


def encoded(image: Image.Image, file_format: str = "PNG", **options: Any) -> str:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return base64.b64encode(buffer.getvalue()).decode()


def picture(size: tuple[int, int] = (8, 8)) -> str:
    return encoded(Image.new("RGB", size, "red"))


def test_health_says_what_is_served(client: TestClient[Any]) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "model": "fake",
        "device": "cpu",
        "dtype": "float32",
        "quantization": "none",
        "attention": "sdpa",
    }


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_ask_about_a_picture(client: TestClient[Any], fake: FakeChatModel, prefix: str) -> None:
    response = client.post("/ask", json={"question": "what is it", "image": prefix + picture()})
    assert (response.status_code, response.json()) == (200, {"answer": "1/1: what is it"})
    shown, question = fake.calls[0][0]["content"]
    assert (shown.image.size, question) == ((8, 8), "what is it")


@pytest.mark.parametrize("image", [None, ""])
def test_ask_without_a_picture(client: TestClient[Any], image: str | None) -> None:
    assert client.post("/ask", json={"question": "hello", "image": image}).json() == {"answer": "0/1: hello"}


def test_chat_remembers_the_picture(client: TestClient[Any]) -> None:
    client.post("/chat", json={"user_id": "ann", "question": "what is it", "image": picture()})
    assert client.post("/chat", json={"user_id": "ann", "question": "and?"}).json() == {"answer": "1/2: and?"}
    assert client.post("/chat", json={"user_id": "bob", "question": "and?"}).json() == {"answer": "0/1: and?"}


def test_ask_is_not_remembered(client: TestClient[Any]) -> None:
    client.post("/ask", json={"question": "what is it", "image": picture()})
    assert client.post("/ask", json={"question": "and?"}).json() == {"answer": "0/1: and?"}


@pytest.mark.parametrize("question", [None, "", "  \n "])
def test_an_empty_question_is_refused(client: TestClient[Any], question: str | None) -> None:
    response = client.post("/ask", json={"question": question})
    assert (response.status_code, response.json()["error"]) == (400, "问题不能为空")
    response = client.post("/ask", json={}, headers=ENGLISH)
    assert (response.status_code, response.json()["error"]) == (400, "the question must not be empty")


@pytest.mark.parametrize(
    "body", [{}, {"user_id": "ann"}, {"question": "hi"}, {"user_id": " ", "question": "hi"}, {"user_id": None}]
)
def test_missing_fields_are_refused(client: TestClient[Any], body: dict[str, Any]) -> None:
    response = client.post("/chat", json=body)
    assert (response.status_code, response.json()["error"]) == (400, "参数不完整")


def test_missing_fields_are_named_in_english(client: TestClient[Any]) -> None:
    response = client.post("/chat", json={"question": "hi"}, headers=ENGLISH)
    assert response.json()["error"] == "fields are missing or empty: user_id"


@pytest.mark.parametrize("image", [BAD_PICTURE, "not base64!", picture()[:60]])
def test_an_unreadable_picture_is_refused(client: TestClient[Any], image: str) -> None:
    for path, body in (("/ask", {}), ("/chat", {"user_id": "ann"})):
        response = client.post(path, json={**body, "question": "what is it", "image": image})
        assert response.status_code == 400
        assert response.json()["error"].startswith("图片处理失败：")


def test_a_picture_over_the_limit_is_413_with_both_numbers(client: TestClient[Any]) -> None:
    response = client.post("/ask", json={"question": "what is it", "image": picture((101, 100))}, headers=ENGLISH)
    assert response.status_code == 413
    assert "10,100" in response.json()["error"]
    assert "10,000" in response.json()["error"]


def test_a_prompt_over_the_limit_is_413_with_both_counts(client: TestClient[Any], fake: FakeChatModel) -> None:
    fake.max_tokens = 1
    for path, body in (("/ask", {}), ("/chat", {"user_id": "ann"})):
        response = client.post(path, json={**body, "question": "hi", "image": picture()})
        assert (response.status_code, response.json()["error"]) == (413, "内容过长：共 2 个 token，上限 1")


def test_a_body_over_the_limit_is_413_with_the_limit(client: TestClient[Any]) -> None:
    response = client.post("/ask", json={"question": "x" * 200_000})
    assert (response.status_code, response.json()["error"]) == (413, "请求体过大：上限 100000 字节")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"text"', b'{"question": 3}', b'\xff\xfe{"a"', b"null"],
)
def test_a_body_of_another_form_is_refused(client: TestClient[Any], content: bytes) -> None:
    response = client.post("/ask", content=content, headers=ENGLISH)
    assert response.status_code == 400
    assert response.json()["error"].startswith("the request cannot be read: ")


def test_an_unknown_field_is_named(client: TestClient[Any]) -> None:
    response = client.post("/chat", json={"user_id": "a", "question": "b", "colour": 1})
    assert (response.status_code, response.headers["x-ignored"]) == (200, "colour")


@pytest.mark.parametrize("path", ["/ask", "/chat", "/compare"])
def test_an_unknown_field_that_would_change_the_answer_is_refused(client: TestClient[Any], path: str) -> None:
    needed: dict[str, dict[str, Any]] = {
        "/chat": {"user_id": "a"},
        "/compare": {"pictures": [{"image": picture()}] * 2},
    }
    response = client.post(path, json={**needed.get(path, {}), "question": "b", "temperature": 1})
    assert response.status_code == 400
    assert "temperature" in response.json()["error"]


def test_unknown_paths_and_methods_answer_in_the_same_form(client: TestClient[Any]) -> None:
    response = client.get("/nothing")
    assert (response.status_code, response.json()["error"]) == (404, "no route GET /nothing")
    response = client.get("/ask")
    assert (response.status_code, response.json()["error"]) == (405, "/ask 不支持 GET，可用的方法：OPTIONS, POST")


def test_a_fault_shows_an_id_that_the_log_has_and_no_secret(
    client: TestClient[Any], caplog: pytest.LogCaptureFixture
) -> None:
    response = client.post("/ask", json={"question": "fail"}, headers=ENGLISH)
    assert response.status_code == 500
    error = response.json()["error"]
    assert error.startswith("internal error ")
    assert error.removeprefix("internal error ") in caplog.text
    assert "secret" not in response.text
    assert client.post("/ask", json={"question": "next"}).status_code == 200


def test_phone_photos_are_turned(client: TestClient[Any], fake: FakeChatModel) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = encoded(Image.new("RGB", (40, 20), "red"), "JPEG", exif=exif.tobytes())
    client.post("/ask", json={"question": "what is it", "image": photo})
    assert fake.calls[0][0]["content"][0].image.size == (20, 40)


def test_a_fault_of_the_framework_is_logged_too(
    client: TestClient[Any], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> str:
        raise InternalServerException("a secret of the inside")

    monkeypatch.setattr(AsyncEngine, "prepare", broken)
    response = client.post("/ask", json={"question": "hello"}, headers=ENGLISH)
    assert response.status_code == 500
    assert response.json()["error"].removeprefix("internal error ") in caplog.text
    assert "secret" not in response.text


@pytest.mark.parametrize("num_limit", [0, 5])
def test_sessions_in_postgresql(postgres_url: str, caplog: pytest.LogCaptureFixture, num_limit: int) -> None:
    settings = Settings(max_session_age_days=num_limit, max_sessions=num_limit)
    app = stored_app(settings, AsyncEngine(FakeChatModel(), {}), postgres_url)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.post("/chat", json={"user_id": "ann", "question": "what is it", "image": picture()})
        assert client.post("/chat", json={"user_id": "ann", "question": "and?"}).json() == {"answer": "1/2: and?"}
        (session,) = client.get("/sessions").json()["sessions"]
        assert (session["name"], session["num_turns"]) == ("ann", 2)
        assert client.get("/sessions/%00").status_code == 404
        assert client.delete("/sessions?all=true").status_code == 204
    assert "deleting old sessions failed" not in caplog.text


def test_old_sessions_are_deleted_at_the_start(tmp_path: Path) -> None:
    place = tmp_path / "sessions.db"

    async def create_old_session() -> None:
        async with open_store(place, clock=lambda: time.time() - 2 * DAY_S) as store:
            await store.create_session("", "old")

    asyncio.run(create_old_session())
    app = stored_app(Settings(max_session_age_days=1), AsyncEngine(FakeChatModel(), {}), place)
    with TestClient(app, raise_server_exceptions=False) as client:
        deadline_s = time.monotonic() + 30
        while client.get("/sessions").json()["sessions"]:
            assert time.monotonic() < deadline_s, "the session is still there"
            time.sleep(0.01)
