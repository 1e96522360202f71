"""What is checked before the model is asked, and what it sees then."""

import json
from typing import Any

import pytest

from model.tokenized_text import TokenizedText
from model.tools import Tool, ToolCall
from server.pipeline.moderation.turn_check import CheckedTurn, check_turn
from server.turn.pictures import PictureSource
from server.turn.turn import Label, Turn, TurnMessage
from tests.helpers.word_lists import make_moderator

MODERATOR = make_moderator("darn", "坏词", flag=("hmm",), block=("zap", "禁语"))
HELLO = TurnMessage("user", ("hello",))
ANSWERED = TurnMessage("assistant", ("fine",))


def check(turn: Turn, preface: str = "", checks_instructions: bool = True) -> CheckedTurn:
    return check_turn(turn, MODERATOR, preface, checks_instructions)


def words_of(checked: CheckedTurn) -> tuple[list[str], list[str]]:
    return [hit.word for hit in checked.question_hits], [hit.word for hit in checked.instruction_hits]


def dialogue(*messages: TurnMessage) -> Turn:
    return Turn(messages)


CALL = TurnMessage("assistant", (), (ToolCall("look", "{}"),))
PARAMETERS = {"type": "object", "properties": {"kind": {"enum": ["a", "禁语"]}}}


@pytest.mark.parametrize(
    "turn",
    [
        dialogue(TurnMessage("system", ("do zap it",)), HELLO),
        dialogue(HELLO, ANSWERED, TurnMessage("system", ("zap",)), HELLO),
        dialogue(HELLO, CALL, TurnMessage("tool", ("禁 语",))),
        dialogue(HELLO, TurnMessage("assistant", ("zap",), CALL.tool_calls), TurnMessage("tool", ("a",))),
        dialogue(HELLO, TurnMessage("assistant", (), (ToolCall("look", r'{"a": "\u007aap"}'),)), HELLO),
        dialogue(HELLO, TurnMessage("assistant", (), (ToolCall("zap", "{}"),)), HELLO),
        dialogue(TurnMessage("user", ("zap",)), HELLO),
        Turn((HELLO,), tools=(Tool("look", "zap"),)),
        Turn((HELLO,), tools=(Tool("look_zap"),)),
        Turn((HELLO,), tools=(Tool("look", "", PARAMETERS),)),
        Turn((HELLO,), tools=(Tool("look", "", {"properties": {"zap": {}}}),)),
        Turn((HELLO,), schema={"properties": {"a": {"description": "z-a-p"}}}),
        Turn((HELLO,), schema={"enum": ["ok", "zap"]}),
        Turn((HELLO,), schema={"anyOf": [{"const": {"deep": ["zap"]}}]}),
        Turn((HELLO,), schema={"type": "string", "pattern": "^zap$"}),
        Turn((HELLO,), schema={"properties": {"zap": {"type": "string"}}, "required": ["zap"]}),
    ],
)
def test_a_word_to_block_refuses_wherever_the_client_writes_it(turn: Turn) -> None:
    checked = check(turn)
    assert checked.is_refused
    assert checked.question_hits == ()
    assert {hit.category.name for hit in checked.instruction_hits} == {"block"}
    assert not check(turn, checks_instructions=False).is_refused


def test_what_operators_write_around_the_question_is_left_as_it_is() -> None:
    system = TurnMessage("system", ("never say zap or darn",))
    turn = Turn((system, HELLO), tools=(Tool("zap", "darn"),), schema={"const": "darn"})
    checked = check(turn, checks_instructions=False)
    assert checked == CheckedTurn(turn, (), (), is_refused=False)


def test_the_question_is_checked_for_everybody() -> None:
    for checks_instructions in (True, False):
        turn = dialogue(TurnMessage("user", ("zap, hmm",)))
        assert words_of(check(turn, checks_instructions=checks_instructions)) == (["zap", "hmm"], [])
        assert check(turn, checks_instructions=checks_instructions).is_refused


def test_names_of_pictures_are_part_of_the_question() -> None:
    question = TurnMessage("user", (Label("Picture 1 (zap):"), PictureSource(b"x"), "which is cheaper?"))
    assert words_of(check(dialogue(question))) == (["zap"], [])


