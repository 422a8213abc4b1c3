"""Tasks that somebody has said they take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.rebuilding import change_checks

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = "fk_task_organisation_id_claimed_by_id"
CHECK = "ck_task_claimed_by_somebody"


def upgrade() -> None:
    change_checks(
        "task",
        {},
        columns=[
            sa.Column("claimed_by_id", sa.Uuid(), nullable=True),
            sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        ],
        keys={
            KEY: "FOREIGN KEY (organisation_id, claimed_by_id) REFERENCES person (organisation_id, id)",
            CHECK: "CHECK ((claimed_by_id IS NULL) = (claimed_at IS NULL))",
        },
    )


def downgrade() -> None:
    with op.batch_alter_table("task") as task:
        task.drop_constraint(op.f(KEY), type_="foreignkey")
        task.drop_constraint(op.f(CHECK), type_="check")
        task.drop_column("claimed_at")
        task.drop_column("claimed_by_id")
