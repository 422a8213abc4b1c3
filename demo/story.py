"""The demonstration, in three stories: somebody is dismissed on the evening of a holiday; a nurse gets access past a
question, a holiday and what must be refused; a new version of a critical system goes into operation.

Everything is real but the clock and the people: the database, the rules, the mail server. Every fact that is told is
checked; if one is not as told, the demonstration ends with a non-zero code and says which.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlmodel import col, select

import migrations
from demo import cast, data, dismissal, launch
from demo.mailbox import HOST, Mailbox, open_mailbox, opened
from language import Text, chosen_language, clock
from models import AccessGrant, Case, Database, Event, Organisation, Person
from transport import SmtpTransport
from workflows import cases, escalation, evidence, orders, outbox
from workflows.attachments import FileStore
from workflows.errors import BadInput, BehorigError, Conflict, Reason, Refused
from workflows.evidence import Actor
from workflows.load import load
from workflows.lookup import actor_by_number, case_by_number
from workflows.office import Office
from workflows.orders import Line
from workflows.policy import load_policy
from workflows.words import EVENT_WORDS, STATE_WORDS

MARK = ".behorig-demo"
START = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)
REQUEST = datetime(2026, 6, 17, 12, 0, tzinfo=UTC)
"""Wednesday 17 June 2026, 14:00 in Sweden; Midsummer's Eve is that Friday."""
UNTIL = date(2026, 7, 31)


class NotAsTold(Exception):
    """Something in the demonstration was not as it was told."""


def run(folder: Path, write: Callable[[Path, date], Sequence[Path]] | None = None) -> int:
    """Play the story in a fresh folder; 0 when everything was as told, 1 when not."""
    _make_anew(folder)
    with open_mailbox() as mailbox:
        story = Story.prepared(folder, mailbox, write or _municipality)
        try:
            story.play()
        except (NotAsTold, BehorigError) as error:
            story.say(Text("This was not as told: {what}", what=str(error)))
            return 1
        finally:
            story.office.database.dispose()
    return 0


def _municipality(folder: Path, today: date) -> Sequence[Path]:
    return data.write(folder, "municipality", 1, today)


