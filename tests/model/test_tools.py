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
        "<tool_call> is a tag",
        "<tool_call>[1]</tool_call> and more",
        f"<tool_call>{'[' * 100_000}</tool_call>",
        "a < b <tool",
    ],
)
def test_an_invalid_call_stays_text(text: str) -> None:
    assert read(text) == [text]
    assert read(*text[:200]) == [text[:200]]


def test_white_space_beside_calls_is_dropped() -> None:
    assert read(f"  \n{PARIS.text}\n \n") == [PARIS]
    assert read(f"a \n{PARIS.text}\n", " \n b ") == ["a", PARIS, "b "]


START = '<tool_call>\n{"name": "weather", "arguments": '


@pytest.mark.parametrize(
    ("text", "expected", "is_cut_off"),
    [
        ("<tool_call>", [], True),
        ("so <tool_call>\n", ["so"], True),
        ('<tool_call>\n{"name": "wea', [], True),
        ('<tool_call>\n{"name": "weather', [], True),
        ('<tool_call>\n{"name": "other", "arguments": {"a', [], True),
        ("<tool_call>{'name': 'weather'", [], True),
        ('<tool_call>\n{"name": "weather"', [ToolCall("weather", "")], True),
        ('<tool_call>\n{"name": "weather", "argum', [ToolCall("weather", "")], True),
        (START, [ToolCall("weather", "")], True),
        (f'so\n{START}{{"city": "Pa', ["so", ToolCall("weather", '{"city": "Pa')], True),
        (f'{START}{{"a": "\\', [ToolCall("weather", '{"a": "\\')], True),
        (f'{START}{{"a": [1, {{"b": tru', [ToolCall("weather", '{"a": [1, {"b": tru')], True),
        (f'{START}{{"a": "</tool_call> b', [ToolCall("weather", '{"a": "</tool_call> b')], True),
        (f'{START}{{"city": "Paris"}}', [PARIS], False),
        (f'{START}{{"city": "Paris"}}}}\n</tool_c', [PARIS], False),
        (f"{PARIS.text}\n{START}{{", [PARIS, ToolCall("weather", "{")], True),
        (f"<tool_call>x</tool_call> a\n{PARIS.text} b", ["<tool_call>x</tool_call> a", PARIS, "b"], False),
        (f"<tool_call>x</tool_call>{START}{{", ["<tool_call>x</tool_call>", ToolCall("weather", "{")], True),
    ],
)
def test_of_a_call_without_an_end_there_is_what_came(
    text: str, expected: list[str | ToolCall], is_cut_off: bool
) -> None:
    for pieces in ([text], list(text)):
        reader = ToolCallReader({"weather"})
        found = [item for piece in pieces for item in reader.add(piece)] + reader.cut_off()
        texts = "".join(item for item in found if isinstance(item, str))
        assert texts == "".join(item for item in expected if isinstance(item, str))
        calls = [item for item in expected if isinstance(item, ToolCall)]
        assert [item for item in found if isinstance(item, ToolCall)] == calls
        assert reader.is_cut_off == is_cut_off
        assert all(call.is_complete for call in calls) or is_cut_off


@pytest.mark.parametrize("length", range(1, len("<tool_call>")))
def test_half_a_tag_is_text_only_where_the_answer_has_ended(length: int) -> None:
    for end, expected in ((ToolCallReader.finish, "so <tool_call>"[: 3 + length]), (ToolCallReader.cut_off, "so")):
        reader = ToolCallReader({"weather"})
        assert "".join(map(str, [*reader.add("so <tool_call>"[: 3 + length]), *end(reader)])).rstrip() == expected


def test_a_cut_at_any_place_shows_no_tag() -> None:
    text = f"so\n{PARIS.text}\n{LYON.text}\nfine"
    for end in range(len(text) + 1):
        reader = ToolCallReader({"weather"})
        found = [*reader.add(text[:end]), *reader.cut_off()]
        assert not any("<tool" in item for item in found if isinstance(item, str)), text[:end]
        calls = [item for item in found if isinstance(item, ToolCall)]
        assert all(each.arguments.startswith(call.arguments) for call, each in zip(calls, (PARIS, LYON), strict=False))


def test_arguments_are_complete_if_they_are_an_object() -> None:
    assert PARIS.is_complete
    for arguments in ("", "{", "[]", '{"a": NaN}', "{} {}"):
        assert not ToolCall("weather", arguments).is_complete
