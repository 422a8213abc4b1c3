"""Releases: versions on their way into operation, what reviews found, files, plans, and what has been in operation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.building import allow_changes, check, refuse_changes, scoped, within
from migrations.rebuilding import change_checks

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WORKFLOWS = "workflow IN ('authorisation', 'departure')"
WORKFLOWS_NOW = "workflow IN ('authorisation', 'departure', 'release')"
STATES = (
    "'DRAFT', 'AWAITING_DECISION', 'AWAITING_COMPLETION', 'AWAITING_EXECUTION', 'AWAITING_REGISTRATION', "
    "'OBSTRUCTED', 'COMPLETED', 'REJECTED', 'WITHDRAWN', 'LAPSED', 'FAILED', 'QUEUED', 'CLOSED', 'CANCELLED'"
)
STATES_NOW = (
    f"{STATES}, 'PROPOSED', 'AWAITING_TEST', 'AWAITING_SECURITY_REVIEW', 'AWAITING_OPERATIONAL_APPROVAL', "
    "'AWAITING_DEPLOYMENT', 'AWAITING_FOLLOW_UP', 'IN_OPERATION', 'ROLLED_BACK'"
)
PARTS = (
    "'SUBMIT', 'DECIDE', 'COMPLETE', 'EXECUTE', 'REGISTER', 'SOLVE', 'RELEASE', 'BLOCK', 'CLOSE_ACCOUNTS', "
    "'RETURN_EQUIPMENT', 'APPOINT'"
)
PARTS_NOW = (
    f"{PARTS}, 'PREPARE', 'TEST', 'REVIEW', 'APPROVE', 'COSIGN', 'DEPLOY', 'FOLLOW_UP', 'AGREE_DATE', "
    "'CONFIRM_DATE', 'SET_DATE'"
)
PEOPLE = (
    "decided",
    "date_agreed",
    "date_confirmed",
    "tested",
    "reviewed",
    "cosigned",
    "approved",
    "deployed",
    "registered",
)
MOMENTS = ("decided", "tested", "reviewed", "cosigned", "approved", "deployed", "registered")


def upgrade() -> None:
    change_checks(
        "case_file", {"ck_case_file_workflow": WORKFLOWS_NOW, "ck_case_file_state": f"state IN ({STATES_NOW})"}
    )
    change_checks("task", {"ck_task_part": f"part IN ({PARTS_NOW})"})
    release = "system_release"
    op.create_table(
        release,
        *scoped(release),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("contents", sa.String(), nullable=False),
        sa.Column("urgent_reason", sa.String(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_until", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(f"{person}_by_id", sa.Uuid(), nullable=True) for person in PEOPLE),
        *(sa.Column(f"{moment}_at", sa.DateTime(timezone=True), nullable=True) for moment in MOMENTS),
        sa.Column("review_skipped_because", sa.String(), nullable=False),
        sa.Column("in_deployment", sa.Boolean(), nullable=False),
        sa.Column("ticket_number", sa.String(), nullable=False),
        sa.Column("separation_waived", sa.Boolean(), nullable=False),
        within(release, "id", "case_file"),
        within(release, "system_id", "it_system"),
        within(release, "proposed_by_id", "person"),
        *(within(release, f"{person}_by_id", "person") for person in PEOPLE),
        check(release, "kind", "kind IN ('ORDINARY', 'URGENT')"),
        check(release, "names_its_version", "version <> ''"),
        check(release, "a_window_has_both_ends", "(planned_from IS NULL) = (planned_until IS NULL)"),
        check(release, "window", "planned_until IS NULL OR planned_until > planned_from"),
        check(release, "urgency_has_its_reason", "kind <> 'URGENT' OR urgent_reason <> ''"),
        check(release, "nobody_decides_on_their_own_proposal", "decided_by_id <> proposed_by_id"),
        check(release, "nobody_approves_their_own_proposal", "approved_by_id <> proposed_by_id"),
        check(release, "approval_and_deployment_are_separate", "separation_waived OR deployed_by_id <> approved_by_id"),
        check(
            release,
            "deployment_and_registration_are_separate",
            "separation_waived OR deployed_by_id <> registered_by_id",
        ),
        check(release, "nothing_unapproved_is_deployed", "deployed_by_id IS NULL OR approved_by_id IS NOT NULL"),
        check(release, "deployed_before_registered", "registered_by_id IS NULL OR deployed_by_id IS NOT NULL"),
        check(release, "registration_names_its_ticket", "registered_by_id IS NULL OR ticket_number <> ''"),
    )
    op.create_index("ix_system_release_system_id", release, ["system_id"])
    op.create_index(
        "uq_system_release_in_deployment",
        release,
        ["organisation_id", "system_id"],
        unique=True,
        sqlite_where=sa.text("in_deployment"),
        postgresql_where=sa.text("in_deployment"),
    )
    op.create_table(
        "finding",
        *scoped("finding"),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("noted_by_id", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("resolved_by_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        within("finding", "release_id", release),
        within("finding", "noted_by_id", "person"),
        within("finding", "resolved_by_id", "person"),
        check("finding", "says_what", "what <> ''"),
        check("finding", "resolved_in_words", "(resolved_at IS NULL) = (resolution = '')"),
        sa.UniqueConstraint(
            "organisation_id", "release_id", "number", name=op.f("uq_finding_organisation_id_release_id_number")
        ),
    )
    op.create_table(
        "attachment",
        *scoped("attachment"),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        within("attachment", "case_id", "case_file"),
        within("attachment", "added_by_id", "person"),
        check("attachment", "kind", "kind IN ('PROTOCOL', 'REVIEW', 'OTHER')"),
        check("attachment", "sha256", "length(sha256) = 64"),
        check("attachment", "size", "size > 0"),
        sa.UniqueConstraint(
            "organisation_id", "case_id", "number", name=op.f("uq_attachment_organisation_id_case_id_number")
        ),
    )
    refuse_changes("attachment")
    op.create_table(
        "system_version",
        *scoped("system_version"),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_case_id", sa.Uuid(), nullable=True),
        within("system_version", "system_id", "it_system"),
        within("system_version", "case_id", "case_file"),
        within("system_version", "ended_by_case_id", "case_file"),
        check("system_version", "period", "ended_at IS NULL OR ended_at >= began_at"),
        check("system_version", "ended_by_a_case", "(ended_at IS NULL) = (ended_by_case_id IS NULL)"),
    )
    op.create_index(
        "uq_system_version_in_operation",
        "system_version",
        ["organisation_id", "system_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "system_plan",
        *scoped("system_plan"),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("adopted_by_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("agreed_by_id", sa.Uuid(), nullable=True),
        within("system_plan", "system_id", "it_system"),
        within("system_plan", "adopted_by_id", "person"),
        within("system_plan", "agreed_by_id", "person"),
        check("system_plan", "kind", "kind IN ('SECURITY', 'OUTAGE')"),
        check("system_plan", "names_its_decision", "reference <> ''"),
        check("system_plan", "period", "valid_to IS NULL OR valid_to >= valid_from"),
        sa.UniqueConstraint(
            "organisation_id",
            "system_id",
            "kind",
            "reference",
            name=op.f("uq_system_plan_organisation_id_system_id_kind_reference"),
        ),
    )


def downgrade() -> None:
    for table in ("system_plan", "system_version", "attachment", "finding", "system_release"):
        op.drop_table(table)
    allow_changes("attachment")
    change_checks("task", {"ck_task_part": f"part IN ({PARTS})"})
    change_checks("case_file", {"ck_case_file_workflow": WORKFLOWS, "ck_case_file_state": f"state IN ({STATES})"})
