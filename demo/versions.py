"""The releases of a demonstration: three versions on their way through the gates, one step a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from demo.cast import CARE_SYSTEM
from models import Administrator, AttachmentKind, ItSystem, Part, Person
from workflows import cases, releasing
from workflows.authority import Authority
from workflows.deadlines import STOCKHOLM
from workflows.errors import BehorigError
from workflows.evidence import Actor
from workflows.office import Office
from workflows.releasing import NewRelease
from workflows.waiting import waiting

PROTOCOL: Final = (
    "Testprotokoll\n\n40 testfall enligt testplanen, alla godkända.\nInloggning, sökning, utskrift: utan anmärkning.\n"
)
STEPS: Final = (Part.AGREE_DATE, Part.DECIDE, Part.TEST, Part.REVIEW, Part.COSIGN)
"""Whose steps they are, in order; what stands after the last one waits for whoever looks at the demonstration."""
WHAT: Final[dict[Part, tuple[str, dict[str, str]]]] = {
    Part.AGREE_DATE: ("agree_date", {}),
    Part.DECIDE: ("go_ahead", {}),
    Part.TEST: ("pass_test", {"comment": "Alla testfall är godkända."}),
    Part.REVIEW: ("review", {"comment": "Granskad, inget som står i vägen."}),
    Part.COSIGN: ("cosign", {}),
}
VERSIONS: Final = (
    ("7.2", "Lista över överkänsligheter, och snabbare sökning.", 5),
    ("4.1", "Nya mallar för beslut.", 2),
    ("2024.3", "Rättningar från leverantören.", 1),
)
"""What each is called, what is new in it, and how many steps are taken."""


@dataclass(kw_only=True)
class Versions:
    """The versions that are put forward in these weeks, and which steps are left to take."""

    office: Office
    planned: date
    left: dict[str, list[Part]] = field(default_factory=dict)
    """By case number."""

    def go_on(self, at: datetime) -> None:
        """Put them forward the first time; after that take one step with each."""
        if not self.left:
            self._put_forward(at)
            return
        for number, parts in self.left.items():
            if parts:
                self._step(number, parts.pop(0), at)

    def _put_forward(self, at: datetime) -> None:
        with self.office.database.reading(self.office.organisation_id) as session:
            systems = _systems(session)
        begins = datetime.combine(self.planned, time(18), tzinfo=STOCKHOLM)
        for (system, administrator), (version, contents, steps) in zip(systems, VERSIONS, strict=False):
            new = NewRelease(
                system=system,
                version=version,
                contents=contents,
                planned_from=begins,
                planned_until=begins + timedelta(hours=4),
            )
            self.left[releasing.propose(self.office, new, administrator, at).number] = list(STEPS[:steps])

    def _step(self, number: str, part: Part, at: datetime) -> None:
        with self.office.database.reading(self.office.organisation_id) as session:
            rows = waiting(session, Authority.read(session), self.office.policy, at, parts=(part,))
            turns = [row for row in rows if row.case.number == number and row.answer.holders]
            if not turns:
                return
            person = session.exec(select(Person).where(Person.id == turns[0].answer.holders[0].person_id)).one()
        actor, (event, said) = Actor.of(person, channel="web"), WHAT[part]
        try:
            if part is Part.TEST:
                contents = PROTOCOL.encode()
                cases.attach(self.office, number, "testprotokoll.txt", contents, AttachmentKind.PROTOCOL, actor, at)
            cases.act(self.office, number, event, said, actor, at)
        except BehorigError:
            # Two parts that must not meet in one person: it stands where it is, as it would.
            return


def _systems(session: Session) -> list[tuple[str, Actor]]:
    """Systems with an administrator, the care system first."""
    rows = session.exec(
        select(ItSystem, Person)
        .join(Administrator, col(Administrator.system_id) == col(ItSystem.id))
        .join(Person, col(Person.id) == col(Administrator.person_id))
        .order_by(col(ItSystem.key) != CARE_SYSTEM, col(ItSystem.key), col(Person.employee_number))
    )
    first: dict[str, Actor] = {}
    for system, person in rows:
        first.setdefault(system.key, Actor.of(person, channel="web"))
    return list(first.items())
