"""Data in: what files may hold, what is refused and where, and that a load happens wholly or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from language import ENGLISH, SWEDISH
from models import (
    AccessGrant,
    AccessProfile,
    Database,
    Decision,
    Delegation,
    Employment,
    Event,
    GoverningBody,
    GrantState,
    Organisation,
    Person,
    new_id,
)
from tests.conftest import rows_in
from workflows.errors import BadInput, NotFound
from workflows.evidence import Actor, verify
from workflows.load import Counts, LoadResult, load

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

STRUCTURE = """
organisation: {key: ex, name: Exempelkommun}
bodies:
  - {key: VON, name: Vård- och omsorgsnämnden, parent: KF}
  - {key: KF, name: Kommunfullmäktige, kind: COUNCIL}
departments:
  - {key: VO-1, name: Hemsjukvården, body: VON, parent: VO}
  - {key: VO, name: Vård och omsorg, body: VON}
appointments:
  - {person: 0001, role: HEAD_OF_DEPARTMENT, department: VO, from: 2024-01-01}
"""
REGISTER = """
systems:
  - key: VARD
    name: Vårdsystemet
    owner: VON
    department: VO
    critical: yes
    approved_on: 2024-01-01
    profiles:
      - {key: LASA, name: Läsa, valid_from: 2024-01-01}
      - {key: SKRIVA, name: Skriva, valid_from: 2024-01-01, licences: 10, level: 2}
    administrators:
      - {person: 0002, from: 2024-01-01}
  - {key: TID, name: Tid, owner: VON, department: VO}
sod_rules:
  - {first: VARD/SKRIVA, second: VARD/LASA, reason: Samma person får inte båda}
