"""Pictures know their hash."""

import hashlib

from server.store.records import Picture, PictureRef


def test_a_picture_is_named_by_its_bytes() -> None:
    picture = Picture.of(b"pixels", "image/png")
    assert picture == Picture.of(b"pixels", "image/png")
    assert picture.sha256 == hashlib.sha256(b"pixels").hexdigest()
    assert picture.ref == PictureRef(picture.sha256, "image/png", 6)
    assert picture.sha256 != Picture.of(b"Pixels", "image/png").sha256
