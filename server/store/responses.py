"""Queries about stored responses. Each names the owner, so that a response of another owner is not found.

A response has only what is new in it, and the id of the one that it follows. So a dialogue takes no more room than its
turns do, and any number of responses may follow the same one.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import CTE, Select, delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import pictures
from server.store.errors import PictureNotFound, ResponseNotFound
from server.store.records import PictureRef, StoredPicture, StoredResponse
from server.store.tables import pictures as stored_pictures
from server.store.tables import response_pictures, responses

Rows = Sequence[tuple[str, str | None, bytes, bytes]]

columns = select(responses.c.id, responses.c.previous_id, responses.c.dialogue)
ref_columns = (stored_pictures.c.sha256, stored_pictures.c.mime, stored_pictures.c.num_bytes)


async def save(
    connection: AsyncConnection,
    owner: str,
    response: StoredResponse,
    shown: Collection[StoredPicture],
    now_s: float,
) -> None:
    """Store a response with the pictures that its request brought, whole or not at all."""
    hashes = sorted({picture.sha256 for picture in shown})
    await pictures.put(connection, shown)
    is_previous = (responses.c.id == response.previous_id) & (responses.c.owner == owner)
    thread_id = await connection.scalar(select(responses.c.thread_id).where(is_previous))
    row = {"id": response.id, "owner": owner, "created_s": now_s, "previous_id": response.previous_id}
    content = {"dialogue": response.items, "num_bytes": len(response.items), "body": response.body}
    await connection.execute(insert(responses).values(**row, **content, thread_id=thread_id or response.id))
    if hashes:
        shown_rows = [{"response_id": response.id, "sha256": sha256} for sha256 in hashes]
        await connection.execute(insert(response_pictures), shown_rows)


async def get(connection: AsyncConnection, owner: str, response_id: str) -> StoredResponse:
    """Return a response with its body. Raises `ResponseNotFound`."""
    is_it = (responses.c.owner == owner) & (responses.c.id == response_id)
    row = (await connection.execute(columns.add_columns(responses.c.body).where(is_it))).one_or_none()
    if row is None:
        raise ResponseNotFound(response_id)
    (found,) = await _add_pictures(connection, [(row.id, row.previous_id, row.dialogue, row.body)])
    return found


async def get_many(connection: AsyncConnection, owner: str, ids: Collection[str]) -> dict[str, StoredResponse]:
    """Return those of the responses that there are, by id, without their bodies."""
    rows = await connection.execute(columns.where(responses.c.owner == owner, responses.c.id.in_(ids)))
    found = await _add_pictures(connection, [(row.id, row.previous_id, row.dialogue, b"") for row in rows])
    return {response.id: response for response in found}


async def count_bytes(connection: AsyncConnection, owner: str, ids: Collection[str]) -> int:
    """Return how many bytes the items of responses have together."""
    those = (responses.c.owner == owner) & responses.c.id.in_(ids)
    return await connection.scalar(select(func.sum(responses.c.num_bytes)).where(those)) or 0


async def load_chain(
    connection: AsyncConnection, owner: str, response_id: str, max_length: int, max_bytes: int
) -> list[StoredResponse]:
    """Return a response and those that it follows, oldest first: the last `max_length` of them, or of `max_bytes`.

    They come without their bodies. Raises `ResponseNotFound` if it, or one that it follows, does not exist.
    """
    chain = _select_chain(owner, response_id, max_length, max_bytes)
    statement = columns.add_columns(chain.c.length, chain.c.total).join(chain, chain.c.id == responses.c.id)
    rows = (await connection.execute(statement.order_by(chain.c.length.desc()))).all()
    if not rows:
        raise ResponseNotFound(response_id)
    is_cut = rows[0].length >= max_length or rows[0].total >= max_bytes
    if rows[0].previous_id is not None and not is_cut:
        raise ResponseNotFound(rows[0].previous_id)
    return await _add_pictures(connection, [(row.id, row.previous_id, row.dialogue, b"") for row in rows])


def _select_chain(owner: str, response_id: str, max_length: int, max_bytes: int) -> CTE:
    """Select the ids of a chain, each with how many responses and bytes there are from it to the end."""
    is_owned = responses.c.owner == owner
    end = select(
        responses.c.id, responses.c.previous_id, literal(1).label("length"), responses.c.num_bytes.label("total")
    )
    chain = end.where(responses.c.id == response_id, is_owned).cte("chain", recursive=True)
    length, total = chain.c.length + 1, chain.c.total + responses.c.num_bytes
    before = select(responses.c.id, responses.c.previous_id, length, total).join(
        chain, responses.c.id == chain.c.previous_id
    )
    is_wanted = (chain.c.length < max_length) & (chain.c.total < max_bytes)
    return chain.union_all(before.where(is_owned, is_wanted))


async def _add_pictures(connection: AsyncConnection, rows: Rows) -> list[StoredResponse]:
    """Return the responses of the rows with the references of their pictures."""
    joined = response_pictures.join(stored_pictures, response_pictures.c.sha256 == stored_pictures.c.sha256)
    statement = select(response_pictures.c.response_id, *ref_columns).select_from(joined)
    shown: dict[str, list[PictureRef]] = {}
    for response_id, *ref in await connection.execute(
        statement.where(response_pictures.c.response_id.in_([row[0] for row in rows]))
    ):
        shown.setdefault(response_id, []).append(PictureRef(*ref))
    return [StoredResponse(*row, tuple(shown.get(row[0], ()))) for row in rows]


async def load_pictures(
    connection: AsyncConnection, owner: str, response_id: str, hashes: Collection[str]
) -> dict[str, StoredPicture]:
    """Return pictures that the request of a response brought, by hash. Raises `PictureNotFound`."""
    shown = response_pictures.join(responses, response_pictures.c.response_id == responses.c.id)
    is_shown = (responses.c.owner == owner) & (responses.c.id == response_id)
    of_response = select(response_pictures.c.sha256).select_from(shown).where(is_shown)
    wanted = stored_pictures.c.sha256.in_(hashes) & stored_pictures.c.sha256.in_(of_response)
    rows = await connection.execute(select(stored_pictures).where(wanted))
    found = {row.sha256: StoredPicture(row.sha256, row.mime, row.data) for row in rows}
    for sha256 in hashes:
        if sha256 not in found:
            raise PictureNotFound(sha256)
    return found


async def remove_some(connection: AsyncConnection, some: Select[str]) -> int:
    """Delete the responses whose ids `some` selects, with the pictures that nothing shows any more; return how many."""
    locked = select(responses.c.id).where(responses.c.id.in_(some)).order_by(responses.c.id).with_for_update()
    ids = (await connection.scalars(locked)).all()
    shown = select(response_pictures.c.sha256).where(response_pictures.c.response_id.in_(ids)).distinct()
    hashes = (await connection.scalars(shown)).all()
    await connection.execute(delete(responses).where(responses.c.id.in_(ids)))
    await pictures.drop_unused(connection, hashes)
    return len(ids)


def select_one(owner: str, response_id: str) -> Select[str]:
    return select(responses.c.id).where(responses.c.owner == owner, responses.c.id == response_id)


def select_owned(owner: str, limit: int) -> Select[str]:
    """Select some of the owner's responses."""
    return select(responses.c.id).where(responses.c.owner == owner).order_by(responses.c.id).limit(limit)


def select_expired(oldest_s: float, max_threads: int, limit: int) -> Select[str]:
    """Select some of the responses of threads without a response since `oldest_s`, or beyond the owner's newest."""
    last_s = func.max(responses.c.created_s)
    newest_first = (last_s.desc(), responses.c.thread_id.desc())
    rank = func.row_number().over(partition_by=responses.c.owner, order_by=newest_first)
    threads = select(responses.c.thread_id, last_s.label("last_s"), rank.label("rank"))
    ranked = threads.group_by(responses.c.owner, responses.c.thread_id).subquery()
    is_over = (ranked.c.last_s < oldest_s) | (ranked.c.rank > max_threads)
    over = select(ranked.c.thread_id).where(is_over)
    return select(responses.c.id).where(responses.c.thread_id.in_(over)).limit(limit)
