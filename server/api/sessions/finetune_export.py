"""Rated turns in the format of OpenBMB's fine-tuning: one line of JSON each, and the pictures as files.

Format: https://github.com/OpenBMB/MiniCPM-V/blob/main/finetune/readme.md
"""

import json
import zipfile
from collections.abc import Collection, Mapping, Sequence
from typing import IO, Any

from server.store.records import PictureRef, Session, StoredPicture, StoredTurn, Thumb

TURNS_FILE = "turns.jsonl"
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "image/bmp": "bmp"}


class Archive:
    """A zip file that is written session by session. It holds every picture once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._lines: list[str] = []
        self._names: set[str] = set()

    def add(
        self,
        session: Session,
        turns: Sequence[StoredTurn],
        pictures: Mapping[str, StoredPicture],
        thumbs: Collection[Thumb],
    ) -> None:
        """Add the turns with one of these ratings, each with the dialogue before it as the model saw it."""
        for index, turn in enumerate(turns):
            if turn.feedback is not None and turn.feedback.thumb in thumbs:
                dialogue = [*(each for each in turns[:index] if each.finish_reason != "content_filter"), turn]
                self._lines.append(json.dumps(_write_sample(session, dialogue), ensure_ascii=False))
                self._add_pictures(dialogue, pictures)

    def close(self) -> None:
        """Write the lines and finish the zip file; the file below it stays open."""
        self._zip.writestr(TURNS_FILE, "".join(f"{line}\n" for line in self._lines))
        self._zip.close()

    def _add_pictures(self, turns: Sequence[StoredTurn], pictures: Mapping[str, StoredPicture]) -> None:
        for ref in list_pictures(turns):
            name = _name_file(ref)
            if name not in self._names:
                self._names.add(name)
                self._zip.writestr(name, pictures[ref.sha256].data, zipfile.ZIP_STORED)


def list_pictures(turns: Sequence[StoredTurn]) -> list[PictureRef]:
    """Return the pictures of the turns in the order in which they are shown."""
    return [picture for turn in turns for picture in turn.pictures]


def _write_sample(session: Session, dialogue: Sequence[StoredTurn]) -> dict[str, Any]:
    """Return the sample of a dialogue whose last turn is rated. The ids and the rating are additions of ours."""
    rated = dialogue[-1]
    assert rated.feedback is not None, "only rated turns are samples"
    tags = _ImageTags([_name_file(ref) for ref in list_pictures(dialogue)], is_first=bool(list_pictures(dialogue[:1])))
    conversations = _join_same_roles([message for turn in dialogue for message in _write_turn(turn, tags)])
    rating = {"rating": rated.feedback.thumb, "rating_text": rated.feedback.text}
    return {"id": rated.id, "session": session.name, **tags.image, "conversations": conversations, **rating}


class _ImageTags:
    """The tags that stand for a dialogue's pictures: `<image_00>`, `<image_01>`, ..., or `<image>` for a single one.

    OpenBMB's reader looks for `<image>` in the first message only, so a single picture that comes later has a number.
    """

    def __init__(self, files: Sequence[str], is_first: bool) -> None:
        is_single = len(files) == 1 and is_first
        names = ["<image>"] if is_single else [f"<image_{number:02d}>" for number in range(len(files))]
        self.image: dict[str, Any] = {}
        if files:
            self.image = {"image": files[0] if is_single else dict(zip(names, files, strict=True))}
        self._next = iter(names)

    def __next__(self) -> str:
        return next(self._next)


def _write_turn(turn: StoredTurn, tags: _ImageTags) -> list[dict[str, str]]:
    messages = [
        {"role": message.role, "content": "\n".join(p if isinstance(p, str) else next(tags) for p in message.parts)}
        for message in turn.messages
    ]
    return [*messages, {"role": "assistant", "content": turn.answer}] if turn.answer else messages


def _join_same_roles(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return a dialogue in which roles take turns, as it has to be: a person's words may follow an answer."""
    joined: list[dict[str, str]] = []
    for message in messages:
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1]["content"] += "\n" + message["content"]
        else:
            joined.append(dict(message))
    return joined


def _name_file(ref: PictureRef) -> str:
    return f"images/{ref.sha256}.{ENDINGS.get(ref.mime, 'img')}"
