"""Queries about saved runs of the playground.

Whoever has the id of a run may read it, as it cannot be guessed. Only its owner may list or delete it.
"""

import secrets

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.errors import RunNotFound
from server.store.paging import make_cursor, select_page
from server.store.records import Run, RunPage
from server.store.tables import runs

ID_BYTES = 16

run_columns = select(runs.c.id, runs.c.title, runs.c.created_s)


async def save(
    connection: AsyncConnection, owner: str, title: str, body: bytes, now_s: float, max_runs: int | None
) -> Run:
    """Store a run, and delete the owner's oldest beyond `max_runs`."""
    run = Run(secrets.token_hex(ID_BYTES), title, now_s)
    row = {"id": run.id, "owner": owner, "title": title, "body": body, "created_s": now_s}
    await connection.execute(insert(runs).values(**row))
    if max_runs is not None:
        newest_first = (runs.c.created_s.desc(), runs.c.id.desc())
        beyond = select(runs.c.id).where(runs.c.owner == owner).order_by(*newest_first).offset(max_runs)
        await connection.execute(delete(runs).where(runs.c.id.in_(beyond)))
    return run


async def get(connection: AsyncConnection, run_id: str) -> tuple[Run, bytes]:
    """Return a run of any owner, and its body. Raises `RunNotFound`."""
    row = (await connection.execute(run_columns.add_columns(runs.c.body).where(runs.c.id == run_id))).one_or_none()
    if row is None:
        raise RunNotFound(run_id)
    return Run(row.id, row.title, row.created_s), row.body


async def list_page(connection: AsyncConnection, owner: str, limit: int, cursor: str | None) -> RunPage:
    """Return a page of the owner's runs, newest first. Raises `BadCursor`."""
    statement = select_page(run_columns.where(runs.c.owner == owner), runs.c.created_s, runs.c.id, limit, cursor)
    found = [Run(*row) for row in await connection.execute(statement)]
    shown = tuple(found[:limit])
    return RunPage(shown, make_cursor(shown[-1].created_s, shown[-1].id) if len(found) > limit else None)


async def remove(connection: AsyncConnection, owner: str, run_id: str) -> None:
    """Delete a run of the owner. Raises `RunNotFound`."""
    removed = await connection.execute(delete(runs).where(runs.c.owner == owner, runs.c.id == run_id))
    if removed.rowcount == 0:
        raise RunNotFound(run_id)


async def remove_old(connection: AsyncConnection, oldest_s: float) -> int:
    """Delete the runs from before `oldest_s`, and return how many those were."""
    return (await connection.execute(delete(runs).where(runs.c.created_s < oldest_s))).rowcount
