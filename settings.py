"""What differs from one installation to the next: read from the environment and a file, refused with every problem."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypedDict
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from language import Text
from workflows.errors import BadInput, Reason

PREFIX = "BEHORIG_"
FILE = Path("behorig.env")
NAMES_THE_FILE = "BEHORIG_ENV_FILE"
# Read where they are used: they belong to a person at a terminal, not to the installation.
READ_ELSEWHERE = frozenset({NAMES_THE_FILE, "BEHORIG_AS"})
OF_THE_TESTS = "BEHORIG_TEST_"
PORTS = {"none": 25, "starttls": 587, "tls": 465}
# A value of these is never shown, not even in a complaint about it: a database address may hold a password.
SECRET = frozenset({"database_url", "oidc_client_secret", "smtp_password"})
# On this machine nobody listens in between.
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_SENDER = re.compile(r"[^@\r\n]+@[^@\s]+")

_A_FILE = Text("write the path of a file that exists.")
RIGHT: Mapping[str, Text] = {
    "database_url": Text(
        "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE, and in the password %40 for @."
    ),
    "organisation": Text("write the key of an organisation in the database."),
    "policy_file": _A_FILE,
    "files_folder": Text("write the path of a folder."),
    "base_url": Text("write the address that people open, such as https://behorig.kommun.example."),
    "language": Text("write sv or en."),
    "proxies": Text("write the addresses of your proxies, with commas between."),
    "oidc_issuer": Text(
        "write the provider's issuer as it names itself, such as https://login.kommun.example/realms/kommun."
    ),
    "oidc_client_id": Text("write the name that the provider knows Behörig by."),
    "oidc_client_secret": Text("write the secret that the provider gave Behörig."),
    "oidc_client_secret_file": _A_FILE,
    "oidc_scopes": Text("write words with spaces between, openid among them, such as openid profile email."),
    "oidc_claim": Text("write the name of one claim, such as employee_number or email."),
    "oidc_matches": Text("write employee_number or email."),
    "oidc_name": Text("write what people call the provider."),
    "oidc_ca_file": _A_FILE,
    "session_hours": Text("write a number of hours from 1 to 24."),
    "session_idle_minutes": Text("write a number of minutes from 5 to 720."),
    "smtp_host": Text("write the name or the address of the mail server, without a port."),
    "smtp_security": Text("write starttls, tls or none."),
    "smtp_port": Text("write a number from 1 to 65535, such as 587."),
    "smtp_user": Text("write the name to log in with, in ASCII."),
    "smtp_password": Text("mail servers take passwords of ASCII letters, digits and signs only."),
    "smtp_password_file": _A_FILE,
    "smtp_sender": Text("write one address, such as noreply@kommun.example or Behörig <noreply@kommun.example>."),
    "smtp_timeout": Text("write a number of seconds above 0 and up to 300."),
    "smtp_ca_file": _A_FILE,
}


class SmtpOptions(TypedDict):
    """What the mail transport is made of."""

    host: str
    port: int
    sender: str
    security: Literal["none", "starttls", "tls"]
    user: str | None
    password: str | None
    timeout: float
    ca_file: Path | None


class Settings(BaseSettings):
    """One installation: its database, its addresses, its mail server. Written out in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field("sqlite:///behorig.db", repr=False)
    organisation: str | None = None
    """Its key; needed only where the database holds several."""
    policy_file: Path | None = None
    files_folder: Path = Path("behorig-files")
    """Where the files of cases are kept; made when the first one comes."""
    base_url: str = "http://localhost:8000"
    language: Literal["sv", "en"] = "sv"
    proxies: str = "127.0.0.1"
    """Who may say on whose behalf they ask, in X-Forwarded-For and X-Forwarded-Proto."""
    oidc_issuer: str | None = None
    """Without it people log in by a link in a letter."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_client_secret_file: Path | None = None
    oidc_scopes: str = "openid profile email"
    oidc_claim: str = "email"
    oidc_matches: Literal["employee_number", "email"] = "email"
    oidc_name: str | None = None
    oidc_ca_file: Path | None = None
    session_hours: int = Field(10, ge=1, le=24)
    """How long somebody stays logged in at most."""
    session_idle_minutes: int = Field(60, ge=5, le=720)
    """How long when nothing is done."""
    smtp_host: str | None = None
    """Without it, mail stays in the outbox."""
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    smtp_sender: str | None = None
    smtp_timeout: float = Field(10.0, gt=0, le=300)
    smtp_ca_file: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file is read here and handed in, so that its mistakes have line numbers and its values are taken as
        # they stand; the environment overrules it.
        return env_settings, init_settings

    @model_validator(mode="before")
    @classmethod
    def _port_of_the_security(cls, values: dict[str, Any]) -> dict[str, Any]:
        port = PORTS.get(str(values.get("smtp_security", "starttls")))
        return {"smtp_port": port, **values} if port else values

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        value = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError from None
        in_a_file = url.drivername == "sqlite" and url.database not in (None, "", ":memory:")
        on_a_server = url.drivername == "postgresql+psycopg" and url.database and "@" not in (url.host or "")
        if not in_a_file and not on_a_server:
            raise ValueError
        return value

    @field_validator("policy_file", "oidc_client_secret_file", "oidc_ca_file", "smtp_password_file", "smtp_ca_file")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        try:
            found = value is None or value.is_file()
        except PermissionError:
            # Not everybody who uses the program may read all of its files; who needs to will be told.
            found = True
        if not found:
            raise ValueError
        return value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        of_a_page = parts.query or parts.fragment or parts.username is not None or re.search(r"\s", value)
        if parts.scheme not in ("http", "https") or not parts.hostname or of_a_page or parts.port == 0:
            raise ValueError
        return value.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://none")
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
        if not safe or not parts.hostname or parts.query or parts.fragment or parts.username is not None:
            raise ValueError
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError
        return value

    @field_validator("language", "oidc_matches", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("smtp_host")
    @classmethod
    def _host(cls, value: str | None) -> str | None:
        if value is not None and not _HOST.fullmatch(value):
            raise ValueError
        return value

    @field_validator("smtp_sender")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is not None and not _SENDER.fullmatch(value):
            raise ValueError
        return value

    @field_validator("smtp_user", "smtp_password")
    @classmethod
    def _ascii(cls, value: str | SecretStr | None) -> str | SecretStr | None:
        if value is not None and not _plain(value).isascii():
            raise ValueError
        return value

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        has_password = self.smtp_password is not None or self.smtp_password_file is not None
        problems = {}
        if self.smtp_host and not self.smtp_sender:
            problems["smtp_sender"] = Text("it is needed where BEHORIG_SMTP_HOST is set.")
        if self.smtp_password is not None and self.smtp_password_file is not None:
            problems["smtp_password_file"] = Text("give it or BEHORIG_SMTP_PASSWORD, not both.")
        if self.oidc_issuer and not self.oidc_client_id:
            problems["oidc_client_id"] = Text("it is needed where BEHORIG_OIDC_ISSUER is set.")
        if self.oidc_client_secret is not None and self.oidc_client_secret_file is not None:
            problems["oidc_client_secret_file"] = Text("give it or BEHORIG_OIDC_CLIENT_SECRET, not both.")
        if self.smtp_user and not has_password:
            problems["smtp_password"] = Text("it is needed where BEHORIG_SMTP_USER is set.")
        if has_password and not self.smtp_user:
            problems["smtp_user"] = Text("it is needed where there is a password.")
        if problems:
            raise PydanticCustomError("together", "not in agreement", {"problems": problems})
        return self

    @property
    def database_shown(self) -> str:
        """The database's address without passwords."""
        url = make_url(self.database_url)
        hidden = {name: "***" for name in url.query if "password" in name.lower()}
        return url.update_query_dict(hidden).render_as_string(hide_password=True)

    @property
    def why_no_mail(self) -> Text | None:
        """What to tell people where no mail is delivered."""
        if self.smtp_host:
            return None
        return Text("No mail server is set (BEHORIG_SMTP_HOST): messages stay in the outbox.")

    def smtp_options(self) -> SmtpOptions | None:
        """What the mail transport is made of, the password read from its file; None where no mail is delivered."""
        if self.smtp_host is None or self.smtp_sender is None:
            return None
        return SmtpOptions(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.smtp_sender,
            security=self.smtp_security,
            user=self.smtp_user,
            password=self._password(),
            timeout=self.smtp_timeout,
            ca_file=self.smtp_ca_file,
        )

    def _password(self) -> str | None:
        return self._secret("smtp_password", self.smtp_password, self.smtp_password_file)

    def oidc_secret(self) -> str | None:
        """What Behörig proves itself to the provider with, read from its file; None for a client without."""
        return self._secret("oidc_client_secret", self.oidc_client_secret, self.oidc_client_secret_file)

    def _secret(self, field: str, given: SecretStr | None, file: Path | None) -> str | None:
        if file is None:
            return None if given is None else given.get_secret_value()
        try:
            return file.read_text(encoding="ascii").rstrip("\r\n")
        except OSError:
            right = Text("the file {file} cannot be read.", file=file)
        except UnicodeError:
            right = RIGHT[field]
        raise BadInput([_unusable(f"{field}_file", right)])


