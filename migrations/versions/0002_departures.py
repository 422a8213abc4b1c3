"""Departures: notices, the duties a leaver holds, and end requests that are part of a notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.building import check, scoped, within
from migrations.rebuilding import change_checks

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORKFLOWS = "workflow IN ('authorisation')"
WORKFLOWS_NOW = "workflow IN ('authorisation', 'departure')"
STATES = (
    "'DRAFT', 'AWAITING_DECISION', 'AWAITING_COMPLETION', 'AWAITING_EXECUTION', 'AWAITING_REGISTRATION', "
    "'OBSTRUCTED', 'COMPLETED', 'REJECTED', 'WITHDRAWN', 'LAPSED', 'FAILED'"
)
PARTS = "'SUBMIT', 'DECIDE', 'COMPLETE', 'EXECUTE', 'REGISTER', 'SOLVE'"
PARTS_NOW = f"{PARTS}, 'RELEASE', 'BLOCK', 'CLOSE_ACCOUNTS', 'RETURN_EQUIPMENT', 'APPOINT'"
OPEN = sa.text("closed_at IS NULL")
IN_FORCE = sa.text("cancelled_at IS NULL AND kind <> 'MOVE'")


def upgrade() -> None:
    change_checks(
        "case_file",
        {
            "ck_case_file_workflow": WORKFLOWS_NOW,
            "ck_case_file_state": f"state IN ({STATES}, 'QUEUED', 'CLOSED', 'CANCELLED')",
        },
    )
    op.drop_index("uq_task_open_part", "task")
    change_checks(
        "task",
        {"ck_task_part": f"part IN ({PARTS_NOW})"},
        columns=[sa.Column("about", sa.String(), nullable=False, server_default="")],
    )
    op.create_index(
        "uq_task_open_part",
        "task",
        ["case_id", "part", "about"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "departure_notice",
        *scoped("departure_notice"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("noticed_by_id", sa.Uuid(), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("hold", sa.String(), nullable=False),
        sa.Column("new_department_id", sa.Uuid(), nullable=True),
        sa.Column("block_ticket", sa.String(), nullable=False),
        sa.Column("blocked_by_id", sa.Uuid(), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accounts_ticket", sa.String(), nullable=False),
        sa.Column("accounts_closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("accounts_closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("equipment_note", sa.String(), nullable=False),
        sa.Column("equipment_returned_by_id", sa.Uuid(), nullable=True),
        sa.Column("equipment_returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        within("departure_notice", "id", "case_file"),
        within("departure_notice", "person_id", "person"),
        within("departure_notice", "employment_id", "employment"),
        within("departure_notice", "noticed_by_id", "person"),
        within("departure_notice", "new_department_id", "department"),
        within("departure_notice", "blocked_by_id", "person"),
        within("departure_notice", "accounts_closed_by_id", "person"),
        within("departure_notice", "equipment_returned_by_id", "person"),
        check("departure_notice", "kind", "kind IN ('NORMAL', 'IMMEDIATE', 'MOVE')"),
        check("departure_notice", "hold", "hold IN ('', 'BRAKE', 'CONFIRMATION')"),
        check("departure_notice", "a_move_leads_somewhere", "(kind = 'MOVE') = (new_department_id IS NOT NULL)"),
        check("departure_notice", "nobody_blocks_themself", "blocked_by_id <> person_id"),
        check("departure_notice", "nobody_closes_their_own_accounts", "accounts_closed_by_id <> person_id"),
        check("departure_notice", "a_block_names_its_ticket", "(blocked_at IS NULL) = (block_ticket = '')"),
        check(
            "departure_notice", "a_closing_names_its_ticket", "(accounts_closed_at IS NULL) = (accounts_ticket = '')"
        ),
    )
    op.create_index(
        "uq_departure_notice_employment",
        "departure_notice",
        ["organisation_id", "employment_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_index("ix_departure_notice_person_id", "departure_notice", ["person_id"])
    op.create_table(
        "duty",
        *scoped("duty"),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=True),
        sa.Column("system_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("successor", sa.String(), nullable=False),
        within("duty", "notice_id", "departure_notice"),
        within("duty", "system_id", "it_system"),
        within("duty", "body_id", "governing_body"),
        within("duty", "settled_by_id", "person"),
        check("duty", "kind", "kind IN ('DELEGATION', 'DEPUTY', 'ADMINISTRATOR', 'APPOINTMENT')"),
        check("duty", "settled_by_a_successor", "(settled_at IS NULL) = (successor = '')"),
        sa.UniqueConstraint(
            "organisation_id", "notice_id", "name", name=op.f("uq_duty_organisation_id_notice_id_name")
        ),
    )
    change_checks(
        "authorisation_request",
        {},
        columns=[sa.Column("notice_id", sa.Uuid(), nullable=True)],
        keys={
            "fk_authorisation_request_organisation_id_notice_id": (
                "FOREIGN KEY (organisation_id, notice_id) REFERENCES departure_notice (organisation_id, id)"
            )
        },
    )
    op.create_index("ix_authorisation_request_notice_id", "authorisation_request", ["notice_id"])


def downgrade() -> None:
    op.drop_index("ix_authorisation_request_notice_id", "authorisation_request")
    with op.batch_alter_table("authorisation_request") as batch:
        batch.drop_constraint(op.f("fk_authorisation_request_organisation_id_notice_id"), type_="foreignkey")
        batch.drop_column("notice_id")
    op.drop_table("duty")
    op.drop_table("departure_notice")
    op.drop_index("uq_task_open_part", "task")
    with op.batch_alter_table("task") as batch:
        batch.drop_column("about")
    op.create_index(
        "uq_task_open_part", "task", ["case_id", "part"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    change_checks("task", {"ck_task_part": f"part IN ({PARTS})"})
    change_checks("case_file", {"ck_case_file_workflow": WORKFLOWS, "ck_case_file_state": f"state IN ({STATES})"})