"""
HEADING = "employee_number;given_name;family_name;email;employment_number;department;manager;kind;starts_on;ends_on"
PEOPLE = (
    "0001;Åsa;Ek;asa@ex.example;1;VO;;;2020-01-01;",
    "0002;Bo;Öst;bo@ex.example;1;VO-1;0001;;2020-01-01;",
    "0003;Cia;Dal;cia@ex.example;1;VO-1;0001;HOURLY;2020-01-01;2026-12-31",
)
ACCESS = "employee_number,system,profile,starts_on,ends_on,decision_reference,account_name"
DELEGATED = "delegations:\n  - {number: D1, body: VON, delegate: '0001', deputy: '0002', from: 2024-01-01, "
DELEGATED += "to: 2026-12-31, further_levels: 1, systems: [VARD], reference: VON § 1}\n"


@dataclass(frozen=True)
class Loading:
    """A folder of files and the database they are loaded into."""

    database: Database
    folder: Path

    def file(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def __call__(self, *paths: Path, now: datetime = NOW, dry_run: bool = False) -> LoadResult:
        return load(self.database, None, paths, now=now, actor=Actor.rule("load"), dry_run=dry_run)

    def people(self, *rows: str) -> Path:
        """The HR file."""
        return self.file("people.csv", "\n".join([HEADING, *(rows or PEOPLE)]))

    def more(self, name: str, text: str) -> Path:
        """A YAML file that says which organisation it is of."""
        return self.file(name, "organisation: {key: ex, name: Exempelkommun}\n" + text)

    def everything(self) -> LoadResult:
        """Load structure, register and people."""
        return self(self.people(), self.file("register.yaml", REGISTER), self.file("structure.yaml", STRUCTURE))

    def refused(self, *paths: Path) -> list[str]:
        """The problems that a load is refused for; nothing may have been written."""
        before = [rows_in(self.database, table) for table in TABLES]
        with pytest.raises(BadInput) as refusal:
            self(*paths)
        assert [rows_in(self.database, table) for table in TABLES] == before
        assert all(reason.text.say(SWEDISH) for reason in refusal.value.reasons)
        return [reason.text.say(ENGLISH) for reason in refusal.value.reasons]

    def read(self) -> Session:
        """A session over everything."""
        return Session(self.database.engine)


TABLES = ("organisation", "person", "employment", "it_system", "delegation", "access_grant", "decision", "event")


@pytest.fixture
def loading(database: Database, tmp_path: Path) -> Loading:
    folder = tmp_path / "files"
    folder.mkdir()
    return Loading(database, folder)


@pytest.fixture
def embedded(sqlite_database: Database, tmp_path: Path) -> Loading:
    """For what is found in the files before any database is asked."""
    folder = tmp_path / "files"
    folder.mkdir()
    return Loading(sqlite_database, folder)


def test_the_first_load_creates_the_organisation_and_everything_in_it(loading: Loading) -> None:
    result = loading.everything()
    assert result.counts["people"] == Counts(new=3)
    assert result.counts["profiles"] == Counts(new=2)
    with loading.read() as session:
        assert session.exec(select(Organisation.key)).all() == ["ex"]
        assert sorted(session.exec(select(Person.employee_number))) == ["0001", "0002", "0003"]
        parent = session.exec(select(GoverningBody).where(GoverningBody.key == "VON")).one().parent_id
        assert session.exec(select(GoverningBody).where(GoverningBody.key == "KF")).one().id == parent


def test_loading_again_changes_nothing_and_writes_no_event(loading: Loading) -> None:
    first = loading.everything()
    again = loading.everything()
    assert first.changed > 0
    assert again.changed == 0
    assert again.counts["employments"] == Counts(unchanged=3)
    assert rows_in(loading.database, "event") == 1


def test_a_load_leaves_an_event_without_personal_data_and_a_whole_chain(loading: Loading) -> None:
    result = loading.everything()
    with loading.database.reading(result.organisation_id) as session:
        event = session.exec(select(Event)).one()
        assert event.data["counts"]["people"] == {"new": 3, "changed": 0}
        assert [file["name"] for file in event.data["files"]] == ["people.csv", "register.yaml", "structure.yaml"]
        assert "Åsa" not in str(event.data)
        assert verify(session).breaks == ()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(loading: Loading) -> None:
    loading.everything()
    people = loading.people(*PEOPLE, "0004;Dan;Ny;d@ex.example;1;VO;0001;;2026-01-01;")
    structure = loading.more("o.yaml", "")
    result = loading(people, structure, dry_run=True)
    assert result.counts["people"] == Counts(new=1, unchanged=3)
    assert rows_in(loading.database, "person") == 3


def test_a_change_is_shown_with_before_and_after_and_gives_a_profile_a_new_version(loading: Loading) -> None:
    loading.everything()
    result = loading(loading.more("register.yaml", REGISTER.replace("licences: 10", "licences: 20")))
    change = next(each for each in result.changes if each.what == "changed")
    assert (change.noun, change.key, change.fields) == ("profiles", "VARD/SKRIVA", {"licences": ("10", "20")})
    with loading.read() as session:
        profile = session.exec(select(AccessProfile).where(AccessProfile.key == "SKRIVA")).one()
        assert (profile.version, profile.licences) == (2, 20)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
def test_both_encodings_and_both_separators_are_read(embedded: Loading, encoding: str, separator: str) -> None:
    text = "\r\n".join([HEADING, *PEOPLE]).replace(";", separator)
    embedded(embedded.file("hr.csv", text, encoding), embedded.file("structure.yaml", STRUCTURE))
    with embedded.read() as session:
        assert set(session.exec(select(Person.given_name))) == {"Åsa", "Bo", "Cia"}


def test_one_bad_row_in_many_changes_nothing_and_says_where(loading: Loading) -> None:
    loading.everything()
    rows = [f"{number};Namn;Namnsson;;1;VO;0001;;2024-01-01;" for number in range(1000, 3300)]
    rows[1234] = rows[1234].replace("2024-01-01", "1 januari")
    problems = loading.refused(loading.people(*PEOPLE, *rows), loading.more("o.yaml", ""))
    assert problems == [
        "people.csv, line 1239, starts_on “1 januari”: is not a date; write it as 2026-01-31.",
    ]


def test_every_problem_is_said_at_once(embedded: Loading) -> None:
    structure = STRUCTURE.replace("parent: KF", "parent: KFF").replace("from: 2024-01-01", "form: 2024-01-01")
    people = embedded.people(
        "0001;Åsa;Ek;not-an-address;1;VX;;BOSS;2020-01-01;", "0002;;Öst;;1;VO;9999;;2020-01-01;2019-01-01"
    )
    problems = embedded.refused(people, embedded.file("structure.yaml", structure))
    assert problems[:6] == [
        "people.csv, line 2, email “not-an-address”: is not an e-mail address; write it as name@example.se.",
        "people.csv, line 2, kind “BOSS”: must be one of PERMANENT, TEMPORARY, HOURLY, CONSULTANT.",
        "people.csv, line 3, given_name: this is missing and must be given.",
        "structure.yaml, line 10, from: this is missing and must be given.",
        "structure.yaml, line 10, form “2024-01-01”: there is no such field. Did you mean “from”?",
        "structure.yaml, line 4, parent “KFF”: there is no such body in the files or in the database."
        " Did you mean “KF”?",
    ]


# What the second row of people is, and what is said about it.
BAD_PEOPLE = {
    "0002;B;Ö;;1;VOO;0001;;2020-01-01;": "department “VOO”: there is no such department in the files or in the "
    "database. Did you mean “VO”?",
    "0002;B;Ö;;1;VO;7;;2020-01-01;": "manager “7”: no such employee number is in the files or in the database.",
    "0002;B;Ö;;1;VO;0002;;2020-01-01;": "manager “0002”: nobody is their own manager; name another.",
    "0002;B;Ö;;1;VO;;;2020-01-01;2019-12-31": "ends_on “2019-12-31”: is before the first day, 2020-01-01.",
    "0002;B;Ö;;1;VO;;;2020-01-01;9999-12-31": "ends_on “9999-12-31”: must lie between 1900-01-01 and 2999-12-31; "
    "leave an end that is not set empty.",
    "0001;Åsa;Ek;asa@ex.example;1;VO;;;2021-01-01;": "employment_number “1”: the same person has this employment on "
    "line 2 too; give each employment a number of its own.",
    "0001;Eva;Ek;asa@ex.example;2;VO;;;2021-01-01;": "given_name “Eva”: says otherwise than line 2 about the same "
    "person.",
    ";B;Ö;b@ex.example;1;VO;0001;;2020-01-01;": "employee_number: must be given; only a consultant may be without one.",
    ";B;Ö;b@ex.example;1;VO;0001;CONSULTANT;2020-01-01;": "ends_on: must be given for a consultant without an employee "
    "number.",
    "K-00009;B;Ö;b@ex.example;1;VO;0001;CONSULTANT;2020-01-01;": "employee_number “K-00009”: numbers that begin with "
    "K- are given here; leave the number empty for a new consultant.",
    "0002;B": "has 2 columns where the heading has 10; a separator inside a value needs quotation marks around the "
    "value.",
}


@pytest.mark.parametrize("row", BAD_PEOPLE)
def test_a_bad_row_of_people_is_refused_with_what_would_be_right(embedded: Loading, row: str) -> None:
    problems = embedded.refused(embedded.people(PEOPLE[0], row), embedded.file("structure.yaml", STRUCTURE))
    separator = ": " if row == "0002;B" else ", "
    assert problems == [f"people.csv, line 3{separator}{BAD_PEOPLE[row]}"]


# What is replaced in the structure and register, with what, and what is said about it.
BAD_YAML = (
    ("key: KF, name", "key: KF, parent: VON, name", "stands under itself"),
    ("owner: VON", "owner: VAN", "Did you mean “VON”?"),
    ("{key: TID,", "{key: VARD,", "stands in register.yaml, line 3 too; each must stand once."),
    ("key: LASA", "key: SKRIVA", "stands in register.yaml, line 10 too"),
    ("second: VARD/LASA", "second: VARD/SKRIVA", "is the same profile twice"),
    ("second: VARD/LASA", "second: VARD/LESA", "Did you mean “VARD/LASA”?"),
    ("licences: 10", "licences: -1", "licences “-1”: is too little; 0 is the least."),
    ("licences: 10", "max_days: 0", "max_days “0”: is too little; 1 is the least."),
    ("critical: yes", "critical: maybe", "critical “maybe”: must be yes or no."),
    ("critical: yes", "approval_withdrawn_on: 2023-01-01", "is before the first day, 2024-01-01."),
    ("owner: VON, department: VO}", "owner: VON, department: VO, approval_withdrawn_on: 2025-01-01}", "approved_on"),
    ("role: HEAD_OF_DEPARTMENT", "role: HEAD_OF_IT", "must not be given for the role HEAD_OF_IT"),
    ("role: HEAD_OF_DEPARTMENT", "role: CHAIR", "body: must be given for the role CHAIR."),
    ("person: 0002", "person: 0009", "person “0009”: no such employee number"),
    ("person: 0002, from: 2024-01-01", "person: 0002, from: 2024-01-01, to: 2023-01-01", "is before the first day"),
    ("systems:\n", "sistems:\n", "Did you mean “systems”?"),
    ("sod_rules:\n", "sod_rules: {}\nabsences:\n", "must be a list"),
    ("key: TID", "key: 'T/D'", "must not hold a slash"),
    ("name: Tid", 'name: "Tid\\nen"', "line break"),
    ("name: Tid", "name: [Tid]", "must be a single value."),
    ("name: Tid", "name: Tid, name: Tod", "the field name stands twice here."),
    ("  - {key: TID", "  - - {key: TID", "must be fields with values"),
    ("  - {key: TID", " - {key: TID", "is not YAML"),
)


@pytest.mark.parametrize(("right", "wrong", "said"), BAD_YAML)
def test_a_bad_row_of_yaml_is_refused_with_what_would_be_right(
    embedded: Loading, right: str, wrong: str, said: str
) -> None:
    assert right in STRUCTURE + REGISTER
    problems = embedded.refused(
        embedded.people(),
        embedded.file("structure.yaml", STRUCTURE.replace(right, wrong)),
        embedded.file("register.yaml", REGISTER.replace(right, wrong)),
    )
    assert any(said in problem for problem in problems), problems


def test_an_alias_is_refused_before_it_unfolds(embedded: Loading) -> None:
    bomb = "bodies: &a [x]\ndepartments: [*a, *a]\n"
    assert any("alias" in problem for problem in embedded.refused(embedded.more("bomb.yaml", bomb)))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("people.xlsx", b"x", "its ending, which must be .yaml or .csv"),
        ("people.csv", "employee_number;namn".encode("utf-16"), "is UTF-16; save the file as UTF-8."),
        ("people.csv", b"given_name;x\n\x81;1", "line 2: is neither UTF-8 nor Windows-1252"),
        ("people.csv", b"name;number\n", "is neither a file of people"),
        ("people.csv", b"", "is neither a file of people"),
        ("people.csv", f'{HEADING}\n"a;b\n'.encode(), "is not CSV"),
        ("people.csv", f"{HEADING};titel\n".encode(), "titel: there is no such column. Did you mean “title”?"),
        ("structure.yaml", b"- a\n", "must begin with a section"),
        ("structure.yaml", b"", "must begin with a section"),
    ],
)
def test_a_file_that_is_something_else_is_refused(embedded: Loading, name: str, content: bytes, said: str) -> None:
    path = embedded.folder / name
    path.write_bytes(content)
    problems = embedded.refused(path, embedded.more("o.yaml", ""))
    assert said in problems[0]


def test_a_file_that_is_not_there_is_refused(embedded: Loading) -> None:
    assert "cannot be read" in embedded.refused(embedded.folder / "none.csv")[0]


def test_the_first_load_must_say_which_organisation_it_is(embedded: Loading) -> None:
    assert "must say which it is" in embedded.refused(embedded.file("r.yaml", "bodies: []\n"))[0]


def test_a_load_into_another_organisation_than_the_files_name_is_refused(
    sqlite_database: Database, embedded: Loading
) -> None:
    organisation_id = embedded.everything().organisation_id
    path = embedded.file("o.yaml", "organisation: {key: other, name: Annan}\n")
    with pytest.raises(BadInput, match="the load is into the organisation ex"):
        load(sqlite_database, organisation_id, [path], now=NOW, actor=None)
    with pytest.raises(NotFound):
        load(sqlite_database, new_id(), [path], now=NOW, actor=None)


def test_a_column_map_beside_the_file_names_columns_values_and_dates(embedded: Loading) -> None:
    embedded.file(
        "hr.columns.yaml",
        "columns: {employee_number: Anstnr, given_name: Förnamn, family_name: Efternamn, department: Enhet,"
        " starts_on: Från, ends_on: Till, kind: Form}\n"
        "values: {kind: {Tillsvidare: PERMANENT, Timlön: HOURLY}, ends_on: {31.12.9999: ''}}\n"
        'date_format: "%d.%m.%Y"\n',
    )
    text = "Anstnr;Lön;Förnamn;Efternamn;Enhet;Från;Till;Form\n"
    text += "0001;9;Åsa;Ek;VO;31.01.2020;31.12.9999;Tillsvidare\n0002;9;Bo;Öst;VO;01.02.2024;01.02.2027;Timlön\n"
    embedded(embedded.file("hr.csv", text, "cp1252"), embedded.file("structure.yaml", STRUCTURE))
    with embedded.read() as session:
        rows = session.exec(select(Employment).order_by(Employment.starts_on)).all()  # type: ignore[arg-type]
        assert [(row.kind, row.starts_on, row.ends_on) for row in rows] == [
            ("PERMANENT", date(2020, 1, 31), None),
            ("HOURLY", date(2024, 2, 1), date(2027, 2, 1)),
        ]
    wrong = embedded.file("hr.csv", text.replace("31.01.2020", "2020-01-31"), "cp1252")
    problems = embedded.refused(wrong, embedded.more("o.yaml", ""))
    assert (
        problems
        == [
            "hr.csv, line 2, Från “2020-01-31”: is not a date written as %d.%m.%Y, as the column map says.",
            "hr.csv, line 2, Från “2020-01-31”: this is missing and must be given.",
        ][:1]
    )


def test_a_column_map_that_does_not_fit_is_refused(embedded: Loading) -> None:
    embedded.file("people.columns.yaml", "columns: {title: Titel, tittle: X}\n")
    problems = embedded.refused(embedded.people(), embedded.file("structure.yaml", STRUCTURE))
    assert any("names the heading “Titel”, which the file does not have" in problem for problem in problems)
    assert any("names the column tittle, which there is none of" in problem for problem in problems)


def test_whoever_is_missing_from_a_full_file_is_a_likely_departure_and_stays(loading: Loading) -> None:
    loading.everything()
    result = loading(loading.people(*PEOPLE[:2]), loading.more("o.yaml", ""))
    assert [(gone.employee_number, gone.name) for gone in result.likely_departures] == [("0003", "Cia Dal")]
    assert result.changed == 0
    assert rows_in(loading.database, "person") == 3


def test_a_file_that_says_it_is_not_full_misses_nobody(embedded: Loading) -> None:
    embedded.everything()
    embedded.file("people.columns.yaml", "full: no\n")
    assert embedded(embedded.people(*PEOPLE[:2]), embedded.more("o.yaml", "")).likely_departures == ()


def test_a_file_of_consultants_does_not_miss_the_employees_nor_the_other_way_round(embedded: Loading) -> None:
    embedded.everything()
    consultant = ";Kim;Kon;kim@firm.example;1;VO;0001;CONSULTANT;2026-01-01;2026-12-31"
    assert embedded(embedded.people(consultant), embedded.more("o.yaml", "")).likely_departures == ()
    assert embedded(embedded.people(*PEOPLE), embedded.more("o.yaml", "")).likely_departures == ()


def test_a_consultant_without_a_number_gets_one_and_is_known_again_by_e_mail(loading: Loading) -> None:
    loading.everything()
    kim = ";Kim;Kon;kim@firm.example;1;VO;0001;CONSULTANT;2026-01-01;2026-12-31"
    loading(loading.people(kim), loading.more("o.yaml", ""))
    again = kim.replace("kim@", "Kim@").replace("2026-12-31", "2027-01-31").replace("Kim@", "kim@")
    other = ";Lo;Kon;lo@firm.example;1;VO;0001;CONSULTANT;2026-01-01;2026-12-31"
    result = loading(loading.people(again, other), loading.more("o.yaml", ""))
    assert result.counts["people"] == Counts(new=1, unchanged=1)
    assert result.counts["employments"] == Counts(new=1, changed=1)
    with loading.read() as session:
        numbers = {person.given_name: person.employee_number for person in session.exec(select(Person))}
    assert (numbers["Kim"], numbers["Lo"]) == ("K-00001", "K-00002")


def test_two_employments_of_one_person_are_two_rows(embedded: Loading) -> None:
    second = "0003;Cia;Dal;cia@ex.example;2;VO;0001;TEMPORARY;2025-01-01;2026-06-30"
    result = embedded(embedded.people(*PEOPLE, second), embedded.file("structure.yaml", STRUCTURE))
    assert (result.counts["people"].new, result.counts["employments"].new) == (3, 4)
    result = embedded(embedded.people(), embedded.more("o.yaml", ""))
    assert result.counts["employments"] == Counts(unchanged=3, gone=1)
    assert result.likely_departures == ()


def test_a_column_that_the_file_does_not_have_leaves_what_is_known(embedded: Loading) -> None:
    head = HEADING + ";protected_identity;language"
    embedded(
        embedded.file("hr.csv", f"{head}\n{PEOPLE[0]};ja;en\n{PEOPLE[1]};;\n"),
        embedded.file("structure.yaml", STRUCTURE),
    )
    result = embedded(embedded.people(PEOPLE[0].replace("Ek", "Alm"), PEOPLE[1]), embedded.more("o.yaml", ""))
    with embedded.read() as session:
        person = session.exec(select(Person).where(Person.employee_number == "0001")).one()
        assert (person.family_name, person.protected_identity, person.language) == ("Alm", True, "en")
    shown = next(change for change in result.changes if change.noun == "people")
    assert shown.fields == {"family_name": ("…", "…")}


def test_what_is_missing_from_a_yaml_file_is_listed_and_stays(loading: Loading) -> None:
    loading.everything()
    register = REGISTER.replace("  - {key: TID, name: Tid, owner: VON, department: VO}\n", "")
    result = loading(loading.more("register.yaml", register))
    assert result.counts["systems"] == Counts(unchanged=1, gone=1)
    assert [change.key for change in result.changes if change.what == "gone"] == ["TID"]
    assert rows_in(loading.database, "it_system") == 2


def test_a_delegation_is_loaded_with_its_chain(loading: Loading) -> None:
    loading.everything()
    child = "  - {number: D2, parent: D1, body: VON, delegate: '0003', systems: [VARD], from: 2025-01-01, "
    child += "to: 2026-06-30, reference: § 2}\n"
    loading(loading.more("d.yaml", DELEGATED.replace("  - {", child + "  - {", 1)))
    with loading.read() as session:
        rows = {row.number: row for row in session.exec(select(Delegation))}
    assert rows["D2"].parent_id == rows["D1"].id
    assert not rows["D1"].all_systems
    assert rows_in(loading.database, "delegated_system") == 2


# What a further delegation under D1 says, and what is said about it.
BAD_CHILDREN = (
    ("systems: all, from: 2025-01-01, to: 2026-06-30", "systems “all”: delegation D1 covers only VARD."),
    ("systems: [TID], from: 2025-01-01, to: 2026-06-30", "delegation D1 covers only VARD."),
    ("systems: [VARD], from: 2023-01-01, to: 2026-06-30", "delegation D1 begins on 2024-01-01."),
    ("systems: [VARD], from: 2025-01-01, to: 2027-01-01", "delegation D1 ends on 2026-12-31; end no later."),
    ("systems: [VARD], from: 2025-01-01", "delegation D1 ends on 2026-12-31; end no later."),
    (
        "systems: [VARD], from: 2025-01-01, to: 2026-06-30, further_levels: 1",
        "further_levels “1”: delegation D1 leaves at most 0 here.",
    ),
    ("systems: [], from: 2025-01-01, to: 2026-06-30", "must be a list of the systems it covers, or the word all."),
    ("systems: [VARD], deputy: 0003, from: 2025-01-01, to: 2026-06-30", "the deputy must be another person"),
)


@pytest.mark.parametrize(("says", "said"), BAD_CHILDREN)
def test_nobody_delegates_further_than_they_were_allowed(embedded: Loading, says: str, said: str) -> None:
    embedded.everything()
    child = f"  - {{number: D2, parent: D1, body: VON, delegate: '0003', reference: § 2, {says}}}\n"
    problems = embedded.refused(embedded.more("d.yaml", DELEGATED + child))
    assert len(problems) == 1
    assert said in problems[0]


def test_a_delegation_that_may_not_be_delegated_further_is_not(embedded: Loading) -> None:
    embedded.everything()
    child = "  - {number: D2, parent: D1, body: KF, delegate: 0001, systems: [VARD], from: 2025-01-01, to: 2026-01-01,"
    child += " reference: § 2}\n"
    text = DELEGATED.replace("further_levels: 1", "further_levels: 0") + child
    problems = embedded.refused(embedded.more("d.yaml", text))
    assert [problem.partition(", line 4, ")[2] for problem in problems] == [
        "systems “VARD”: is owned by VON; a body can delegate only its own.",
        "body “KF”: delegation D1 is of the body VON; write that.",
        "delegate “0001”: has this already by delegation D1; delegate to another.",
        "parent “D1”: delegation D1 may not be delegated further.",
    ]


def test_a_delegation_is_a_decision_that_can_only_be_shortened(loading: Loading) -> None:
    loading.everything()
    loading(loading.more("d.yaml", DELEGATED))
    for right, wrong in (("deputy: '0002'", "deputy: '0003'"), ("[VARD]", "all"), ("to: 2026-12-31", "to: 2027-12-31")):
        problems = loading.refused(loading.more("d.yaml", DELEGATED.replace(right, wrong)))
        assert "write a new delegation with its own number" in problems[0]
    shorter = DELEGATED.replace("to: 2026-12-31", "to: 2026-06-30, revoked_on: 2026-05-01")
    assert loading(loading.more("d.yaml", shorter)).counts["delegations"] == Counts(changed=1)
    assert len(loading.refused(loading.more("d.yaml", DELEGATED))) == 2


def test_access_held_already_is_taken_over_with_its_decision(loading: Loading) -> None:
    loading.everything()
    rows = (
        "0001,VARD,LASA,2024-01-01,,§ 7,asaek",
        "0002,VARD,LASA,2024-01-01,2026-06-30,§ 8,",
        "0003,VARD,LASA,2024-01-01,2026-01-31,§ 9,",
        "0003,VARD,SKRIVA,2026-04-01,,§ 9,",
    )
    access = loading.file("access.csv", "\n".join([ACCESS, *rows]))
    assert loading(access, loading.more("o.yaml", "")).counts["grants"] == Counts(new=4)
    assert loading(access, loading.more("o.yaml", "")).counts["grants"] == Counts(unchanged=4)
    with loading.read() as session:
        grants = session.exec(select(AccessGrant).order_by(AccessGrant.starts_on, AccessGrant.ends_on)).all()  # type: ignore[arg-type]
        found = {(grant.starts_on, grant.ends_on): grant for grant in grants}
        decisions = {row.id: row for row in session.exec(select(Decision))}
    lasting = found[date(2024, 1, 1), None]
    assert (lasting.state, lasting.account_name, lasting.next_action_at) == (GrantState.ACTIVE, "asaek", None)
    ending = found[date(2024, 1, 1), date(2026, 6, 30)]
    assert ending.ends_at == datetime(2026, 6, 30, 22, tzinfo=UTC), "the end of the day in Sweden, in summer"
    assert ending.next_action_at == datetime(2026, 5, 31, 22, tzinfo=UTC), "thirty days ahead"
    over = found[date(2024, 1, 1), date(2026, 1, 31)]
    assert (over.state, over.next_action_at) == (GrantState.ACTIVE, NOW), "the sweep ends it; expired is not removed"
    coming = found[date(2026, 4, 1), None]
    assert coming.state == GrantState.SCHEDULED
    assert coming.next_action_at == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert {row.outcome for row in decisions.values()} == {"TAKEN_OVER"}
    assert decisions[lasting.decision_id].mandate_reference == "§ 7"


def test_access_that_has_ended_since_is_not_taken_over_again(loading: Loading) -> None:
    loading.everything()
    access = loading.file("access.csv", f"{ACCESS}\n0001,VARD,LASA,2024-01-01,,§ 7,\n")
    loading(access, loading.more("o.yaml", ""))
    with loading.read() as session:
        grant = session.exec(select(AccessGrant)).one()
        # As if a case had ended it.
        grant.ended_at = NOW
        grant.state = GrantState.REVOKED
        session.commit()
    assert loading(access, loading.more("o.yaml", "")).changed == 0
    assert rows_in(loading.database, "access_grant") == 1


# Rows of access, and what is said about the last.
BAD_ACCESS = (
    (("0009,VARD,LASA,2024-01-01,,§ 7,",), "employee_number “0009”: no such employee number"),
    (("0001,VERD,LASA,2024-01-01,,§ 7,",), "Did you mean “VARD”?"),
    (("0001,VARD,LESA,2024-01-01,,§ 7,",), "the system VARD has no such profile. Did you mean “LASA”?"),
    (("0001,VARD,LASA,2024-01-01,2023-01-01,§ 7,",), "is before the first day"),
    (("0001,VARD,LASA,2024-01-01,,,",), "decision_reference: this is missing"),
    (
        ("0001,VARD,LASA,2024-01-01,,§ 7,", "0001,VARD,LASA,2025-01-01,,§ 8,"),
        "line 3: the same access for the same employment stands on line 2 too",
    ),
)


@pytest.mark.parametrize(("rows", "said"), BAD_ACCESS)
def test_a_bad_row_of_access_is_refused(embedded: Loading, rows: tuple[str, ...], said: str) -> None:
    embedded.everything()
    problems = embedded.refused(embedded.file("access.csv", "\n".join([ACCESS, *rows])), embedded.more("o.yaml", ""))
    assert len(problems) == 1
    assert said in problems[0]


def test_taken_over_access_is_not_changed_by_a_file(embedded: Loading) -> None:
    embedded.everything()
    organisation = embedded.more("o.yaml", "")
    embedded(embedded.file("access.csv", f"{ACCESS}\n0001,VARD,LASA,2024-01-01,,§ 7,\n"), organisation)
    longer = embedded.file("access.csv", f"{ACCESS}\n0001,VARD,LASA,2024-01-01,2026-12-31,§ 7,\n")
    assert "by a request, not by a file" in embedded.refused(longer, organisation)[0]
    again = embedded.file("access.csv", f"{ACCESS}\n0001,VARD,LASA,2025-01-01,,§ 7,\n")
    assert "holds the same access already" in embedded.refused(again, organisation)[0]


def test_absences_and_undertakings_are_loaded(embedded: Loading) -> None:
    embedded.everything()
    absence = "absences:\n  - {person: '0001', from: 2026-03-01, to: 2026-03-14}\n"
    head = HEADING + ";undertaking_acknowledged_on"
    people = embedded.file("hr.csv", f"{head}\n{PEOPLE[0]};2026-02-01\n{PEOPLE[1]};\n")
    result = embedded(embedded.more("a.yaml", absence), people)
    assert (result.counts["absences"].new, result.counts["undertakings"].new) == (1, 1)
    assert embedded(embedded.more("a.yaml", absence), people).changed == 0
    endless = embedded.more("a.yaml", absence.replace(", to: 2026-03-14", ""))
    assert embedded.refused(endless) == ["a.yaml, line 3, to: this is missing and must be given."]


def test_progress_is_told(sqlite_database: Database, embedded: Loading) -> None:
    told: list[tuple[str, int, int]] = []
    note: Callable[[str, int, int], None] = lambda stage, done, total: told.append((stage, done, total))  # noqa: E731
    path = embedded.file("structure.yaml", STRUCTURE.partition("appointments")[0])
    load(sqlite_database, None, [path], now=NOW, actor=None, progress=note)
    assert told[0] == ("read", 0, 1)
    assert told[-1] == ("write", 4, 4)


def test_the_examples_load_as_they_are(sqlite_database: Database) -> None:
    folder = Path(__file__).parent.parent / "examples"
    paths = [folder / name for name in ("organisation.yaml", "register.yaml", "people.csv", "grants.csv")]
    result = load(sqlite_database, None, paths, now=NOW, actor=None)
    assert (result.counts["people"], result.counts["grants"]) == (Counts(new=12), Counts(new=3))
    assert load(sqlite_database, None, paths, now=NOW, actor=None).changed == 0


def test_a_column_map_that_is_given_is_used_for_the_files_it_fits(sqlite_database: Database, embedded: Loading) -> None:
    people = embedded.file("hr.csv", "Nr,given_name,family_name,department,starts_on\n0001,Åsa,Ek,VO,2020-01-01\n")
    given = embedded.file("map.yaml", "columns: {employee_number: Nr}\n")
    access = embedded.file("access.csv", f"{ACCESS}\n0001,VARD,LASA,2024-01-01,,§ 7,\n")
    register = embedded.file("register.yaml", REGISTER.replace("person: 0002", "person: 0001"))
    paths = [people, access, register, embedded.file("structure.yaml", STRUCTURE)]
    result = load(sqlite_database, None, paths, now=NOW, actor=None, column_map=given)
    assert (result.counts["people"].new, result.counts["grants"].new) == (1, 1)
