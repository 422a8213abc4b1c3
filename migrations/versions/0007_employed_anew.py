"""Whoever is employed anew has accounts with that, and what the sweep noticed follows the register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOTICE = "departure_notice"


def upgrade() -> None:
    op.add_column(NOTICE, sa.Column("register_ends_on", sa.Date(), nullable=True))
    op.add_column(NOTICE, sa.Column("employed_anew_at", sa.DateTime(timezone=True), nullable=True))
    # What the sweep found was noticed for the last day that the register named.
    op.execute("UPDATE departure_notice SET register_ends_on = last_day WHERE noticed_by_id IS NULL AND kind <> 'MOVE'")


def downgrade() -> None:
    op.drop_column(NOTICE, "employed_anew_at")
    op.drop_column(NOTICE, "register_ends_on")
