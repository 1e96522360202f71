"""The tables of customer service, as the newest migration leaves them.

    secrets              what the server signs with, made once and shared by servers of one database
    customers            who came with a token; their `id` is the owner of their sessions and documents
    actions              calls that change data, from when the customer is asked until they ended
    audit_entries        who asked for which call, what ran, and with which result; only ever added to
    sessions 1-0..1 handovers
    handover_events      every change of a hand-over, kept when the session is gone
    session_outcomes     how sessions ended, kept when they are gone
    webhook_deliveries   what is still to be sent, or was
    canned_answers       texts that people at the desk use again

`shop` is the owner of the API key that customers belong to; it is empty on a server without keys. Times are in Unix
seconds.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from server.store.library_tables import NUMBER
from server.store.tables import CleanString, CleanText, metadata

secrets = Table(
    "secrets",
    metadata,
    Column("name", CleanString(64), primary_key=True),
    Column("value", Text, nullable=False),
)

customers = Table(
    "customers",
    metadata,
    Column("id", CleanString(64), primary_key=True),
    Column("shop", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("is_anonymous", Boolean, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("seen_s", Double, nullable=False),
    Column("revoked_s", Double),
    Index("ix_customers_shop_seen_s", "shop", "seen_s", "id"),
    Index("ix_customers_seen_s", "seen_s", "id"),
)
"""`revoked_s` is from when on tokens are valid again: those issued before are refused."""

actions = Table(
    "actions",
    metadata,
    Column("id", CleanString(32), primary_key=True),
    Column("shop", CleanText, nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("session_id", CleanString(32), nullable=False),
    Column("profile", CleanText, nullable=False),
    Column("tool", CleanText, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("expires_s", Double, nullable=False),
    Column("lease_s", Double),
    Column("ended_s", Double),
    Column("result", JSON(none_as_null=True)),
    Column("error", CleanText),
    CheckConstraint(
        "state IN ('pending', 'running', 'done', 'failed', 'unknown', 'declined', 'expired')", name="ck_actions_state"
    ),
    Index("ix_actions_owner_created_s", "owner", "created_s", "id"),
    Index("ix_actions_session_id", "session_id", "created_s", "id"),
    Index("ix_actions_state", "state", "expires_s", "id"),
)
"""`lease_s` is until when its server says that it is running; after that its end is unknown."""

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at_s", Double, nullable=False),
    Column("shop", CleanText, nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("session_id", CleanString(32)),
    Column("action_id", CleanString(32)),
    Column("tool", CleanText, nullable=False),
    Column("event", Text, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("arguments", JSON(none_as_null=True)),
    Column("result", JSON(none_as_null=True)),
    Index("ix_audit_entries_shop", "shop", "id"),
    Index("ix_audit_entries_session_id", "session_id", "id"),
    Index("ix_audit_entries_at_s", "at_s", "id"),
)

handovers = Table(
    "handovers",
    metadata,
    Column(
        "session_id",
        CleanString(32),
        ForeignKey("sessions.id", name="fk_handovers_session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("shop", CleanText, nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("profile", CleanText, nullable=False),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("agent", CleanText),
    Column("agent_name", CleanText),
    Column("asked_s", Double, nullable=False),
    Column("changed_s", Double, nullable=False),
    Column("summary", CleanText),
    Column("version", Integer, nullable=False),
    CheckConstraint("state IN ('bot', 'waiting', 'person', 'closed')", name="ck_handovers_state"),
    Index("ix_handovers_shop_state", "shop", "state", "changed_s", "session_id"),
)
"""A session without a row here was always answered by the model. `version` grows with every change of the row."""

handover_events = Table(
    "handover_events",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at_s", Double, nullable=False),
    Column("shop", CleanText, nullable=False),
    Column("session_id", CleanString(32), nullable=False),
    Column("profile", CleanText, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", CleanText, nullable=False),
    Index("ix_handover_events_at_s", "at_s", "id"),
    Index("ix_handover_events_session_id", "session_id", "id"),
)

session_outcomes = Table(
    "session_outcomes",
    metadata,
    Column("session_id", CleanString(32), primary_key=True),
    Column("shop", CleanText, nullable=False),
    Column("profile", CleanText, nullable=False),
    Column("began_s", Double, nullable=False),
    Column("ended_s", Double, nullable=False),
    Column("first_answer_s", Double),
    Column("reason", Text),
    Column("num_turns", Integer, nullable=False),
    Column("num_up", Integer, nullable=False),
    Column("num_down", Integer, nullable=False),
    Column("question", CleanText, nullable=False),
    Index("ix_session_outcomes_ended_s", "ended_s", "session_id"),
)
"""`first_answer_s` is how long the first answer took. `reason` is that of its last hand-over, null without one."""

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", CleanString(32), primary_key=True),
    Column("event", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("next_s", Double, nullable=False),
    Column("num_tries", Integer, nullable=False),
    Column("ended_s", Double),
    Column("is_delivered", Boolean, nullable=False),
    Column("error", CleanText),
    Index("ix_webhook_deliveries_next_s", "ended_s", "next_s", "id"),
)
"""`next_s` is when it is tried next; a server that tries it sets it to when another one may, should it die."""

canned_answers = Table(
    "canned_answers",
    metadata,
    Column("id", CleanString(32), primary_key=True),
    Column("shop", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("created_s", Double, nullable=False),
    UniqueConstraint("shop", "title", name="uq_canned_answers_shop_title"),
)