def test_the_operators_own_part_of_the_system_message_is_left_as_it_is() -> None:
    preface = "Never say zap or darn."
    turn = dialogue(TurnMessage("system", (f"{preface}\nWhat the darn, hmm",)), HELLO)
    checked = check(turn, preface)
    assert checked.turn.messages[0].parts == (f"{preface}\nWhat the ****, hmm",)
    assert words_of(checked) == ([], ["darn", "hmm"])
    assert not checked.is_refused
    assert check(dialogue(TurnMessage("system", (f"{preface}\nzap",)), HELLO), preface).is_refused


def test_words_to_mask_are_masked_in_all_that_the_model_sees() -> None:
    tool = Tool("look", "darn it", {"properties": {"darn": {"description": "坏-词", "enum": ["darn", 1]}}})
    turn = Turn(
        (
            TurnMessage("system", ("da", "rn, darn")),
            HELLO,
            TurnMessage("assistant", ("darn",), (ToolCall("look", r'{"a": "d\u0061rn", "b": [1, true]}'),)),
            TurnMessage("tool", ("a darn result",)),
        ),
        tools=(tool, Tool("other")),
        must_call=(tool,),
        schema={"const": "darn"},
    )
    checked = check(turn)
    system, _, call, result = checked.turn.messages
    assert (system.parts, call.parts, result.parts) == (("da", "rn, ****"), ("****",), ("a **** result",))
    assert json.loads(call.tool_calls[0].arguments) == {"a": "****", "b": [1, True]}
    masked = Tool("look", "**** it", {"properties": {"****": {"description": "***", "enum": ["****", 1]}}})
    assert (checked.turn.tools, checked.turn.must_call) == ((masked, Tool("other")), (masked,))
    assert checked.turn.schema == {"const": "****"}
    assert not checked.is_refused
    assert sorted(words_of(checked)[1]) == ["darn"] * 8 + ["坏词"]
    assert turn.tools[0] == tool


def test_a_tools_name_that_would_have_to_be_masked_refuses() -> None:
    assert check(Turn((HELLO,), tools=(Tool("get_darn"),))).is_refused
    checked = check(Turn((HELLO,), tools=(Tool("get_hmm"),)))
    assert (checked.is_refused, checked.turn.tools, words_of(checked)) == (False, (Tool("get_hmm"),), ([], ["hmm"]))


def test_a_flagged_word_changes_nothing_and_is_reported() -> None:
    turn = Turn((TurnMessage("system", ("hmm",)), HELLO), tools=(Tool("look", "hmm"),), schema={"const": "hmm"})
    checked = check(turn)
    assert (checked.turn, checked.is_refused) == (turn, False)
    assert words_of(checked) == ([], ["hmm"] * 3)


@pytest.mark.parametrize("checks_instructions", [True, False])
def test_earlier_turns_are_masked_and_do_not_refuse(checks_instructions: bool) -> None:
    earlier = (
        TurnMessage("user", ("zap",)),
        TurnMessage("assistant", (), (ToolCall("look", '{"zap": 1}'), ToolCall("look", "no zap JSON"))),
        TurnMessage("tool", ("zap",)),
        TurnMessage("assistant", ("zap hmm",)),
    )
    checked = check(dialogue(*earlier, HELLO), checks_instructions=checks_instructions)
    user, call, result, answer, last = checked.turn.messages
    assert [message.parts for message in (user, result, answer, last)] == [("***",), ("***",), ("*** hmm",), ("hello",)]
    assert [each.arguments for each in call.tool_calls] == ['{"***": 1}', "no *** JSON"]
    assert (checked.is_refused, words_of(checked)) == (False, ([], []))


@pytest.mark.parametrize("arguments", ["{", '"' + "\\", "[" * 100_000, "", "[1e999]"])
def test_arguments_that_are_no_json_stay_as_they_are(arguments: str) -> None:
    turn = dialogue(HELLO, TurnMessage("assistant", (), (ToolCall("look", arguments),)), TurnMessage("tool", ("a",)))
    assert check(turn).turn == turn


def test_a_deep_schema_is_checked() -> None:
    schema: dict[str, Any] = {"const": "zap"}
    for _ in range(20_000):
        schema = {"items": schema}
    assert check(Turn((HELLO,), schema=schema)).is_refused


def test_ids_are_kept_where_nothing_is_masked() -> None:
    asked = (TokenizedText("all is well", (1, 2)), TokenizedText("darn it", (3, 4)))
    parts = check(dialogue(TurnMessage("user", asked))).turn.messages[0].parts
    assert parts[0] is asked[0]
    assert (parts[1], type(parts[1])) == ("**** it", str)
