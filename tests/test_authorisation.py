"""The authorisation request: its guards both ways, its ways through, and what it does to grants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import Administrator, AppointedRole, Database, Event, Person
from tests.given import NOW, TODAY, Given, World, codes
from workflows import orders
from workflows.deadlines import end_of_day
from workflows.errors import BadInput, NotFound, Refused

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
IN_A_MONTH = TODAY + timedelta(days=30)


# --- Guards -----------------------------------------------------------------------------------------------------------

Prepare = Callable[[Given, World], Any]


def nothing(_given: Given, _world: World) -> None:
    """As it is."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is made true, what is ordered then, and the reason it is refused for (none: it is not)."""

    title: str
    prepare: Prepare = nothing
    order: dict[str, Any] = field(default_factory=dict)
    refused_for: str = ""


def employed(**period: Any) -> Prepare:
    """The nurse is employed for a period only."""
    return lambda given, world: given.change(given.employment_of(world.nurse), **period)


def with_profile(**values: Any) -> Prepare:
    """The profile demands something."""
    return lambda given, world: given.change(world.read, **values)


def with_system(**values: Any) -> Prepare:
    """The system stands otherwise."""
    return lambda given, world: given.change(world.care, **values)


def one_licence(holder: str = "", *, ended: bool = False) -> Prepare:
    """There is one licence, held by somebody."""

    def prepare(given: Given, world: World) -> None:
        given.change(world.read, licences=1)
        if holder:
            grant = given.grant(getattr(world, holder), world.read)
            if ended:
                given.change(grant, state="REVOKED", ended_at=NOW)

    return prepare


def must_not_meet(*, held: bool = False, asked: bool = False, of: str = "nurse") -> Prepare:
    """READ and WRITE must not meet, and somebody has or wants WRITE."""

    def prepare(given: Given, world: World) -> None:
        given.sod(world.write, world.read)
        if held:
            given.grant(getattr(world, of), world.write)
        if asked:
            given.order(getattr(world, of), profile="WRITE")

    return prepare


def acknowledged(given: Given, world: World) -> None:
    """The profile demands the undertaking, and the nurse has acknowledged it."""
    given.change(world.read, requires_undertaking=True)
    given.undertaking(world.nurse)


def without_administrator(given: Given, _world: World) -> None:
    """Nobody administers the system any more."""
    given.change(given.all(Administrator)[0], valid_to=YESTERDAY)


def second_user_without_administrator(given: Given, world: World) -> None:
    """Nor is the nurse its first user."""
    without_administrator(given, world)
    given.grant(world.outsider, world.read)


