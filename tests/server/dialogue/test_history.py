"""Stored turns as messages, and the number of those that cannot fit."""

from dataclasses import replace
from typing import Any

import pytest

from server.dialogue.history import build_messages, join_same_roles, num_turns_over_images, num_turns_too_old
from server.store.records import Message, PictureRef, StoredPart, StoredPicture, StoredTurn, StoredUsage
from server.turn.pictures import PictureSource
from server.turn.turn import TurnMessage
from tests.helpers.turns import make_limits

RED = StoredPicture.from_bytes(b"red", "image/png")


def turn(num_generated: int = 1, num_pictures: int = 0) -> StoredTurn:
    parts: tuple[StoredPart, ...] = (*[RED.ref] * num_pictures, "what")
    tokens = StoredUsage(num_generated=num_generated)
    return StoredTurn("id", (Message[StoredPart]("user", parts),), "this", "stop", tokens, 0.0, 1.0)


def test_a_stored_turn_becomes_messages() -> None:
    assert build_messages(turn(num_pictures=1), {RED.sha256: b"red"}) == (
        TurnMessage("user", (PictureSource(b"red"), "what")),
        TurnMessage("assistant", ("this",)),
    )


def test_stored_frames_stay_frames() -> None:
    frames = [PictureRef(RED.sha256, "image/jpeg", 3, time_s, 2) for time_s in (0.0, 1.5)]
    parts: tuple[StoredPart, ...] = (RED.ref, *frames, "what")
    stored = replace(turn(), messages=(Message[StoredPart]("user", parts),))
    question, _ = build_messages(stored, {RED.sha256: b"red"})
    assert question.parts[:3] == (PictureSource(b"red"), PictureSource(b"red", 2, 0.0), PictureSource(b"red", 2, 1.5))


def test_frames_are_no_pictures_but_take_room() -> None:
    frames = tuple(PictureRef(RED.sha256, "image/jpeg", 3, float(i), 1) for i in range(10))
    clip = replace(turn(), messages=(Message[StoredPart]("user", (*frames, "what")),))
    assert num_turns_too_old([clip], 4, make_limits(max_images=4, max_inp_length=1000)) == 0
    assert num_turns_too_old([clip], 4, make_limits(max_images=4, max_inp_length=600)) == 1


@pytest.mark.parametrize(
    ("history", "num_images", "expected"),
    [
        ([], 0, 0),
        ([turn(), turn()], 0, 0),
        ([turn(num_pictures=2), turn(num_pictures=2), turn()], 0, 0),
        ([turn(num_pictures=2), turn(num_pictures=2), turn()], 1, 1),
        ([turn(), turn(num_pictures=2)], 4, 2),
        ([turn(60), turn(60), turn(40)], 0, 1),
        ([turn(1), turn(101)], 0, 2),
        ([turn(10)] * 12, 0, 4),
        ([turn(10)] * 14, 0, 8),
        ([turn(num_pictures=1)] * 6, 0, 2),
    ],
)
def test_turns_that_cannot_fit_are_counted(history: list[StoredTurn], num_images: int, expected: int) -> None:
    assert num_turns_too_old(history, num_images, make_limits(max_images=4, max_inp_length=100)) == expected


def test_the_number_seldom_changes() -> None:
    limits = make_limits(max_images=12, max_inp_length=10_000)
    found = [num_turns_too_old([turn(num_pictures=1)] * length, 1, limits) for length in range(60)]
    assert found == sorted(found)
    assert len(set(found)) <= 13, "not one for each turn"
    for length, num_too_old in enumerate(found):
        assert 6 <= length - num_too_old + 1 <= 12 or num_too_old == 0


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        ("", 0),
        ("0", 0),
        ("4", 0),
        ("5", 0),
        ("13", 0),
        ("131", 1),
        ("111111", 2),
        ("11111111", 4),
        ("05", 1),
        ("1s1s5", 2),
    ],
)
def test_turns_over_the_limit_of_pictures_are_counted_but_never_the_last(pictures: str, expected: int) -> None:
    """Each digit is a turn with so many pictures, and an `s` is a system message."""
    picture = PictureSource(b"red")
    messages = [
        TurnMessage("system", ("be short",)) if sign == "s" else TurnMessage("user", (*[picture] * int(sign), "what"))
        for sign in pictures
    ]
    assert num_turns_over_images(messages, 4) == expected


def test_words_of_a_person_and_for_one_stay_in_order() -> None:
    picture = PictureRef("hash", "image/png", 3)
    shown = (Message[StoredPart]("assistant", (picture,)),)
    asked = replace(turn(), answer="", finish_reason="handover")
    said = replace(turn(), messages=shown, answer="here", author="person")
    silent = replace(turn(), messages=(), answer="", author="person")
    files: dict[str, Any] = {"hash": b"png"}
    built = [message for each in (turn(), asked, said, silent, asked) for message in build_messages(each, files)]
    assert [message.role for message in built] == ["user", "assistant", "user", "assistant", "assistant", "user"]
    joined = join_same_roles(built)
    assert [message.role for message in joined] == ["user", "assistant", "user", "assistant", "user"]
    assert joined[3].parts == (PictureSource(files["hash"]), "here")
    twice = join_same_roles([TurnMessage("user", ("a",)), TurnMessage("user", ("b",)), TurnMessage("tool", ("c",))])
    assert twice == [TurnMessage("user", ("a", "b")), TurnMessage("tool", ("c",))]
