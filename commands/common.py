"""What every command shares: the installation it works on, who acts, how answers and errors are shown."""

from __future__ import annotations

import gc
import getpass
import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from commands.fields import option_for
from language import Text, _, chosen_language

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.exc import DBAPIError

    from models import Database
    from settings import Settings
    from transport import SmtpTransport
    from workflows.engine import Outcome
    from workflows.errors import BehorigError
    from workflows.evidence import Actor
    from workflows.office import Office

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

As = Annotated[str | None, typer.Option("--as", envvar="BEHORIG_AS", help=_("Who acts: an employee number."))]
Json = Annotated[bool, typer.Option("--json", help=_("Answer as JSON."))]
Now = Annotated[
    str | None, typer.Option("--now", help=_("Act as if it were this moment; in a demonstration only."), hidden=True)
]

Key = Annotated[str | None, typer.Option("--key", help=_("An idempotency key: the same call again gets its result."))]

DONE, REFUSED, WRONG_USAGE, NOT_FOUND, CONFLICT = 0, 1, 2, 3, 4


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Map the tree of errors to an exit code and to words: the one place that does."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from sqlalchemy.exc import DBAPIError

        from workflows.errors import BehorigError

        try:
            return function(*args, **kwargs)
        except BehorigError as error:
            raise typer.Exit(_tell(error, as_json=bool(kwargs.get("as_json")))) from None
        except DBAPIError as error:
            trouble = _trouble(error)
            if trouble is None:
                raise
            raise typer.Exit(_tell(trouble, as_json=bool(kwargs.get("as_json")))) from None

    return run


def _tell(error: BehorigError, *, as_json: bool) -> int:
    """Say what went wrong, and which exit code that is."""
    from workflows.errors import Conflict, NotFound, Refused

    language = chosen_language()
    said = [(reason.code, reason.text.say(language) + _how(reason.code)) for reason in error.reasons]
    if as_json:
        reasons = [{"code": code, "text": text} for code, text in said]
        typer.echo(json.dumps({"error": error.code, "reasons": reasons}, ensure_ascii=False))
    else:
        for _code, text in said:
            typer.echo(text, err=True)
    codes = {Refused: REFUSED, NotFound: NOT_FOUND, Conflict: CONFLICT}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), WRONG_USAGE)


def _how(code: str) -> str:
    """For something that was left out: the option that says it."""
    return f" ({option_for(code.removeprefix('needs-'))})" if code.startswith("needs-") else ""


def _trouble(error: DBAPIError) -> BehorigError | None:
    """A database that cannot be reached, or is of another version; none when the fault is ours."""
    from sqlalchemy.exc import DBAPIError, IntegrityError

    import migrations
    from workflows.errors import Unavailable

    if isinstance(error, IntegrityError):
        return None
    what = str(error.orig).strip().partition("\n")[0]
    opened = database(settings())
    try:
        at, needed = migrations.current(opened), migrations.latest(opened)
    except DBAPIError:
        return Unavailable(Text("The database cannot be used: {what}.", what=what.rstrip(".")))
    if at == needed:
        return None
    return Unavailable(
        Text(
            "The tables are of version {at}, and the program needs {needed}: run behorig upgrade.",
            at=at or "-",
            needed=needed,
        )
    )


def stay() -> None:
    """Look for garbage at Python's own pace from now on: for what runs until it is told to stop.

    What is there already lasts as long as the process: looking through it again and again held up whoever came just
    then for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 10)


def settings() -> Settings:
    """The installation's settings."""
    from settings import load_settings

    return load_settings()


def database(given: Settings) -> Database:
    """The installation's database, whatever its schema."""
    from models import Database

    return Database(given.database_url)


def organisations(given: Settings, opened: Database) -> list[UUID]:
    """The organisations that are worked on: the one that is named, else all there are."""
    from sqlalchemy.exc import DBAPIError

    from workflows.errors import NotFound

    if not _is_there(opened):
        raise _no_tables(given)
    try:
        rows = _organisations(opened)
    except DBAPIError:
        if _has_tables(opened):
            raise
        raise _no_tables(given) from None
    found = [found for found, key in rows if given.organisation in (None, key)]
    if rows and not found:
        known = ", ".join(key for _found, key in rows)
        raise NotFound(
            Text("The database holds no organisation {key}; it holds: {known}.", key=given.organisation, known=known)
        )
    return found


def _organisations(opened: Database) -> list[tuple[UUID, str]]:
    from sqlmodel import select

    from models import Organisation

    with opened.reading(None) as session:
        return list(session.exec(select(Organisation.id, Organisation.key).order_by(Organisation.key)))


def _is_there(opened: Database) -> bool:
    # Only to look would make an empty file, in the wrong folder as likely as not.
    file = opened.engine.url.database
    return not (opened.is_sqlite and file) or os.path.exists(file)


def _has_tables(opened: Database) -> bool:
    import sqlalchemy as sa

    from models import Organisation

    with opened.engine.connect() as connection:
        return sa.inspect(connection).has_table(Organisation.__tablename__)


def _no_tables(given: Settings) -> BehorigError:
    from workflows.errors import BadInput, Reason

    said = Text("There are no tables in {name} yet: run behorig init.", name=given.database_shown)
    return BadInput([Reason("no-schema", said)])


