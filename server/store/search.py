"""The search for sessions by a text that they contain."""

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.records import TITLE
from server.store.search_index import match
from server.store.tables import documents, parts, sessions, turns
from server.store.tokens import tokenize, tokenize_owner

MAX_TOKENS = 32
"""How many tokens of a text are looked up; more would find hardly less."""

MAX_CANDIDATES = 10_000
"""Of more documents than these, the sessions are compared one by one, the last used first, until a page is full."""


async def is_found(connection: AsyncConnection, owner: str, text: str) -> ColumnElement[bool]:
    """Return the condition that selects the owner's sessions with `text` in name, title, questions or answers.

    The case of ASCII letters is ignored.
    """
    tokens = sorted(tokenize(text), key=lambda token: (-len(token), token.isascii(), token))[:MAX_TOKENS]
    if not tokens:
        return _contains(text)
    is_candidate = match(connection.dialect.name, [tokenize_owner(owner), *tokens])
    some = select(documents.c.id).where(is_candidate).limit(MAX_CANDIDATES + 1).subquery()
    if (await connection.scalar(select(func.count()).select_from(some)) or 0) > MAX_CANDIDATES:
        return _contains(text)
    found = select(documents.c.session_id).where(is_candidate, _document_contains(text))
    return sessions.c.id.in_(found)


def _document_contains(text: str) -> ColumnElement[bool]:
    """Select documents that have `text` as it is."""
    of_turn, of_session = turns.c.id == documents.c.turn_id, sessions.c.id == documents.c.session_id
    is_asked = exists().where(parts.c.turn_id == documents.c.turn_id, parts.c.text.icontains(text, autoescape=True))
    is_answered = exists().where(of_turn, turns.c.answer.icontains(text, autoescape=True))
    is_named = exists().where(of_session, _is_named(text)).correlate(documents)
    return or_(is_asked, is_answered, and_(documents.c.turn_id.is_(None), is_named))


def _contains(text: str) -> ColumnElement[bool]:
    """Select sessions that have `text`, without the index."""
    of_session = turns.c.session_id == sessions.c.id
    is_asked = (parts.c.turn_id == turns.c.id) & parts.c.text.icontains(text, autoescape=True)
    is_answered = turns.c.answer.icontains(text, autoescape=True)
    return or_(_is_named(text), exists().where(of_session, is_asked), exists().where(of_session, is_answered))


def _is_named(text: str) -> ColumnElement[bool]:
    is_titled = sessions.c.options[TITLE].as_string().icontains(text, autoescape=True)
    return or_(sessions.c.name.icontains(text, autoescape=True), is_titled)