def _make_anew(folder: Path) -> None:
    """An empty folder of ours; one that holds something else is left alone."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise BadInput(
            [Reason("folder", Text("{folder} holds something else; name another with --folder.", folder=str(folder)))]
        )
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


@dataclass
class Story:
    """The story being told: an office, a clock that the story moves, a mailbox."""

    office: Office
    mailbox: Mailbox
    now: datetime
    console: Console
    language: str
    numbers: list[str] = field(default_factory=list)
    """The story's own cases."""

    @classmethod
    def prepared(cls, folder: Path, mailbox: Mailbox, write: Callable[[Path, date], Sequence[Path]]) -> Story:
        """A database with made-up data, loaded as a municipality would load its own."""
        language = chosen_language()
        console = Console(width=100)
        database = Database(f"sqlite:///{folder / 'behorig.db'}")
        migrations.upgrade(database)
        files = Path(mkdtemp(dir=folder))
        result = load(database, None, write(files, START.date()), now=START, actor=None)
        if result.organisation_id is None:
            raise NotAsTold("the data has an organisation")
        policy = load_policy(None)
        office = Office(
            database=database,
            organisation_id=result.organisation_id,
            policy=policy,
            base_url="https://behorig.example",
            files=FileStore(folder / "files"),
        )
        story = cls(office=office, mailbox=mailbox, now=START, console=console, language=language)
        story.heading(Text("A demonstration with made-up people. Nothing here is real but the rules."))
        with database.reading(office.organisation_id) as session:
            name = session.exec(select(Organisation.name).where(Organisation.id == office.organisation_id)).one()
        story.say(
            Text(
                "{name}: {people} people, {systems} systems, {grants} accesses loaded.",
                name=name,
                people=result.counts["people"].new,
                systems=result.counts["systems"].new,
                grants=result.counts["grants"].new,
            )
        )
        return story

    def play(self) -> None:
        """The whole story."""
        dismissal.play(self)
        self.now = REQUEST
        number = self.the_request()
        self.what_is_refused()
        self.the_question(number)
        self.the_holiday(number)
        self.two_in_the_same_second(number)
        self.until_it_can_be_used(number)
        self.the_end(number)
        launch.play(self)
        self.what_happened()

    # --- Scenes ----------------------------------------------------------------------------------------------------

    def the_request(self) -> str:
        """The manager writes the request."""
        self.heading(Text("2. A manager asks, in writing"))
        (outcome,) = orders.open_order(
            self.office,
            [self.line(cast.NURSE, cast.DOCUMENT, ends_on=UNTIL)],
            self.actor(cast.REQUESTER),
            self.now,
        )
        self.numbers.append(outcome.number)
        self.expect(outcome.state == "AWAITING_DECISION", "the request waits for a decision")
        self.expect(cast.HEAD_OF_DEPARTMENT in outcome.waits_for, "it waits for the head of department")
        self.told(outcome.number, outcome.state)
        self.mails()
        return outcome.number

    def what_is_refused(self) -> None:
        """What must be refused is refused, with every reason."""
        self.heading(Text("3. What must be refused"))
        self.say(Text("The head of department asks for access for themself, and tries to decide on it:"))
        (own,) = orders.open_order(
            self.office,
            [self.line(cast.HEAD_OF_DEPARTMENT, cast.READ, ends_on=UNTIL)],
            self.actor(cast.HEAD_OF_DEPARTMENT),
            self.now,
        )
        self.numbers.append(own.number)
        self.expect(own.waits_for == (cast.DEPUTY,), "the request goes to the deputy")
        self.refused("conflict-of-interest", lambda: self.act(own.number, "approve", cast.HEAD_OF_DEPARTMENT))
        self.say(Text("The manager orders two things for the nurse that must not meet:"))
        pair = [self.line(cast.NURSE, key, ends_on=UNTIL) for key in (cast.ORDER_MEDICINE, cast.CHECK_MEDICINE)]
        self.refused(
            "forbidden-combination",
            lambda: orders.open_order(self.office, pair, self.actor(cast.REQUESTER), self.now),
        )
        self.say(Text("Somebody decides on a delegation that ran out a month ago:"))
        self.refused("delegation-not-valid", lambda: self.act(own.number, "approve", cast.EXPIRED_DELEGATE))
        self.act(own.number, "reject", cast.DEPUTY, reason=self.word(Text("Not needed for the work.")))
        self.mailbox_emptied()

    def the_question(self, number: str) -> None:
        """The owner asks for more, and gets it."""
        self.heading(Text("4. A question back"))
        self.pass_time(hours=1)
        question = self.word(Text("Which unit will she document for?"))
        self.act(number, "return_for_completion", cast.HEAD_OF_DEPARTMENT, reason=question)
        self.mails()
        self.pass_time(hours=1)
        answer = self.word(Text("The night team, from Monday."))
        self.act(number, "complete", cast.REQUESTER, comment=answer)
        self.mailbox_emptied()

    def the_holiday(self, number: str) -> None:
        """Midsummer does not count, but the days after it do."""
        self.heading(Text("5. Midsummer comes between, and nobody decides"))
        midsummer = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)
        self.now = midsummer
        self.sweep()
        self.expect(not self.escalated(number), "nothing is escalated on Midsummer's Day")
        self.say(Text("Saturday 20 June: closed. Nothing is escalated on a holiday."))
        self.now = datetime(2026, 6, 24, 14, 30, tzinfo=UTC)
        self.sweep()
        self.expect(self.escalated(number), "it is escalated when three working days have passed")
        self.say(Text("Wednesday 24 June: three working days have passed. The deputy may decide now."))
        self.mails()

    def two_in_the_same_second(self, number: str) -> None:
        """Two approve at once: one wins, the other is told who was first."""
        self.heading(Text("6. Two approve in the same second"))
        results: list[str] = []
        barrier = threading.Barrier(2)

        def press(who: str) -> None:
            database = Database(self.office.database.url)
            own = Office(
                database=database,
                organisation_id=self.office.organisation_id,
                policy=self.office.policy,
                base_url=self.office.base_url,
            )
            actor = self.actor(who)
            barrier.wait()
            try:
                cases.act(own, number, "approve", {}, actor, self.now)
                results.append("approved")
            except Conflict as conflict:
                results.append("conflict")
                self.say(Text("Too late: {what}", what=conflict.text))
            finally:
                database.dispose()

        threads = [threading.Thread(target=press, args=(who,)) for who in (cast.HEAD_OF_DEPARTMENT, cast.DEPUTY)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.expect(sorted(results) == ["approved", "conflict"], "one approves and one comes too late")
        self.expect(self.events(number).count("approve") == 1, "there is one approval on record")
        self.mails()

    def until_it_can_be_used(self, number: str) -> None:
        """Carried out and registered: only then can it be used."""
        self.heading(Text("7. Carried out and registered"))
        self.pass_time(hours=2)
        self.act(number, "execute", cast.ADMINISTRATOR, account_name="lsandberg")
        self.expect(self.grant_state() is None, "approved and executed is not yet usable")
        self.refused("separation", lambda: self.act(number, "register", cast.HEAD_OF_DEPARTMENT), also="no-mandate")
        self.act(number, "register", cast.TECHNICIAN, ticket_number="NX-10442")
        self.expect(self.grant_state() == "ACTIVE", "the access can be used")
        self.mails()

    def the_end(self, number: str) -> None:
        """The last day comes: warned ahead, ended after it, gone when somebody has removed it."""
        self.heading(Text("8. The last day comes"))
        for moment in (datetime(2026, 7, 2, 12, 0, tzinfo=UTC), datetime(2026, 7, 25, 12, 0, tzinfo=UTC)):
            self.now = moment
            self.sweep()
        warnings = [mail for mail in self.mailbox_emptied() if number in str(opened(mail)["Subject"])]
        self.expect(len(warnings) >= 4, "nurse and manager are told 30 and 7 days ahead")
        self.say(Text("The nurse and her manager were told 30 and 7 days ahead."))
        self.now = datetime(2026, 8, 1, 0, 5, tzinfo=UTC)
        self.sweep()
        self.expect(self.grant_state() == "REVOCATION_PENDING", "expired is not removed")
        self.say(Text("The time is out, but expired is not removed: the administrator gets a task."))
        with self.office.database.reading(self.office.organisation_id) as session:
            parent = session.exec(select(Case.id).where(Case.number == number)).one()
            ending = session.exec(select(Case.number).where(Case.parent_id == parent)).one()
        self.numbers.append(ending)
        self.now = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
        self.act(ending, "execute", cast.ADMINISTRATOR)
        self.act(ending, "register", cast.TECHNICIAN, ticket_number="NX-11907")
        self.expect(self.grant_state() == "EXPIRED", "the access is gone")
        self.mailbox_emptied()

    def what_happened(self) -> None:
        """A table of what happened, and whether the evidence is whole."""
        self.heading(Text("What happened"))
        table = Table(*(self.word(head) for head in HEADINGS))
        with self.office.database.reading(self.office.organisation_id) as session:
            people = {row.id: row.employee_number for row in session.exec(select(Person))}
            numbers = dict(session.exec(select(Case.id, Case.number)).all())
            events = session.exec(
                select(Event)
                .where(
                    col(Event.kind).not_like("message.%"),
                    col(Event.case_id).in_([key for key, value in numbers.items() if value in self.numbers]),
                )
                .order_by(col(Event.at), col(Event.position))
            ).all()
            for row in events:
                mandate = row.mandate or {}
                table.add_row(
                    clock(row.at),
                    numbers[row.case_id] if row.case_id else "",
                    self.word(EVENT_WORDS.get(row.kind, Text(row.kind))),
                    people.get(row.actor_id, "Behörig") if row.actor_id else "Behörig",
                    f"{mandate.get('basis', '')} {mandate.get('reference', '')}".strip(),
                )
            result = evidence.verify(session)
        self.console.print(table)
        self.expect(not result.breaks, "the evidence is whole")
        self.say(
            Text(
                "{events} events in {chains} chains: whole, nothing changed or missing.",
                events=result.events,
                chains=result.chains,
            )
        )

    # --- Telling ---------------------------------------------------------------------------------------------------

    def word(self, text: Text) -> str:
        """A sentence in the reader's language."""
        return text.say(self.language)

    def say(self, text: Text) -> None:
        """Tell one sentence."""
        self.console.print(self.word(text), markup=False, highlight=False, soft_wrap=True)

    def heading(self, text: Text) -> None:
        """Begin a scene."""
        self.console.print()
        self.console.rule(self.word(text), align="left")

    def expect(self, holds: bool, fact: str) -> None:
        """A fact of the story; the story stops when it does not hold."""
        if not holds:
            raise NotAsTold(fact)

    def told(self, number: str, state: str) -> None:
        """Say where a case stands."""
        self.say(Text("{number}: {state}", number=number, state=STATE_WORDS[state]))

    def mails(self) -> None:
        """Deliver what is due and show each mail's subject and first line."""
        for mail in map(opened, self.delivered()):
            body = mail.get_body(("plain",))
            text = body.get_content() if body is not None else ""
            first = next((line for line in text.splitlines() if line.strip()), "")
            shown = f"  ✉ {mail['To']}: {mail['Subject']}\n      {first}"
            self.console.print(shown, markup=False, highlight=False, soft_wrap=True)

    def mailbox_emptied(self) -> list[bytes]:
        """Deliver what is due without showing it."""
        mails = self.delivered()
        self.say(Text("  ({count} mails)", count=len(mails)))
        return mails

    def delivered(self) -> list[bytes]:
        """What a real SMTP delivery brings to the mailbox."""
        sender = "behorig@behorig.example"
        transport = SmtpTransport(host=HOST, port=self.mailbox.port, sender=sender, security="none")
        result = outbox.deliver(
            self.office.database,
            self.office.organisation_id,
            transport,
            sender=sender,
            now=self.now,
            limits=self.office.policy.mail,
        )
        mails = self.mailbox.taken()
        self.expect(result.sent == len(mails) and not result.failed, "every mail arrives")
        return mails

    def refused(self, code: str, attempt: Callable[[], object], also: str = "") -> None:
        """Try what must be refused, and show the reasons."""
        try:
            attempt()
        except Refused as refusal:
            codes = Counter(reason.code for reason in refusal.reasons)
            self.expect(code in codes or also in codes, f"refused for {code}, not for {', '.join(codes)}")
            for reason in refusal.reasons:
                self.say(Text("  Refused: {why}", why=reason.text))
            return
        raise NotAsTold(f"it is refused: {code}")

    # --- Doing -----------------------------------------------------------------------------------------------------

    def line(self, person: str, profile: str, ends_on: date) -> Line:
        """One line of an order in the care system."""
        return Line(
            employee_number=person,
            system=cast.CARE_SYSTEM,
            profile=profile,
            purpose=self.word(Text("Documents care in the night team.")),
            ends_on=ends_on,
        )

    def actor(self, number: str) -> Actor:
        """One of the story's people, at the keyboard."""
        with self.office.database.reading(self.office.organisation_id) as session:
            return actor_by_number(session, number, channel="demo")

    def act(self, number: str, event: str, by: str, **given: Any) -> None:
        """Somebody acts, and it is told."""
        outcome = cases.act(self.office, number, event, given, self.actor(by), self.now)
        self.say(
            Text(
                "{at} {number}: {event} by {who}. Now: {state}.",
                at=clock(self.now),
                number=number,
                event=EVENT_WORDS[event],
                who=by,
                state=STATE_WORDS[outcome.state],
            )
        )

    def pass_time(self, *, hours: int) -> None:
        """The clock moves."""
        self.now += timedelta(hours=hours)

    def sweep(self) -> None:
        """The sweeps run, as the scheduler would run them."""
        escalation.sweep_all(self.office, self.now)

    def events(self, number: str) -> list[str]:
        """What has happened in a case."""
        with self.office.database.reading(self.office.organisation_id) as session:
            case = session.exec(select(Case.id).where(Case.number == number)).one()
            return list(session.exec(select(Event.kind).where(Event.chain_id == case).order_by(col(Event.position))))

    def state(self, number: str) -> str:
        """Where a case stands."""
        with self.office.database.reading(self.office.organisation_id) as session:
            return case_by_number(session, number).state

    def escalated(self, number: str) -> bool:
        """Whether a case has been escalated."""
        return "escalate" in self.events(number)

    def grant_state(self) -> str | None:
        """How the nurse's access to the care system stands."""
        with self.office.database.reading(self.office.organisation_id) as session:
            nurse = session.exec(select(Person.id).where(Person.employee_number == cast.NURSE)).one()
            return session.exec(select(AccessGrant.state).where(AccessGrant.person_id == nurse)).first()


HEADINGS = (Text("When"), Text("Case"), Text("What"), Text("Who"), Text("Mandate"))
