"""Sessions, their turns, and pictures by content hash.

A migration that was released is never changed: what it says is what databases out there have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("updated_s", sa.Double, nullable=False),
        sa.UniqueConstraint("owner", "name", name="uq_sessions_owner_name"),
    )
    op.create_index("ix_sessions_owner_updated_s", "sessions", ["owner", "updated_s", "id"])
    _create_turns()
    _create_messages()


def _create_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("finish_reason", sa.Text),
        sa.Column("lease_s", sa.Double, nullable=False),
        sa.Column("num_prompt_tokens", sa.Integer, nullable=False),
        sa.Column("num_cached_tokens", sa.Integer, nullable=False),
        sa.Column("num_generated_tokens", sa.Integer, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("finished_s", sa.Double),
        sa.Column("thumb", sa.Text),
        sa.Column("feedback_text", sa.Text),
        sa.Column("feedback_s", sa.Double),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_turns_session_id", ondelete="CASCADE"),
        sa.UniqueConstraint("session_id", "position", name="uq_turns_session_id_position"),
        sa.CheckConstraint("thumb IN ('up', 'down')", name="ck_turns_thumb"),
    )
    pending = sa.text("finish_reason IS NULL")
    op.create_index(
        "uq_turns_one_pending", "turns", ["session_id"], unique=True, sqlite_where=pending, postgresql_where=pending
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("turn_id", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_messages_turn_id", ondelete="CASCADE"),
        sa.CheckConstraint("role IN ('system', 'user', 'assistant', 'tool')", name="ck_messages_role"),
    )
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("mime", sa.Text, nullable=False),
        sa.Column("num_bytes", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "parts",
        sa.Column("turn_id", sa.String(32), primary_key=True),
        sa.Column("message", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text),
        sa.Column("sha256", sa.String(64)),
        sa.ForeignKeyConstraint(
            ["turn_id", "message"],
            ["messages.turn_id", "messages.position"],
            name="fk_parts_message",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["sha256"], ["pictures.sha256"], name="fk_parts_sha256"),
        sa.CheckConstraint("(text IS NULL) <> (sha256 IS NULL)", name="ck_parts_text_or_picture"),
    )
    op.create_index("ix_parts_sha256", "parts", ["sha256"])
