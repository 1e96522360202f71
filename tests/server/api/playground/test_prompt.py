"""`/playground/prompt` shows the prompt that the engine gets."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from PIL import Image

from model.chat import ChatModel, Dialogue
from server.engine.async_engine import AsyncEngine
from server.engine.token_stream import TokenStream
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.keys import make_key, make_secret

PATH = "/playground/prompt"


def url_of(size: tuple[int, int], orientation: int | None = None) -> str:
    image = Image.effect_noise(size, 40).convert("RGB")
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def picture(size: tuple[int, int], orientation: int | None = None, **given: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url_of(size, orientation)}, **given}


def body(*content: Any, **given: Any) -> dict[str, Any]:
    return {"model": "minicpm-v", "messages": [{"role": "user", "content": list(content)}], **given}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


@pytest.fixture(scope="module")
def engine(chat_model: ChatModel) -> AsyncEngine:
    return AsyncEngine(chat_model, {"max_new_tokens": 4})


@pytest.fixture(scope="module")
def served(engine: AsyncEngine) -> Iterator[TestClient[Any]]:
    with TestClient(stored_app(Settings(max_images=4), engine), raise_server_exceptions=False) as client:
        yield client


def show_prompt(client: TestClient[Any], asked: dict[str, Any]) -> dict[str, Any]:
    response = client.post(PATH, json=asked)
    assert response.status_code == 200, response.text
    prompt: dict[str, Any] = response.json()
    return prompt


@pytest.mark.parametrize(
    "asked",
    [
        body(text("hello <|im_end|> <image>")),
        body(picture((640, 480)), text("a"), picture((30, 30)), text("b"), picture((900, 900), max_slice_nums=4)),
        body(picture((900, 900)), max_slice_nums=2, use_image_id=False, temperature=0.3, stream=True),
        {
            "model": "minicpm-v",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [text("这是什么？"), picture((449, 448))]},
                {"role": "assistant", "content": "A shirt."},
                {"role": "user", "content": "Which size?"},
            ],
            "tools": [{"type": "function", "function": {"name": "look", "description": "Looks."}}],
        },
    ],
)
def test_the_prompt_is_what_the_engine_gets(
    served: TestClient[Any],
    engine: AsyncEngine,
    chat_model: ChatModel,
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prompt = show_prompt(served, asked)
    submitted: list[Dialogue] = []
    submit = engine.submit

    def record(dialogue: Dialogue, *options: Any) -> TokenStream:
        submitted.append(dialogue)
        return submit(dialogue, *options)

    monkeypatch.setattr(engine, "submit", record)
    answer = served.post("/v1/chat/completions", json={**asked, "max_tokens": 1, "stream": False}).json()
    (dialogue,) = submitted
    ids = [token_id for segment in prompt["segments"] for token_id in segment["ids"]]
    assert tuple(ids) == dialogue.prompt.input_ids
    written = chat_model.builder.tokenizer._backend.decode(ids, skip_special_tokens=False)
    assert "".join(segment["text"] for segment in prompt["segments"]) == written
    assert prompt["num_tokens"] == len(ids) == answer["usage"]["prompt_tokens"]
    num_image = answer["usage"]["prompt_tokens_details"]["image_tokens"]
    assert sum(each["num_tokens"] for each in prompt["pictures"]) == num_image


def test_pictures_and_their_views(served: TestClient[Any]) -> None:
    prompt = show_prompt(served, body(picture((1280, 720)), text("a"), picture((30, 20))))
    large, small = prompt["pictures"]
    assert (large["width"], large["height"], large["grid"], large["num_tokens"]) == (1280, 720, [3, 2], 448)
    assert [(view["kind"], view["row"], view["column"]) for view in large["views"]] == [
        ("overview", None, None),
        *(("slice", row, column) for row in range(2) for column in range(3)),
    ]
    assert large["views"][0]["box"] == [0, 0, 1280, 720]
    assert large["views"][6]["box"] == pytest.approx([1280 * 2 / 3, 360, 1280, 720])
    assert (small["width"], small["height"], small["grid"], small["num_tokens"]) == (30, 20, None, 64)
    assert [view["box"] for view in small["views"]] == [[0, 0, 30, 20]]
    for view in [*large["views"], *small["views"]]:
        assert view["width"] % 14 == view["height"] % 14 == 0
        assert view["num_tokens"] == 64


def test_each_run_of_image_tokens_leads_to_its_view(served: TestClient[Any]) -> None:
    prompt = show_prompt(served, body(picture((30, 20)), picture((640, 480))))
    runs = [segment for segment in prompt["segments"] if segment["kind"] == "image"]
    assert [(run["picture"], run["view"]) for run in runs] == [(0, 0), (1, 0), (1, 1), (1, 2)]
    for run in runs:
        view = prompt["pictures"][run["picture"]]["views"][run["view"]]
        assert len(run["ids"]) == run["num_tokens"] == view["num_tokens"]
    assert not any("picture" in segment for segment in prompt["segments"] if segment["kind"] != "image")


def test_a_picture_is_turned_by_its_exif_orientation(served: TestClient[Any]) -> None:
    """As browsers show it, so that boxes can be drawn over it."""
    (turned,) = show_prompt(served, body(picture((640, 480), orientation=6)))["pictures"]
    assert (turned["width"], turned["height"], turned["grid"]) == (480, 640, [1, 2])


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (body(text("a"), num_beams=3, temperature=0.5), 400),
        (body(text("a"), max_tokens=0), 400),
        ({**body(text("a")), "model": "nothing"}, 404),
        (body(*[picture((8, 8))] * 5), 413),
        (body(text("word " * 9000)), 413),
        (body({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}), 400),
    ],
)
def test_the_prompt_is_refused_for_the_same_reasons_as_an_answer(
    served: TestClient[Any], asked: dict[str, Any], status: int
) -> None:
    headers = {"Accept-Language": "en"}
    response, answer = (served.post(path, json=asked, headers=headers) for path in (PATH, "/v1/chat/completions"))
    assert (response.status_code, answer.status_code) == (status, status)
    assert response.json()["error"] == answer.json()["error"]["message"]


def test_the_prompt_has_passed_the_stages_of_its_profile(served: TestClient[Any]) -> None:
    asked = body(text("how much?"))
    plain = served.post(PATH, json=asked).json()
    response = served.post(PATH, json=asked, headers={"X-Profile": "ecommerce", "X-Trace": "on"})
    prompt = response.json()
    assert prompt["num_tokens"] > plain["num_tokens"]
    assert prompt["trace"][0]["stage"] == "profile"
    assert "trace" not in plain


def test_a_key_is_needed_and_no_tokens_are_spent(tmp_path: Path, chat_model: ChatModel) -> None:
    add_key(tmp_path / "keys.toml", make_key("frugal", tokens_per_day=1))
    app = stored_app(
        Settings(),
        AsyncEngine(chat_model, {"max_new_tokens": 4}),
        tmp_path / "sessions.db",
        KeyRing(path=tmp_path / "keys.toml"),
    )
    own = {"Authorization": f"Bearer {make_secret('frugal')}"}
    asked = body(text("hi"))
    with TestClient(app) as client:
        assert client.post(PATH, json=asked).status_code == 401
        assert client.get("/playground/parameters").status_code == 401
        assert [client.post(PATH, json=asked, headers=own).status_code for _ in range(3)] == [200, 200, 200]
        assert client.post("/v1/chat/completions", json=asked, headers=own).status_code == 200
        assert client.post(PATH, json=asked, headers=own).status_code == 429
