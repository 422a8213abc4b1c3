"""Settings from the environment, or from a file ``behorig.env``: where the database is and how mail is sent."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from language import Text
from workflows.errors import BadInput, Reason

PREFIX = "BEHORIG_"
# Read by the command line itself, before or without the settings.
ELSEWHERE = ("BEHORIG_AS", "BEHORIG_LANGUAGE", "BEHORIG_ENV_FILE", "BEHORIG_TEST_POSTGRES")


class Settings(BaseSettings):
    """How this installation is set up. Every name is an environment variable with ``BEHORIG_`` before it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str = "sqlite:///behorig.db"
    organisation: str | None = None
    """The key of the organisation; needed only when the database holds several."""
    policy_file: Path | None = None
    base_url: str = "http://localhost:8000"
    """What links in mail begin with."""
    smtp_host: str | None = None
    """No host: mail stays in the outbox."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    smtp_sender: str = "behorig@localhost"
    smtp_timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds, for each step of the conversation with the mail server."""
    smtp_ca_file: Path | None = None

    @field_validator("database_url")
    @classmethod
    def names_a_database_we_know(cls, url: str) -> str:
        """SQLite, or PostgreSQL through psycopg."""
        scheme, separator, rest = url.partition("://")
        if not separator or scheme.split("+")[0] not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("use sqlite:///FILE or postgresql://USER@HOST/DATABASE")
        return url if scheme.startswith("sqlite") else f"postgresql+psycopg://{rest}"

    @field_validator("base_url")
    @classmethod
    def is_a_web_address(cls, url: str) -> str:
        """Links in mail lead somewhere."""
        if not url.startswith(("http://", "https://")):
            raise ValueError("begin with https:// (or http:// on this machine only)")
        return url.rstrip("/")

    @model_validator(mode="after")
    def has_one_password(self) -> Settings:
        """The password stands in one place."""
        if self.smtp_password is not None and self.smtp_password_file is not None:
            raise ValueError("give smtp_password or smtp_password_file, not both")
        return self

    def mail_password(self) -> str | None:
        """The mail password, from its variable or its file."""
        if self.smtp_password_file is not None:
            try:
                return self.smtp_password_file.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadInput(
                    [Reason("setting", Text("{name}: the file cannot be read.", name=f"{PREFIX}SMTP_PASSWORD_FILE"))]
                ) from error
        return self.smtp_password.get_secret_value() if self.smtp_password else None

    @property
    def database_shown(self) -> str:
        """The database's address with its password masked."""
        return sa.make_url(self.database_url).render_as_string(hide_password=True)


def load_settings() -> Settings:
    """The settings; raises BadInput naming every variable that is wrong, never its value."""
    file = os.environ.get("BEHORIG_ENV_FILE", "behorig.env")
    problems = _unknown(os.environ)
    if problems:
        raise BadInput(problems)
    try:
        return Settings(_env_file=file)  # type: ignore[call-arg]
    except ValidationError as error:
        raise BadInput(
            [_reason(str(item["loc"][0]) if item["loc"] else "", item["msg"]) for item in error.errors()]
        ) from None


def _unknown(environment: os._Environ[str]) -> list[Reason]:
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    problems = []
    for name in environment:
        if name.startswith(PREFIX) and name not in known and name not in ELSEWHERE:
            near = get_close_matches(name, known, n=1)
            problems.append(
                Reason("setting", Text("There is no setting {name}; is {near} meant?", name=name, near=near[0]))
                if near
                else Reason("setting", Text("There is no setting {name}.", name=name))
            )
    return problems


def _reason(name: str, what: str) -> Reason:
    variable = f"{PREFIX}{name.removeprefix(PREFIX.lower()).upper()}" if name else "BEHORIG_*"
    return Reason("setting", Text("{name}: {what}", name=variable, what=what.removeprefix("Value error, ")))
