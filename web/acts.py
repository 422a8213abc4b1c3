"""What people do with a case: the words on the buttons, the fields beside them, and how what was typed is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

from fastapi.responses import Response

from language import Text
from web.forms import Form
from web.visit import Visit
from workflows import cases
from workflows.deadlines import STOCKHOLM
from workflows.errors import BadInput, Conflict, NotFound, Refused
from workflows.workflow import Field

NO_MOMENT: Final = Text("Write the day and the hour as 2026-06-30 18:00.")
NO_HOUR: Final = Text("Write the hour as 15:30.")


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that can be done with a case."""

    label: Text
    hint: Text | None = None
    danger: bool = False
    labels: Mapping[str, Text] = field(default_factory=dict)
    """What its fields are called here, where that is another than usual."""


REASON: Final = Text("Reason")
TICKET: Final = Text("The service desk's ticket number")

FIELD_LABELS: Final[Mapping[str, Text]] = {
    Field.REASON: REASON,
    Field.COMMENT: Text("Comment"),
    Field.LAST_DAY: Text("Last day"),
    Field.ENDS_AT: Text("The hour on that day, when it is another than usual"),
    Field.TICKET_NUMBER: TICKET,
    Field.DUTY: Text("Which duty"),
    Field.SUCCESSOR: Text("Who takes it over, or that nobody needs to"),
    Field.PLANNED_FROM: Text("The window begins"),
    Field.PLANNED_UNTIL: Text("The window ends"),
    Field.VERSION: Text("Version"),
    Field.PURPOSE: Text("What is new in it"),
    Field.FINDING: Text("Which finding"),
    Field.BLOCKING: Text("Does it stop the approval until it is resolved?"),
    Field.FILE: Text("File"),
}
KINDS: Final[Mapping[str, str]] = {
    Field.REASON: "area",
    Field.COMMENT: "area",
    Field.PURPOSE: "area",
    Field.LAST_DAY: "day",
    Field.ENDS_AT: "hour",
    Field.PLANNED_FROM: "moment",
    Field.PLANNED_UNTIL: "moment",
    Field.BLOCKING: "choice",
    Field.DUTY: "choice",
    Field.FINDING: "choice",
    Field.FILE: "file",
}

DEPARTURE_ACTS: Final[Mapping[str, Act]] = {
    "block": Act(
        label=Text("Block the accounts"),
        hint=Text("Do it in the directory and the mail first, then say so here. It waits for no decision."),
    ),
    "close_accounts": Act(
        label=Text("Close the accounts"),
        hint=Text("Do it in the directory and the mail first, then say so here."),
    ),
    "return_equipment": Act(
        label=Text("Take back the equipment"), labels={Field.COMMENT: Text("What came back, and that it is wiped")}
    ),
    "reopen_accounts": Act(
        label=Text("Open the accounts again"),
        hint=Text("Do it in the directory and the mail first, then say so here."),
    ),
    "settle": Act(label=Text("Appoint a successor")),
    "release": Act(label=Text("Let it go"), hint=Text("Everything that follows from it begins at once.")),
    "refuse": Act(label=Text("Do not let it go"), hint=Text("The notice is cancelled."), danger=True),
    "move_day": Act(
        label=Text("Move the last day"),
        hint=Text("Earlier or later, also into the past. Owners who are asked for more are asked again."),
        labels={Field.LAST_DAY: Text("The new last day")},
    ),
    "leave_now": Act(
        label=Text("They leave at once"),
        hint=Text("The block is asked for at once, and everybody is told. All limits run round the clock."),
        danger=True,
    ),
    "cancel": Act(
        label=Text("Cancel the notice"),
        hint=Text("They stay, or it was a mistake. What is not carried out is called off; what is, is listed here."),
        danger=True,
    ),
}

RELEASE_ACTS: Final[Mapping[str, Act]] = {
    "propose": Act(label=Text("Put it forward again")),
    "go_ahead": Act(label=Text("Let it go ahead")),
    "agree_date": Act(label=Text("Agree to the date")),
    "confirm_date": Act(label=Text("Confirm the date")),
    "pass_test": Act(label=Text("The test is passed"), hint=Text("The protocol must be attached.")),
    "fail_test": Act(
        label=Text("The test has failed"), hint=Text("It goes back to whoever put it forward, with the protocol.")
    ),
    "note_finding": Act(label=Text("Note a finding"), labels={Field.COMMENT: Text("What was found")}),
    "resolve_finding": Act(label=Text("Resolve a finding"), labels={Field.COMMENT: Text("How it was resolved")}),
    "review": Act(label=Text("The security review is done"), labels={Field.COMMENT: Text("What it came to")}),
    "skip_review": Act(label=Text("Leave out the security review")),
    "cosign": Act(label=Text("Sign that it works with other systems")),
    "approve": Act(label=Text("Approve it for operation")),
    "send_back": Act(label=Text("Send it back"), hint=Text("It goes back to whoever put it forward.")),
    "deploy": Act(
        label=Text("It is deployed"), labels={Field.COMMENT: Text("How it went; by the short path, how it was tried")}
    ),
    "register": Act(
        label=Text("Register what is installed"), labels={Field.VERSION: Text("The version that is installed")}
    ),
    "report_obstacle": Act(label=Text("Report an obstacle"), hint=Text("It is deployed again or rolled back.")),
    "follow_up": Act(label=Text("It is reviewed afterwards"), labels={Field.COMMENT: Text("What it came to")}),
    "attach": Act(label=Text("Attach a file")),
    "move_date": Act(
        label=Text("Move the date"), hint=Text("Everybody whom the date concerns is asked again, but not you.")
    ),
    "roll_back": Act(label=Text("Roll it back"), hint=Text("The version before it stands."), danger=True),
    "reject": Act(label=Text("Say no"), danger=True),
    "withdraw": Act(label=Text("Withdraw it"), danger=True),
}

# Which field a reason is about; what an act needs names its field itself.
ABOUT: Final[Mapping[str, str]] = {
    "no-duty": Field.DUTY,
    "no-finding": Field.FINDING,
    "another-version": Field.VERSION,
    "in-operation": Field.VERSION,
    "put-forward-already": Field.VERSION,
    "no-contents": Field.PURPOSE,
    "no-date": Field.PLANNED_FROM,
    "unfit-file": Field.FILE,
    "no-folder": Field.FILE,
}


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
