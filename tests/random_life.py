"""A small municipality in which anything may be tried: people, clocks and acts at random, through the real engine."""

from __future__ import annotations

import copy
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from models import AppointedRole, Database, EmploymentKind, Part, Person, RequestKind
from tests.given import NOW, TODAY, Given
from tests.invariants import broken
from tests.snapshots import Row, Snapshot, broken_between, broken_in, left_by_a_refusal, left_undone_by_a_sweep
from workflows import cases, delegating
from workflows.authorisation import WORKFLOW
from workflows.cases import Line, Option, Outcome
from workflows.deadlines import STOCKHOLM, today
from workflows.delegating import NewDelegation
from workflows.errors import BadInput, Conflict, NotFound, Refused
from workflows.escalation import LOG, sweep_all
from workflows.guards import SOLVERS
from workflows.lookup import case_by_number
from workflows.workflow import Field

# --- The town ------------------------------------------------------------------------------------------------------

WHAT = (
    *(("CARE", profile) for profile in ("READ", "READ", "WRITE", "ADMIN", "SHORT", "SWORN")),
    *(("PAY", profile) for profile in ("ORDER", "ATTEST")),
    ("SMALL", "USE"),
)
"""What can be ordered; the plainest twice."""


def populate(given: Given) -> None:
    """The municipality of every test, and what makes it hard: few licences, forbidden pairs, people in two roles."""
    world = given.municipality()
    given.change(world.write, licences=2)
    with given.together():
        given.profile("SHORT", level=2, requires_end_date=True, max_days=60)
        given.profile("SWORN", level=2, requires_undertaking=True)
        # The delegate administers one system, and the deputy soon another.
        pay = given.system("PAY", administrator=world.head)
        order, attest = given.profile("ORDER", system=pay), given.profile("ATTEST", system=pay, level=2, licences=1)
        given.sod(order, attest)
        given.administers(world.deputy, world.care, valid_from=TODAY + timedelta(days=5))
        given.appointment(world.administrator, AppointedRole.TECHNICIAN)
        # The one who orders may decide too, for a while, under somebody else's delegation.
        given.delegation(
            world.manager, systems=[pay], parent=world.delegation, valid_to=TODAY + timedelta(days=25), further_levels=0
        )
        # A system of another board, with a delegation that soon runs out, and nobody to administer it.
        board = given.body("TECHBOARD", parent=world.council)
        small = given.system("SMALL", owner=board, profiles=("USE",))
        given.delegation(world.outsider, body=board, deputy=world.coordinator, valid_to=TODAY + timedelta(days=20))
        temporary = {"kind": EmploymentKind.TEMPORARY, "ends_on": TODAY + timedelta(days=40)}
        given.person("temp", **temporary)
        double = given.person("double", employed=False)
        first = given.employment(double, number="1", ends_on=TODAY + timedelta(days=10))
        given.employment(double, number="2")
        given.undertaking(world.nurse)
        given.grant(world.nurse, order)
        given.grant(double, world.read, employment=first, ends_on=TODAY + timedelta(days=10), next_action_at=NOW)
        given.grant(world.outsider, world.read, ends_on=TODAY + timedelta(days=12), next_action_at=NOW)
    assert small.owner_id == board.id


def moved_into(given: Given, database: Database) -> Given:
    """The same municipality in a copy of its database."""
    moved = copy.copy(given)
    moved.database = database
    moved.office = replace(given.office, database=database)
    return moved


# --- What is drawn -------------------------------------------------------------------------------------------------

NAMES = (
    "nurse manager head deputy chair superior administrator technician second_technician head_of_it coordinator "
    "outsider temp double"
).split()
names = st.sampled_from(NAMES)
words = st.one_of(st.sampled_from(["Because.", "", "  ", "nobody"]), st.text(max_size=6))
pauses = st.one_of(
    st.sampled_from([timedelta(minutes=7), timedelta(hours=5), timedelta(days=1), timedelta(days=4)]),
    st.integers(1, 60 * 24 * 30).map(lambda minutes: timedelta(minutes=minutes)),
)
offsets = st.sampled_from([None, 0, 1, 5, 12, 30, 90, 400, -1, -5])
wild_lines = st.fixed_dictionaries(
    {
        "employee_number": st.one_of(names, st.just("nobody")),
        "what": st.one_of(st.sampled_from(WHAT), st.sampled_from([("CARE", "USE"), ("NOWHERE", "READ")])),
        "kind": st.sampled_from([RequestKind.NEW, *RequestKind]),
        "starts": offsets,
        "ends": offsets,
        "hour": st.sampled_from([None, None, 13]),
        "scope": st.sampled_from(["", "", "WARD4"]),
        "employment_number": st.sampled_from([None, None, "1", "2"]),
        "from_profile": st.sampled_from([None, "READ", "ORDER"]),
        "purpose": st.sampled_from(["Works at the ward.", "Works at the ward.", " "]),
        "retroactive_reason": st.sampled_from(["", "", "An emergency at night."]),
    }
)
wild_data = st.dictionaries(
    st.one_of(st.sampled_from([field for field in Field if field not in _DATED]), st.just("nonsense")), words, max_size=3
) if (_DATED := (Field.STARTS_ON, Field.ENDS_ON, Field.ENDS_AT)) else st.nothing()
