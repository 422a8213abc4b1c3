"""Accounts that a cancelled departure has shut are opened again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.rebuilding import change_checks

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATES = (
    "'DRAFT', 'AWAITING_DECISION', 'AWAITING_COMPLETION', 'AWAITING_EXECUTION', 'AWAITING_REGISTRATION', "
    "'OBSTRUCTED', 'COMPLETED', 'REJECTED', 'WITHDRAWN', 'LAPSED', 'FAILED', 'QUEUED', 'CLOSED', 'CANCELLED', "
    "'PROPOSED', 'AWAITING_TEST', 'AWAITING_SECURITY_REVIEW', 'AWAITING_OPERATIONAL_APPROVAL', "
    "'AWAITING_DEPLOYMENT', 'AWAITING_FOLLOW_UP', 'IN_OPERATION', 'ROLLED_BACK'"
)
PARTS = (
    "'SUBMIT', 'DECIDE', 'COMPLETE', 'EXECUTE', 'REGISTER', 'SOLVE', 'RELEASE', 'BLOCK', 'CLOSE_ACCOUNTS', "
    "'RETURN_EQUIPMENT', 'APPOINT', 'PREPARE', 'TEST', 'REVIEW', 'APPROVE', 'COSIGN', 'DEPLOY', 'FOLLOW_UP', "
    "'AGREE_DATE', 'CONFIRM_DATE', 'SET_DATE'"
)
NOTICE = "departure_notice"
KEY = f"fk_{NOTICE}_organisation_id_reopened_by_id"
THEMSELF = f"ck_{NOTICE}_nobody_reopens_their_own_accounts"
TICKET = f"ck_{NOTICE}_a_reopening_names_its_ticket"


def upgrade() -> None:
    change_checks("case_file", {"ck_case_file_state": f"state IN ({STATES}, 'REOPENING')"})
    change_checks("task", {"ck_task_part": f"part IN ({PARTS}, 'REOPEN_ACCOUNTS')"})
    change_checks(
        NOTICE,
        {},
        columns=[
            sa.Column("reopen_ticket", sa.String(), nullable=False, server_default=""),
            sa.Column("reopened_by_id", sa.Uuid(), nullable=True),
            sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        ],
        keys={
            KEY: "FOREIGN KEY (organisation_id, reopened_by_id) REFERENCES person (organisation_id, id)",
            THEMSELF: "CHECK (reopened_by_id <> person_id)",
            TICKET: "CHECK ((reopened_at IS NULL) = (reopen_ticket = ''))",
        },
    )


def downgrade() -> None:
    with op.batch_alter_table(NOTICE) as notice:
        notice.drop_constraint(op.f(KEY), type_="foreignkey")
        for name in (THEMSELF, TICKET):
            notice.drop_constraint(op.f(name), type_="check")
        for column in ("reopened_at", "reopened_by_id", "reopen_ticket"):
            notice.drop_column(column)
    change_checks("task", {"ck_task_part": f"part IN ({PARTS})"})
    change_checks("case_file", {"ck_case_file_state": f"state IN ({STATES})"})
