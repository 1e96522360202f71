"""The search index, filled with what is stored."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.store.search_index import list_names, tokenize_all
from server.store.tokens import encode, tokenize_owner

revision = "0007"
down_revision = "0006"

BATCH = 500
"""How many documents are filled in at once, which bounds the memory."""

INDEX_MEMORY = 32 << 20
"""How many bytes SQLite collects before it writes them; the more, the less it has to merge."""


def upgrade() -> None:
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer if is_sqlite else sa.BigInteger, primary_key=True),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("turn_id", sa.String(32)),
        sa.Column("tokens", sa.LargeBinary if is_sqlite else postgresql.ARRAY(sa.Text)),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_documents_session_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_documents_turn_id", ondelete="CASCADE"),
    )
    if is_sqlite:
        options = "content='', columnsize=0, detail=none, tokenize='ascii'"
        op.execute(f"CREATE VIRTUAL TABLE search USING fts5(tokens, {options})")
        _set_index_memory(INDEX_MEMORY)
    _fill_sessions(connection)
    _fill_turns(connection)
    if is_sqlite:
        _set_index_memory(1 << 20)  # as it is by default
    else:
        op.create_index("ix_documents_tokens", "documents", ["tokens"], postgresql_using="gin")
    op.create_index("ix_documents_session_id", "documents", ["session_id"])
    op.create_index("uq_documents_turn_id", "documents", ["turn_id"], unique=True)


def _set_index_memory(num_bytes: int) -> None:
    op.execute(f"INSERT INTO search (search, rank) VALUES ('hashsize', {num_bytes})")


def _fill_sessions(connection: sa.Connection) -> None:
    sessions = sa.table("sessions", *map(sa.column, ("id", "owner", "name")), sa.column("options", sa.JSON))
    last = ""
    while True:
        some = sa.select(sessions).where(sessions.c.id > last).order_by(sessions.c.id).limit(BATCH)
        rows = connection.execute(some).all()
        if not rows:
            return
        _add(connection, [(row.id, None, row.owner, list_names(row.name, row.options)) for row in rows])
        last = rows[-1].id


def _fill_turns(connection: sa.Connection) -> None:
    """Fill in the finished turns. The parts of a turn are those between its id and the next one's in the batch."""
    some = sa.text(
        "SELECT turns.id, session_id, owner, answer FROM turns JOIN sessions ON sessions.id = session_id"
        " WHERE turns.id > :last AND finish_reason IS NOT NULL ORDER BY turns.id LIMIT :batch"
    )
    asked = sa.text("SELECT turn_id, text FROM parts WHERE turn_id > :last AND turn_id <= :end AND text IS NOT NULL")
    last = ""
    while rows := connection.execute(some, {"last": last, "batch": BATCH}).all():
        texts: dict[str, list[str]] = {row.id: [row.answer] for row in rows}
        for turn_id, text in connection.execute(asked, {"last": last, "end": rows[-1].id}):
            if turn_id in texts:
                texts[turn_id].append(text)
        _add(connection, [(row.session_id, row.id, row.owner, texts[row.id]) for row in rows])
        last = rows[-1].id


def _add(connection: sa.Connection, found: Sequence[tuple[str, str | None, str, Sequence[str]]]) -> None:
    columns = ("id", "session_id", "turn_id")
    documents = sa.table("documents", *map(sa.column, columns), sa.column("tokens", postgresql.ARRAY(sa.Text)))
    first = (connection.scalar(sa.select(sa.func.max(documents.c.id))) or 0) + 1
    rows: list[dict[str, Any]] = []
    all_tokens: list[list[str]] = []
    for number, (session_id, turn_id, owner, texts) in enumerate(found, first):
        rows.append({"id": number, "session_id": session_id, "turn_id": turn_id})
        all_tokens.append([tokenize_owner(owner), *sorted(tokenize_all(texts))])
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.insert(documents), [{**row, "tokens": tokens} for row, tokens in zip(rows, all_tokens, strict=True)]
        )
        return
    connection.execute(sa.insert(documents), rows)
    encoded = [{"id": row["id"], "tokens": encode(tokens)} for row, tokens in zip(rows, all_tokens, strict=True)]
    connection.execute(sa.text("INSERT INTO search (rowid, tokens) VALUES (:id, :tokens)"), encoded)
