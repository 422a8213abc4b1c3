"""The machine: every event in every state, the policy's own holes, and the one place that writes a state."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models import Database, Event, Part
from models.database import Scoped
from tests.given import Given
from tests.stages import SAID, STAGES, RequestStage
from workflows import cases
from workflows.authorisation import RULES, STATES, WORKFLOW
from workflows.errors import Conflict, PolicyError, Refused
from workflows.lookup import case_by_number
from workflows.workflow import Role, Rule, State, Workflow

ROOT = Path(__file__).parent.parent

# --- Every event in every state, of every workflow ------------------------------------------------------------------


def test_every_workflow_has_a_stage() -> None:
    assert set(STAGES) == set(cases.WORKFLOWS)


PLACES = [(name, state) for name, workflow in cases.WORKFLOWS.items() for state in workflow.states]
ROWS = [
    (name, rule, role) for name, workflow in cases.WORKFLOWS.items() for rule in workflow.rules for role in rule.who
]


def of_row(value: object) -> str:
    """A row of a policy in the name of a test."""
    return f"{value.event}-{value.source}-{value.target}" if isinstance(value, Rule) else str(value)


@pytest.mark.parametrize(("name", "state"), PLACES)
def test_what_is_refused_is_refused_with_a_reason_and_changes_nothing(given: Given, name: str, state: str) -> None:
    workflow = cases.WORKFLOWS[name]
    number = STAGES[name](given).case_in(state)
    assert given.state(number) == state
    # A refusal changes nothing, so that one case serves for all that this state refuses.
    possible = workflow.events_from(state)
    for event in workflow.events:
        before = standing(given)
        needs = {str(field) for rule in workflow.rules_for(event, state) for field in rule.needs}
        said = {field: SAID.get(field, "x") for field in needs}
        with pytest.raises((Conflict, Refused)) as caught:
            given.act(number, event, by=given.world.outsider, **said)
        assert caught.value.reasons
        assert all(reason.text.say(language) for reason in caught.value.reasons for language in ("en", "sv"))
        # An event that the state does not know leaves nothing; one refused by a rule leaves the event that says so.
        assert isinstance(caught.value, Refused if event in possible else Conflict)
        assert standing(given) == before
        so_far = workflow.events[: workflow.events.index(event) + 1]
        kinds = [row.kind for row in given.events(number)]
        assert kinds.count("refusal") == sum(known in possible for known in so_far)
    assert given.is_whole()


@pytest.mark.parametrize(("name", "rule", "role"), ROWS, ids=of_row)
def test_each_row_of_each_policy_can_be_followed_by_each_role_it_names(
    embedded: Given, name: str, rule: Rule, role: Role
) -> None:
    outcome = STAGES[name](embedded).follow(rule, role)
    assert outcome.state == rule.target
    case = embedded.case(outcome.number)
    assert (case.state, case.version) == (outcome.state, outcome.version)
    last = embedded.events(outcome.number)[-1]
    assert (last.kind, last.from_state, last.to_state) == (rule.event, rule.source, rule.target)
    assert (last.actor_id is None) == (role is Role.RULE)
    assert embedded.is_whole()


ONLY_BY_RULE = [(name, rule, role) for name, rule, role in ROWS if rule.who == (Role.RULE,)]


@pytest.mark.parametrize(("name", "rule", "role"), ONLY_BY_RULE, ids=of_row)
def test_what_only_a_rule_does_no_human_can_do(embedded: Given, name: str, rule: Rule, role: Role) -> None:
    stage = STAGES[name](embedded)
    number = stage.ready_for(rule, role)
    for person in (embedded.world.head_of_it, embedded.world.hr, embedded.world.head):
        with pytest.raises(Refused) as caught:
            embedded.act(number, rule.event, by=person, **stage.said(rule, number))
        assert "only-by-rule" in {reason.code for reason in caught.value.reasons}
    assert embedded.state(number) == rule.source


@pytest.mark.parametrize(("name", "state"), PLACES)
def test_every_state_waits_for_somebody_or_is_over(given: Given, name: str, state: str) -> None:
    stage = STAGES[name](given)
    number, waits_for = stage.case_in(state), stage.waits_in(state)
    waiting = [Part(task.part) for task in given.tasks(number)]
    assert sorted(waiting) == sorted(waits_for)
    assert (given.case(number).closed_at is not None) == (not waits_for)


def standing(given: Given) -> dict[str, Any]:
    """Everything there is but the events, and the heads of their chains."""
    return {
        table.__name__: [row.model_dump(exclude={"event_count", "event_hash"}) for row in given.all(table)]
        for table in Scoped.__subclasses__()
        if table is not Event
    }


# What may be done with a request for access and not with a request to end it, which is decided as it is.
NOT_WITH_AN_END = {
    ("approve_with_changes", "AWAITING_DECISION"): "more-than-asked",
    ("keep", "AWAITING_DECISION"): "no-move",
    ("withdraw", "AWAITING_EXECUTION"): "is-an-end",
    ("withdraw", "OBSTRUCTED"): "is-an-end",
    ("redecide", "OBSTRUCTED"): "is-an-end",
    ("fail", "OBSTRUCTED"): "is-an-end",
}


@pytest.mark.parametrize("state", [state.name for state in STATES if state.name not in ("LAPSED", "FAILED")])
def test_every_event_on_an_end_is_legal_or_refused_because_it_is_an_end(embedded: Given, state: str) -> None:
    stage = RequestStage(embedded)
    for event in WORKFLOW.events_from(state):
        rules = WORKFLOW.rules_for(event, state)
        if all(rule.who == (Role.RULE,) for rule in rules):
            continue
        number = stage.request_in(state, is_end=True)
        refused = _refused_to_everybody(stage, number, rules)
        if (event, state) in NOT_WITH_AN_END:
            assert NOT_WITH_AN_END[event, state] in refused
            assert embedded.state(number) == state
        else:
            assert not refused, event
    assert embedded.is_whole()


def _refused_to_everybody(stage: RequestStage, number: str, rules: Sequence[Rule]) -> set[str]:
    """The codes of the reasons why nobody may do it; none when somebody has done it."""
    codes: set[str] = set()
    for rule in rules:
        for person in (person for role in rule.who for person in stage.actors(role)):
            try:
                assert stage.given.act(number, rule.event, by=person, **stage.said(rule, number)).state == rule.target
            except Refused as refusal:
                codes |= {reason.code for reason in refusal.reasons}
            else:
                return set()
    return codes


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
