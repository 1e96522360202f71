"""The pictures of a person's answer, checked as those of questions are."""

import asyncio
from collections.abc import Sequence

from model.pictures.base64_text import decode_base64
from server.dialogue.conversations import to_stored_picture
from server.store.records import StoredPicture
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import Turns


async def read_pictures(turns: Turns, owner: str, given: Sequence[str]) -> tuple[StoredPicture, ...]:
    """Return pictures in base64 as they are stored. Raises `ImageError` for what is no picture."""
    if not given:
        return ()
    files = await asyncio.to_thread(lambda: [decode_base64(text) for text in given])
    turn = Turn((TurnMessage("user", tuple(map(PictureSource, files))),), owner=owner)
    planned = (await turns.plan(turn)).planned_pictures
    return await asyncio.to_thread(_store_all, planned)


def _store_all(planned: Sequence[PlannedPicture]) -> tuple[StoredPicture, ...]:
    return tuple(map(to_stored_picture, planned))
