"""The policy file: its defaults are the domain's table, and a file that cannot be used says everything wrong in it."""

from __future__ import annotations

import time as clock
import tomllib
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from language import ENGLISH
from workflows.deadlines import Calendar, Limits, Span, Step
from workflows.errors import PolicyError
from workflows.policy import DEFAULT_FILE, Policy, load_policy
from workflows.policy_checks import MOST_CLOSED_YEARLY

Load = Callable[[str], Policy]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a municipality's own file with the given text."""

    def load_text(text: str) -> Policy:
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return load_policy(path)

    return load_text


def problems(load: Load, text: str) -> list[str]:
    """What is said about a file that cannot be used, without the file's name."""
    with pytest.raises(PolicyError) as refusal:
        load(text)
    said = [reason.text.say(ENGLISH) for reason in refusal.value.reasons]
    assert all("own.toml: " in sentence for sentence in said)
    return [sentence.partition("own.toml: ")[2] for sentence in said]


def spans(*texts: str) -> tuple[Span, ...]:
    return tuple(Span.parse(text) for text in texts)


def step(after: str, *tell: str, may_act: bool = True) -> Step:
    return Step(after=Span.parse(after), tell=tell, may_act=tell if may_act else ())


DEFAULT = load_policy()
unhurried = settings(deadline=None)  # a busy machine is no failure


@pytest.mark.parametrize(
    ("part", "limits"),
    [
        (
            "decision",
            Limits(
                remind=spans("1 working day"),
                due=Span(3, "working days"),
                escalate=(step("3 working days", "deputy"), step("6 working days", "chair")),
                lapse=Span(15, "working days"),
            ),
        ),
        (
            "execution",
            Limits(
                remind=spans("4 working hours"),
                due=Span(1, "working days"),
                escalate=(step("1 working day", "head_of_department"), step("2 working days", "head_of_it")),
            ),
        ),
        (
            "registration",
            Limits(
                remind=spans("4 working hours"),
                due=Span(1, "working days"),
                escalate=(step("1 working day", "head_of_it"),),
            ),
        ),
        (
            "completion",
            Limits(
                remind=spans("2 working days"),
                due=Span(5, "working days"),
                escalate=(step("5 working days", "manager", may_act=False),),
                lapse=Span(15, "working days"),
            ),
        ),
        (
            "draft",
            Limits(remind=spans("5 working days"), due=Span(10, "working days"), lapse=Span(20, "working days")),
        ),
        (
            "obstacle",
            Limits(
                remind=spans("4 working hours"),
                due=Span(1, "working days"),
                escalate=(step("1 working day", "head_of_it"),),
            ),
        ),
    ],
)
def test_the_defaults_of_a_request_are_the_table_of_the_domain(part: str, limits: Limits) -> None:
    assert getattr(DEFAULT.request, part) == limits


def test_the_defaults_of_departures_and_releases_are_the_table_of_the_domain() -> None:
    normal, immediate, release = DEFAULT.departure.normal, DEFAULT.departure.immediate, DEFAULT.release
    assert normal.remind == immediate.remind == spans("0 hours")
    assert normal.due_time == time(17)
    assert (normal.execution_due, normal.registration_due) == spans("4 working hours", "4 working hours")
    assert set(normal.tell_when_silent) == set(immediate.tell_at_once) == {"head_of_it", "security_coordinator"}
    assert immediate.due == Span(1, "hours")
    assert release.remind_before == spans("2 working days")
    assert set(release.tell_when_due) == {"owner", "security_coordinator", "head_of_it"}


def test_the_other_defaults() -> None:
    assert DEFAULT.calendar == Calendar()  # so that what is tested without a policy is what municipalities get
    assert DEFAULT.grants.warn_before_days == (30, 7)
    assert DEFAULT.separation.small_system_max_users == 0
    assert (DEFAULT.mail.batch, DEFAULT.mail.attempts) == (50, 24)
    assert (DEFAULT.mail.first_retry, DEFAULT.mail.max_retry) == (timedelta(minutes=1), timedelta(hours=4))
    assert DEFAULT.mail.lease == timedelta(minutes=10)
    assert DEFAULT.sweeps.tasks == timedelta(minutes=1)


