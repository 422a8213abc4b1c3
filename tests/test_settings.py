"""The settings: where they come from, what is refused and how it is said, and that no secret is ever said."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

import pytest

from language import ENGLISH
from settings import PREFIX, READ_ELSEWHERE, RIGHT, Settings, load_settings
from transport import SmtpTransport
from workflows.errors import BadInput

DOCS = Path(__file__).parent.parent / "docs" / "settings.md"
SECRET = "h3mligt/ord"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder to start the program in, and nothing in the environment."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def given(environment: pytest.MonkeyPatch, **values: str) -> None:
    """Set variables, named without their prefix."""
    for name, value in values.items():
        environment.setenv(PREFIX + name, value)


def problems() -> list[str]:
    """What is said about settings that cannot be used."""
    with pytest.raises(BadInput) as refusal:
        load_settings()
    assert SECRET not in "".join(traceback.format_exception(refusal.value))
    assert SECRET not in repr(refusal.value.reasons)
    return [reason.text.say(ENGLISH) for reason in refusal.value.reasons]


def test_the_program_starts_with_nothing_set() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite:///behorig.db"
    assert (settings.base_url, settings.language) == ("http://localhost:8000", "sv")
    assert settings.smtp_options() is None
    assert settings.why_no_mail is not None
    assert "stay in the outbox" in settings.why_no_mail.say(ENGLISH)


def test_the_file_is_read_and_the_environment_overrules_it(environment: pytest.MonkeyPatch) -> None:
    Path("behorig.env").write_text(
        "# where we are\n\nBEHORIG_ORGANISATION=mjolby\nBEHORIG_LANGUAGE = 'EN'\nBEHORIG_SMTP_HOST=\n"
        "BEHORIG_BASE_URL=https://behorig.kommun.example/\nTZ=Europe/Stockholm\n",
        encoding="utf-8",
    )
    given(environment, ORGANISATION="linkoping", DATABASE_URL="")
    settings = load_settings()
    assert (settings.organisation, settings.language) == ("linkoping", "en")
    assert settings.base_url == "https://behorig.kommun.example"
    assert settings.smtp_host is None
    assert settings.database_url == "sqlite:///behorig.db"


def test_the_environment_may_name_another_file(environment: pytest.MonkeyPatch) -> None:
    Path("behorig.env").write_text("BEHORIG_ORGANISATION=here\n", encoding="utf-8")
    Path("other.env").write_text("BEHORIG_ORGANISATION=there\n", encoding="utf-8")
    given(environment, ENV_FILE="other.env")
    assert load_settings().organisation == "there"
    given(environment, ENV_FILE="missing.env")
    assert problems() == ["The settings file missing.env cannot be read: give the path of a text file in UTF-8."]


def test_a_value_in_the_file_is_taken_as_it_stands(environment: pytest.MonkeyPatch) -> None:
    given(environment, SMTP_USER="behorig", ORGANISATION="not this one")
    Path("behorig.env").write_text(
        'BEHORIG_SMTP_PASSWORD=a#b $HOME ${HOME} \\n="c\n'
        'BEHORIG_SMTP_HOST="mail.example"\nBEHORIG_SMTP_SENDER=a@b.example',
        encoding="utf-8",
    )
    options = load_settings().smtp_options()
    assert options is not None
    assert options["password"] == 'a#b $HOME ${HOME} \\n="c'
    assert options["host"] == "mail.example"


def test_every_mistake_is_told_at_once_and_where_it_is(environment: pytest.MonkeyPatch) -> None:
    Path("behorig.env").write_text(
        "BEHORIG_SMTP_HOTS=mail.example\nSMTP_HOST=mail.example\nBEHORIG_AS=1001\nBEHORIG_LANGUAGE\n", encoding="utf-8"
    )
    given(environment, SMTP_PORT="many", BASEURL="https://kommun.example", AS="1001", TEST_POSTGRES="postgresql://x/y")
    assert problems() == [
        "behorig.env, line 1: BEHORIG_SMTP_HOTS is not a setting: did you mean BEHORIG_SMTP_HOST?",
        "behorig.env, line 2: SMTP_HOST is not a setting: did you mean BEHORIG_SMTP_HOST?",
        "behorig.env, line 3: BEHORIG_AS is read from the environment only.",
        "behorig.env, line 4: write NAME=value, such as BEHORIG_LANGUAGE=sv.",
        "BEHORIG_BASEURL is not a setting: did you mean BEHORIG_BASE_URL?",
        "BEHORIG_SMTP_PORT is “many”: write a number from 1 to 65535, such as 587.",
    ]


def test_a_misspelt_setting_is_refused_though_all_others_are_right(environment: pytest.MonkeyPatch) -> None:
    given(environment, COLOUR="red")
    (said,) = problems()
    assert said.startswith("BEHORIG_COLOUR is not a setting: the settings are BEHORIG_DATABASE_URL, ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POLICY_FILE", "missing.toml"),
        ("POLICY_FILE", "."),
        ("BASE_URL", "behorig.kommun.example"),
        ("BASE_URL", "ftp://kommun.example"),
        ("BASE_URL", "https://kommun.example/?a=b"),
        ("BASE_URL", "https://kommun.example:port"),
        ("BASE_URL", "https://[kommun.example"),
        ("LANGUAGE", "svenska"),
        ("OIDC_ISSUER", "http://login.kommun.example"),  # a login that can be overheard
        ("OIDC_ISSUER", "login.kommun.example"),
        ("OIDC_SCOPES", "profile email"),
        ("OIDC_MATCHES", "sub"),
        ("OIDC_CA_FILE", "missing.pem"),
        ("SESSION_HOURS", "25"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("SMTP_HOST", "mail.example:25"),
        ("SMTP_HOST", "smtp://mail.example"),
        ("SMTP_SECURITY", "ssl"),
        ("SMTP_PORT", "0"),
        ("SMTP_PORT", "65536"),
        ("SMTP_TIMEOUT", "0"),
        ("SMTP_TIMEOUT", "nan"),
        ("SMTP_SENDER", "Behörig"),
        ("SMTP_SENDER", "a@b.example, c@d.example"),
        ("SMTP_USER", "behörig"),
        ("SMTP_CA_FILE", "missing.pem"),
    ],
)
def test_a_value_that_cannot_be_used_is_shown_with_what_would_be_right(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    given(environment, **{name: value})
    assert problems() == [f"BEHORIG_{name} is “{value}”: {RIGHT[name.lower()].say(ENGLISH)}"]


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://behorig:{SECRET}@x@db.example/behorig",  # an @ that is not written as %40
        f"postgresql//behorig:{SECRET}@db.example/behorig",
        f"postgresql://behorig:{SECRET}@db.example:port/behorig",
        f"postgresql://behorig:{SECRET}@db.example",
        f"mysql://behorig:{SECRET}@db.example/behorig",
        "sqlite://",
        "sqlite:///:memory:",  # gone with the process, and another one for each thread
        "behorig.db",
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_being_shown(
    environment: pytest.MonkeyPatch, url: str
) -> None:
    given(environment, DATABASE_URL=url)
    assert problems() == [f"BEHORIG_DATABASE_URL cannot be used: {RIGHT['database_url'].say(ENGLISH)}"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_through_psycopg_and_shown_without_its_password(
    environment: pytest.MonkeyPatch, scheme: str
) -> None:
    given(environment, DATABASE_URL=f"{scheme}://behorig:{SECRET}@db.example:5433/behorig?sslmode=require")
    settings = load_settings()
    assert settings.database_url == f"postgresql+psycopg://behorig:{SECRET}@db.example:5433/behorig?sslmode=require"
    assert settings.database_shown == "postgresql+psycopg://behorig:***@db.example:5433/behorig?sslmode=require"
    assert SECRET not in f"{settings!r} {settings}"


def test_a_password_among_the_options_of_the_database_is_masked_too(environment: pytest.MonkeyPatch) -> None:
    given(environment, DATABASE_URL=f"postgresql:///behorig?host=/run/postgresql&user=b&password={SECRET}")
    assert SECRET not in load_settings().database_shown


def test_an_embedded_database_is_shown_as_it_is(environment: pytest.MonkeyPatch) -> None:
    given(environment, DATABASE_URL="sqlite:////var/lib/behorig/behorig.db")
    assert load_settings().database_shown == "sqlite:////var/lib/behorig/behorig.db"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"SMTP_HOST": "m.example"},
            ["BEHORIG_SMTP_SENDER cannot be used: it is needed where BEHORIG_SMTP_HOST is set."],
        ),
        ({"SMTP_USER": "b"}, ["BEHORIG_SMTP_PASSWORD cannot be used: it is needed where BEHORIG_SMTP_USER is set."]),
        (
            {"OIDC_ISSUER": "https://login.example"},
            ["BEHORIG_OIDC_CLIENT_ID cannot be used: it is needed where BEHORIG_OIDC_ISSUER is set."],
        ),
        (
            {"OIDC_CLIENT_SECRET": SECRET, "OIDC_CLIENT_SECRET_FILE": "word"},
            ["BEHORIG_OIDC_CLIENT_SECRET_FILE cannot be used: give it or BEHORIG_OIDC_CLIENT_SECRET, not both."],
        ),
        ({"SMTP_PASSWORD": SECRET}, ["BEHORIG_SMTP_USER cannot be used: it is needed where there is a password."]),
        (
            {"SMTP_USER": "b", "SMTP_PASSWORD": SECRET, "SMTP_PASSWORD_FILE": "word"},
            ["BEHORIG_SMTP_PASSWORD_FILE cannot be used: give it or BEHORIG_SMTP_PASSWORD, not both."],
        ),
        (
            {"SMTP_USER": "b", "SMTP_PASSWORD": f"{SECRET}åäö"},
            [f"BEHORIG_SMTP_PASSWORD cannot be used: {RIGHT['smtp_password'].say(ENGLISH)}"],
        ),
    ],
    ids=[
        "no sender",
        "no password",
        "no client",
        "two secrets",
        "no user",
        "two passwords",
        "letters that cannot be sent",
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    environment: pytest.MonkeyPatch, values: dict[str, str], said: list[str]
) -> None:
    Path("word").write_text(SECRET, encoding="utf-8")
    given(environment, **values)
    assert problems() == said


@pytest.mark.parametrize(
    ("values", "port"),
    [
        ({}, 587),
        ({"SMTP_SECURITY": "tls"}, 465),
        ({"SMTP_SECURITY": "none"}, 25),
        ({"SMTP_SECURITY": "tls", "SMTP_PORT": "4465"}, 4465),
    ],
)
def test_the_port_follows_from_the_security_unless_it_is_given(
    environment: pytest.MonkeyPatch, values: dict[str, str], port: int
) -> None:
    given(environment, **values)
    assert load_settings().smtp_port == port


def test_a_transport_is_made_of_the_settings_with_the_password_from_its_file(
    environment: pytest.MonkeyPatch,
) -> None:
    Path("word").write_text(f"{SECRET}\n", encoding="utf-8")
    given(environment, SMTP_HOST="mail.example", SMTP_SENDER="Behörig <noreply@kommun.example>")
    given(environment, SMTP_USER="behorig", SMTP_PASSWORD_FILE="word")
    settings = load_settings()
    options = settings.smtp_options()
    assert options is not None
    assert settings.why_no_mail is None
    assert SmtpTransport(**options) == SmtpTransport(
        host="mail.example",
        port=587,
        sender="Behörig <noreply@kommun.example>",
        user="behorig",
        password=SECRET,
    )


def test_a_password_file_that_is_gone_or_unfit_when_it_is_needed_is_said(environment: pytest.MonkeyPatch) -> None:
    word = Path("word")
    word.write_text(SECRET, encoding="utf-8")
    given(environment, SMTP_HOST="mail.example", SMTP_SENDER="a@b.example", SMTP_USER="b", SMTP_PASSWORD_FILE="word")
    settings = load_settings()
    word.write_text(f"{SECRET}åäö", encoding="utf-8")
    with pytest.raises(BadInput, match="ASCII"):
        settings.smtp_options()
    word.unlink()
    with pytest.raises(BadInput, match="the file word cannot be read"):
        settings.smtp_options()


def test_a_settings_file_that_is_no_text_is_refused() -> None:
    Path("behorig.env").write_bytes("BEHORIG_SMTP_SENDER=Behörig <a@b.example>".encode("cp1252"))
    assert problems() == ["The settings file behorig.env cannot be read: give the path of a text file in UTF-8."]


def test_every_setting_is_explained() -> None:
    table = re.findall(r"^\| `(BEHORIG_[A-Z_]+)` \|", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(table) == sorted(PREFIX + field.upper() for field in Settings.model_fields)
    assert all(f"`{name}`" in DOCS.read_text(encoding="utf-8") for name in READ_ELSEWHERE)
    assert set(RIGHT) == set(Settings.model_fields)
