"""What the stages of a turn found: corrections of its question, and what word lists had to say."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Null in the turns from before: nobody knows what was found in them."""
    op.add_column("turns", sa.Column("corrections", sa.JSON))
    op.add_column("turns", sa.Column("moderation", sa.JSON))