def test_every_key_of_the_default_file_says_what_it_means_and_where_it_comes_from() -> None:
    section, explained, silent = "", "", []
    for line in DEFAULT_FILE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            explained += line
        elif line.startswith("["):
            # What stands over a section explains its keys, where it says that it does so throughout.
            section = explained if "throughout" in explained else ""
            explained = ""
        elif line and line[0].isalpha():
            said = section + explained + line.partition("#")[2]
            if "unicipality's own" not in said and "IT programme" not in said:
                silent.append(line)
            explained = ""
    assert silent == []


def test_an_own_file_replaces_only_the_keys_it_gives(load: Load) -> None:
    policy = load(
        """
        [calendar]
        closes = "16:30"
        closed_dates = [2027-05-07, "2028-05-26"]
        closed_yearly = ["04-30", "02-29"]
        [request.execution]
        escalate = [{ after = "2 working days", tell = ["head_of_it", "manager"], may_act = ["head_of_it"] }]
        [separation]
        small_system_max_users = 3
        """
    )
    assert policy.calendar == Calendar(
        closes=time(16, 30),
        closed_dates=frozenset({date(2027, 5, 7), date(2028, 5, 26)}),
        closed_yearly=frozenset({(4, 30), (2, 29)}),
    )
    assert policy.request.execution == Limits(
        remind=DEFAULT.request.execution.remind,
        due=DEFAULT.request.execution.due,
        escalate=(Step(after=Span(2, "working days"), tell=("head_of_it", "manager"), may_act=("head_of_it",)),),
    )
    assert policy.request.decision == DEFAULT.request.decision
    assert policy.separation.small_system_max_users == 3
    assert policy.mail == DEFAULT.mail