def load_settings() -> Settings:
    """The settings of this process: from the environment, else the file, else as they come; or all that is wrong."""
    given, problems = _from_file()
    names = sorted(name for name in os.environ if name.startswith(PREFIX) and not name.startswith(OF_THE_TESTS))
    problems += [_unknown(name) for name in names if not _is_setting(name) and name not in READ_ELSEWHERE]
    try:
        settings = Settings(**given)
    except ValidationError as refusal:
        problems += _reasons(refusal)
    else:
        if not problems:
            return settings
    # Not within the handler: the library's error would come along, and it holds what was given, secrets too.
    raise BadInput(problems)


def _from_file() -> tuple[dict[str, Any], list[Reason]]:
    """What the settings file says, and what is wrong with it."""
    given: dict[str, Any] = {}
    problems: list[Reason] = []
    named = os.environ.get(NAMES_THE_FILE)
    file = Path(named) if named else FILE
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines() if named or file.exists() else []
    except (OSError, UnicodeError):
        said = Text("The settings file {file} cannot be read: give the path of a text file in UTF-8.", file=file)
        return given, [Reason("settings-file", said)]
    for number, line in enumerate(lines, 1):
        match _assignment(line):
            case None:
                continue
            case (name, value) if _is_setting(name):
                if value:
                    given[name.removeprefix(PREFIX).lower()] = value
                continue
            case (name, _) if name in READ_ELSEWHERE:
                wrong = Text("{variable} is read from the environment only.", variable=name)
            case (name, _) if name.startswith(PREFIX) or _is_setting(PREFIX + name):
                wrong = _unknown(name).text
            case (_, _):
                continue  # the file may serve other programs too, as an environment file of systemd does
            case _:
                wrong = Text("write NAME=value, such as BEHORIG_LANGUAGE=sv.")
        said = Text("{file}, line {line}: {wrong}", file=file, line=number, wrong=wrong)
        problems.append(Reason("settings-file", said))
    return given, problems


