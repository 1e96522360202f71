"""The types of a request's fields."""

from typing import Any

import msgspec
import pytest

from server.api.openai.responses.request import InputImage, InputText, ResponseRequest
from tests.server.api.openai.responses.wire import body, image, user


def read(**given: Any) -> ResponseRequest:
    return msgspec.convert(body(**given), ResponseRequest)


def test_items_and_their_parts_have_their_types() -> None:
    request = read(given=[user("a", image(detail="original"))])
    assert isinstance(request.input, list)
    (item,) = request.input
    assert isinstance(item.content, list)
    assert [type(part) for part in item.content] == [InputText, InputImage]
    assert (item.type, item.role) == (None, "user")


def test_labels_are_limited_as_they_are_stored_and_sent_back() -> None:
    read(metadata={"a" * 64: "b" * 512}, user="u" * 512)
    for bad in (
        {"metadata": {"a" * 65: "b"}},
        {"metadata": {"a": "b" * 513}},
        {"metadata": {f"{number}": "b" for number in range(17)}},
        {"metadata": {"a": 1}},
        {"user": "u" * 513},
        {"prompt_cache_key": "k" * 513},
        {"safety_identifier": "s" * 513},
    ):
        with pytest.raises(msgspec.ValidationError):
            read(**bad)


@pytest.mark.parametrize(
    "bad",
    [
        {"given": [{"role": "tool", "content": "a"}]},
        {"given": [user({"type": "input_video"})]},
        {"given": 7},
        {"truncation": "middle"},
        {"text": {"format": {"type": "xml"}}},
        {"tools": [{"name": "a"}]},
        {"tool_choice": "any"},
    ],
)
def test_values_of_the_wrong_type_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(**bad)