def test_an_empty_file_is_the_default_policy(load: Load) -> None:
    assert load("") == DEFAULT


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes("[mail]\r\nbatch = 20\r\n".encode("utf-8-sig"))
    assert load_policy(path).mail.batch == 20


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # Names that are not known, with the one that was meant where it can be guessed.
        (
            "[request.decision]\ndu = '2 days'",
            'request.decision.du = "2 days": there is no such key: did you mean “due”?',
        ),
        ("[requests]\n", "requests = {}: there is no such key: did you mean “request”?"),
        (
            "[separation]\nx = 1",
            "separation.x = 1: there is no such key: write one of small_system_max_users.",
        ),
        (
            "[request.execution]\nlapse = '9 working days'",  # what is decided does not lapse
            'request.execution.lapse = "9 working days": there is no such key: write one of remind, due, escalate.',
        ),
        (
            "[calendar]\nclosed_eves = ['midsomer_eve']",
            'calendar.closed_eves[1] = "midsomer_eve": did you mean “midsummer_eve”?',
        ),
        (
            "[release]\ntell_when_due = ['owner', 'security_cordinator']",
            'release.tell_when_due[2] = "security_cordinator": did you mean “security_coordinator”?',
        ),
        (
            "[release]\ntell_when_due = [7]",
            "release.tell_when_due[1] = 7: write one of administrator, chair, deputy, head_of_department, head_of_it, "
            "manager, owner, security_coordinator, superior_chair, technician.",
        ),
        # Values that cannot be read.
        (
            "[request.draft]\ndue = '2 weeks'",
            'request.draft.due = "2 weeks": write a number and one of minutes, hours, days, working hours, '
            "working days, such as “3 working days”, “4 working hours” or “30 minutes”.",
        ),
        (
            "[mail]\nlease = '1 working day'",
            'mail.lease = "1 working day": this goes on round the clock: write minutes, hours or days, more than none, '
            "such as “10 minutes”.",
        ),
        (
            "[sweeps]\ntasks = '0 minutes'",  # a sweep without a pause
            'sweeps.tasks = "0 minutes": this goes on round the clock: write minutes, hours or days, more than none, '
            "such as “10 minutes”.",
        ),
        (
            "[calendar]\nopens = '8'",
            'calendar.opens = "8": write a time of day from “00:00” to “23:59”, such as “08:00”.',
        ),
        (
            "[calendar]\nclosed_dates = ['2027-02-29']",
            'calendar.closed_dates[1] = "2027-02-29": write a date that exists as year-month-day, such as 2027-05-07.',
        ),
        (
            "[calendar]\nclosed_yearly = ['04-30', '04-31']",
            'calendar.closed_yearly[2] = "04-31": write month and day of a day that exists, such as “04-30”.',
        ),
        ("[mail]\nbatch = true", "mail.batch = true: write a whole number from 1 to 1000."),
        ("[mail]\nattempts = 0", "mail.attempts = 0: write a whole number from 1 to 100."),
        (
            "[grants]\nwarn_before_days = [7, 30]",
            "grants.warn_before_days = [7, 30]: write at least one number, each smaller than the one before it, "
            "such as [30, 7].",
        ),
        (
            "[request.draft]\nremind = '1 working day'",
            'request.draft.remind = "1 working day": write a list in square brackets.',
        ),
        ("[request]\ndraft = 7", "request.draft = 7: write a section with the keys remind, due, escalate, lapse."),
        (
            "[request.registration]\nescalate = [{ tell = ['chair'] }]",
            "request.registration.escalate[1].after: the key must be there.",
        ),
        # Values that contradict each other.
        ("[calendar]\nopens = '17:00'", "calendar.closes = 17:00: write a time after “opens”."),
        (
            "[request.execution]\nremind = ['10 working hours']",  # one more than a working day holds
            "request.execution.remind[1] = 10 working hours: write no more than “due”, which is 1 working day.",
        ),
        (
            "[request.draft]\nremind = ['5 working days', '2 working days']",
            "request.draft.remind[2] = 2 working days: write more than “remind[1]”, which is 5 working days.",
        ),
        (
            "[request.registration]\ndue = '2 working days'",
            "request.registration.escalate[1].after = 1 working day: write no less than “due”, "
            "which is 2 working days.",
        ),
        (
            "[request.obstacle]\nescalate = [{ after = '2 working days', tell = ['chair'] }, "
            "{ after = '18 working hours', tell = ['owner'] }]",
            "request.obstacle.escalate[2].after = 18 working hours: write more than “escalate[1].after”, "
            "which is 2 working days.",
        ),
        (
            "[request.decision]\nlapse = '6 working days'",
            "request.decision.lapse = 6 working days: write more than “escalate[2].after”, which is 6 working days.",
        ),
        (
            "[request.draft]\nlapse = '9 working days'",
            "request.draft.lapse = 9 working days: write more than “due”, which is 10 working days.",
        ),
        (
            "[request.decision]\nlapse = '30 days'",  # over Christmas, 15 working days may be more or less
            "request.decision.lapse = 30 days: the other limits here are in working time: write this one in working "
            "hours or working days too.",
        ),
        (
            "[departure.immediate]\nremind = ['0 hours', '1 working hour']",
            "departure.immediate.remind[2] = 1 working hour: the other limits here run round the clock: write this one "
            "in minutes, hours or days too.",
        ),
        (
            "[departure.immediate]\nremind = ['2 hours']",
            "departure.immediate.remind[1] = 2 hours: write no more than “due”, which is 1 hour.",
        ),
        (
            "[request.obstacle]\nescalate = [{ after = '1 working day', tell = [] }]",
            "request.obstacle.escalate[1].tell = []: write at least one role that is told.",
        ),
        (
            "[request.obstacle]\n"
            "escalate = [{ after = '1 working day', tell = ['chair'], may_act = ['chair', 'owner'] }]",
            "request.obstacle.escalate[1].may_act = chair, owner: whoever may act must be told: "
            "write owner in “tell” too.",
        ),
        (
            "[mail]\nfirst_retry = '5 hours'",
            "mail.max_retry = 4:00:00: write no less than “first_retry”.",
        ),
    ],
)
def test_a_wrong_key_is_refused_with_what_stands_there_and_what_would_be_right(
    load: Load, text: str, problem: str
) -> None:
    assert problems(load, text) == [problem]


