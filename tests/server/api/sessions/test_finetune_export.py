"""Rated turns are written in the format of OpenBMB's fine-tuning."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from server.api.sessions.finetune_export import TURNS_FILE, Archive, list_pictures
from server.store.records import Feedback, Message, Session, StoredPart, StoredPicture, StoredTurn, StoredUsage, Thumb

RED, BLUE = StoredPicture.from_bytes(b"red", "image/png"), StoredPicture.from_bytes(b"blue", "image/webp")
PICTURES = {picture.sha256: picture for picture in (RED, BLUE)}
SESSION = Session("id", "", "ann", {}, 0.0, 0.0, 2)


def turn(name: str, *parts: StoredPart, thumb: Any = None) -> StoredTurn:
    feedback = None if thumb is None else Feedback(thumb, "so so", 1.0)
    asked = Message[StoredPart]("user", parts)
    return StoredTurn(name, (asked,), f"answer {name}", "stop", StoredUsage(), 0.0, 1.0, feedback)


def export_turns(turns: Sequence[StoredTurn], *thumbs: Thumb) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return the samples, and the files beside them."""
    file = io.BytesIO()
    archive = Archive(file)
    archive.add(SESSION, turns, PICTURES, set(thumbs))
    archive.close()
    with zipfile.ZipFile(file) as read:
        files = {name: read.read(name) for name in read.namelist()}
    return [json.loads(line) for line in files.pop(TURNS_FILE).decode().splitlines()], files


def test_a_rated_turn_has_the_dialogue_before_it() -> None:
    turns = [turn("a", RED.ref, "what?"), turn("b", "多少钱？", thumb="up"), turn("c", "more", thumb="down")]
    (sample,), files = export_turns(turns, "up")
    assert sample == {
        "id": "b",
        "session": "ann",
        "image": f"images/{RED.sha256}.png",
        "conversations": [
            {"role": "user", "content": "<image>\nwhat?"},
            {"role": "assistant", "content": "answer a"},
            {"role": "user", "content": "多少钱？"},
            {"role": "assistant", "content": "answer b"},
        ],
        "rating": "up",
        "rating_text": "so so",
    }
    assert files == {f"images/{RED.sha256}.png": b"red"}


def test_several_pictures_have_numbers_and_are_kept_once() -> None:
    turns = [turn("a", RED.ref, BLUE.ref, "both", thumb="up"), turn("b", "again", RED.ref, thumb="up")]
    (_, sample), files = export_turns(turns, "up")
    names = [f"images/{RED.sha256}.png", f"images/{BLUE.sha256}.webp", f"images/{RED.sha256}.png"]
    assert sample["image"] == dict(zip(["<image_00>", "<image_01>", "<image_02>"], names, strict=True))
    contents = [said["content"] for said in sample["conversations"]]
    assert contents == ["<image_00>\n<image_01>\nboth", "answer a", "again\n<image_02>", "answer b"]
    assert set(files) == set(names)


def test_a_single_picture_that_comes_later_has_a_number() -> None:
    (sample,), _ = export_turns([turn("a", "hello"), turn("b", RED.ref, "what?", thumb="up")], "up")
    assert sample["image"] == {"<image_00>": f"images/{RED.sha256}.png"}
    assert [said["content"] for said in sample["conversations"]][::2] == ["hello", "<image_00>\nwhat?"]


def test_refused_turns_are_left_out() -> None:
    refused = replace(turn("a", BLUE.ref, "zap"), finish_reason="content_filter")
    (sample,), files = export_turns([refused, turn("b", RED.ref, "what?", thumb="up")], "up")
    assert [said["content"] for said in sample["conversations"]] == ["<image>\nwhat?", "answer b"]
    assert set(files) == {sample["image"]}


@pytest.mark.parametrize(("thumbs", "expected"), [(("up",), "a"), (("down",), "b"), (("up", "down"), "ab"), ((), "")])
def test_only_turns_with_the_requested_ratings_are_exported(thumbs: tuple[Thumb, ...], expected: str) -> None:
    turns = [turn("a", "x", thumb="up"), turn("b", "y", thumb="down"), turn("c", "z")]
    samples, files = export_turns(turns, *thumbs)
    assert "".join(sample["id"] for sample in samples) == expected
    assert all("image" not in sample for sample in samples)
    assert files == {}


def test_pictures_are_listed_in_the_order_in_which_they_are_shown() -> None:
    turns = [turn("a", BLUE.ref, "x", RED.ref), replace(turn("b", RED.ref), feedback=None)]
    assert list_pictures(turns) == [BLUE.ref, RED.ref, RED.ref]


def test_a_persons_words_are_samples_only_where_they_are_rated() -> None:
    said = replace(turn("p", thumb="up"), messages=(), answer="I am Ann", author="person", author_name="Ann")
    waiting = replace(turn("b", "for a person"), answer="", finish_reason="handover")
    (sample,), _ = export_turns([turn("a", "hello"), waiting, said], "up")
    assert [(message["role"], message["content"]) for message in sample["conversations"]] == [
        ("user", "hello"),
        ("assistant", "answer a"),
        ("user", "for a person"),
        ("assistant", "I am Ann"),
    ]
    (sample,), _ = export_turns([replace(said, feedback=None), turn("c", "thanks", thumb="up")], "up")
    assert [message["content"] for message in sample["conversations"]] == ["I am Ann", "thanks", "answer c"]
    assert export_turns([replace(said, feedback=None)], "up")[0] == []
