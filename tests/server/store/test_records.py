"""Pictures know their hash, and turns their pictures."""

import hashlib

from server.store.records import Message, PictureRef, StoredPart, StoredPicture, StoredTurn, StoredUsage


def test_a_picture_is_named_by_its_bytes() -> None:
    picture = StoredPicture.from_bytes(b"pixels", "image/png")
    assert picture == StoredPicture.from_bytes(b"pixels", "image/png")
    assert picture.sha256 == hashlib.sha256(b"pixels").hexdigest()
    assert picture.ref == PictureRef(picture.sha256, "image/png", 6)
    assert picture.sha256 != StoredPicture.from_bytes(b"Pixels", "image/png").sha256


def test_the_pictures_of_a_turn_are_in_the_order_they_are_shown_in() -> None:
    one, other = (StoredPicture.from_bytes(data, "image/png").ref for data in (b"one", b"other"))
    shown: list[tuple[StoredPart, ...]] = [(one, "and", other), ("then", one)]
    messages = tuple(Message[StoredPart]("user", parts) for parts in shown)
    assert StoredTurn("id", messages, "this", "stop", StoredUsage(), 0.0, 1.0).pictures == [one, other, one]
