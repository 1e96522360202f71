"""The deletion of sessions, some at a time so that no turn waits long for it, and on a full disk too.

On a full disk SQLite has no room for the log of a large deletion. There a session is deleted in pieces, and if that
cannot be finished, what is left of it is an ordinary session with fewer turns. Many passages are always deleted in
pieces.
"""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import library_deletion, outcomes, sessions, turns
from server.store.database import Database
from server.store.errors import DatabaseFull

BATCH = 200
"""How many sessions are deleted in one transaction."""

PIECE = 20
"""How many turns of a session are deleted in one transaction on a full disk."""

Find = Callable[[AsyncConnection, int], Awaitable[Sequence[str]]]
"""Finds and locks sessions that are to be deleted, up to a number."""


async def delete_all(database: Database, find: Find) -> int:
    """Delete all sessions that `find` finds; return how many those were."""
    total = 0
    while count := await delete_some(database, find):
        total += count
    return total


async def delete_some(database: Database, find: Find) -> int:
    """Delete some of the sessions that `find` finds; return how many, 0 when there were none left."""

    async def remove(connection: AsyncConnection) -> int | None:
        found = await find(connection, BATCH)
        if await library_deletion.forget_some(connection, library_deletion.is_of_sessions(found)):
            return None
        await sessions.remove(connection, found)
        return len(found)

    try:
        while (count := await database.write(remove)) is None:
            pass
    except DatabaseFull:
        count = await _delete_in_pieces(database, find)
        await database.give_back_room()
    else:
        if count:
            database.start(database.give_back_room())
    return count


async def _delete_in_pieces(database: Database, find: Find) -> int:
    """Delete one of the sessions that `find` finds; return 1, or 0 where there was none."""

    async def remove_piece(connection: AsyncConnection) -> int | None:
        found = await find(connection, 1)
        await outcomes.record(connection, found)  # before the turns are gone that it is found from
        if found and await turns.remove_last(connection, found[0], PIECE) == PIECE:
            return None
        if await library_deletion.forget_some(connection, library_deletion.is_of_sessions(found)):
            return None
        await sessions.remove(connection, found)
        return len(found)

    while (count := await database.delete(remove_piece)) is None:
        pass
    return count
