"""The foundation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.building import allow_changes, refuse_changes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# What is written once: events and decisions. The database itself refuses to change or remove them.
WRITTEN_ONCE = ("event", "decision")


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("event_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("key", name=op.f("uq_organisation_key")),
    )
    op.create_table(
        "counter",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_counter_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
        sa.UniqueConstraint("organisation_id", "series", name=op.f("uq_counter_organisation_id_series")),
    )
    op.create_table(
        "governing_body",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('COUNCIL', 'EXECUTIVE_BOARD', 'BOARD')", name=op.f("ck_governing_body_kind")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_governing_body_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "parent_id"],
            ["governing_body.organisation_id", "governing_body.id"],
            name=op.f("fk_governing_body_organisation_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_governing_body_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_governing_body")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_governing_body_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_governing_body_organisation_id_key")),
    )
    op.create_table(
        "person",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("employee_number", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("protected_identity", sa.Boolean(), nullable=False),
        sa.CheckConstraint("language IN ('sv', 'en')", name=op.f("ck_person_language")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint(
            "organisation_id", "employee_number", name=op.f("uq_person_organisation_id_employee_number")
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_person_organisation_id_id")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_email"), ["email"], unique=False)

    op.create_table(
        "absence",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_absence_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_absence_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_person_id"), ["person_id"], unique=False)

    op.create_table(
        "case_file",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("event_hash", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'AWAITING_DECISION', 'AWAITING_COMPLETION', 'AWAITING_EXECUTION', 'AWAITING_REGISTRATION', 'OBSTRUCTED', 'COMPLETED', 'REJECTED', 'WITHDRAWN', 'LAPSED', 'FAILED')",
            name=op.f("ck_case_file_state"),
        ),
        sa.CheckConstraint("workflow IN ('authorisation')", name=op.f("ck_case_file_workflow")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_case_file_version")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "opened_by_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_case_file_organisation_id_opened_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "parent_id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_case_file_organisation_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_case_file_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_case_file_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_case_file_organisation_id_number")),
    )
    op.create_table(
        "confidentiality_undertaking",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_confidentiality_undertaking_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_confidentiality_undertaking_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confidentiality_undertaking")),
    )
    with op.batch_alter_table("confidentiality_undertaking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confidentiality_undertaking_person_id"), ["person_id"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=True),
        sa.Column("all_systems", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("further_levels", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_delegation_has_a_decision_reference")),
        sa.CheckConstraint("deputy_id <> delegate_id", name=op.f("ck_delegation_deputy_is_another")),
        sa.CheckConstraint("further_levels >= 0", name=op.f("ck_delegation_further_levels")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_delegation_not_its_own_parent")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_delegation_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "body_id"],
            ["governing_body.organisation_id", "governing_body.id"],
            name=op.f("fk_delegation_organisation_id_body_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delegate_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_delegation_organisation_id_delegate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "deputy_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_delegation_organisation_id_deputy_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "parent_id"],
            ["delegation.organisation_id", "delegation.id"],
            name=op.f("fk_delegation_organisation_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_delegation_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_delegation_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_delegation_organisation_id_number")),
    )
    op.create_table(
        "department",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "body_id"],
            ["governing_body.organisation_id", "governing_body.id"],
            name=op.f("fk_department_organisation_id_body_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "parent_id"],
            ["department.organisation_id", "department.id"],
            name=op.f("fk_department_organisation_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_department_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_department_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_department_organisation_id_key")),
    )
    op.create_table(
        "receipt",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "actor_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_receipt_organisation_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_receipt_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_receipt_organisation_id_key")),
    )
    op.create_table(
        "appointment",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.CheckConstraint("(role = 'CHAIR') = (body_id IS NOT NULL)", name=op.f("ck_appointment_chair_of_a_body")),
        sa.CheckConstraint(
            "(role = 'HEAD_OF_DEPARTMENT') = (department_id IS NOT NULL)",
            name=op.f("ck_appointment_head_of_a_department"),
        ),
        sa.CheckConstraint(
            "role IN ('CHAIR', 'HEAD_OF_DEPARTMENT', 'HEAD_OF_IT', 'TECHNICIAN', 'SECURITY_COORDINATOR', 'HR_OFFICER', 'AUDITOR', 'DATA_PROTECTION_OFFICER')",
            name=op.f("ck_appointment_role"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_appointment_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "body_id"],
            ["governing_body.organisation_id", "governing_body.id"],
            name=op.f("fk_appointment_organisation_id_body_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "department_id"],
            ["department.organisation_id", "department.id"],
            name=op.f("fk_appointment_organisation_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_appointment_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_appointment_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_appointment_organisation_id_id")),
    )
    op.create_table(
        "employment",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("manager_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('PERMANENT', 'TEMPORARY', 'HOURLY', 'CONSULTANT')", name=op.f("ck_employment_kind")
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_employment_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "department_id"],
            ["department.organisation_id", "department.id"],
            name=op.f("fk_employment_organisation_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "manager_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_employment_organisation_id_manager_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_employment_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_employment_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employment")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_employment_organisation_id_id")),
        sa.UniqueConstraint(
            "organisation_id", "person_id", "number", name=op.f("uq_employment_organisation_id_person_id_number")
        ),
    )
    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_employment_person_id"), ["person_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("in_place_of_id", sa.Uuid(), nullable=True),
        sa.Column("mandate", sa.JSON(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("os_user", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("case_id IS NULL OR case_id = chain_id", name=op.f("ck_event_chain")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_event_position")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "actor_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_event_organisation_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "case_id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_event_organisation_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "in_place_of_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_event_organisation_id_in_place_of_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_event_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "organisation_id", "chain_id", "position", name=op.f("uq_event_organisation_id_chain_id_position")
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_event_organisation_id_id")),
    )
    op.create_table(
        "it_system",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approval_withdrawn_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "approval_withdrawn_on IS NULL OR approved_on IS NOT NULL",
            name=op.f("ck_it_system_only_an_approval_can_be_withdrawn"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "department_id"],
            ["department.organisation_id", "department.id"],
            name=op.f("fk_it_system_organisation_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "owner_id"],
            ["governing_body.organisation_id", "governing_body.id"],
            name=op.f("fk_it_system_organisation_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_it_system_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_it_system")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_it_system_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_it_system_organisation_id_key")),
    )
    with op.batch_alter_table("it_system", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_it_system_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("schedule", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_action_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unattended_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "part IN ('SUBMIT', 'DECIDE', 'COMPLETE', 'EXECUTE', 'REGISTER', 'SOLVE')", name=op.f("ck_task_part")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR next_action_at IS NULL", name=op.f("ck_task_nothing_is_due_on_a_closed_task")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "case_id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_task_organisation_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "closed_by_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_task_organisation_id_closed_by_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_task_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_task_organisation_id_id")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_case_id", ["case_id"], unique=False)
        batch_op.create_index(
            "ix_task_next_action_at",
            ["next_action_at"],
            unique=False,
            sqlite_where=sa.text("next_action_at IS NOT NULL"),
            postgresql_where=sa.text("next_action_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_task_open",
            ["organisation_id", "part"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_task_open_part",
            ["case_id", "part"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "access_order",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employment_id"],
            ["employment.organisation_id", "employment.id"],
            name=op.f("fk_access_order_organisation_id_employment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "requester_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_access_order_organisation_id_requester_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_access_order_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_order")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_access_order_organisation_id_id")),
    )
    op.create_table(
        "access_profile",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("allows", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.Column("requires_end_date", sa.Boolean(), nullable=False),
        sa.Column("requires_undertaking", sa.Boolean(), nullable=False),
        sa.Column("max_days", sa.Integer(), nullable=True),
        sa.Column("licences", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("licences IS NULL OR licences >= 0", name=op.f("ck_access_profile_licences")),
        sa.CheckConstraint("max_days IS NULL OR max_days > 0", name=op.f("ck_access_profile_max_days")),
        sa.CheckConstraint("withdrawn_on IS NULL OR withdrawn_on >= valid_from", name=op.f("ck_access_profile_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id"],
            ["it_system.organisation_id", "it_system.id"],
            name=op.f("fk_access_profile_organisation_id_system_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_access_profile_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_profile")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_access_profile_organisation_id_id")),
        sa.UniqueConstraint(
            "organisation_id", "system_id", "id", name=op.f("uq_access_profile_organisation_id_system_id_id")
        ),
        sa.UniqueConstraint(
            "organisation_id", "system_id", "key", name=op.f("uq_access_profile_organisation_id_system_id_key")
        ),
    )
    op.create_table(
        "administrator",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_administrator_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_administrator_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id"],
            ["it_system.organisation_id", "it_system.id"],
            name=op.f("fk_administrator_organisation_id_system_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_administrator_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrator")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_administrator_organisation_id_id")),
        sa.UniqueConstraint(
            "organisation_id",
            "system_id",
            "person_id",
            "valid_from",
            name=op.f("uq_administrator_organisation_id_system_id_person_id_valid_from"),
        ),
    )
    op.create_table(
        "delegated_system",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("delegation_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delegation_id"],
            ["delegation.organisation_id", "delegation.id"],
            name=op.f("fk_delegated_system_organisation_id_delegation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id"],
            ["it_system.organisation_id", "it_system.id"],
            name=op.f("fk_delegated_system_organisation_id_system_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_delegated_system_organisation_id")
        ),
        sa.PrimaryKeyConstraint("delegation_id", "system_id", name=op.f("pk_delegated_system")),
    )
    op.create_table(
        "message",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('PENDING', 'SENDING')) = (next_attempt_at IS NOT NULL)",
            name=op.f("ck_message_waiting_ones_have_a_time"),
        ),
        sa.CheckConstraint("state IN ('PENDING', 'SENDING', 'SENT', 'FAILED')", name=op.f("ck_message_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "case_id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_message_organisation_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "recipient_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_message_organisation_id_recipient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "task_id"],
            ["task.organisation_id", "task.id"],
            name=op.f("fk_message_organisation_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_message_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_message_organisation_id_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_case_id", ["case_id"], unique=False)
        batch_op.create_index(
            "ix_message_next_attempt_at",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        )
        batch_op.create_index("ix_message_task_id", ["task_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("in_place_of_id", sa.Uuid(), nullable=True),
        sa.Column("mandate_basis", sa.String(), nullable=False),
        sa.Column("mandate_reference", sa.String(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.CheckConstraint("(case_id IS NULL) = (outcome = 'TAKEN_OVER')", name=op.f("ck_decision_case")),
        sa.CheckConstraint(
            "(decided_by_id IS NULL) = (outcome IN ('TIME_OUT', 'DEFAULT', 'TAKEN_OVER'))",
            name=op.f("ck_decision_somebody_decided"),
        ),
        sa.CheckConstraint("mandate_reference <> ''", name=op.f("ck_decision_names_its_mandate")),
        sa.CheckConstraint("outcome <> 'REJECTED' OR comment <> ''", name=op.f("ck_decision_a_rejection_has_a_reason")),
        sa.CheckConstraint(
            "outcome IN ('APPROVED', 'APPROVED_WITH_CHANGES', 'REJECTED', 'TIME_OUT', 'DEFAULT', 'TAKEN_OVER')",
            name=op.f("ck_decision_outcome"),
        ),
        sa.CheckConstraint("decided_by_id <> person_id", name=op.f("ck_decision_nobody_decides_on_their_own_access")),
        sa.CheckConstraint(
            "decided_by_id <> requester_id", name=op.f("ck_decision_nobody_decides_on_their_own_request")
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_decision_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "case_id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_decision_organisation_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decided_by_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_decision_organisation_id_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "in_place_of_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_decision_organisation_id_in_place_of_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_decision_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "requester_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_decision_organisation_id_requester_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id", "profile_id"],
            ["access_profile.organisation_id", "access_profile.system_id", "access_profile.id"],
            name=op.f("fk_decision_organisation_id_system_id_profile_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_decision_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_decision_organisation_id_id")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("ix_decision_case_id", ["case_id"], unique=False)

    op.create_table(
        "sod_rule",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_profile_id", sa.Uuid(), nullable=False),
        sa.Column("second_profile_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("first_profile_id < second_profile_id", name=op.f("ck_sod_rule_one_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "first_profile_id"],
            ["access_profile.organisation_id", "access_profile.id"],
            name=op.f("fk_sod_rule_organisation_id_first_profile_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "second_profile_id"],
            ["access_profile.organisation_id", "access_profile.id"],
            name=op.f("fk_sod_rule_organisation_id_second_profile_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_sod_rule_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sod_rule")),
        sa.UniqueConstraint(
            "organisation_id",
            "first_profile_id",
            "second_profile_id",
            name=op.f("uq_sod_rule_organisation_id_first_profile_id_second_profile_id"),
        ),
    )
    op.create_table(
        "access_grant",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("ended_by_case_id", sa.Uuid(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_name", sa.String(), nullable=False),
        sa.Column("warned_days", sa.Integer(), nullable=True),
        sa.Column("next_action_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('REVOKED', 'EXPIRED')) = (ended_at IS NOT NULL)", name=op.f("ck_access_grant_ended")
        ),
        sa.CheckConstraint(
            "state IN ('SCHEDULED', 'ACTIVE', 'SUSPENDED', 'REVOCATION_PENDING', 'REVOKED', 'EXPIRED')",
            name=op.f("ck_access_grant_state"),
        ),
        sa.CheckConstraint("(ends_on IS NULL) = (ends_at IS NULL)", name=op.f("ck_access_grant_last_day_has_a_moment")),
        sa.CheckConstraint(
            "ended_at IS NULL OR next_action_at IS NULL", name=op.f("ck_access_grant_nothing_is_due_on_an_ended_grant")
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_access_grant_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "case_id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_access_grant_organisation_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decision_id"],
            ["decision.organisation_id", "decision.id"],
            name=op.f("fk_access_grant_organisation_id_decision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employment_id"],
            ["employment.organisation_id", "employment.id"],
            name=op.f("fk_access_grant_organisation_id_employment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "ended_by_case_id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_access_grant_organisation_id_ended_by_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_access_grant_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id", "profile_id"],
            ["access_profile.organisation_id", "access_profile.system_id", "access_profile.id"],
            name=op.f("fk_access_grant_organisation_id_system_id_profile_id"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_access_grant_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_access_grant_organisation_id_id")),
    )
    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.create_index(
            "ix_access_grant_next_action_at",
            ["next_action_at"],
            unique=False,
            sqlite_where=sa.text("next_action_at IS NOT NULL"),
            postgresql_where=sa.text("next_action_at IS NOT NULL"),
        )
        batch_op.create_index("ix_access_grant_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_access_grant_profile_id", ["profile_id"], unique=False)
        batch_op.create_index("ix_access_grant_system_id", ["system_id"], unique=False)
        batch_op.create_index(
            "uq_access_grant_live",
            ["organisation_id", "employment_id", "system_id", "profile_id", "scope"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "authorisation_request",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("retroactive_reason", sa.String(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("account_name", sa.String(), nullable=False),
        sa.Column("executed_by_id", sa.Uuid(), nullable=True),
        sa.Column("executed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticket_number", sa.String(), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("separation_waived", sa.Boolean(), nullable=False),
        sa.Column("obstacle", sa.String(), nullable=False),
        sa.Column("obstacle_solver", sa.String(), nullable=False),
        sa.Column("obstructed_in", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind = 'NEW' OR grant_id IS NOT NULL", name=op.f("ck_authorisation_request_names_the_grant_it_is_about")
        ),
        sa.CheckConstraint("kind IN ('NEW', 'CHANGE', 'RENEW', 'END')", name=op.f("ck_authorisation_request_kind")),
        sa.CheckConstraint(
            "registered_by_id IS NULL OR ticket_number <> ''",
            name=op.f("ck_authorisation_request_registration_names_the_service_desk_ticket"),
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_authorisation_request_period")),
        sa.CheckConstraint(
            "executed_by_id <> person_id", name=op.f("ck_authorisation_request_nobody_executes_their_own_access")
        ),
        sa.CheckConstraint(
            "executed_by_id IS NULL OR decision_id IS NOT NULL",
            name=op.f("ck_authorisation_request_nothing_undecided_is_executed"),
        ),
        sa.CheckConstraint(
            "registered_by_id <> person_id", name=op.f("ck_authorisation_request_nobody_registers_their_own_access")
        ),
        sa.CheckConstraint(
            "registered_by_id IS NULL OR executed_by_id IS NOT NULL",
            name=op.f("ck_authorisation_request_executed_before_registered"),
        ),
        sa.CheckConstraint(
            "separation_waived OR executed_by_id <> registered_by_id",
            name=op.f("ck_authorisation_request_execution_and_registration_are_separate"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decision_id"],
            ["decision.organisation_id", "decision.id"],
            name=op.f("fk_authorisation_request_organisation_id_decision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employment_id"],
            ["employment.organisation_id", "employment.id"],
            name=op.f("fk_authorisation_request_organisation_id_employment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "executed_by_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_authorisation_request_organisation_id_executed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "grant_id"],
            ["access_grant.organisation_id", "access_grant.id"],
            name=op.f("fk_authorisation_request_organisation_id_grant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "id"],
            ["case_file.organisation_id", "case_file.id"],
            name=op.f("fk_authorisation_request_organisation_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "order_id"],
            ["access_order.organisation_id", "access_order.id"],
            name=op.f("fk_authorisation_request_organisation_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_authorisation_request_organisation_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "registered_by_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_authorisation_request_organisation_id_registered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "requester_id"],
            ["person.organisation_id", "person.id"],
            name=op.f("fk_authorisation_request_organisation_id_requester_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id", "profile_id"],
            ["access_profile.organisation_id", "access_profile.system_id", "access_profile.id"],
            name=op.f("fk_authorisation_request_organisation_id_system_id_profile_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_authorisation_request_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisation_request")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_authorisation_request_organisation_id_id")),
    )
    with op.batch_alter_table("authorisation_request", schema=None) as batch_op:
        batch_op.create_index("ix_authorisation_request_employment_id", ["employment_id"], unique=False)
        batch_op.create_index("ix_authorisation_request_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_authorisation_request_profile_id", ["profile_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_authorisation_request_system_id"), ["system_id"], unique=False)

    for table in WRITTEN_ONCE:
        refuse_changes(table)


def downgrade() -> None:
    with op.batch_alter_table("authorisation_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authorisation_request_system_id"))
        batch_op.drop_index("ix_authorisation_request_profile_id")
        batch_op.drop_index("ix_authorisation_request_person_id")
        batch_op.drop_index("ix_authorisation_request_employment_id")

    op.drop_table("authorisation_request")
    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_access_grant_live",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_access_grant_system_id")
        batch_op.drop_index("ix_access_grant_profile_id")
        batch_op.drop_index("ix_access_grant_person_id")
        batch_op.drop_index(
            "ix_access_grant_next_action_at",
            sqlite_where=sa.text("next_action_at IS NOT NULL"),
            postgresql_where=sa.text("next_action_at IS NOT NULL"),
        )

    op.drop_table("access_grant")
    op.drop_table("sod_rule")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("ix_decision_case_id")

    op.drop_table("decision")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_task_id")
        batch_op.drop_index(
            "ix_message_next_attempt_at",
            sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_message_case_id")

    op.drop_table("message")
    op.drop_table("delegated_system")
    op.drop_table("administrator")
    op.drop_table("access_profile")
    op.drop_table("access_order")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_task_open_part",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_task_open", sqlite_where=sa.text("closed_at IS NULL"), postgresql_where=sa.text("closed_at IS NULL")
        )
        batch_op.drop_index(
            "ix_task_next_action_at",
            sqlite_where=sa.text("next_action_at IS NOT NULL"),
            postgresql_where=sa.text("next_action_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_task_case_id")

    op.drop_table("task")
    with op.batch_alter_table("it_system", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_it_system_owner_id"))

    op.drop_table("it_system")
    op.drop_table("event")
    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employment_person_id"))

    op.drop_table("employment")
    op.drop_table("appointment")
    op.drop_table("receipt")
    op.drop_table("department")
    op.drop_table("delegation")
    with op.batch_alter_table("confidentiality_undertaking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_confidentiality_undertaking_person_id"))

    op.drop_table("confidentiality_undertaking")
    op.drop_table("case_file")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absence_person_id"))

    op.drop_table("absence")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_email"))

    op.drop_table("person")
    op.drop_table("governing_body")
    op.drop_table("counter")
    op.drop_table("organisation")
    for table in WRITTEN_ONCE:
        allow_changes(table)
