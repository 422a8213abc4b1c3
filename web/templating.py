"""How templates are read: everything escaped, sentences in the reader's language, days and moments as in Sweden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from language import Text, clock
from web.act_words import ACT_WORDS, DEPARTURE_ACTS, RELEASE_ACTS
from web.assets import Assets
from web.cookies import form_mark
from web.security import MARK
from workflows.words import (
    DUTY_WORDS,
    EMPLOYMENT_WORDS,
    GRANT_STATE_WORDS,
    KIND_WORDS,
    OUTCOME_WORDS,
    PART_WORDS,
    STATE_WORDS,
    event_words,
    mandate_words,
    moment_words,
)

FOLDER: Final = Path(__file__).parent / "templates"
# How a state is coloured. The words beside it always say the same.
COLOURS: Final = {
    "COMPLETED": "success",
    "CLOSED": "success",
    "ACTIVE": "success",
    "REJECTED": "neutral",
    "WITHDRAWN": "neutral",
    "LAPSED": "neutral",
    "FAILED": "danger",
    "OBSTRUCTED": "danger",
    "REVOCATION_PENDING": "danger",
    "QUEUED": "warning",
    "AWAITING_COMPLETION": "warning",
}
# Under which address the cases of a workflow are shown.
AREAS: Final = {"authorisation": "cases", "departure": "departures", "release": "releases"}
NOW: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def environment(assets: Assets) -> Environment:
    """The templates, with what they may use."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update(say=_say, clock=clock, day=day, ago=_ago, moment=_moment)
    templates.globals.update(
        asset=_asset(assets),
        event_words=event_words,
        tried_words=_tried_words,
        colours=COLOURS,
        areas=AREAS,
        duty_words=DUTY_WORDS,
        mandate_words=mandate_words,
        words={
            "employment": EMPLOYMENT_WORDS,
            "grant": GRANT_STATE_WORDS,
            "kind": KIND_WORDS,
            "outcome": OUTCOME_WORDS,
            "part": PART_WORDS,
            "state": STATE_WORDS,
        },
    )
    return templates


@cache
def _fixed(message: str, language: str) -> str:
    """A sentence of a template that is always the same."""
    return Text(message).say(language)


def spoken(language: str, secret: str) -> dict[str, Callable[..., str]]:
    """What every page says and carries, for one reader at one browser.

    They are bound here, and do not look into the context of a template: called in the line of a list, that would make
    a new context each time, which was a seventh of what a page with a long list cost.
    """

    def sentence(message: str, /, **values: Any) -> str:
        """A sentence in the reader's language; its values are escaped with it."""
        return Text(message, **values).say(language) if values else _fixed(message, language)

    def mark() -> Markup:
        """What every form must carry: the proof that it is ours."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(MARK, form_mark(secret))

    return {"_": sentence, "mark": mark}


@pass_context
def _say(context: Context, value: Any) -> Any:
    """A text that comes from the code, in the reader's language; anything else as it is, and nothing for nothing."""
    if isinstance(value, Text):
        return value.say(context["language"])
    return "" if value is None else value


def day(value: date | None) -> str:
    """A day, as in Sweden; nothing when there is none."""
    return value.isoformat() if value else ""


@pass_context
def _ago(context: Context, at: datetime, now: datetime) -> str:
    """How long ago something was, or how far ahead it is; nothing from far away, where the day says more."""
    return distance(at, now).say(context["language"])


@pass_context
def _moment(context: Context, at: datetime) -> str:
    """A moment in words, for a sentence."""
    return moment_words(at).say(context["language"])


def distance(at: datetime, now: datetime) -> Text:
    """How far a moment is from now; nothing when it is more than two weeks."""
    away = abs(at - now)
    if away < NOW:
        return Text("just now")
    if away < HOUR:
        minutes = away // NOW
        return Text("{n} min ago", n=minutes) if at < now else Text("in {n} min", n=minutes)
    if away < DAY:
        hours = away // HOUR
        return Text("{n} h ago", n=hours) if at < now else Text("in {n} h", n=hours)
    if away < 14 * DAY:
        days = away // DAY
        if days == 1:
            return Text("a day ago") if at < now else Text("in a day")
        return Text("{n} days ago", n=days) if at < now else Text("in {n} days", n=days)
    return Text("")


def _tried_words(event: str) -> Text:
    """What somebody wanted to do when it was refused, in the words of its button."""
    if event in ACT_WORDS:
        return ACT_WORDS[event]
    act = DEPARTURE_ACTS.get(event) or RELEASE_ACTS.get(event)
    return act.label if act is not None else event_words(event)


def _asset(assets: Assets) -> Callable[[str], str]:
    def path_of(name: str) -> str:
        """The path of a file, with its version, so that browsers may keep it for good."""
        return f"/static/{name}?v={assets[name].version}"

    return path_of
