"""`POST /compare` sends numbered pictures to the model."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png_base64, png_url

PAIR = [{"image": png_base64()}, {"image": png_url((9, 9)), "name": "side", "max_slice_nums": 2}]


def sent_parts(fake: FakeChatModel) -> list[Any]:
    """Return the parts that reached the model, pictures by their width."""
    return [part if isinstance(part, str) else part.image.size[0] for part in fake.calls[-1][-1]["content"]]


@pytest.fixture
def fake() -> FakeChatModel:
    return FakeChatModel(max_tokens=100)


def test_pictures_stand_under_their_numbers_and_names(client: TestClient[Any], fake: FakeChatModel) -> None:
    response = client.post("/compare", json={"pictures": PAIR, "question": "Which is wider?"})
    assert response.status_code == 200, response.text
    assert response.json() == {"answer": "2/1: Which is wider?"}
    instruction = "Call the pictures by their numbers."
    assert sent_parts(fake) == ["Picture 1:", 8, "Picture 2 (side):", 9, instruction, "Which is wider?"]
    slices = [part.max_slice_nums for part in fake.calls[-1][-1]["content"] if not isinstance(part, str)]
    assert slices == [None, 2]


def test_labels_are_in_the_language_of_the_question(client: TestClient[Any], fake: FakeChatModel) -> None:
    client.post("/compare", json={"pictures": PAIR, "question": "哪个更宽？"})
    assert sent_parts(fake) == ["图片1：", 8, "图片2（side）：", 9, "请用编号称呼这些图片。", "哪个更宽？"]


def test_a_comparison_can_be_streamed(client: TestClient[Any]) -> None:
    response = client.post("/compare", json={"pictures": PAIR, "question": "Which?", "stream": True})
    *pieces, last = [json.loads(event.removeprefix("data: ")) for event in response.text.split("\n\n")[:-1]]
    assert "".join(piece["piece"] for piece in pieces) == last["answer"] == "2/1: Which?"


@pytest.mark.parametrize(
    ("body", "status", "cause"),
    [
        ({"pictures": PAIR[:1], "question": "a"}, 400, "pictures"),
        ({"pictures": PAIR * 9, "question": "a"}, 400, "pictures"),
        ({"pictures": PAIR, "question": " "}, 400, "the question must not be empty"),
        ({"pictures": PAIR, "question": "\u3000\u200b"}, 400, "the question must not be empty"),
        ({"pictures": [*PAIR, {"image": "?"}], "question": "a"}, 400, "base64"),
        ({"pictures": PAIR * 2, "question": "a"}, 413, "4 pictures, the limit is 3"),
        ({"pictures": PAIR, "question": "a", "profile": "shoe"}, 400, "'shoe' is not one of"),
    ],
)
def test_bad_comparisons_are_refused(client: TestClient[Any], body: dict[str, Any], status: int, cause: str) -> None:
    response = client.post("/compare", json=body, headers={"Accept-Language": "en"})
    assert (response.status_code, cause in response.json()["error"]) == (status, True), response.text
