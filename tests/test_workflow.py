"""The machine: every event in every state, the policy's own holes, and the one place that writes a state."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Database, Part, Person
from tests.given import NOW, Given
from workflows import cases
from workflows.authorisation import RULES, STATES, WORKFLOW
from workflows.errors import Conflict, PolicyError, Refused
from workflows.lookup import case_by_number
from workflows.workflow import Role, Rule, State, Workflow

ROOT = Path(__file__).parent.parent

# What the one who acts fills in, where an event needs it.
SAID: dict[str, dict[str, Any]] = {
    "complete": {"comment": "Ward 4."},
    "approve_with_changes": {"ends_on": None, "profile": "READ"},
    "reject": {"reason": "Not needed."},
    "return_for_completion": {"reason": "Which ward?"},
    "execute": {"account_name": "nurse01"},
    "register": {"ticket_number": "N-1"},
    "report_obstacle": {"reason": "No such role.", "solver": "owner"},
    "resume": {"comment": "Solved."},
    "redecide": {"reason": "Decide on another."},
    "fail": {"reason": "Cannot be done."},
}


def a_case_in(given: Given, state: str, *, is_end: bool = False, ends_at: datetime | None = None) -> str:
    """A case of a person of its own, taken to a state."""
    person = given.person()
    if is_end:
        given.grant(person, given.world.write)
    number = given.order(
        person, profile="WRITE", kind="END" if is_end else "NEW", ends_at=ends_at, submit=state != "DRAFT"
    )
    return number if state == "DRAFT" else given.take(number, state)


def actors(given: Given, role: Role) -> tuple[Person, ...]:
    """Who might play a role in these cases."""
    world = given.world
    return {
        Role.REQUESTER: (world.manager,),
        Role.OWNER: (world.head,),
        Role.ADMINISTRATOR: (world.administrator,),
        Role.TECHNICIAN: (world.technician,),
        Role.SOLVER: (world.deputy, world.head),
        Role.RULE: (),
    }[role]


@pytest.mark.parametrize("state", [state.name for state in STATES])
def test_every_event_is_legal_or_refused_with_a_reason_and_changes_nothing(database: Database, state: str) -> None:
    given = Given(database)
    given.municipality()
    # A refusal changes nothing, so that one case serves for all that this state refuses.
    refused = a_case_in(given, state)
    legal = [event for event in WORKFLOW.events_from(state) if _people_may(event, state)]
    for event in WORKFLOW.events:
        before = snapshot(given, refused)
        with pytest.raises((Conflict, Refused)) as caught:
            given.act(refused, event, by=given.world.outsider, **SAID.get(event, {}))
        assert caught.value.reasons
        assert all(reason.text.say("en") for reason in caught.value.reasons)
        # An event that the state does not know leaves nothing; one refused by a rule leaves the event that says so.
        expected = WORKFLOW.events_from(state)
        assert isinstance(caught.value, Refused if event in expected else Conflict)
        assert snapshot(given, refused) == before
        kinds = [row.kind for row in given.events(refused)]
        assert kinds.count("refusal") == sum(known in expected for known in WORKFLOW.events[: _place(event) + 1])
    for event in [event for event in legal if event not in ONLY_IN_A_DEPARTURE]:
        number = a_case_in(given, state)
        assert _someone_succeeds(given, number, event, state), f"nobody can {event} from {state}"
    assert given.is_whole()


# What may be done with a request for access and not with a request to end it, which is decided as it is.
NOT_WITH_AN_END = {
    ("approve_with_changes", "AWAITING_DECISION"): "more-than-asked",
    ("keep", "AWAITING_DECISION"): "no-move",
    ("withdraw", "AWAITING_EXECUTION"): "is-an-end",
    ("withdraw", "OBSTRUCTED"): "is-an-end",
    ("redecide", "OBSTRUCTED"): "is-an-end",
    ("fail", "OBSTRUCTED"): "is-an-end",
}
# What a departure alone makes possible; tests/test_departure.py does it.
ONLY_IN_A_DEPARTURE = {"keep"}


@pytest.mark.parametrize("state", [state.name for state in STATES if state.name not in ("LAPSED", "FAILED")])
def test_every_event_on_an_end_is_legal_or_refused_because_it_is_an_end(sqlite_database: Database, state: str) -> None:
    given = Given(sqlite_database)
    given.municipality()
    for event in WORKFLOW.events_from(state):
        number = a_case_in(given, state, is_end=True)
        if not _people_may(event, state):
            continue
        assert _someone_succeeds(given, number, event, state) == ((event, state) not in NOT_WITH_AN_END), event
        if (event, state) in NOT_WITH_AN_END:
            refusals = [row.data["reasons"] for row in given.events(number) if row.kind == "refusal"]
            assert any(NOT_WITH_AN_END[event, state] in reasons for reasons in refusals)
            assert given.state(number) == state
    assert given.is_whole()


def _place(event: str) -> int:
    return WORKFLOW.events.index(event)


def _people_may(event: str, state: str) -> bool:
    return any(rule.who != (Role.RULE,) for rule in WORKFLOW.rules_for(event, state))


def _someone_succeeds(given: Given, number: str, event: str, state: str) -> bool:
    targets = {rule.target for rule in WORKFLOW.rules_for(event, state)}
    for rule in WORKFLOW.rules_for(event, state):
        for role in rule.who:
            for person in actors(given, role):
                try:
                    outcome = given.act(number, event, by=person, **SAID.get(event, {}))
                except Refused:
                    continue
                assert outcome.state in targets
                assert given.case(number).version == outcome.version
                return True
    return False


def snapshot(given: Given, number: str) -> dict[str, Any]:
    """Everything about a case but its events."""
    case = given.case(number).model_dump(exclude={"event_count", "event_hash"})
    return {
        "case": case,
        "request": given.request(number).model_dump(),
        "tasks": [row.model_dump() for row in given.tasks(number, is_open=False)],
        "messages": [row.id for row in given.messages()],
        "decisions": [row.id for row in given.decisions(number)],
        "grants": [row.model_dump() for row in given.grants()],
    }


RULE_ROWS = [rule for rule in RULES if rule.who == (Role.RULE,)]


@pytest.mark.parametrize("rule", RULE_ROWS, ids=lambda rule: f"{rule.event}-{rule.source}-{rule.target}")
def test_what_a_rule_does_no_human_can_do(sqlite_database: Database, rule: Rule) -> None:
    given = Given(sqlite_database)
    given.municipality()
    is_end = rule.target == "AWAITING_EXECUTION" or rule.event == "move_end"
    # Decided to end in a week: a day sooner is within that, a day later is not.
    week = NOW + timedelta(days=7)
    later = rule.event == "move_end" and rule.target != rule.source
    said: dict[str, Any] = {"ends_at": week + timedelta(days=1 if later else -1)} if rule.event == "move_end" else {}
    number = a_case_in(given, rule.source, is_end=is_end, ends_at=week if said else None)
    with pytest.raises(Refused) as caught:
        given.act(number, rule.event, by=given.world.head_of_it, **said)
    assert "only-by-rule" in {reason.code for reason in caught.value.reasons}
    assert given.by_rule(number, rule.event, **said).state == rule.target


def test_every_state_waits_for_somebody_or_is_over(database: Database) -> None:
    given = Given(database)
    given.municipality()
    for state in STATES:
        number = a_case_in(given, state.name)
        assert [Part(task.part) for task in given.tasks(number)] == list(state.waits_for)
        assert (given.case(number).closed_at is not None) == state.is_final


def test_a_version_seen_before_somebody_else_acted_is_a_conflict_that_says_who(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    seen = given.case(number).version
    given.act(number, "return_for_completion", by=world.head, reason="Which ward?")
    given.act(number, "complete", by=world.manager, comment="Ward 4.")
    with pytest.raises(Conflict) as caught:
        given.act(number, "approve", by=world.head, expected_version=seen)
    assert "completed with more by manager" in caught.value.text.say("en")
    assert given.state(number) == "AWAITING_DECISION"


def test_an_act_on_what_has_moved_on_says_who_was_first(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.take(given.order(), "AWAITING_EXECUTION")
    with pytest.raises(Conflict) as caught:
        given.act(number, "approve", by=world.head)
    assert "approved by head" in caught.value.text.say("en")


def test_options_say_what_somebody_may_do_and_why_not_the_rest(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    with database.reading(given.organisation.id) as session:
        case = case_by_number(session, number)
        now = given.events(number)[0].at
        own = {
            option.event: option for option in cases.options(session, given.office, case, given.actor(world.head), now)
        }
        other = cases.options(session, given.office, case, given.actor(world.nurse), now)
    assert not own["approve"].reasons
    assert own["reject"].needs == ("reason",)
    assert {reason.code for reason in own["withdraw"].reasons} == {"not-the-requester"}
    assert "lapse" not in own
    assert all(option.reasons for option in other)
    assert given.case(number).version == 2


# --- Building a policy ------------------------------------------------------------------------------------------------

A = State(name="A", means="Begun.", waits_for=(Part.SUBMIT,))
B = State(name="B", means="Half way.", waits_for=(Part.DECIDE,))
END = State(name="END", means="Over.")
A_B = Rule(event="go", source="A", target="B", who=(Role.REQUESTER,), guards=())
B_END = Rule(event="stop", source="B", target="END", who=(Role.OWNER,), guards=())

FAULTS = [
    # A state that no rule leads to.
    ((A, B, END, State(name="ISLAND", means="Alone.")), (A_B, B_END), "ISLAND cannot be reached"),
    # A state that waits for somebody and that nobody can leave.
    ((A, B, END), (A_B, replace(A_B, event="skip", target="END")), "B waits for somebody and cannot be left"),
    # A rule that says nothing about its guards.
    ((A, B, END), (replace(A_B, guards=None), B_END), "go from A states no guards"),
    # A rule that nobody may follow.
    ((A, B, END), (replace(A_B, who=()), B_END), "go from A names nobody"),
    # A role that there is no such thing as.
    ((A, B, END), (replace(A_B, who=("KING",)), B_END), "unknown role KING"),  # type: ignore[arg-type]
    # A state that stands twice.
    ((A, B, B, END), (A_B, B_END), "B stands twice"),
    # A target that is no state.
    ((A, B, END), (A_B, B_END, replace(A_B, event="jump", target="MOON")), "unknown state MOON"),
    # A rule out of a state that is over.
    ((A, B, END), (A_B, B_END, replace(A_B, event="revive", source="END")), "revive leaves END, which is final"),
]


@pytest.mark.parametrize(("states", "rules", "says"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_a_policy_with_a_hole_is_an_error_when_it_is_built(
    states: tuple[State, ...], rules: tuple[Rule, ...], says: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        build(states, rules)
    assert says in caught.value.text.say("en")


def test_every_hole_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        build((A, B, END, State(name="ISLAND", means="Alone.")), (replace(A_B, guards=None, who=()), B_END))
    said = caught.value.text.say("en")
    assert "ISLAND cannot be reached" in said
    assert "states no guards" in said
    assert "names nobody" in said


def test_a_policy_without_holes_is_built() -> None:
    assert build((A, B, END), (A_B, B_END)).events == ("go", "stop")


def test_the_machine_has_no_way_past_the_rules() -> None:
    assert set(WORKFLOW.machine.events) == {rule.event for rule in RULES}


def build(states: tuple[State, ...], rules: tuple[Rule, ...]) -> Workflow:
    return Workflow(name="try", title="Try", prefix="TRY", initial="A", path=("A",), states=states, rules=rules)


# --- One writer of state ----------------------------------------------------------------------------------------------


def sources() -> Iterator[Path]:
    for place in ("models", "workflows", "commands", "demo", "web"):
        yield from (ROOT / place).rglob("*.py")
    yield from (path for path in (ROOT / "cli.py", ROOT / "scheduler.py") if path.exists())


def assigned_attributes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        for target in targets:
            yield from (part.attr for part in ast.walk(target) if isinstance(part, ast.Attribute))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            yield from (str(word.value) for word in node.args[1:2] if isinstance(word, ast.Constant))


def test_only_the_workflow_assigns_a_state() -> None:
    writers = {str(path.relative_to(ROOT)) for path in sources() if "state" in assigned_attributes(path)}
    # A message's state is the delivery's own, and no case's.
    assert writers - {"workflows/outbox.py"} == {"workflows/workflow.py"}


def test_only_the_grants_move_a_grant() -> None:
    updating = {str(path.relative_to(ROOT)) for path in sources() if "update(AccessGrant)" in path.read_text("utf-8")}
    assert updating <= {"workflows/grants.py"}
    assert "update(Case)" not in "".join(path.read_text("utf-8") for path in sources())
