"""What the tests of the Responses API send and read."""

import json
from typing import Any

from litestar.testing import TestClient

from tests.helpers.pictures import png_url

PATH = "/v1/responses"
COLOUR = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
BUY = {"type": "function", "name": "buy", "parameters": COLOUR, "strict": None}
LOOK = {"type": "function", "name": "look", "description": "Looks."}
CALL = '<tool_call>\n{"name": "buy", "arguments": {"colour": "red"}}\n</tool_call>'


def user(*parts: Any) -> dict[str, Any]:
    """Return a message of texts and parts."""
    content = [{"type": "input_text", "text": part} if isinstance(part, str) else part for part in parts]
    return {"role": "user", "content": content}


def image(url: str = png_url(), **given: Any) -> dict[str, Any]:
    return {"type": "input_image", "image_url": url, **given}


def body(given: Any = "hello", **options: Any) -> dict[str, Any]:
    return {"model": "minicpm-v", "input": given, **options}


def post(client: TestClient[Any], given: Any = "hello", headers: Any = None, **options: Any) -> Any:
    response = client.post(PATH, json=body(given, **options), headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def stream(client: TestClient[Any], given: Any = "hello", headers: Any = None, **options: Any) -> list[dict[str, Any]]:
    """Return the events of a stream, whose names and numbers are checked."""
    response = client.post(PATH, json=body(given, stream=True, **options), headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return read_events(response.text)


def read_events(text: str) -> list[dict[str, Any]]:
    events = []
    for number, block in enumerate(text.removesuffix("\n\n").split("\n\n")):
        name, _, data = block.removeprefix("event: ").partition("\ndata: ")
        events.append(json.loads(data))
        assert (events[-1]["type"], events[-1]["sequence_number"]) == (name, number)
    return events


def text_of(response: Any) -> str:
    """Return the text of a response, whose only item is a message."""
    (item,) = response["output"]
    (part,) = item["content"]
    text: str = part["text"]
    return text


def expect_error(client: TestClient[Any], status: int = 400, **given: Any) -> dict[str, Any]:
    response = client.post(PATH, json={**body(), **given})
    assert response.status_code == status, (given, response.text)
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error
