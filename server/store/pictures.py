"""Pictures, stored once each by content hash however many sessions show them.

Every transaction that touches pictures locks its session first and then the pictures in the order of their hashes,
so that none waits for another in a circle.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.errors import PictureNotFound
from server.store.records import StoredPicture
from server.store.tables import parts, pictures, turns


async def put(connection: AsyncConnection, given: Iterable[StoredPicture]) -> None:
    """Store those that are not there yet, and lock all until the transaction ends."""
    insert = insert_into(connection, pictures)
    # Another transaction may store it between the look and the insert, and even delete it again: this update changes
    # nothing but takes the lock too, while `DO NOTHING` would leave parts that point nowhere.
    statement = insert.on_conflict_do_update(index_elements=["sha256"], set_={"mime": insert.excluded.mime})
    for sha256, picture in sorted({picture.sha256: picture for picture in given}.items()):
        if not await _lock(connection, sha256):
            row = {"sha256": sha256, "mime": picture.mime, "num_bytes": len(picture.data), "data": picture.data}
            await connection.execute(statement, row)


async def load(connection: AsyncConnection, session_id: str, hashes: Collection[str]) -> dict[str, StoredPicture]:
    """Those of a session, by hash. Raises `PictureNotFound`."""
    is_of_session = pictures.c.sha256.in_(_hashes_of(turns.c.session_id == session_id))
    rows = await connection.execute(select(pictures).where(is_of_session, pictures.c.sha256.in_(hashes)))
    found = {row.sha256: StoredPicture(row.sha256, row.mime, row.data) for row in rows}
    for sha256 in hashes:
        if sha256 not in found:
            raise PictureNotFound(sha256)
    return found


async def hashes_of(connection: AsyncConnection, of_turns: ColumnElement[bool]) -> Sequence[str]:
    """Of the pictures that these turns show."""
    return (await connection.scalars(_hashes_of(of_turns))).all()


async def drop_unused(connection: AsyncConnection, hashes: Iterable[str]) -> None:
    """Delete those of `hashes` that no turn shows any more."""
    for sha256 in sorted(hashes):
        # Locked first and judged by the next statement: one alone would judge by what it saw before it had to wait.
        await _lock(connection, sha256)
        is_used = exists().where(parts.c.sha256 == pictures.c.sha256)
        await connection.execute(delete(pictures).where(pictures.c.sha256 == sha256, ~is_used))


async def _lock(connection: AsyncConnection, sha256: str) -> bool:
    """Whether it is there; if so, no other transaction deletes it until this one ends."""
    found = await connection.scalar(select(pictures.c.sha256).where(pictures.c.sha256 == sha256).with_for_update())
    return found is not None


def _hashes_of(of_turns: ColumnElement[bool]) -> Select[str]:
    shown = parts.join(turns, parts.c.turn_id == turns.c.id)
    return select(parts.c.sha256).distinct().select_from(shown).where(of_turns, parts.c.sha256.is_not(None))
