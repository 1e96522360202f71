"""Clips in `/ask`, `/chat` and OpenAI's dialect, through the whole application."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from model.messages import Picture
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.clips import make_clip
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png_base64

CLIP = base64.b64encode(make_clip(90)).decode()
SHOWN = {"frames": 3, "times": [0.0, 1.0, 2.0], "duration": 3.0, "reason": None}
DATA_URL = f"data:video/mp4;base64,{CLIP}"


@pytest.fixture
def fake() -> FakeChatModel:
    return FakeChatModel(max_tokens=50)


@pytest.fixture
def client(fake: FakeChatModel) -> Iterator[TestClient[Any]]:
    settings = Settings(max_images=2, max_new_tokens=200)
    engine = AsyncEngine(fake, {"max_new_tokens": 200}, RequestLimits(max_requests=8))
    with TestClient(stored_app(settings, engine)) as client:
        client.headers["Accept-Language"] = "en"
        yield client


def list_parts(fake: FakeChatModel) -> list[Any]:
    """Return the parts of the last prompt, pictures as their slices and whether they have ids."""
    parts = [part for message in fake.calls[-1] for part in message["content"]]
    return [(part.max_slice_nums, part.has_id) if isinstance(part, Picture) else part for part in parts]


def read_events(text: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.mark.parametrize("video", [CLIP, DATA_URL])
def test_a_question_about_a_clip(client: TestClient[Any], fake: FakeChatModel, video: str) -> None:
    response = client.post("/ask", json={"question": "what?", "video": video, "image": png_base64()})
    assert response.json() == {"answer": "4/1: what?", "video": SHOWN}
    assert response.headers["x-video"] == "frames=3; duration=3.0"
    assert list_parts(fake) == [(None, True), (2, False), (2, False), (2, False), "what?"]


@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_clip_in_a_dialogue(client: TestClient[Any], fake: FakeChatModel, is_streamed: bool) -> None:
    body = {"user_id": "ann", "question": "what?", "video": CLIP, "stream": is_streamed}
    response = client.post("/chat", json=body)
    last = read_events(response.text)[-1] if is_streamed else response.json()
    assert last == {"answer": "3/1: what?", "video": SHOWN}
    assert response.headers["x-video"] == "frames=3; duration=3.0"
    first = list_parts(fake)
    assert client.post("/chat", json={"user_id": "ann", "question": "and?"}).json() == {"answer": "3/2: and?"}
    assert list_parts(fake)[: len(first)] == first
    (turn, _) = client.get(f"/sessions/{response.headers['x-session']}").json()["turns"]
    frames = turn["messages"][0]["content"][:-1]
    assert [(frame["type"], frame["time_s"]) for frame in frames] == [("picture", 0), ("picture", 1), ("picture", 2)]


def test_frames_do_not_count_as_pictures(client: TestClient[Any]) -> None:
    for number in range(1, 4):
        body = {"user_id": "ann", "question": "what?", "video": CLIP}
        assert client.post("/chat", json=body).json()["answer"] == f"{3 * number}/{number}: what?"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "video_url", "video_url": {"url": DATA_URL}},
        {"type": "video_url", "video_url": DATA_URL},
        {"type": "video", "video": DATA_URL},
    ],
)
@pytest.mark.parametrize("is_streamed", [True, False])
def test_openai(client: TestClient[Any], fake: FakeChatModel, part: dict[str, Any], is_streamed: bool) -> None:
    content = [{"type": "text", "text": "before"}, part, {"type": "text", "text": "what?"}]
    body = {"messages": [{"role": "user", "content": content}], "stream": is_streamed}
    response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == 200, response.text
    last = read_events(response.text)[-1] if is_streamed else response.json()
    assert last["video"] == SHOWN
    assert response.headers["x-video"] == "frames=3; duration=3.0"
    assert list_parts(fake) == ["before", (2, False), (2, False), (2, False), "what?"]


def test_openai_with_two_clips_in_two_messages(client: TestClient[Any], fake: FakeChatModel) -> None:
    part = {"type": "video_url", "video_url": {"url": DATA_URL}}
    messages = [
        {"role": "user", "content": [part, {"type": "text", "text": "first?"}]},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": [part, {"type": "text", "text": "second?"}]},
    ]
    shown = client.post("/v1/chat/completions", json={"messages": messages}).json()["video"]
    assert shown == {"frames": 6, "times": [0.0, 1.0, 2.0] * 2, "duration": 6.0, "reason": None}
    assert len(list_parts(fake)) == 9


def test_without_a_clip_nothing_is_said(client: TestClient[Any]) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    response = client.post("/v1/chat/completions", json=body)
    assert "video" not in response.json()
    assert "x-video" not in response.headers


@pytest.mark.parametrize("path", ["/ask", "/chat"])
@pytest.mark.parametrize(
    ("video", "status", "cause"),
    [
        ("I0VYVE0zVQo=", 415, "no clip of a known kind"),
        ("https://example.com/clip.mp4", 400, "not among those that this server is allowed to ask"),
        ("?", 400, "neither base64"),
        (base64.b64encode(b"\0\0\0\x18ftypmp42").decode(), 400, "damaged"),
    ],
)
def test_a_clip_that_is_refused(client: TestClient[Any], path: str, video: str, status: int, cause: str) -> None:
    response = client.post(path, json={"user_id": "ann", "question": "what?", "video": video})
    assert response.status_code == status
    assert cause in response.json()["error"]
    assert client.get("/sessions").json()["sessions"] == []


def test_openai_says_what_is_wrong_in_its_form(client: TestClient[Any]) -> None:
    content = [{"type": "video_url", "video_url": {"url": "data:video/mp4;base64,I0VYVE0zVQo="}}]
    response = client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": content}]})
    assert response.status_code == 415
    assert response.json()["error"]["code"] == "unknown_video"
    assert response.json()["error"]["param"] == "video"


def test_the_trace_tells_the_frames(client: TestClient[Any]) -> None:
    notes = client.post("/ask", json={"question": "what?", "video": CLIP, "trace": True}).json()["trace"]
    assert {"stage": "video", **SHOWN} in notes


def test_the_playground_builds_the_same_prompt(client: TestClient[Any], fake: FakeChatModel) -> None:
    content = [{"type": "video_url", "video_url": {"url": DATA_URL}}, {"type": "text", "text": "what?"}]
    body = {"messages": [{"role": "user", "content": content}]}
    assert client.post("/playground/prompt", json=body).status_code == 200
    assert list_parts(fake) == [(2, False), (2, False), (2, False), "what?"]