def test_every_problem_is_told_at_once(load: Load) -> None:
    said = problems(
        load,
        """
        sweep = 3
        calendar = "closed"
        [request.decision]
        due = "soon"
        escalate = [{ after = "2 working days", tell = ["chef"] }, 5]
        [request.registration]
        due = "3 working days"
        [mail]
        batch = 0
        """,
    )
    assert [sentence.partition(" = ")[0] for sentence in said] == [
        "calendar",
        "request.decision.due",
        "request.decision.escalate[1].tell[1]",
        "request.decision.escalate[2]",
        "request.registration.escalate[1].after",
        "mail.batch",
        "sweep",
    ]


def test_hours_and_days_are_compared_by_the_offices_own_hours(load: Load) -> None:
    reminder = "[request.execution]\nremind = ['7 working hours']\n"
    assert load(reminder).request.execution.remind == spans("7 working hours")
    assert problems(load, reminder + "[calendar]\nopens = '10:00'\ncloses = '16:00'") == [
        "request.execution.remind[1] = 7 working hours: write no more than “due”, which is 1 working day."
    ]


def test_a_whole_ladder_may_run_round_the_clock(load: Load) -> None:
    limits = load(
        """
        [request.obstacle]
        remind = ["30 minutes"]
        due = "2 hours"
        escalate = [{ after = "1 day", tell = ["head_of_it"] }]
        """
    ).request.obstacle
    assert limits.due == Span(2, "hours")
    assert limits.escalate[0].may_act == ()


def test_the_offices_cannot_be_closed_on_most_days(load: Load) -> None:
    days = [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    most = load(f"[calendar]\nclosed_yearly = {days[:MOST_CLOSED_YEARLY]}")
    assert len(most.calendar.closed_yearly) == MOST_CLOSED_YEARLY
    (said,) = problems(load, f"[calendar]\nclosed_yearly = {days}")
    assert said.endswith(f"at most {MOST_CLOSED_YEARLY} days can be closed every year.")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[mail]\nbatch = ", "is not TOML: Invalid value"),
        (b"[mail]\nbatch = 1\nbatch = 2", "is not TOML: Cannot overwrite a value"),
        ("# Mjölby".encode("cp1252"), "is not written in UTF-8: save it as UTF-8."),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyError, match=sentence):
        load_policy(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml cannot be read: No such file or directory\."):
        load_policy(tmp_path / "none.toml")


def test_a_policy_cannot_be_changed_after_it_was_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        DEFAULT.mail.batch = 1
    with pytest.raises(AttributeError):
        DEFAULT.request.decision.due = Span(0, "hours")  # type: ignore[misc]


def test_reading_the_default_policy_is_quick() -> None:
    began = clock.process_time()
    for _ in range(10):
        load_policy()
    assert (clock.process_time() - began) / 10 < 0.03  # 0.002 s on an ordinary machine


def keys_of(section: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key of a file, sections too, as the names that lead to it."""
    found = []
    for name, value in section.items():
        found.append((*above, name))
        if isinstance(value, dict):
            found += keys_of(value, (*above, name))
    return found


toml_values = st.recursive(
    st.integers(-3, 400)
    | st.booleans()
    | st.floats(0, 9)
    | st.sampled_from(["'x'", "'2 days'", "07:00:00", "2027-01-01"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.sampled_from(["due", "tell", "after"]), values),
    max_leaves=4,
)


def toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(toml(item) for item in value)}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {toml(item)}' for key, item in value.items())} }}"
        case _:
            return str(value)


@unhurried
@given(st.sampled_from(keys_of(tomllib.loads(DEFAULT_FILE.read_text("utf-8")))), toml_values)
def test_whatever_stands_at_a_key_is_used_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str, ...], value: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(f"{'.'.join(place)} = {toml(value)}\n", encoding="utf-8")
    try:
        load_policy(path)
        said = []
    except PolicyError as refusal:
        said = [reason.text.say(ENGLISH) for reason in refusal.reasons]
    assert all(f"any.toml: {'.'.join(place[:-1])}" in sentence for sentence in said)
