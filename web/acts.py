"""What people do with a case: the fields beside the buttons, how what was typed is read, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from fastapi.responses import Response

from language import Text
from web.act_words import ABOUT, FIELD_LABELS, KINDS, Act
from web.forms import Form
from web.visit import Visit
from workflows import cases
from workflows.deadlines import STOCKHOLM
from workflows.errors import BadInput, Conflict, NotFound, Refused
from workflows.workflow import Field

NO_MOMENT: Final = Text("Write the day and the hour as 2026-06-30 18:00.")
NO_HOUR: Final = Text("Write the hour as 15:30.")


@dataclass(frozen=True, kw_only=True)
class Input:
    """A field of an act, as the page shows it."""

    name: str
    """Its name in the form: the act's and its own, since one page holds several forms."""
    field: str
    label: Text
    kind: str
    required: bool


def name_of(event: str, field_name: str) -> str:
    """What a field is called in the form of an act."""
    return f"{event}-{field_name}"


def inputs(acts: Mapping[str, Act], option: Mapping[str, Any]) -> list[Input]:
    """The fields of one of a page's options, those that are needed first."""
    event, act = option["event"], acts[option["event"]]
    return [
        Input(
            name=name_of(event, each),
            field=each,
            label=act.labels.get(each, FIELD_LABELS[each]),
            kind=KINDS.get(each, "line"),
            required=each in option["needs"] and each not in option["may_say"],
        )
        for each in dict.fromkeys((*option["needs"], *option["may_say"]))
    ]


def moment(form: Form, name: str, *, required: bool = False) -> datetime | None:
    """A day and an hour, by the Swedish clock."""
    said = form.text(name, required=required)
    try:
        return datetime.fromisoformat(said.replace(" ", "T")).replace(tzinfo=STOCKHOLM) if said else None
    except ValueError:
        form.wrong(name, NO_MOMENT)
        return None


def _hour(form: Form, name: str, day: date | None) -> datetime | None:
    said = form.text(name)
    try:
        hour = time.fromisoformat(said) if said else None
    except ValueError:
        form.wrong(name, NO_HOUR)
        return None
    return datetime.combine(day, hour, tzinfo=STOCKHOLM) if day and hour else None


def read(form: Form, fields: list[Input]) -> dict[str, Any]:
    """What was typed, in the types that the workflows take; what is wrong is said in the form."""
    data: dict[str, Any] = {}
    for each in fields:
        match each.kind:
            case "day":
                data[each.field] = form.day(each.name)
            case "hour":
                data[each.field] = _hour(form, each.name, data.get(Field.LAST_DAY))
            case "moment":
                data[each.field] = moment(form, each.name)
            case _:
                data[each.field] = form.text(each.name)
        if each.required and not form.text(each.name):
            # One page holds several forms: the summary on top says which field it means.
            form.wrong(each.name, Text("Fill in: {field}.", field=each.label))
    return {name: value for name, value in data.items() if value not in (None, "")}


Shows = Callable[[Visit, str, Form, int], Response]


def refused(form: Form, event: str, error: BadInput | Refused) -> None:
    """Say why an act was not done, beside the fields it is about."""
    codes = {reason.code for reason in error.reasons}
    fields = {code: name_of(event, ABOUT[code]) for code in codes if code in ABOUT}
    fields |= {code: name_of(event, code.removeprefix("needs-")) for code in codes if code.startswith("needs-")}
    form.refused(error, {code: name for code, name in fields.items() if name in form.data})


def act(
    visit: Visit, acts: Mapping[str, Act], page: Mapping[str, Any], event: str, form: Form, shows: Shows
) -> Response:
    """Do something with a case whose page is given, and lead back to it; or show it with what is wrong.

    The page was read for the one who acts: to whoever may not see the case there is none to act on.
    """
    number = page["number"]
    if event not in acts:
        raise NotFound(Text("There is no case {number}.", number=number))
    option = next((option for option in page["options"] if option["event"] == event), None)
    data = read(form, inputs(acts, option)) if option is not None else {}
    if not form.sound:
        return shows(visit, number, form, 422)
    version = form.text("version")
    try:
        cases.act(
            visit.office,
            number,
            event,
            data,
            visit.actor,
            visit.now,
            expected_version=int(version) if version.isdecimal() else None,
        )
    except (BadInput, Refused) as error:
        refused(form, event, error)
        return shows(visit, number, form, 422)
    except Conflict as error:
        form.refused(error)
        return shows(visit, number, form, 409)
    return visit.go(str(visit.request.url.path).rsplit("/", 1)[0], said=done(acts, event, number))


def done(acts: Mapping[str, Act], event: str, number: str) -> Text:
    """What is said on the next page."""
    return Text("{number}: done – {what}.", number=number, what=acts[event].label)
