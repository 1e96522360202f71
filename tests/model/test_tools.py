"""Tools are listed in the system prompt, and calls are found however the answer is cut into pieces."""

import json
import random
from itertools import pairwise

import pytest

from model.tools import Tool, ToolCall, ToolCallReader, write_system_prompt

WEATHER = Tool("weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
PARIS = ToolCall("weather", '{"city": "Paris"}')
LYON = ToolCall("weather", '{"city": "里昂"}')


def read(*pieces: str) -> list[str | ToolCall]:
    """Return what a reader finds in the pieces, with adjacent texts joined."""
    reader = ToolCallReader({"weather"})
    found: list[str | ToolCall] = []
    for item in [item for piece in pieces for item in reader.add(piece)] + reader.finish():
        if isinstance(item, str) and found and isinstance(found[-1], str):
            found[-1] += item
        else:
            found.append(item)
    return found


def test_the_system_prompt_lists_the_tools() -> None:
    text = write_system_prompt("Be brief.", [WEATHER, Tool("time")])
    assert text.startswith("Be brief.\n\n# Tools\n\n")
    listed = text.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
    assert json.loads(listed[0]) == {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Tells the weather.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
    assert json.loads(listed[1])["function"]["name"] == "time"
    assert text.endswith("</tool_call>")
    assert write_system_prompt("", []).startswith("You are a helpful assistant.\n\n# Tools")


def test_a_call_is_read_as_it_is_written() -> None:
    assert PARIS.text == '<tool_call>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tool_call>'
    assert read(PARIS.text) == [PARIS]


@pytest.mark.parametrize("seed", range(20))
def test_calls_are_found_however_the_answer_is_cut(seed: int) -> None:
    rng = random.Random(seed)
    text = f"Let me look. <b> <tool\n{PARIS.text}\n{LYON.text}\nThat < is all."
    cuts = [0, *sorted(rng.sample(range(1, len(text)), rng.randrange(1, 40))), len(text)]
    pieces = [text[a:b] for a, b in pairwise(cuts)]
    assert read(*pieces) == ["Let me look. <b> <tool", PARIS, LYON, "That < is all."]


def test_text_comes_as_soon_as_it_is_certain() -> None:
    reader = ToolCallReader({"weather"})
    assert reader.add("I think <") == ["I think"]
    assert reader.add("b> so") == [" <b> so"]
    assert reader.add(" ") == []
    assert reader.finish() == [" "]


def test_an_argument_may_contain_the_end_tag() -> None:
    call = ToolCall("weather", '{"city": "</tool_call>"}')
    assert read(call.text[:-3], call.text[-3:]) == [call]


def test_arguments_keep_their_order_and_characters() -> None:
    (call,) = read('<tool_call>{"arguments": {"b": 1, "a": "é\\n"}, "name": "weather"}</tool_call>')
    assert call == ToolCall("weather", '{"b": 1, "a": "é\\n"}')


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        " leading and trailing ",
        "<tool_call>\nnot json\n</tool_call>",
        '<tool_call>{"name": "other", "arguments": {}}</tool_call>',
        '<tool_call>{"name": "weather", "arguments": []}</tool_call>',
        '<tool_call>{"name": "weather"}</tool_call>',
        '<tool_call>{"name": "weather", "arguments": {"a": NaN}}</tool_call>',
        '<tool_call>{"name": ["weather"], "arguments": {}}</tool_call>',
        '<tool_call>\n{"name": "weather", "argum',
        "<tool_call>[1]</tool_call> and more",
        f"<tool_call>{'[' * 100_000}</tool_call>",
    ],
)
def test_an_invalid_call_stays_text(text: str) -> None:
    assert read(text) == [text]
    assert read(*text[:200]) == [text[:200]]


def test_white_space_beside_calls_is_dropped() -> None:
    assert read(f"  \n{PARIS.text}\n \n") == [PARIS]
    assert read(f"a \n{PARIS.text}\n", " \n b ") == ["a", PARIS, "b "]
