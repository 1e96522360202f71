"""The export of a session as a JSON file, one picture after the other: all at once could fill the memory."""

import asyncio
import base64
from collections.abc import Iterable
from typing import IO, Any

import msgspec

from server.store.records import StoredPicture
from server.store.store import Store


async def write_session(
    file: IO[bytes], store: Store, owner: str, session: dict[str, Any], hashes: Iterable[str]
) -> None:
    """Write `session`, as `Store.export` returns it, and then its pictures with these hashes."""
    await asyncio.to_thread(_write_turns, file, session)
    for number, sha256 in enumerate(hashes):
        picture = (await store.load_pictures(owner, session["id"], [sha256]))[sha256]
        await asyncio.to_thread(_write_picture, file, picture, number == 0)
    file.write(b"}}")


def list_hashes(session: dict[str, Any]) -> list[str]:
    """Return the hashes of the pictures that a session shows, each once, in order."""
    content = [part for turn in session["turns"] for message in turn["messages"] for part in message["content"]]
    return list(dict.fromkeys(part["sha256"] for part in content if part["type"] == "picture"))


def _write_turns(file: IO[bytes], session: dict[str, Any]) -> None:
    file.write(msgspec.json.encode(session).removesuffix(b"}") + b',"pictures":{')


def _write_picture(file: IO[bytes], picture: StoredPicture, is_first: bool) -> None:
    entry = {"mime": picture.mime, "base64": base64.b64encode(picture.data).decode()}
    file.write((b"" if is_first else b",") + msgspec.json.encode(picture.sha256) + b":" + msgspec.json.encode(entry))
