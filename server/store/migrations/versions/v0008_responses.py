"""Stored responses of OpenAI's dialect."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("thread_id", sa.String(32), nullable=False),
        sa.Column("previous_id", sa.String(32)),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("num_bytes", sa.Integer, nullable=False),
        sa.Column("dialogue", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_responses_owner_thread_id", "responses", ["owner", "thread_id", "created_s"])
    op.create_index("ix_responses_thread_id", "responses", ["thread_id"])
    op.create_table(
        "response_pictures",
        sa.Column("response_id", sa.String(32), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name="fk_response_pictures_response_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["pictures.sha256"], name="fk_response_pictures_sha256"),
    )
    op.create_index("ix_response_pictures_sha256", "response_pictures", ["sha256"])
