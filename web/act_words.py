"""What the buttons of a request say, and in which order they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from language import Text

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
