"""Customer service: customers, calls that wait for a yes, their audit, hand-overs, and what the desk is worth."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

AUDIT_STAYS = "entries of the audit log are never changed"


def upgrade() -> None:
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.add_column("turns", sa.Column("author", sa.Text))
    op.add_column("turns", sa.Column("author_name", sa.Text))
    _create_secrets()
    _create_customers()
    _create_actions()
    _create_audit_entries(number)
    _create_handovers()
    _create_handover_events(number)
    _create_session_outcomes()
    _create_webhook_deliveries()
    _create_canned_answers()


def _create_secrets() -> None:
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _create_customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("is_anonymous", sa.Boolean, nullable=False),
        sa.Column("claims", sa.JSON, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("seen_s", sa.Double, nullable=False),
        sa.Column("revoked_s", sa.Double),
    )
    op.create_index("ix_customers_shop_seen_s", "customers", ["shop", "seen_s", "id"])
    op.create_index("ix_customers_seen_s", "customers", ["seen_s", "id"])


def _create_actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("expires_s", sa.Double, nullable=False),
        sa.Column("lease_s", sa.Double),
        sa.Column("ended_s", sa.Double),
        sa.Column("result", sa.JSON),
        sa.Column("error", sa.Text),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'failed', 'unknown', 'declined', 'expired')",
            name="ck_actions_state",
        ),
    )
    op.create_index("ix_actions_owner_created_s", "actions", ["owner", "created_s", "id"])
    op.create_index("ix_actions_session_id", "actions", ["session_id", "created_s", "id"])
    op.create_index("ix_actions_state", "actions", ["state", "expires_s", "id"])


def _create_audit_entries(number: type[sa.Integer]) -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", number, primary_key=True),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("session_id", sa.String(32)),
        sa.Column("action_id", sa.String(32)),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("arguments", sa.JSON),
        sa.Column("result", sa.JSON),
    )
    op.create_index("ix_audit_entries_shop", "audit_entries", ["shop", "id"])
    op.create_index("ix_audit_entries_session_id", "audit_entries", ["session_id", "id"])
    op.create_index("ix_audit_entries_at_s", "audit_entries", ["at_s", "id"])
    _refuse_audit_updates()


def _refuse_audit_updates() -> None:
    """Have the database itself refuse changes of what is in the audit log."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries"
            f" BEGIN SELECT RAISE(ABORT, '{AUDIT_STAYS}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_audit_update() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN RAISE EXCEPTION '{AUDIT_STAYS}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries"
        " FOR EACH ROW EXECUTE FUNCTION refuse_audit_update()"
    )


def _create_handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("session_id", sa.String(32), primary_key=True),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("agent", sa.Text),
        sa.Column("agent_name", sa.Text),
        sa.Column("asked_s", sa.Double, nullable=False),
        sa.Column("changed_s", sa.Double, nullable=False),
        sa.Column("summary", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("state IN ('bot', 'waiting', 'person', 'closed')", name="ck_handovers_state"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_handovers_session_id", ondelete="CASCADE"),
    )
    op.create_index("ix_handovers_shop_state", "handovers", ["shop", "state", "changed_s", "session_id"])


def _create_handover_events(number: type[sa.Integer]) -> None:
    op.create_table(
        "handover_events",
        sa.Column("id", number, primary_key=True),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_index("ix_handover_events_at_s", "handover_events", ["at_s", "id"])
    op.create_index("ix_handover_events_session_id", "handover_events", ["session_id", "id"])


def _create_session_outcomes() -> None:
    op.create_table(
        "session_outcomes",
        sa.Column("session_id", sa.String(32), primary_key=True),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("began_s", sa.Double, nullable=False),
        sa.Column("ended_s", sa.Double, nullable=False),
        sa.Column("first_answer_s", sa.Double),
        sa.Column("reason", sa.Text),
        sa.Column("num_turns", sa.Integer, nullable=False),
        sa.Column("num_up", sa.Integer, nullable=False),
        sa.Column("num_down", sa.Integer, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
    )
    op.create_index("ix_session_outcomes_ended_s", "session_outcomes", ["ended_s", "session_id"])


def _create_webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("next_s", sa.Double, nullable=False),
        sa.Column("num_tries", sa.Integer, nullable=False),
        sa.Column("ended_s", sa.Double),
        sa.Column("is_delivered", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_webhook_deliveries_next_s", "webhook_deliveries", ["ended_s", "next_s", "id"])


def _create_canned_answers() -> None:
    op.create_table(
        "canned_answers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.UniqueConstraint("shop", "title", name="uq_canned_answers_shop_title"),
    )
