"""Accounts, equipment and duties are a person's and not an employment's: what all departures of one person say of them.

Everything here is weighed anew each time, from all employments and all departures of the person as they stand. Nothing
says once and for all which notice closes the accounts: the brake may hold it, it may be cancelled, and somebody may
work on after all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Case, DepartureKind, DepartureNotice, DepartureState, Employment
from workflows.authority import in_force
from workflows.deadlines import today

S = DepartureState
NOTICES: Final = DepartureNotice.metadata.tables["departure_notice"]
BEGUN: Final = (S.AWAITING_DECISION, S.AWAITING_EXECUTION, S.AWAITING_REGISTRATION, S.CLOSED)
"""Where a notice ends its employment, and takes in what comes to light."""
REMOVED: Final = (S.AWAITING_REGISTRATION, S.CLOSED)
"""Where no access is left that an administrator has to remove."""


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """One notice that somebody leaves an employment, as far as their accounts are concerned."""

    id: UUID
    number: str
    state: str
    employment_id: UUID
    last_day: date
    ends_at: datetime
    at_once: bool
    is_blocked: bool
    """Whether a technician has blocked the accounts, even if they were opened again since."""
    has_closed: bool
    """Whether the accounts are closed by it, and not opened again since."""
    shut_on: date | None
    """The day the accounts were last blocked or closed by it; none when they never were, or were opened again since."""

    @classmethod
    def of(cls, notice: Any, number: str, state: str) -> Leaving:
        """From a notice, or a row of its table, and where its case stands."""
        shut = [at for at in (notice.blocked_at, notice.accounts_closed_at) if at is not None]
        is_shut = bool(shut) and notice.reopened_at is None
        return cls(
            id=notice.id,
            number=number,
            state=state,
            employment_id=notice.employment_id,
            last_day=notice.last_day,
            ends_at=notice.ends_at,
            at_once=notice.kind == DepartureKind.IMMEDIATE,
            is_blocked=notice.blocked_at is not None,
            has_closed=is_shut and notice.accounts_closed_at is not None,
            shut_on=today(max(shut)) if is_shut else None,
        )

    @property
    def is_open(self) -> bool:
        """Whether something may be left to do in it."""
        return self.state not in (S.CLOSED, S.CANCELLED)

    @property
    def is_in_force(self) -> bool:
        """Whether it is not cancelled."""
        return self.state not in (S.REOPENING, S.CANCELLED)

    @property
    def has_begun(self) -> bool:
        """Whether it ends its employment. What is held, by the brake or for HR to confirm, ends nothing yet."""
        return self.state in BEGUN

    @property
    def keeps_shut(self) -> bool:
        """Whether they must leave at once, and are to be blocked or have access left that the block is there for."""
        return self.at_once and self.is_open and self.is_in_force and not (self.is_blocked and self.state in REMOVED)


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts of somebody who leaves an employment, seen from the notice of that."""

    own: Leaving
    others: tuple[Leaving, ...]
    """The person's other notices, cancelled ones too: what those have shut may be shut still."""
    employments: tuple[Employment, ...]
    now: datetime

    @property
    def _all(self) -> tuple[Leaving, ...]:
        return (self.own, *self.others)

    @property
    def goes_on(self) -> tuple[Employment, ...]:
        """The employments that go on when all those are over that notices end."""
        begun = [each for each in self._all if each.has_begun]
        ended = {each.employment_id for each in begun}
        day = max([today(self.now), *(each.last_day + timedelta(days=1) for each in begun)])
        return tuple(
            row for row in self.employments if row.id not in ended and in_force(row.starts_on, row.ends_on, day)
        )

    @property
    def works_until(self) -> datetime:
        """The last moment of all employments that notices end."""
        return max(each.ends_at for each in self._all if each.has_begun or each is self.own)

    @property
    def are_for_this_to_close(self) -> bool:
        """Whether accounts are closed, equipment is taken back and duties are passed on in this notice.

        They are once, when nothing goes on: of several notices under way in the one that was noticed last.
        """
        if not (self.own.has_begun and self.own.is_open) or self.goes_on:
            return False
        later = any(each.has_begun and each.is_open and each.id > self.own.id for each in self.others)
        closed = any(each.has_closed and not each.is_open and self._counts(each) for each in self.others)
        return not later and not closed

    @property
    def shut_by(self) -> tuple[Leaving, ...]:
        """The notices by which a technician has blocked or closed the accounts, when nobody has opened them again."""
        return tuple(each for each in self._all if self._counts(each))

    @property
    def kept_shut_by(self) -> str:
        """The number of another notice by which they must stay shut, or are about to be."""
        return next((each.number for each in self.others if each.keeps_shut), "")

    @property
    def are_for_this_to_open(self) -> bool:
        """Whether they are shut though the person works on, nothing keeps them so, and this notice is to open them."""
        if not self.shut_by or not self._works or any(each.keeps_shut for each in self._all):
            return False
        cancelled = [each for each in self._all if each.state == S.REOPENING]
        in_force = [each for each in self._all if each.is_open and each.is_in_force]
        opens = max(cancelled or in_force, key=lambda each: (each.has_begun, each.id), default=None)
        return opens is self.own

    @property
    def _works(self) -> bool:
        """Whether they work here still: until a moment to come, or in an employment that no notice is about.

        Somebody whose notice is cancelled stays, whatever the register says of that employment yet.
        """
        noticed = {each.employment_id: each for each in self._all if each.is_in_force}
        if any(each.ends_at > self.now for each in noticed.values()):
            return True
        stays = {each.employment_id for each in self._all if each.state == S.REOPENING} - set(noticed)
        return bool(stays) or any(row.id not in noticed for row in self.goes_on)

    def _counts(self, leaving: Leaving) -> bool:
        """Whether a notice has shut the accounts they have now, and not those from before they were employed anew."""
        began = next((row.starts_on for row in self.employments if row.id == self.own.employment_id), date.min)
        return leaving.shut_on is not None and leaving.shut_on >= began


def departures_of(session: Session, people: Iterable[UUID]) -> dict[UUID, list[Leaving]]:
    """All notices that some people leave an employment, by person; oldest first."""
    # As columns: the notice that is acted on is among them, and changed but not written yet.
    rows = session.execute(
        sa.select(NOTICES, col(Case.number), col(Case.state))
        .join(Case, col(Case.id) == NOTICES.c.id)
        .where(NOTICES.c.person_id.in_(people), NOTICES.c.kind != DepartureKind.MOVE)
        .order_by(NOTICES.c.id)
    )
    found: dict[UUID, list[Leaving]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(Leaving.of(row, row.number, row.state))
    return found
