"""What is refused of items, and the form in which they are stored."""

from typing import Any

import msgspec
import pytest

from server.api.openai.responses.items import list_images, read_items, write_items
from server.api.openai.responses.request import InputItem
from server.errors import FieldRefused

IMAGE = {"type": "input_image", "image_url": "data:,"}
CALL = {"type": "function_call", "call_id": "1", "name": "buy"}


def read(*items: Any) -> list[InputItem]:
    return read_items(msgspec.convert(list(items), list[InputItem]))


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def test_what_is_missing_or_not_supported_is_refused_by_its_place() -> None:
    cases: list[tuple[Any, str, str]] = [
        ({"type": "web_search_call", "id": "ws_1"}, "input[0].type", "'web_search_call' is not supported"),
        ({"type": "computer_call_output"}, "input[0].type", "is not supported"),
        ({"type": "message", "content": "a"}, "input[0].role", "needs it"),
        ({"role": "user"}, "input[0].content", "needs it"),
        ({"type": "function_call", "name": "a"}, "input[0].call_id", "needs it"),
        ({"type": "function_call", "call_id": "1"}, "input[0].name", "needs it"),
        ({"type": "function_call_output", "call_id": "1"}, "input[0].output", "needs it"),
        ({}, "input[0].id", "an item of the type item_reference needs it"),
        (user({"type": "input_file", "file_id": "a"}), "input[0].content[0].file_id", "the file itself"),
        (user({"type": "input_file", "file_url": "https://a"}), "input[0].content[0].file_url", "the file itself"),
        (user({"type": "input_file"}), "input[0].content[0].file_data", "needs it"),
        (
            {"role": "assistant", "content": [{"type": "input_file", "file_data": "YQ=="}]},
            "input[0].content[0]",
            "files belong to",
        ),
        (user({"type": "input_audio"}), "input[0].content[0]", "sound"),
        (user({"type": "input_image", "file_id": "a"}), "input[0].content[0].file_id", "no files are kept"),
        (user({"type": "input_text", "text": "a"}, {"type": "input_image"}), "input[0].content[1].image_url", "needs"),
        ({"role": "system", "content": [IMAGE]}, "input[0].content[0]", "pictures belong to"),
        ({"role": "assistant", "content": [IMAGE]}, "input[0].content[0]", "pictures belong to"),
        (
            {"type": "function_call_output", "call_id": "1", "output": [{"type": "input_file"}]},
            "input[0].output[0].file_data",
            "needs it",
        ),
    ]
    for item, param, cause in cases:
        with pytest.raises(FieldRefused, match=cause) as refused:
            read(item)
        assert refused.value.param == param
        assert refused.value.texts["zh"] != refused.value.texts["en"]


@pytest.mark.parametrize("nothing", [None, []])
def test_an_empty_input_is_refused(nothing: Any) -> None:
    with pytest.raises(FieldRefused, match="at least one item") as refused:
        read_items(nothing)
    assert refused.value.param == "input"


def test_a_text_is_a_message_of_the_user() -> None:
    (item,) = read_items("hello")
    assert (item.type, item.role, item.content) == ("message", "user", "hello")


def test_items_are_stored_in_one_form_with_ids_of_their_response() -> None:
    result = {"type": "function_call_output", "call_id": "1", "output": [IMAGE]}
    items = read({"type": "reasoning"}, user(IMAGE), {"role": "assistant", "content": "hi"}, CALL, result)
    written = write_items(items, "0f", lambda _: "sha256:1")
    image = {"type": "input_image", "image_url": "sha256:1", "detail": "auto"}
    answer = [{"type": "output_text", "text": "hi", "annotations": []}]
    status = {"status": "completed"}
    assert written == [
        {"id": "msg_0f0000", "type": "message", **status, "role": "user", "content": [image]},
        {"id": "msg_0f0001", "type": "message", **status, "role": "assistant", "content": answer},
        {"id": "fc_0f0002", **CALL, **status, "arguments": "{}"},
        {"id": "fco_0f0003", **result, **status, "output": [image]},
    ]
    assert write_items(read(*written), "0f", lambda part: part.image_url) == written, "what is stored can be read again"


def test_texts_are_stored_under_the_type_of_their_role() -> None:
    given, answered = {"type": "input_text", "text": "a"}, {"type": "output_text", "text": "a", "annotations": []}
    refused = {"type": "refusal", "refusal": "a"}
    for role, parts, stored in (
        ("assistant", [given, answered, refused], [answered, answered, refused]),
        ("user", [given, answered, refused], [given] * 3),
        ("developer", [answered], [given]),
    ):
        (written,) = write_items(read({"role": role, "content": parts}), "0f", lambda part: part.image_url)
        assert written["content"] == stored, role


def test_pictures_are_listed_in_order() -> None:
    items = read(user({**IMAGE, "image_url": "a"}, {**IMAGE, "image_url": "b"}), user({**IMAGE, "image_url": "c"}))
    assert [image.image_url for image in list_images(items)] == ["a", "b", "c"]
