"""What can be done with a case, in words: the buttons and the order they stand in, and the fields beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from language import Text
from workflows.workflow import Field

ACT_WORDS: Final[Mapping[str, Text]] = {
    "approve": Text("Approve"),
    "approve_with_changes": Text("Approve with changes"),
    "return_for_completion": Text("Ask for more"),
    "keep": Text("Keep the access"),
    "reject": Text("Reject"),
    "complete": Text("Answer and send back"),
    "execute": Text("Carried out"),
    "register": Text("Registered"),
    "resume": Text("The obstacle is gone"),
    "redecide": Text("Needs a new decision"),
    "report_obstacle": Text("Report an obstacle"),
    "submit": Text("Send"),
    "fail": Text("Give up: not possible"),
    "withdraw": Text("Take back"),
}
"""By event, in the order of the page: first what is done most often."""

SOLVER_WORDS: Final[Mapping[str, Text]] = {
    "owner": Text("The owner"),
    "requester": Text("The one who asked"),
    "administrator": Text("The administrator"),
    "technician": Text("The technician"),
    "head_of_it": Text("The head of IT"),
}
"""Who can remove an obstacle."""


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
