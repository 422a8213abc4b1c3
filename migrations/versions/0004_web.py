"""The web: sessions, one-time links, and logins on their way through a provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_session",
        *_scoped("web_session"),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("way_in", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(), nullable=False),
        _within("web_session", "person_id", "person"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
        sa.CheckConstraint("way_in IN ('PROVIDER', 'LINK', 'DEMONSTRATION')", name=op.f("ck_web_session_way_in")),
        sa.CheckConstraint(
            "(ended_at IS NULL AND ending = '') OR (ended_at IS NOT NULL AND ending IN "
            "('LOGOUT', 'EVERYWHERE', 'IDLE', 'OLD', 'SHUT_OUT', 'REPLACED'))",
            name=op.f("ck_web_session_an_end_has_a_cause"),
        ),
    )
    op.create_index("ix_web_session_person_id", "web_session", ["person_id"])
    op.create_index("ix_web_session_begun_at", "web_session", ["begun_at"])
    op.create_table(
        "login_link",
        *_scoped("login_link"),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("client_hash", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leads_to", sa.String(), nullable=False),
        _within("login_link", "person_id", "person"),
        _within("login_link", "message_id", "message"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_link_token_hash")),
    )
    op.create_index("ix_login_link_address_hash", "login_link", ["address_hash", "asked_at"])
    op.create_index("ix_login_link_client_hash", "login_link", ["client_hash", "asked_at"])
    op.create_index("ix_login_link_asked_at", "login_link", ["asked_at"])
    op.create_table(
        "provider_login",
        *_scoped("provider_login"),
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leads_to", sa.String(), nullable=False),
        sa.UniqueConstraint("state_hash", name=op.f("uq_provider_login_state_hash")),
    )
    op.create_index("ix_provider_login_begun_at", "provider_login", ["begun_at"])
    # Whether somebody is anybody's manager is asked on every page.
    op.create_index("ix_employment_manager_id", "employment", ["manager_id"])


def downgrade() -> None:
    op.drop_index("ix_employment_manager_id", "employment")
    for table in ("provider_login", "login_link", "web_session"):
        op.drop_table(table)


def _scoped(table: str) -> list[sa.Column[object] | sa.Constraint]:
    """What every table that belongs to an organisation begins with."""
    return [
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _within(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """A foreign key that cannot reach into another organisation."""
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{target}.organisation_id", f"{target}.id"],
        name=op.f(f"fk_{table}_organisation_id_{column}"),
    )