GUARDS = [
    Row(title="as it is"),
    # The period lies within the employment.
    Row(title="employment not begun", prepare=employed(starts_on=TOMORROW), refused_for="not-employed-then"),
    Row(title="from the first day of the employment", prepare=employed(starts_on=TODAY)),
    Row(
        title="until the last day of the employment",
        prepare=employed(ends_on=IN_A_MONTH),
        order={"ends_on": IN_A_MONTH},
    ),
    Row(
        title="past the last day of the employment",
        prepare=employed(ends_on=TOMORROW),
        order={"ends_on": IN_A_MONTH},
        refused_for="not-employed-then",
    ),
    Row(title="employment over", prepare=employed(ends_on=YESTERDAY), refused_for="not-employed-then"),
    # The profile is in force: from its first day, and no longer on the day it is withdrawn.
    Row(title="profile from today", prepare=with_profile(valid_from=TODAY)),
    Row(title="profile from tomorrow", prepare=with_profile(valid_from=TOMORROW), refused_for="profile-not-in-force"),
    Row(title="profile withdrawn today", prepare=with_profile(withdrawn_on=TODAY), refused_for="profile-not-in-force"),
    Row(title="profile withdrawn tomorrow", prepare=with_profile(withdrawn_on=TOMORROW)),
    # The system is approved for operation.
    Row(title="system never approved", prepare=with_system(approved_on=None), refused_for="system-not-approved"),
    Row(title="system approved tomorrow", prepare=with_system(approved_on=TOMORROW), refused_for="system-not-approved"),
    Row(
        title="approval withdrawn", prepare=with_system(approval_withdrawn_on=TODAY), refused_for="system-not-approved"
    ),
    Row(title="approval withdrawn tomorrow", prepare=with_system(approval_withdrawn_on=TOMORROW)),
    # An end date where the profile or the employment demands one, and not too far away.
    Row(title="no end date", prepare=with_profile(requires_end_date=True), refused_for="end-date-demanded"),
    Row(title="an end date", prepare=with_profile(requires_end_date=True), order={"ends_on": IN_A_MONTH}),
    Row(title="a most, and no end date", prepare=with_profile(max_days=31), refused_for="end-date-demanded"),
    Row(title="31 days of 31", prepare=with_profile(max_days=31), order={"ends_on": IN_A_MONTH}),
    Row(
        title="31 days of 30",
        prepare=with_profile(max_days=30),
        order={"ends_on": IN_A_MONTH},
        refused_for="period-too-long",
    ),
    Row(title="temporary, no end date", prepare=employed(ends_on=IN_A_MONTH), refused_for="not-employed-then"),
    # The period has time left, or says why not.
    Row(title="began yesterday", order={"starts_on": YESTERDAY}, refused_for="retroactive-without-reason"),
    Row(title="began yesterday, with a reason", order={"starts_on": YESTERDAY, "retroactive_reason": "Fire."}),
    Row(
        title="wholly past",
        order={"starts_on": YESTERDAY, "ends_on": YESTERDAY},
        refused_for="period-past",
    ),
    Row(
        title="wholly past, with a reason",
        order={"starts_on": YESTERDAY, "ends_on": YESTERDAY, "retroactive_reason": "Fire."},
    ),
    Row(
        title="over an hour ago",
        order={"ends_on": TODAY, "ends_at": NOW - timedelta(hours=1)},
        refused_for="period-past",
    ),
    Row(title="over in an hour", order={"ends_on": TODAY, "ends_at": NOW + timedelta(hours=1)}),
    Row(
        title="the hour is on another day",
        order={"ends_on": TODAY, "ends_at": NOW + timedelta(days=2)},
        refused_for="period-backwards",
    ),
    Row(
        title="the hour is on a day before",
        order={"ends_on": IN_A_MONTH, "ends_at": NOW + timedelta(days=2)},
        refused_for="period-backwards",
    ),
    # Two profiles that must not meet, held or asked for, in either order.
    Row(title="meets what is held", prepare=must_not_meet(held=True), refused_for="forbidden-combination"),
    Row(title="meets what is asked for", prepare=must_not_meet(asked=True), refused_for="forbidden-combination"),
    Row(title="meets nothing", prepare=must_not_meet()),
    Row(title="somebody else's", prepare=must_not_meet(held=True, of="outsider")),
    # Licences.
    Row(title="one licence, free", prepare=one_licence()),
    Row(title="one licence, taken", prepare=one_licence("outsider"), refused_for="no-licence"),
    Row(title="one licence, given back", prepare=one_licence("outsider", ended=True)),
    # Confidentiality.
    Row(title="no undertaking", prepare=with_profile(requires_undertaking=True), refused_for="no-undertaking"),
    Row(
        title="an undertaking",
        prepare=acknowledged,
    ),
    # Duplicates.
    Row(
        title="held already", prepare=lambda given, world: given.grant(world.nurse, world.read), refused_for="duplicate"
    ),
    Row(title="asked for already", prepare=lambda given, world: given.order(), refused_for="duplicate"),
    Row(title="another scope", prepare=lambda given, world: given.order(), order={"scope": "Ward 5"}),
    Row(title="an earlier request was rejected", prepare=lambda given, world: given.take(given.order(), "REJECTED")),
    # A system with more than one user has an administrator (IT programme 4.5).
    Row(
        title="second user, nobody administers",
        prepare=second_user_without_administrator,
        refused_for="no-administrator",
    ),
    Row(title="first user, nobody administers", prepare=without_administrator),
]


@pytest.mark.parametrize("row", GUARDS, ids=[row.title for row in GUARDS])
def test_a_guard_at_the_request(sqlite_database: Database, row: Row) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    row.prepare(given, world)
    if not row.refused_for:
        assert given.state(given.order(**row.order)) == "AWAITING_DECISION"
        return
    with pytest.raises(Refused) as refused:
        given.order(**row.order)
    assert row.refused_for in codes(refused)


AT_THE_DECISION = [
    row
    for row in GUARDS
    if row.refused_for
    and row.prepare is not nothing
    and row.title
    not in (
        # These refuse the first request, which stands before the decision's guards are asked.
        "asked for already",
        "meets what is asked for",
        "past the last day of the employment",
        "31 days of 30",
    )
]


