"""The tables, as the newest migration leaves them.

    sessions 1-* turns 1-* messages 1-* parts *-1 pictures
    sessions 1-* documents *-0..1 turns
    spending      tokens by key and day; days are counted from 1970 in UTC
    answers       the answer cache
    runs          saved runs of the playground
    responses 1-* response_pictures *-1 pictures, and a response follows another one or none
    probes        when it was last tried whether the database can be written to

A turn whose `finish_reason` is null is pending: it holds its session until it is finished or its lease is over.
Times and leases are in Unix seconds.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine


def clean(value: str | None) -> str | None:
    """Return a text as `CleanText` stores it."""
    if value is None or (value.isascii() and "\0" not in value):
        return value
    return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class CleanText(TypeDecorator[str]):
    """Text in which U+FFFD replaces NUL, which PostgreSQL refuses, and lone surrogates, which no encoding has."""

    impl: type[TypeEngine[Any]] = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return clean(value)


class CleanString(CleanText):
    """`CleanText` of limited length, for ids and hashes: they come from URLs, and may be any text."""

    impl = String
    cache_ok = True


SHA256 = CleanString(64)
metadata = MetaData()


def _id(name: str, *constraints: Any, **options: Any) -> "Column[str]":
    """Make a column of random ids, 32 hexadecimal digits each."""
    return Column(name, CleanString(32), *constraints, nullable=False, **options)


sessions = Table(
    "sessions",
    metadata,
    _id("id", primary_key=True),
    Column("owner", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("options", JSON, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("updated_s", Double, nullable=False),
    UniqueConstraint("owner", "name", name="uq_sessions_owner_name"),
    Index("ix_sessions_owner_updated_s", "owner", "updated_s", "id"),
)

turns = Table(
    "turns",
    metadata,
    _id("id", primary_key=True),
    _id("session_id", ForeignKey("sessions.id", name="fk_turns_session_id", ondelete="CASCADE")),
    Column("position", Integer, nullable=False),
    Column("answer", CleanText, nullable=False),
    Column("finish_reason", Text),
    Column("lease_s", Double, nullable=False),
    Column("num_prompt_tokens", Integer, nullable=False),
    Column("num_cached_tokens", Integer, nullable=False),
    Column("num_generated_tokens", Integer, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("finished_s", Double),
    Column("corrections", JSON(none_as_null=True)),
    Column("moderation", JSON(none_as_null=True)),
    Column("citations", JSON(none_as_null=True)),
    Column("author", Text),
    Column("author_name", CleanText),
    Column("thumb", Text),
    Column("feedback_text", CleanText),
    Column("feedback_s", Double),
    UniqueConstraint("session_id", "position", name="uq_turns_session_id_position"),
    CheckConstraint("thumb IN ('up', 'down')", name="ck_turns_thumb"),
)
Index(
    "uq_turns_one_pending",
    turns.c.session_id,
    unique=True,
    sqlite_where=turns.c.finish_reason.is_(None),
    postgresql_where=turns.c.finish_reason.is_(None),
)

messages = Table(
    "messages",
    metadata,
    _id("turn_id", ForeignKey("turns.id", name="fk_messages_turn_id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    CheckConstraint("role IN ('system', 'user', 'assistant', 'tool')", name="ck_messages_role"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("sha256", SHA256, primary_key=True),
    Column("mime", CleanText, nullable=False),
    Column("num_bytes", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

parts = Table(
    "parts",
    metadata,
    _id("turn_id", primary_key=True),
    Column("message", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("text", CleanText),
    Column("sha256", SHA256, ForeignKey("pictures.sha256", name="fk_parts_sha256")),
    Column("time_s", Double),
    Column("max_slice_nums", Integer),
    ForeignKeyConstraint(
        ["turn_id", "message"], ["messages.turn_id", "messages.position"], name="fk_parts_message", ondelete="CASCADE"
    ),
    CheckConstraint("(text IS NULL) <> (sha256 IS NULL)", name="ck_parts_text_or_picture"),
    Index("ix_parts_sha256", "sha256"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    _id("session_id", ForeignKey("sessions.id", name="fk_documents_session_id", ondelete="CASCADE")),
    Column("turn_id", CleanString(32), ForeignKey("turns.id", name="fk_documents_turn_id", ondelete="CASCADE")),
    Column("tokens", postgresql.ARRAY(Text).with_variant(LargeBinary, "sqlite")),
    Index("ix_documents_session_id", "session_id"),
    Index("uq_documents_turn_id", "turn_id", unique=True),
)
"""What the search index knows: a finished turn, or without one the name and title of a session.

SQLite has no tokens here, but in its table `search`; PostgreSQL has an index of them, `ix_documents_tokens`.
"""

answers = Table(
    "answers",
    metadata,
    Column("owner", CleanText, primary_key=True),
    Column("key", SHA256, primary_key=True),
    Column("value", CleanText, nullable=False),
    Column("created_s", Double, nullable=False),
    Index("ix_answers_created_s", "created_s"),
)
"""The answer cache: `key` is a hash of everything that an answer depends on."""

spending = Table(
    "spending",
    metadata,
    Column("key_name", CleanString(64), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("num_tokens", BigInteger, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _id("id", primary_key=True),
    Column("owner", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_runs_owner_created_s", "owner", "created_s", "id"),
    Index("ix_runs_created_s", "created_s"),
)
"""Saved runs of the playground. `body` is JSON; it comes last, as SQLite reads all columns before one it needs."""

responses = Table(
    "responses",
    metadata,
    _id("id", primary_key=True),
    Column("owner", CleanText, nullable=False),
    _id("thread_id"),
    Column("previous_id", CleanString(32)),
    Column("created_s", Double, nullable=False),
    Column("num_bytes", Integer, nullable=False),
    Column("dialogue", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_responses_owner_thread_id", "owner", "thread_id", "created_s"),
    Index("ix_responses_thread_id", "thread_id"),
)
"""Stored responses of OpenAI's dialect. All that follow, at any distance, the same first one have its id as
`thread_id`. `previous_id` may be that of a response that was deleted. `dialogue`, of `num_bytes`, is what it adds
to the dialogue, and `body` is all that clients are shown of it, both in JSON."""

response_pictures = Table(
    "response_pictures",
    metadata,
    _id(
        "response_id",
        ForeignKey("responses.id", name="fk_response_pictures_response_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("sha256", SHA256, ForeignKey("pictures.sha256", name="fk_response_pictures_sha256"), primary_key=True),
    Index("ix_response_pictures_sha256", "sha256"),
)

probes = Table(
    "probes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("checked_s", Double, nullable=False),
    Column("filler", LargeBinary),
)
