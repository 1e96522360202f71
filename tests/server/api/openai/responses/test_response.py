"""The response object."""

from typing import Any

import msgspec
from openai.types.responses import Response

from server.api.openai.responses.request import ResponseRequest
from server.api.openai.responses.response import ResponseObject, write_failure, write_head
from server.errors import EngineStopped, QueueFull
from tests.server.api.openai.responses.wire import BUY, COLOUR, body


def write(**given: Any) -> dict[str, Any]:
    return write_head(msgspec.convert(body(**given), ResponseRequest), "0f", 7)


def test_it_has_the_fields_of_its_type_and_of_openais() -> None:
    written = write(tools=[BUY], metadata={"a": "b"})
    assert set(written) == set(ResponseObject.__annotations__) - {"citations", "trace"}
    parsed = Response.model_validate(written)
    assert (parsed.id, parsed.created_at, parsed.status) == ("resp_0f", 7, "in_progress")
    assert (parsed.metadata, parsed.tools[0].to_dict()["name"]) == ({"a": "b"}, "buy")


def test_the_format_and_the_choice_are_repeated_in_openais_form() -> None:
    schema = {"type": "json_schema", "name": "a", "schema": COLOUR, "strict": True}
    formats = [write(text={"format": one})["text"]["format"] for one in (None, {"type": "json_object"}, schema)]
    assert formats == [{"type": "text"}, {"type": "json_object"}, {**schema, "description": None}]
    choices: list[Any] = ["none", {"type": "function", "name": "buy"}]
    assert [write(tool_choice=choice)["tool_choice"] for choice in (None, *choices)] == ["auto", *choices]


def test_a_failure_has_one_of_openais_codes() -> None:
    codes = [write_failure(error, "why")["code"] for error in (EngineStopped(), QueueFull(3))]
    assert codes == ["server_error", "rate_limit_exceeded"]
