"""Stored turns as messages, and the number of those that cannot fit."""

import pytest

from server.dialogue.history import build_messages, num_turns_too_old
from server.store.records import Message, StoredPart, StoredPicture, StoredTurn, StoredUsage
from server.turn.turn import PictureSource, TurnMessage
from tests.helpers.turns import make_limits

RED = StoredPicture.from_bytes(b"red", "image/png")


def turn(num_generated: int = 1, num_pictures: int = 0) -> StoredTurn:
    parts: tuple[StoredPart, ...] = (*[RED.ref] * num_pictures, "what")
    tokens = StoredUsage(num_generated=num_generated)
    return StoredTurn("id", (Message[StoredPart]("user", parts),), "this", "stop", tokens, 0.0, 1.0)


def test_a_stored_turn_becomes_messages() -> None:
    assert build_messages(turn(num_pictures=1), {RED.sha256: RED}) == (
        TurnMessage("user", (PictureSource(b"red"), "what")),
        TurnMessage("assistant", ("this",)),
    )


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
    ],
)
def test_turns_that_cannot_fit_are_counted(history: list[StoredTurn], num_images: int, expected: int) -> None:
    assert num_turns_too_old(history, num_images, make_limits(max_images=4, max_inp_length=100)) == expected
