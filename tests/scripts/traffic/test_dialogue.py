"""A turn that is lost, swapped, changed or not marked is found."""

from typing import Any

import pytest

from scripts.traffic.dialogue import AskedTurn, Dialogue


def stored(question: str, answer: str, finish_reason: str = "stop") -> dict[str, Any]:
    def message(role: str, text: str) -> dict[str, Any]:
        return {"role": role, "content": [{"type": "picture"}, {"type": "text", "text": text}]}

    return {"messages": [message("user", question), message("assistant", answer)], "finish_reason": finish_reason}


FIRST, SECOND = AskedTurn("one", "answered", "1"), AskedTurn("two", "answered", "2")


def find_errors(told: list[AskedTurn], *turns: dict[str, Any]) -> list[str]:
    return list(Dialogue("ann", told).find_errors(turns))


@pytest.mark.parametrize(
    ("told", "turns"),
    [
        ([], []),
        ([FIRST, SECOND], [stored("one", "1"), stored("two", "2")]),
        ([AskedTurn("one", "left", "")], []),
        ([AskedTurn("one", "left", "")], [stored("one", "", "abort")]),
        ([AskedTurn("one", "left", "a sh")], [stored("one", "a shirt", "abort")]),
        ([AskedTurn("one", "left", "a shirt")], [stored("one", "a", "abort")]),
        ([AskedTurn("one", "left", "a sh")], [stored("one", "a shirt", "stop")]),
        ([AskedTurn("one", "refused", "")], []),
    ],
)
def test_what_is_right(told: list[AskedTurn], turns: list[dict[str, Any]]) -> None:
    assert find_errors(told, *turns) == []


@pytest.mark.parametrize(
    ("told", "turns", "fault"),
    [
        ([FIRST], [], "it is lost"),
        ([AskedTurn("one", "left", "a")], [], "it is lost"),
        ([FIRST, SECOND], [stored("two", "2"), stored("one", "1")], "in another order"),
        ([FIRST], [stored("one", "1"), stored("one", "1")], "other turns"),
        ([FIRST], [stored("one", "1"), stored("three", "3")], "other turns"),
        ([FIRST], [stored("one", "2")], "stored is '2'"),
        ([AskedTurn("one", "left", "a")], [stored("one", "a", "error")], "it is marked 'error'"),
        ([AskedTurn("one", "left", "a")], [stored("one", "b", "abort")], "stored is 'b'"),
        ([AskedTurn("one", "refused", "")], [stored("one", "")], "it was refused"),
    ],
)
def test_what_is_wrong(told: list[AskedTurn], turns: list[dict[str, Any]], fault: str) -> None:
    (found,) = find_errors(told, *turns)
    assert fault in found
