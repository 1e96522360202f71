"""Queries about canned answers, the texts that people at a shop's desk use again."""

import uuid

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.errors import CannedAnswerNotFound, CannedTitleTaken, TooManyCannedAnswers
from server.store.service_records import CannedAnswer
from server.store.service_tables import canned_answers as answers


async def list_all(connection: AsyncConnection, shop: str) -> list[CannedAnswer]:
    """List the canned answers of a shop by title."""
    rows = await connection.execute(select(answers).where(answers.c.shop == shop).order_by(answers.c.title))
    return [CannedAnswer(**row._mapping) for row in rows]


async def add(
    connection: AsyncConnection, shop: str, title: str, text: str, max_answers: int, now_s: float
) -> CannedAnswer:
    """Add a canned answer. Raises `CannedTitleTaken`, `TooManyCannedAnswers`."""
    count = select(func.count()).select_from(answers).where(answers.c.shop == shop)
    if (await connection.execute(count)).scalar_one() >= max_answers:
        raise TooManyCannedAnswers(max_answers)
    answer = CannedAnswer(uuid.uuid4().hex, shop, title, text, now_s)
    values = {"id": answer.id, "shop": shop, "title": title, "text": text, "created_s": now_s}
    statement = insert_into(connection, answers).values(**values).on_conflict_do_nothing()
    if (await connection.execute(statement.returning(answers.c.id))).one_or_none() is None:
        raise CannedTitleTaken(title)
    return answer


async def replace(connection: AsyncConnection, shop: str, answer_id: str, title: str, text: str) -> CannedAnswer:
    """Give a canned answer another title and text. Raises `CannedAnswerNotFound`, `CannedTitleTaken`."""
    is_it = (answers.c.shop == shop) & (answers.c.id == answer_id)
    changing = update(answers).where(is_it).values(title=title, text=text).returning(answers)
    try:
        async with connection.begin_nested():
            row = (await connection.execute(changing)).one_or_none()
    except IntegrityError as error:
        raise CannedTitleTaken(title) from error
    if row is None:
        raise CannedAnswerNotFound(answer_id)
    return CannedAnswer(**row._mapping)


async def remove(connection: AsyncConnection, shop: str, answer_id: str) -> None:
    """Delete a canned answer. Raises `CannedAnswerNotFound`."""
    is_it = (answers.c.shop == shop) & (answers.c.id == answer_id)
    if (await connection.execute(delete(answers).where(is_it))).rowcount == 0:
        raise CannedAnswerNotFound(answer_id)
