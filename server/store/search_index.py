"""The search index: a document for each finished turn, and one for the name and the title of each session.

PostgreSQL has the tokens of a document in its row. SQLite has them in a table of FTS5 that keeps no text, and has to be
told what was in a document to forget it. So the texts are read here, before they change and after: whatever changes a
text calls `forget` first and `add` when it is stored. A token too many does no harm, as what is found is compared.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, TableClause, column, delete, insert, select, table, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.records import TITLE
from server.store.tables import documents, parts, sessions, turns
from server.store.tokens import encode, tokenize, tokenize_owner

fts: TableClause = table("search", column("rowid"), column("tokens"), column("search"))


async def add_session(connection: AsyncConnection, session_id: str) -> None:
    """Make a session known by its name and title."""
    await _add(connection, session_id, None)


async def add_turn(connection: AsyncConnection, session_id: str, turn_id: str) -> None:
    """Make a turn known by its texts and its answer."""
    await _add(connection, session_id, turn_id)


async def _add(connection: AsyncConnection, session_id: str, turn_id: str | None) -> None:
    added = insert(documents).values(session_id=session_id, turn_id=turn_id).returning(documents.c.id)
    number = await connection.scalar(added)
    ((_, tokens),) = (await _read_tokens(connection, documents.c.id == number)).items()
    if connection.dialect.name == "postgresql":
        await connection.execute(update(documents).where(documents.c.id == number).values(tokens=list(tokens)))
    else:
        await connection.execute(insert(fts).values(rowid=number, tokens=encode(tokens)))


async def forget_session(connection: AsyncConnection, session_id: str) -> None:
    """Forget the name and the title of a session, but not its turns."""
    await forget(connection, (documents.c.session_id == session_id) & documents.c.turn_id.is_(None))


async def forget(connection: AsyncConnection, of_documents: ColumnElement[bool]) -> None:
    """Forget documents, whose texts must still be stored."""
    if connection.dialect.name == "sqlite":
        tokens = await _read_tokens(connection, of_documents)
        rows = [{"search": "delete", "rowid": number, "tokens": encode(of_one)} for number, of_one in tokens.items()]
        if rows:
            await connection.execute(insert(fts), rows)
    await connection.execute(delete(documents).where(of_documents))


async def _read_tokens(connection: AsyncConnection, of_documents: ColumnElement[bool]) -> dict[int, set[str]]:
    """Return the tokens of documents by their number."""
    found: dict[int, set[str]] = {}
    of_session = documents.join(sessions, documents.c.session_id == sessions.c.id)
    named = select(documents.c.id, documents.c.turn_id, sessions.c.owner, sessions.c.name, sessions.c.options)
    for row in await connection.execute(named.select_from(of_session).where(of_documents)):
        texts = list_names(row.name, row.options) if row.turn_id is None else ()
        found[row.id] = {tokenize_owner(row.owner), *tokenize_all(texts)}
    asked = select(documents.c.id, parts.c.text).join(parts, parts.c.turn_id == documents.c.turn_id)
    answered = select(documents.c.id, turns.c.answer).join(turns, turns.c.id == documents.c.turn_id)
    for statement in (asked.where(parts.c.text.is_not(None)), answered):
        for number, text in await connection.execute(statement.where(of_documents)):
            found[number] |= tokenize(text)
    return found


def list_names(name: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the texts by which a session is known."""
    title = options.get(TITLE)
    return (name, title) if isinstance(title, str) else (name,)


def tokenize_all(texts: Iterable[str]) -> set[str]:
    return {token for text in texts for token in tokenize(text)}


def match(dialect: str, tokens: Collection[str]) -> ColumnElement[bool]:
    """Select the documents that have all these tokens."""
    if dialect == "postgresql":
        return documents.c.tokens.contains(list(tokens))
    # words of letters and digits alone, all of which have to be there
    return documents.c.id.in_(select(fts.c.rowid).where(fts.c.search.op("MATCH")(encode(tokens))))
