"""What is written to see whether the database can be written to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "probes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("checked_s", sa.Double, nullable=False),
        sa.Column("filler", sa.LargeBinary),
    )