@pytest.mark.parametrize("row", AT_THE_DECISION, ids=[row.title for row in AT_THE_DECISION])
def test_a_guard_is_asked_again_at_the_decision(sqlite_database: Database, row: Row) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    number = given.order()
    row.prepare(given, world)
    with pytest.raises(Refused) as refused:
        given.act(number, "approve", by=world.head)
    assert row.refused_for in codes(refused)
    assert given.state(number) == "AWAITING_DECISION"
    assert [event.kind for event in given.events(number)] == ["submit", "refusal"]
    assert not given.decisions(number)


def test_all_reasons_are_given_at_once(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(world.read, withdrawn_on=YESTERDAY, requires_undertaking=True, licences=0)
    given.change(world.care, approval_withdrawn_on=YESTERDAY)
    given.sod(world.read, world.write)
    given.grant(world.nurse, world.write)
    given.grant(world.nurse, world.read)
    with pytest.raises(Refused) as refused:
        given.order(starts_on=YESTERDAY, ends_on=YESTERDAY)
    assert codes(refused) == {
        "profile-not-in-force",
        "system-not-approved",
        "no-undertaking",
        "forbidden-combination",
        "duplicate",
        "period-past",
        "retroactive-without-reason",
        "no-licence",
    }


def test_a_last_day_before_the_first_is_said_and_not_left_to_the_database(database: Database) -> None:
    given = Given(database)
    given.municipality()
    with pytest.raises(BadInput) as refused:
        given.order(starts_on=TOMORROW, ends_on=YESTERDAY)
    assert [reason.code for reason in refused.value.reasons] == ["period-backwards"]


def test_a_forbidden_combination_is_refused_in_either_order(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.sod(world.read, world.write)
    other = given.person()
    given.grant(world.nurse, world.read)
    given.grant(other, world.write)
    for person, profile in ((world.nurse, "WRITE"), (other, "READ")):
        with pytest.raises(Refused) as refused:
            given.order(person, profile=profile)
        assert codes(refused) == {"forbidden-combination"}


def test_a_licence_decided_to_another_is_taken(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(world.read, licences=1)
    first, second = given.order(), given.order(world.outsider)
    given.act(first, "approve", by=world.head)
    with pytest.raises(Refused) as refused:
        given.act(second, "approve", by=world.head)
    assert codes(refused) == {"no-licence"}


# --- Ways through -----------------------------------------------------------------------------------------------------


def test_a_request_goes_all_the_way(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    assert number == "BEH-2026-00001"
    given.act(number, "approve", by=world.head, comment="Yes.")
    assert given.grants() == []
    given.act(number, "execute", by=world.administrator, account_name="nurse01")
    assert given.grants() == []
    given.act(number, "register", by=world.technician, ticket_number="N-1")
    (grant,) = given.grants(world.nurse)
    assert (grant.state, grant.profile_id, grant.account_name) == ("ACTIVE", world.read.id, "nurse01")
    (decision,) = given.decisions(number)
    assert grant.decision_id == decision.id
    assert (decision.decided_by_id, decision.mandate_basis) == (world.head.id, "delegation")
    assert decision.mandate_reference == world.delegation.reference
    assert decision.comment == "Yes."
    assert [event.kind for event in given.events(number)] == ["submit", "approve", "execute", "register"]
    assert given.events(number)[3].data["registered_profile"] == "READ"
    assert given.told(number, "ACCESS_READY") == {"nurse", "manager"}
    assert given.tasks(number) == []
    assert given.is_whole()


def test_access_that_begins_later_is_scheduled(database: Database) -> None:
    given = Given(database)
    given.municipality()
    assert given.held(starts_on=TOMORROW).state == "SCHEDULED"


def test_a_decision_with_changes_stands_beside_what_was_asked(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order(profile="ADMIN", ends_on=IN_A_MONTH)
    given.act(number, "approve_with_changes", by=world.head, profile="READ", ends_on=TOMORROW, comment="Enough.")
    (decision,) = given.decisions(number)
    request = given.request(number)
    assert (decision.outcome, decision.profile_id, decision.ends_on) == (
        "APPROVED_WITH_CHANGES",
        world.read.id,
        TOMORROW,
    )
    assert (request.profile_id, request.ends_on) == (world.admin.id, IN_A_MONTH)
    data = given.events(number)[-1].data
    assert data["asked"]["ends_on"] == IN_A_MONTH.isoformat()
    assert data["decision"]["profile"] == "READ"
    given.act(number, "execute", by=world.administrator, account_name="a")
    given.act(number, "register", by=world.technician, ticket_number="N-1")
    (grant,) = given.grants()
    assert (grant.profile_id, grant.ends_on) == (world.read.id, TOMORROW)


AN_HOUR = datetime(2026, 4, 9, 10, 0, tzinfo=UTC)
NOT_MORE = [
    ("a higher profile", {"profile": "ADMIN"}, "more-than-asked"),
    ("another day later", {"ends_on": IN_A_MONTH + timedelta(days=1)}, "more-than-asked"),
    ("a first day earlier", {"starts_on": YESTERDAY}, "more-than-asked"),
    ("the same day, a later hour", {"ends_at": AN_HOUR + timedelta(hours=1)}, "more-than-asked"),
    ("nothing changed", {"profile": "WRITE"}, "nothing-changed"),
    ("no such profile", {"profile": "ROOT"}, "unknown-profile"),
]


@pytest.mark.parametrize(("data", "code"), [row[1:] for row in NOT_MORE], ids=[row[0] for row in NOT_MORE])
def test_a_decision_with_changes_gives_no_more_than_was_asked(
    sqlite_database: Database, data: dict[str, Any], code: str
) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    number = given.order(profile="WRITE", ends_on=IN_A_MONTH, ends_at=AN_HOUR)
    with pytest.raises(Refused) as refused:
        given.act(number, "approve_with_changes", by=world.head, **data)
    assert code in codes(refused)


LESS = [
    ("a lesser profile", {"profile": "READ"}),
    ("fewer days", {"ends_on": TOMORROW}),
    ("an earlier hour", {"ends_at": AN_HOUR - timedelta(hours=1)}),
    ("a later first day", {"starts_on": TOMORROW}),
]


@pytest.mark.parametrize("data", [row[1] for row in LESS], ids=[row[0] for row in LESS])
def test_a_decision_with_changes_may_give_less(sqlite_database: Database, data: dict[str, Any]) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    number = given.order(profile="WRITE", ends_on=IN_A_MONTH, ends_at=AN_HOUR)
    assert given.act(number, "approve_with_changes", by=world.head, **data).state == "AWAITING_EXECUTION"


def test_an_hour_says_its_last_day(database: Database) -> None:
    given = Given(database)
    given.municipality()
    request = given.request(given.order(ends_at=NOW + timedelta(days=1)))
    assert (request.ends_on, request.ends_at) == (TOMORROW, NOW + timedelta(days=1))


@pytest.mark.parametrize("event", ["reject", "return_for_completion"])
def test_a_rejection_and_a_return_need_a_reason(database: Database, event: str) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    for reason in ("", "  "):
        with pytest.raises(Refused) as refused:
            given.act(number, event, by=world.head, reason=reason)
        assert codes(refused) == {"needs-reason"}


def test_the_owner_asks_and_the_requester_answers(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(), "AWAITING_COMPLETION")
    (task,) = given.tasks(number)
    assert task.unattended_since is None
    assert given.told(number, "QUESTION_BACK") == {"manager"}
    assert given.told(number, "UNATTENDED") == set()
    given.act(number, "complete", by=world.manager, comment="Ward 4.", purpose="Works at ward 4.")
    assert given.state(number) == "AWAITING_DECISION"
    assert given.request(number).purpose == "Works at ward 4."
    assert (
        given.events(number)[0].data["asked"]["purpose"] == "Works at the ward."
        if given.events(number)[0].data
        else True
    )


def test_registering_another_profile_than_the_decided_one_is_impossible(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    with pytest.raises(BadInput):
        given.act(number, "register", by=world.technician, ticket_number="N-1", profile="ADMIN")
    assert given.state(number) == "AWAITING_REGISTRATION"


@pytest.mark.parametrize(("event", "to"), [("execute", "AWAITING_EXECUTION"), ("register", "AWAITING_REGISTRATION")])
def test_execution_and_registration_say_where_they_were_done(database: Database, event: str, to: str) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(), to)
    with pytest.raises(Refused) as refused:
        given.act(number, event, by=world.administrator if event == "execute" else world.technician)
    assert codes(refused) == {"needs-account_name" if event == "execute" else "needs-ticket_number"}


@pytest.mark.parametrize(
    "to", ["DRAFT", "AWAITING_DECISION", "AWAITING_COMPLETION", "AWAITING_EXECUTION", "OBSTRUCTED"]
)
def test_the_requester_may_withdraw_until_it_is_carried_out(sqlite_database: Database, to: str) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    number = given.order(submit=False) if to == "DRAFT" else given.take(given.order(), to)
    assert given.act(number, "withdraw", by=world.manager).state == "WITHDRAWN"
    assert given.tasks(number) == []
    assert given.grants() == []


def test_those_who_were_asked_learn_that_it_was_withdrawn(database: Database) -> None:
    given = Given(database)
    given.municipality()
    number = given.take(given.order(), "WITHDRAWN")
    assert given.told(number, "HANDLED_BY_OTHER") == {"head"}


def test_an_obstacle_in_registration_cannot_be_withdrawn_from(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    given.act(number, "report_obstacle", by=world.technician, reason="No licence.", solver="head_of_it")
    with pytest.raises(Refused):
        given.act(number, "withdraw", by=world.manager)


SOLVERS = [
    # Who was named, and who may then say that it is solved.
    ("requester", "manager"),
    ("owner", "head"),
    ("administrator", "administrator"),
    ("technician", "technician"),
    ("head_of_it", "head_of_it"),
]


@pytest.mark.parametrize(("solver", "who"), SOLVERS)
def test_an_obstacle_goes_to_whoever_can_solve_it_and_back(sqlite_database: Database, solver: str, who: str) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    number = given.take(given.order(), "AWAITING_EXECUTION")
    given.act(number, "report_obstacle", by=world.administrator, reason="No such role.", solver=solver)
    (task,) = given.tasks(number)
    assert (task.part, task.unattended_since) == ("SOLVE", None)
    person: Person = getattr(world, who)
    assert given.act(number, "resume", by=person, comment="Solved.").state == "AWAITING_EXECUTION"
    assert given.request(number).obstacle == ""


def test_an_obstacle_in_registration_resumes_at_registration(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    given.act(number, "report_obstacle", by=world.technician, reason="No licence.", solver="head_of_it")
    assert given.act(number, "resume", by=world.head_of_it, comment="Bought.").state == "AWAITING_REGISTRATION"
    given.act(number, "register", by=world.technician, ticket_number="N-1")
    assert given.state(number) == "COMPLETED"


def test_an_obstacle_can_go_back_to_the_owner_for_a_new_decision(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(profile="WRITE"), "AWAITING_REGISTRATION")
    given.act(number, "report_obstacle", by=world.technician, reason="No such role.", solver="owner")
    given.act(number, "redecide", by=world.head, reason="I decide on another.")
    assert given.state(number) == "AWAITING_DECISION"
    assert given.request(number).executed_by_id is None
    given.act(number, "approve_with_changes", by=world.head, profile="READ")
    given.act(number, "execute", by=world.administrator, account_name="nurse02")
    given.act(number, "register", by=world.technician, ticket_number="N-2")
    assert [decision.outcome for decision in given.decisions(number)] == ["APPROVED", "APPROVED_WITH_CHANGES"]
    (grant,) = given.grants()
    assert grant.profile_id == world.read.id


def test_an_obstacle_can_be_the_end_of_it(database: Database) -> None:
    given = Given(database)
    given.municipality()
    number = given.take(given.order(), "FAILED")
    assert given.grants() == []
    assert given.told(number, "WITHDRAWN") == {"manager", "nurse"}


def test_an_obstacle_names_somebody_there_is(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(), "AWAITING_EXECUTION")
    with pytest.raises(Refused) as refused:
        given.act(number, "report_obstacle", by=world.administrator, reason="No.", solver="the king")
    assert codes(refused) == {"unknown-solver"}


# --- Change, renew, end -----------------------------------------------------------------------------------------------


def test_a_change_replaces_one_grant_by_another(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    old = given.held(profile="READ")
    given.take(given.order(kind="CHANGE", profile="WRITE", from_profile="READ"), "COMPLETED")
    assert given.again(old).state == "REVOKED"
    live = [row for row in given.grants() if row.ended_at is None]
    assert [row.profile_id for row in live] == [world.write.id]


def test_a_renewal_prolongs_the_grant_there_is(database: Database) -> None:
    given = Given(database)
    given.municipality()
    old = given.held(ends_on=TOMORROW, now=NOW)
    later = NOW + timedelta(hours=1)
    number = given.take(given.order(kind="RENEW", ends_on=IN_A_MONTH, now=later), "COMPLETED", now=later)
    (grant,) = given.grants()
    assert (grant.id, grant.ends_on, grant.state) == (old.id, IN_A_MONTH, "ACTIVE")
    assert grant.decision_id == given.decisions(number)[0].id
    assert grant.warned_days is None


def test_a_renewal_of_access_that_began_long_ago_needs_no_emergency(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.grant(world.nurse, world.read, starts_on=date(2025, 1, 1), ends_on=TOMORROW)
    given.take(given.order(kind="RENEW", ends_on=IN_A_MONTH), "COMPLETED")
    (grant,) = given.grants()
    assert grant.ends_on == IN_A_MONTH


def test_a_renewal_for_at_most_so_many_days_counts_from_now(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(world.read, max_days=60)
    given.grant(world.nurse, world.read, starts_on=TODAY - timedelta(days=50), ends_on=TOMORROW)
    assert given.state(given.order(kind="RENEW", ends_on=IN_A_MONTH)) == "AWAITING_DECISION"


def test_an_end_begins_the_removal_at_the_decision_and_revokes_at_the_registration(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    grant = given.held()
    number = given.order(kind="END", purpose="Changes ward.")
    given.act(number, "approve", by=world.head)
    assert given.again(grant).state == "REVOCATION_PENDING"
    # The account is known from the grant; nobody types it again.
    given.act(number, "execute", by=world.administrator)
    assert given.again(grant).state == "REVOCATION_PENDING"
    given.act(number, "register", by=world.technician, ticket_number="N-9")
    ended = given.again(grant)
    assert (ended.state, ended.ended_at, ended.ended_by_case_id) == ("REVOKED", NOW, given.case(number).id)


def test_ending_is_never_held_up_by_what_hinders_getting(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.held()
    given.change(world.read, withdrawn_on=YESTERDAY, requires_undertaking=True, licences=0)
    given.change(world.care, approval_withdrawn_on=YESTERDAY)
    given.change(given.employment_of(world.nurse), ends_on=YESTERDAY)
    given.take(given.order(kind="END"), "COMPLETED")
    assert [row.state for row in given.grants()] == ["REVOKED"]


def test_a_decided_end_is_not_called_off(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.held()
    number = given.take(given.order(kind="END"), "AWAITING_EXECUTION")
    with pytest.raises(Refused) as refused:
        given.act(number, "withdraw", by=world.manager)
    assert codes(refused) == {"is-an-end"}
    given.act(number, "report_obstacle", by=world.administrator, reason="Locked.", solver="owner")
    for event in ("fail", "redecide"):
        with pytest.raises(Refused):
            given.act(number, event, by=world.head, reason="Never mind.")


def test_an_end_is_not_left_hanging_when_the_access_went_another_way(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.held()
    first = given.order(kind="CHANGE", profile="WRITE", from_profile="READ")
    second = given.order(kind="END", ends_on=IN_A_MONTH)
    given.take(second, "AWAITING_EXECUTION")
    given.take(first, "COMPLETED")
    late = end_of_day(IN_A_MONTH)
    with pytest.raises(Refused) as refused:
        given.act(second, "execute", by=world.administrator, account_name="nurse01", now=late)
    assert codes(refused) == {"grant-gone"}
    given.act(second, "report_obstacle", by=world.administrator, reason="Gone already.", solver="owner", now=late)
    assert given.act(second, "fail", by=world.head, reason="It has ended.", now=late).state == "FAILED"
    assert [row.state for row in given.grants()] == ["REVOKED", "ACTIVE"]


@pytest.mark.parametrize("kind", ["CHANGE", "RENEW", "END"])
def test_what_is_not_held_cannot_be_changed_renewed_or_ended(database: Database, kind: str) -> None:
    given = Given(database)
    given.municipality()
    with pytest.raises(NotFound):
        given.order(kind=kind)


def test_access_that_is_being_removed_is_not_renewed(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.grant(world.nurse, world.read, ends_on=TOMORROW, state="REVOCATION_PENDING")  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        given.order(kind="RENEW", ends_on=IN_A_MONTH)
    assert "being-removed" in codes(refused)


def test_silence_lapses_a_request_and_revokes_an_end(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    request = given.order(world.outsider)
    given.held()
    end = given.order(kind="END")
    given.by_rule(request, "lapse")
    given.by_rule(end, "revoke_by_default")
    assert given.state(request) == "LAPSED"
    assert given.told(request, "LAPSED") == {"manager"}
    assert given.state(end) == "AWAITING_EXECUTION"
    (decision,) = given.decisions(end)
    assert (decision.outcome, decision.decided_by_id, decision.mandate_basis) == ("DEFAULT", None, "rule")
    assert given.grants(world.nurse)[0].state == "REVOCATION_PENDING"


# --- Orders -----------------------------------------------------------------------------------------------------------


def test_each_line_of_an_order_is_a_case_of_its_own(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    other = given.system("SALARY", owner=world.council, administrator=world.administrator, profiles=["PAY"])
    lines = [given.line(), given.line(profile="WRITE"), given.line(system=other.key, profile="PAY")]
    outcomes = orders.open_order(given.office, lines, given.actor(world.manager), NOW)
    assert [row.number for row in outcomes] == ["BEH-2026-00001", "BEH-2026-00002", "BEH-2026-00003"]
    assert len({given.request(row.number).order_id for row in outcomes}) == 1
    given.act(outcomes[0].number, "approve", by=world.head)
    with pytest.raises(Refused):
        given.act(outcomes[2].number, "approve", by=world.head)
    assert [given.state(row.number) for row in outcomes[1:]] == ["AWAITING_DECISION"] * 2


def test_one_bad_line_refuses_the_whole_order_and_leaves_only_the_event(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(world.admin, withdrawn_on=YESTERDAY)
    with pytest.raises(Refused) as refused:
        orders.open_order(given.office, [given.line(), given.line(profile="ADMIN")], given.actor(world.manager), NOW)
    assert [reason.text.say("en")[:7] for reason in refused.value.reasons] == ["Line 2:"]
    (event,) = given.all(Event)
    assert (event.kind, event.case_id, event.actor_id) == ("refusal", None, world.manager.id)
    assert event.data["reasons"] == ["profile-not-in-force"]
    assert given.messages() == []
    # The series of numbers has no gap.
    assert given.order() == "BEH-2026-00001"
    assert given.is_whole()


def test_two_lines_of_one_order_are_weighed_against_each_other(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.sod(world.read, world.write)
    with pytest.raises(Refused) as refused:
        orders.open_order(given.office, [given.line(), given.line(profile="WRITE")], given.actor(world.manager), NOW)
    assert codes(refused) == {"forbidden-combination"}


UNKNOWN = [
    ("a person", {"employee_number": "nobody"}),
    ("a system", {"system": "MOON"}),
    ("a profile", {"profile": "ROOT"}),
    ("an employment", {"employment_number": "7"}),
]


@pytest.mark.parametrize("changes", [row[1] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN])
def test_an_order_for_what_there_is_not_leaves_nothing(sqlite_database: Database, changes: dict[str, Any]) -> None:
    given = Given(sqlite_database)
    given.municipality()
    line = replace(given.line(), **changes)
    with pytest.raises(NotFound):
        orders.open_order(given.office, [line], given.actor(given.world.manager), NOW)
    assert given.all(Event) == []


def test_an_order_says_what_it_is_for(database: Database) -> None:
    given = Given(database)
    given.municipality()
    with pytest.raises(BadInput):
        given.order(purpose=" ")


def test_an_unknown_action_or_field_is_refused_by_name(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    with pytest.raises(BadInput) as unknown:
        given.act(number, "bless", by=world.head)
    assert "approve_with_changes" in unknown.value.text.say("en")
    with pytest.raises(BadInput):
        given.act(number, "approve", by=world.head, ticket_number="N-1")


def test_grants_end_at_midnight_after_their_last_day(database: Database) -> None:
    given = Given(database)
    given.municipality()
    assert given.held(ends_on=IN_A_MONTH).ends_at == end_of_day(IN_A_MONTH)


def test_an_expired_appointment_carries_nothing_out(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    old = given.person("retired")
    given.appointment(old, AppointedRole.TECHNICIAN, valid_to=YESTERDAY)
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    with pytest.raises(Refused):
        given.act(number, "register", by=old, ticket_number="N-1")
    assert given.act(number, "register", by=world.second_technician, ticket_number="N-1").state == "COMPLETED"
