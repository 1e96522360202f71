"""Pictures, stored once each by content hash however many sessions show them.

Every transaction that touches pictures locks its session first and then the pictures in the order of their hashes,
so that none waits for another in a circle.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.errors import PictureNotFound
from server.store.records import Picture
from server.store.tables import parts, pictures, turns


async def put(connection: AsyncConnection, given: Iterable[Picture]) -> None:
    """Store those that are not there yet, and lock all until the transaction ends.

    The update of those that are there changes nothing, but it waits for a transaction that is deleting one, and then
    stores it again; `DO NOTHING` would leave parts that point nowhere.
    """
    rows = [
        {"sha256": sha256, "mime": picture.mime, "num_bytes": len(picture.data), "data": picture.data}
        for sha256, picture in sorted({picture.sha256: picture for picture in given}.items())
    ]
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(pictures)
    statement = insert.on_conflict_do_update(index_elements=["sha256"], set_={"mime": insert.excluded.mime})
    for row in rows:
        await connection.execute(statement, row)


async def load(connection: AsyncConnection, session_id: str, hashes: Collection[str]) -> dict[str, Picture]:
    """Those of a session, by hash. Raises `PictureNotFound`."""
    is_of_session = pictures.c.sha256.in_(_hashes_of(turns.c.session_id == session_id))
    rows = await connection.execute(select(pictures).where(is_of_session, pictures.c.sha256.in_(hashes)))
    found = {row.sha256: Picture(row.sha256, row.mime, row.data) for row in rows}
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
        await connection.execute(select(pictures.c.sha256).where(pictures.c.sha256 == sha256).with_for_update())
        is_used = exists().where(parts.c.sha256 == pictures.c.sha256)
        await connection.execute(delete(pictures).where(pictures.c.sha256 == sha256, ~is_used))


def _hashes_of(of_turns: ColumnElement[bool]) -> Select[str]:
    shown = parts.join(turns, parts.c.turn_id == turns.c.id)
    return select(parts.c.sha256).distinct().select_from(shown).where(of_turns, parts.c.sha256.is_not(None))
