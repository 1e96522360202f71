"""Queries about pictures, each of which is stored once by content hash however many sessions show it.

Against deadlocks, every transaction locks its session first, and then pictures in the order of their hashes.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.errors import PictureNotFound
from server.store.records import StoredPicture
from server.store.tables import parts, pictures, response_pictures, turns


async def put(connection: AsyncConnection, given: Iterable[StoredPicture]) -> None:
    """Store the pictures that are not stored yet, and lock all of them until the transaction ends."""
    insert = insert_into(connection, pictures)
    # Another transaction may store the picture between the lock and the insert, and even delete it again. The update
    # changes nothing but takes the lock; `DO NOTHING` would not, and could leave parts without their picture.
    statement = insert.on_conflict_do_update(index_elements=["sha256"], set_={"mime": insert.excluded.mime})
    for sha256, picture in sorted({picture.sha256: picture for picture in given}.items()):
        if not await _lock(connection, sha256):
            row = {"sha256": sha256, "mime": picture.mime, "num_bytes": len(picture.data), "data": picture.data}
            await connection.execute(statement, row)


async def load(connection: AsyncConnection, session_id: str, hashes: Collection[str]) -> dict[str, StoredPicture]:
    """Return pictures that the session shows, by hash. Raises `PictureNotFound`."""
    is_of_session = pictures.c.sha256.in_(_select_hashes(turns.c.session_id == session_id))
    rows = await connection.execute(select(pictures).where(is_of_session, pictures.c.sha256.in_(hashes)))
    found = {row.sha256: StoredPicture(row.sha256, row.mime, row.data) for row in rows}
    for sha256 in hashes:
        if sha256 not in found:
            raise PictureNotFound(sha256)
    return found


async def list_hashes(connection: AsyncConnection, of_turns: ColumnElement[bool]) -> Sequence[str]:
    """List the hashes of the pictures that these turns show."""
    return (await connection.scalars(_select_hashes(of_turns))).all()


async def drop_unused(connection: AsyncConnection, hashes: Iterable[str]) -> None:
    """Delete the pictures that no turn and no response shows any more."""
    for sha256 in sorted(hashes):
        # A statement of its own takes the lock: the delete alone would use what it saw before it had to wait for it.
        await _lock(connection, sha256)
        is_in_turn = exists().where(parts.c.sha256 == pictures.c.sha256)
        is_in_response = exists().where(response_pictures.c.sha256 == pictures.c.sha256)
        await connection.execute(delete(pictures).where(pictures.c.sha256 == sha256, ~is_in_turn, ~is_in_response))


async def _lock(connection: AsyncConnection, sha256: str) -> bool:
    """Keep other transactions from deleting a picture until this one ends; return whether it exists."""
    found = await connection.scalar(select(pictures.c.sha256).where(pictures.c.sha256 == sha256).with_for_update())
    return found is not None


def _select_hashes(of_turns: ColumnElement[bool]) -> Select[str]:
    shown = parts.join(turns, parts.c.turn_id == turns.c.id)
    return select(parts.c.sha256).distinct().select_from(shown).where(of_turns, parts.c.sha256.is_not(None))