def only(found: Sequence[T]) -> T | None:
    """The only organisation, or none while nothing is loaded; several must be told apart first."""
    from workflows.errors import BadInput, Reason

    if len(found) > 1:
        raise BadInput(
            [Reason("which-organisation", Text("The database holds several organisations: set BEHORIG_ORGANISATION."))]
        )
    return found[0] if found else None


def offices() -> list[Office]:
    """Every organisation at work, for what runs for all of them."""
    from workflows.attachments import FileStore
    from workflows.office import Office
    from workflows.policy import load_policy

    given = settings()
    opened = database(given)
    policy = load_policy(given.policy_file)
    return [
        Office(
            database=opened,
            organisation_id=found,
            policy=policy,
            base_url=given.base_url,
            files=FileStore(given.files_folder),
        )
        for found in organisations(given, opened)
    ]


def office() -> Office:
    """The organisation at work: database, policy and addresses as the settings say."""
    from workflows.errors import NotFound

    found = only(offices())
    if found is None:
        raise NotFound(Text("The database holds no organisation yet: load its files with behorig load."))
    return found


def mail(given: Settings) -> SmtpTransport | None:
    """The way to the mail server; none when no server is set."""
    from transport import SmtpTransport

    options = given.smtp_options()
    return SmtpTransport(**options) if options else None


def actor(of: Office, number: str | None) -> Actor:
    """Who acts, as ``--as`` or the environment says."""
    from workflows.errors import BadInput, Reason
    from workflows.lookup import actor_by_number

    if not number:
        raise BadInput([Reason("no-actor", Text("Say who acts: --as EMPLOYEE, or the variable BEHORIG_AS."))])
    with of.database.reading(of.organisation_id) as session:
        return actor_by_number(session, number, channel="cli", os_user=os_user(), language=chosen_language())


def os_user() -> str:
    """The operating system's name of the user, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def moment(of: Office, given: str | None) -> datetime:
    """Now, or the moment given; acts can be given one only in a demonstration."""
    from sqlmodel import select

    from models import Organisation
    from workflows.errors import BadInput, Reason

    if given is None:
        return datetime.now(UTC)
    with of.database.reading(of.organisation_id) as session:
        row = session.exec(select(Organisation).where(Organisation.id == of.organisation_id)).one()
    if not row.demonstration:
        raise BadInput([Reason("not-a-demonstration", Text("Only a demonstration can act at another time than now."))])
    return parsed_moment(given)


def parsed_moment(given: str) -> datetime:
    """A moment with its time zone, as ISO 8601 writes it."""
    from workflows.errors import BadInput, Reason

    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInput(
            [Reason("bad-moment", Text("{given} is not a moment; write it as 2026-06-18T10:00+02:00.", given=given))]
        )
    return at


def day_or_moment(given: str | None) -> tuple[date | None, datetime | None]:
    """A last day, or the hour on it when one is given, read as Swedish time."""
    from workflows.deadlines import last_day
    from workflows.errors import BadInput, Reason
    from workflows.load.problems import Unfit
    from workflows.load.rows import until_of

    if not given:
        return None, None
    try:
        found = until_of(given)
    except Unfit as unfit:
        raise BadInput([Reason("bad-day", Text("{given} {what}", given=given, what=unfit.text))]) from None
    return (last_day(found), found) if isinstance(found, datetime) else (found, None)


def window(begins: str | None, ends: str | None) -> tuple[datetime | None, datetime | None]:
    """From one moment to another, as Swedish time; a day alone is the whole of it."""
    from workflows.deadlines import end_of_day, start_of_day

    first, at = day_or_moment(begins)
    last, until = day_or_moment(ends or begins)
    if first is None or last is None:
        return None, None
    return at or start_of_day(first), (until if ends else None) or end_of_day(last)


def day(given: str | None) -> date | None:
    """A day; an hour on it is not asked for."""
    return day_or_moment(given)[0]


def show_json(answer: Any) -> None:
    """An answer as JSON; moments and days as ISO 8601."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=_as_json))


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def show_done(answer: dict[str, Any], said: Text, as_json: bool) -> None:
    """What an act led to, as JSON or as a sentence."""
    if as_json:
        show_json(answer)
    else:
        typer.echo(said.say(chosen_language()))


def show_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Where a case stands after an act, and whom it waits for."""
    from workflows.words import STATE_WORDS

    state = STATE_WORDS[outcome.state]
    said = Text("{number}: {state}", number=outcome.number, state=state)
    if outcome.waits_for:
        said = Text(
            "{number}: {state}. It waits for {people}.",
            number=outcome.number,
            state=state,
            people=", ".join(outcome.waits_for),
        )
    show_done(outcome.to_json(), said, as_json)


def one_of(given: str, words: type[E]) -> E:
    """One of the words that a code can be, in whatever case it is written."""
    from workflows.errors import BadInput, Reason

    try:
        return words(given.strip().upper())
    except ValueError:
        known = ", ".join(word.lower() for word in words)
        text = Text("{given} is not one of: {known}.", given=given, known=known)
        raise BadInput([Reason("unknown-word", text)]) from None
