"""A turn: its dialogue, its options, and what its answer is held to."""

from typing import Any

import pytest

from model.schemas import ANY_OBJECT
from model.tools import Tool
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.turn import Turn, TurnMessage, build_options

pytestmark = pytest.mark.anyio

LOOK = Tool("look", "Looks.")
STRICT = Tool("strict", is_strict=True)


def user(*parts: str | PictureSource | PlannedPicture) -> TurnMessage:
    return TurnMessage("user", parts)


async def test_the_turns_of_a_dialogue_are_counted_and_left_out_whole() -> None:
    system = TurnMessage("system", ("s",))
    answer = TurnMessage("assistant", ("yes",))
    turn = Turn((system, user("a"), answer, user("b"), answer, user("c")))
    assert turn.num_turns == 3
    assert turn.question == user("c")
    assert turn.without_oldest(0) is turn
    assert turn.without_oldest(2).messages == (system, user("c"))
    assert Turn((system,)).question is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"tools": (LOOK,)}, None),
        ({"tools": (LOOK, STRICT)}, ({"look", "strict"}, True, True, None)),
        ({"tools": (LOOK,), "has_many_calls": False}, ({"look"}, False, True, None)),
        ({"tools": (LOOK, STRICT), "must_call": (LOOK,)}, ({"look"}, True, False, None)),
        ({"schema": ANY_OBJECT}, (set(), True, False, ANY_OBJECT)),
        ({"schema": ANY_OBJECT, "tools": (LOOK,)}, ({"look"}, True, False, ANY_OBJECT)),
        ({"schema": ANY_OBJECT, "tools": (LOOK,), "must_call": (LOOK,)}, ({"look"}, True, False, None)),
    ],
)
def test_tools_and_schema_make_a_constraint(given: dict[str, Any], expected: Any) -> None:
    constraint = Turn((user("a"),), **given).constraint
    if constraint is not None:
        names = {tool.name for tool in constraint.tools}
        found = (names, constraint.is_parallel_allowed, constraint.is_text_allowed, constraint.schema)
        assert found == expected
    else:
        assert expected is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"temperature": 0.5, "top_p": None, "seed": 1}, {"temperature": 0.5, "seed": 1}),
        ({"temperature": 0, "top_p": 1, "top_k": 3, "min_p": 0.1, "seed": 1, "n": 2}, {"temperature": 0, "n": 2}),
        ({"num_beams": 1}, {}),
        ({"num_beams": 4, "temperature": 0.0}, {"num_beams": 4, "sampling": False}),
        ({"num_beams": 4, "top_p": 0.5}, {"num_beams": 4, "sampling": False, "top_p": 0.5}),
    ],
)
def test_options_without_effect_are_dropped(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert build_options(**given) == expected
