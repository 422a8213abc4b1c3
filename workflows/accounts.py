"""Accounts, equipment and duties are a person's and not an employment's: what all departures of one person say of them.

Everything here is weighed anew each time, from all employments and all departures of the person as they stand. Nothing
says once and for all which notice closes the accounts: the brake may hold it, it may be cancelled, and somebody may
work on after all.

Two questions are asked of the person's days: until when do they work without a day between, counted from an employment
that ends (`works_until`, `goes_on`), and do they work now (`works`). Which of several notices then sees to it comes
last. That HR cancels a notice is believed before the register, when no other notice has ended an employment of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Case, DepartureKind, DepartureNotice, DepartureState, Employment
from workflows.authority import in_force
from workflows.deadlines import end_of_day, last_day, today

S = DepartureState
NOTICES: Final = DepartureNotice.metadata.tables["departure_notice"]
BEGUN: Final = (S.AWAITING_DECISION, S.AWAITING_EXECUTION, S.AWAITING_REGISTRATION, S.CLOSED)
"""Where a notice ends its employment, and takes in what comes to light."""
REMOVED: Final = (S.AWAITING_REGISTRATION, S.CLOSED)
"""Where no access is left that an administrator has to remove."""
NEXT_DAY: Final = timedelta(days=1)
"""To the first day of an employment that follows with no day between, or before which accounts are opened for it."""


def is_not_opened(notice: Any) -> sa.ColumnElement[bool]:
    """That what a technician has blocked or closed by a notice, if anything, has not been opened since."""
    return sa.and_(col(notice.reopened_at).is_(None), col(notice.employed_anew_at).is_(None))


def keeps_blocked(notice: Any) -> sa.ColumnElement[bool]:
    """That a notice has blocked the accounts, and does so still."""
    return sa.and_(col(notice.blocked_at).is_not(None), is_not_opened(notice), col(notice.cancelled_at).is_(None))


def suspends() -> sa.ColumnElement[bool]:
    """That a notice suspends all access by its employment: they leave it at once, and are blocked."""
    return sa.and_(col(DepartureNotice.kind) == DepartureKind.IMMEDIATE, keeps_blocked(DepartureNotice))


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """One notice that somebody leaves an employment, as far as their accounts are concerned."""

    id: UUID
    number: str
    state: str
    state_since: datetime
    employment_id: UUID
    ends_at: datetime
    at_once: bool
    was_blocked: bool
    """Whether a technician has blocked the accounts, even if they were opened again since."""
    is_blocked: bool
    """Whether they have, and it is so still."""
    has_shut: bool
    """Whether they have blocked or closed them, and it is so still."""
    accounts_closed_at: datetime | None
    """When the accounts were closed by it; none when they were not, or have been opened since."""
    is_the_registers: bool
    """Whether the register alone has brought it and cancelled it, so that nobody has said that they stay."""
    has_taken_back: bool
    """Whether the equipment has been taken back by it."""

    @classmethod
    def of(cls, notice: Any, case: Any) -> Leaving:
        """From a notice and its case, or a row of both."""
        was_opened = notice.reopened_at is not None or notice.employed_anew_at is not None
        blocked_at, closed_at = (None, None) if was_opened else (notice.blocked_at, notice.accounts_closed_at)
        return cls(
            id=notice.id,
            number=case.number,
            state=case.state,
            state_since=case.state_since,
            employment_id=notice.employment_id,
            ends_at=notice.ends_at,
            at_once=notice.kind == DepartureKind.IMMEDIATE,
            was_blocked=notice.blocked_at is not None,
            is_blocked=blocked_at is not None,
            has_shut=blocked_at is not None or closed_at is not None,
            accounts_closed_at=closed_at,
            is_the_registers=notice.noticed_by_id is None and notice.register_ends_on is None,
            has_taken_back=notice.equipment_returned_at is not None,
        )

    @property
    def is_under_way(self) -> bool:
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
    def suspends(self) -> bool:
        """Whether all access by its employment is suspended, what is found later too."""
        return self.at_once and self.is_in_force and self.is_blocked

    @property
    def keeps_shut(self) -> bool:
        """Whether they must leave at once, and are to be blocked or have access left that the block is there for."""
        is_needed = not self.was_blocked or (self.is_blocked and self.state not in REMOVED)
        return self.at_once and self.is_under_way and self.is_in_force and is_needed


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts of somebody who leaves an employment, seen from the notice of that."""

    own: Leaving
    others: tuple[Leaving, ...]
    """The person's other notices, cancelled ones too: what those have shut may be shut still."""
    employments: tuple[Employment, ...]
    now: datetime

    @cached_property
    def _all(self) -> tuple[Leaving, ...]:
        return (self.own, *self.others)

    @cached_property
    def _begins(self) -> dict[UUID, date]:
        """The first day of each employment."""
        return {row.id: row.starts_on for row in self.employments}

    def _begins_by(self, leaving: Leaving, day: date) -> bool:
        return self._begins.get(leaving.employment_id, date.min) <= day

    # --- Until when they work --------------------------------------------------------------------------------------

    @cached_property
    def works_until(self) -> datetime:
        """The last moment of the employments that come to an end, of those that overlap or follow with no day between.

        By a notice, a held one too: until it is let go, HR has said no other day. By the register, where that ends one
        before the last of those that notices end is over; what goes on longer is HR's to notice.
        """
        until = self.own.ends_at
        while True:
            day = self._day_after(until)
            noticed = [each.ends_at for each in self.others if each.is_in_force and self._begins_by(each, day)]
            ended = [end_of_day(row.ends_on) for row in self._unended if row.ends_on is not None and row.ends_on < day]
            last = max([until, *noticed, *ended])
            if last == until:
                return until
            until = last

    @cached_property
    def goes_on(self) -> tuple[Employment, ...]:
        """The employments that no notice ends, in which they work on then."""
        day = self._day_after(self.works_until)
        return tuple(
            row
            for row in self._unended
            if in_force(row.starts_on, row.ends_on, day) or (row.starts_on <= day and row.id in self._stays_in)
        )

    @cached_property
    def _unended(self) -> tuple[Employment, ...]:
        """The employments that no notice ends."""
        ended = {each.employment_id for each in self._all if each.has_begun} | {self.own.employment_id}
        return tuple(row for row in self.employments if row.id not in ended)

    def _day_after(self, moment: datetime) -> date:
        return max(last_day(moment), today(self.now)) + NEXT_DAY

    # --- Whether they are closed here ------------------------------------------------------------------------------

    @cached_property
    def are_for_this_to_close(self) -> bool:
        """Whether accounts are closed, equipment is taken back and duties are passed on in this notice.

        They are once, when nothing goes on: of several notices under way in the one that has begun with it, or else was
        noticed last; in one that is over only when there is no other, and they have left. A closing from before the
        last moment is not the one of this: they have worked since.
        """
        if not self.own.has_begun or self.goes_on:
            return False
        if not self.own.is_under_way and (self.works or self.works_until > self.now):
            return False
        if any(each.state == S.CLOSED and each.has_taken_back and self._is_closed_by(each) for each in self._all):
            return False
        together = [each for each in self._all if each.has_begun and self._works_until_by(each) == self.works_until]
        under_way = [each for each in together if each.is_under_way]
        return max(under_way or together, key=lambda each: (self._is_closed_by(each), each.id)) is self.own

    @cached_property
    def are_closed_here(self) -> bool:
        """Whether they are closed by this notice, and the person has not worked since."""
        return self._is_closed_by(self.own)

    def _is_closed_by(self, leaving: Leaving) -> bool:
        return leaving.accounts_closed_at is not None and leaving.accounts_closed_at >= self.works_until

    def _works_until_by(self, other: Leaving) -> datetime:
        """Until when they work, counted from the end by another notice."""
        if other is self.own:
            return self.works_until
        return replace(self, own=other, others=tuple(each for each in self._all if each.id != other.id)).works_until

    # --- Whether they are opened here ------------------------------------------------------------------------------

    @cached_property
    def shut_by(self) -> tuple[Leaving, ...]:
        """The notices by which a technician has blocked or closed the accounts, and they are so still."""
        return tuple(each for each in self._all if each.has_shut and not self._is_history(each))

    @cached_property
    def are_employed_anew(self) -> bool:
        """Whether they have accounts from a later employment, and nothing has said so of this notice yet."""
        return self.own.has_shut and self.works and self._is_history(self.own)

    def _is_history(self, leaving: Leaving) -> bool:
        """Whether they were employed anew when it was over, after a day or more without any employment."""
        return not leaving.is_under_way and self._works_since > today(leaving.state_since) + NEXT_DAY

    @cached_property
    def _works_since(self) -> date:
        """The first day of the last employments that follow each other without a day between."""
        spans = [
            (row.starts_on, self._last_day_of(row))
            for row in self.employments
            if row.starts_on <= today(self.now) + NEXT_DAY
        ]
        since = max((begins for begins, _ in spans), default=date.min)
        while True:
            before = min((begins for begins, ends in spans if ends >= since - NEXT_DAY), default=since)
            if before >= since:
                return since
            since = before

    def _last_day_of(self, row: Employment) -> date:
        if row.id in self._stays_in:
            return date.max
        noticed = self._noticed.get(row.id)
        return last_day(noticed.ends_at) if noticed and noticed.has_begun else row.ends_on or date.max

    @cached_property
    def kept_shut_by(self) -> str:
        """The number of another notice by which they must stay shut, or are about to be."""
        return next((each.number for each in self.others if each.keeps_shut), "")

    @cached_property
    def are_for_this_to_open(self) -> bool:
        """Whether they are shut though the person works here, nothing keeps them so, and this notice is to open them.

        A cancelled one opens them before one that is under way, and one that is over only when there is no other.
        """
        if not self.shut_by or not self.works or any(each.keeps_shut for each in self._all):
            return False
        cancelled = [each for each in self._all if each.state == S.REOPENING]
        under_way = [each for each in self._all if each.is_under_way and each.is_in_force]
        over = [each for each in self._all if each.state == S.CLOSED]
        opens = max(cancelled or under_way or over, key=lambda each: (each.has_begun, each.id), default=None)
        return opens is self.own

    @cached_property
    def are_opened_by_cancelling(self) -> bool:
        """The same if this notice were cancelled."""
        return replace(self, own=replace(self.own, state=S.REOPENING)).are_for_this_to_open

    @cached_property
    def shut_until_registered_by(self) -> tuple[Leaving, ...]:
        """The notices that have shut the accounts, when this one is cancelled and the register is behind.

        None when the employment is noticed anew: then nobody says that they stay.
        """
        if self.own.state != S.CANCELLED or self.works or self.own.employment_id in self._noticed:
            return ()
        return self.shut_by

    @cached_property
    def _noticed(self) -> dict[UUID, Leaving]:
        """The notices in force, by what they are about; of an employment there is one."""
        return {each.employment_id: each for each in self._all if each.is_in_force}

    @cached_property
    def works(self) -> bool:
        """Whether they work here now, or begin tomorrow, by a notice whose moment is to come or by the register."""
        day = today(self.now)
        begun = [each for each in self._noticed.values() if each.has_begun]
        if any(each.ends_at > self.now and self._begins_by(each, day + NEXT_DAY) for each in begun):
            return True
        # What is held may be a mistake: it says only that they leave, and not that they stay until then.
        over = {each.employment_id for each in self._noticed.values() if each.has_begun or each.ends_at <= self.now}
        return any(
            in_force(row.starts_on, row.ends_on, day)
            or in_force(row.starts_on, row.ends_on, day + NEXT_DAY)
            or (row.starts_on <= day + NEXT_DAY and row.id in self._stays_in)
            for row in self.employments
            if row.id not in over
        )

    @cached_property
    def _stays_in(self) -> frozenset[UUID]:
        """The employments of which HR has said that they stay, whatever the register says yet.

        Not when another notice ends an employment of theirs: then the register must say so too. It has to say so for
        good anyway, and what is opened on HR's word alone would be closed again for that other one.
        """
        if any(each.has_begun for each in self._all):
            return frozenset()
        stays = {each.employment_id for each in self._all if each.state == S.REOPENING and not each.is_the_registers}
        return frozenset(stays - self._noticed.keys())


def departures_of(session: Session, people: Iterable[UUID]) -> dict[UUID, list[Leaving]]:
    """All notices that some people leave an employment, by person; oldest first."""
    # As columns: the notice that is acted on is among them, and changed but not written yet.
    rows = session.execute(
        sa.select(NOTICES, col(Case.number), col(Case.state), col(Case.state_since))
        .join(Case, col(Case.id) == NOTICES.c.id)
        .where(NOTICES.c.person_id.in_(people), NOTICES.c.kind != DepartureKind.MOVE)
        .order_by(NOTICES.c.id)
    )
    found: dict[UUID, list[Leaving]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(Leaving.of(row, row))
    return found