def _assignment(line: str) -> tuple[str, str] | Literal["unreadable"] | None:
    """The name and value of a line, or None for an empty one; nothing is expanded, nothing within it is a comment."""
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    name, sign, value = (part.strip() for part in line.partition("="))
    if not sign or not name.isidentifier():
        return "unreadable"
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return name, value


def _is_setting(name: str) -> bool:
    return name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() in Settings.model_fields


def _unknown(name: str) -> Reason:
    """A name that nothing reads, and the one that was probably meant."""
    known = {field.upper(): PREFIX + field.upper() for field in Settings.model_fields}
    known |= {other.removeprefix(PREFIX): other for other in sorted(READ_ELSEWHERE)}
    # Without the prefix, which would make all names alike.
    if near := get_close_matches(name.removeprefix(PREFIX).upper(), known, 1):
        said = Text("{variable} is not a setting: did you mean {near}?", variable=name, near=known[near[0]])
    else:
        settings = ", ".join(known.values())
        said = Text("{variable} is not a setting: the settings are {known}.", variable=name, known=settings)
    return Reason("unknown-setting", said)


def _unusable(field: str, right: Text, value: object = None) -> Reason:
    """A setting whose value cannot be used; secrets are given without their value."""
    variable = PREFIX + field.upper()
    if value is None:
        return Reason("setting", Text("{variable} cannot be used: {right}", variable=variable, right=right))
    said = Text("{variable} is “{value}”: {right}", variable=variable, value=value, right=right)
    return Reason("setting", said)


def _reasons(refusal: ValidationError) -> Iterator[Reason]:
    for error in refusal.errors(include_url=False):
        if not error["loc"]:  # the values are sound one by one
            for field, right in error["ctx"]["problems"].items():
                yield _unusable(field, right)
            continue
        field = str(error["loc"][0])
        yield _unusable(field, RIGHT[field], None if field in SECRET else error["input"])


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
