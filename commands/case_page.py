"""A case as a page in a terminal."""

from __future__ import annotations

from typing import Any

import typer

from commands.fields import dashed, option_for
from commands.tables import joined, plain, show_table
from language import Text, _, clock


def show(page: dict[str, Any], language: str) -> None:
    """Print a case as :func:`workflows.views.case_view` gives it."""
    from workflows.words import KIND_WORDS, PART_WORDS, STATE_WORDS

    heading = Text(
        "{number}: {kind}. It stands at: {state}, since {since}.",
        number=page["number"],
        kind=KIND_WORDS[page["kind"]],
        state=STATE_WORDS[page["state"]],
        since=clock(page["since"]),
    )
    typer.echo(heading.say(language))
    _show_steps(page, language)
    for waiting in page["waits_for"]:
        said = Text(
            "Waits for: {part}, by {due}. Who may: {people}",
            part=PART_WORDS[waiting["part"]],
            due=clock(waiting["due_at"]),
            people=", ".join(waiting["people"]) or Text("nobody; it is escalated"),
        )
        typer.echo(said.say(language))
    asked, decided = page["asked"], page["decided"] or {}
    rows = [
        (_("Profile"), asked["profile"], decided.get("profile")),
        (_("Allows"), asked["allows"], decided.get("allows")),
        (_("Part of the system"), asked["scope"], decided.get("scope")),
        (_("From"), asked["starts_on"], decided.get("starts_on")),
        (_("To"), asked["ends_on"] or "-", (decided.get("ends_on") or "-") if decided else None),
        (_("By whom"), page["requester"], decided.get("by")),
        (_("In place of"), None, decided.get("in_place_of")),
        (_("Mandate"), None, _mandate(decided, language)),
        (_("Comment"), page["purpose"], decided.get("comment")),
    ]
    filled = [row for row in rows if row[1] or row[2]]
    show_table(f"{page['person']} · {page['system']}", ("", _("Asked"), _("Decided")), filled)
    _show_what_was_done(page, language)
    _show_history(page, language)


def _mandate(decided: dict[str, Any], language: str) -> str | None:
    """The mandate of a decision in words, with what it rests on."""
    from workflows.words import MANDATE_WORDS

    if not decided:
        return None
    basis = decided["basis"]
    said = MANDATE_WORDS[basis].say(language) if basis in MANDATE_WORDS else basis
    return f"{said} {decided['reference']}".strip()


def _show_what_was_done(page: dict[str, Any], language: str) -> None:
    """What stands on the case beside the decision, where there is anything."""
    done = (
        (_("Account in the system"), page["account_name"]),
        (_("Ticket"), page["ticket_number"]),
        (_("Obstacle"), page["obstacle"]),
        (_("Why it begins in the past"), page["retroactive_reason"]),
        (_("One person played two parts"), _("yes, as the policy allows") if page["separation_waived"] else ""),
    )
    for heading, what in done:
        if what:
            typer.echo(f"{heading}: {plain(what)}")


def show_departure(page: dict[str, Any], language: str) -> None:
    """Print a departure as :func:`workflows.departure_views.departure_view` gives it."""
    from workflows.words import KIND_WORDS, OUTCOME_WORDS, PART_WORDS, STATE_WORDS

    heading = Text(
        "{number}: {kind}, {person}. Last day {day}, over at {moment}. It stands at: {state}.",
        number=page["number"],
        kind=KIND_WORDS[page["kind"]],
        person=page["person"],
        day=page["last_day"],
        moment=clock(page["ends_at"]),
        state=STATE_WORDS[page["state"]],
    )
    typer.echo(heading.say(language))
    _show_steps(page, language)
    show_table(
        _("Access"),
        (
            _("Case"),
            _("System"),
            _("Profile"),
            _("State"),
            _("Decided"),
            _("Over"),
            _("Removed"),
            _("Deregistered"),
            _("Waits for"),
        ),
        [
            (
                row["number"],
                row["system"],
                row["profile"],
                STATE_WORDS[row["state"]].say(language),
                OUTCOME_WORDS[row["decided"]].say(language) if row["decided"] else "",
                clock(row["ends_at"]),
                clock(row["executed_at"]),
                clock(row["registered_at"]),
                "; ".join(_waits(waits, language) for waits in row["waits_for"]),
            )
            for row in page["access"]
        ],
    )
    say_what_stays(page, language)
    for waiting in page["waits_for"]:
        part = PART_WORDS[waiting["part"]].say(language)
        typer.echo(f"{part} {waiting['about']}: {_waits(waiting, language)}")
    if page["stands"]:
        typer.echo(_("Carried out before it was cancelled:"))
    for row in page["access"] if page["stands"] else ():
        if row["executed_at"]:
            again = Text("ordered again in {number}", number=row["ordered_again"])
            stands = again if row["ordered_again"] else Text("not ordered again")
            typer.echo(f"  {row['number']} {row['system']} · {row['profile']}: {stands.say(language)}")
    if page["may_order_again"]:
        said = Text("Order it again: behorig request again {number}", number=page["number"])
        typer.echo(said.say(language))
    _show_history(page, language)


def say_what_stays(page: dict[str, Any], language: str) -> None:
    """Print that somebody who leaves has another employment, or stays shut out though a notice is cancelled."""
    if numbers := ", ".join(page["other_employments"]):
        said = Text("They have another employment ({numbers}): what hangs on it stays.", numbers=numbers)
        typer.echo(said.say(language))
    if numbers := ", ".join(page["stay_shut_by"]):
        said = Text(
            "Their accounts stay shut, by {numbers}: as the register has it, they do not work here. "
            "If they do, have the register corrected.",
            numbers=numbers,
        )
        typer.echo(said.say(language))


def show_release(page: dict[str, Any], language: str) -> None:
    """Print a release as :func:`workflows.release_views.release_view` gives it."""
    from workflows.words import ATTACHMENT_WORDS, GATE_WORDS, KIND_WORDS, PART_WORDS, STATE_WORDS

    heading = Text(
        "{number}: {kind}, {system} {version}. It stands at: {state}, since {since}.",
        number=page["number"],
        kind=KIND_WORDS[page["kind"]],
        system=page["system"],
        version=page["release"],
        state=STATE_WORDS[page["state"]],
        since=clock(page["since"]),
    )
    typer.echo(heading.say(language))
    _show_steps(page, language)
    window = f"{clock(page['planned_from'])} – {clock(page['planned_until'])}" if page["planned_from"] else _("no date")
    typer.echo(f"{_('Planned')}: {window}")
    typer.echo(f"{_('What is new')}: {page['contents']}")
    show_table(
        "",
        (_("Needed"), _("There"), _("When"), _("By whom"), _("Note")),
        [
            (
                GATE_WORDS[row["gate"]].say(language),
                _("yes") if row["passed"] else _("no"),
                clock(row["at"]),
                row["by"],
                row["note"],
            )
            for row in page["gates"]
        ],
    )
    if page["findings"]:
        show_table(
            _("Findings"),
            (_("No."), _("What"), _("Stops it"), _("Resolved")),
            [
                (row["number"], row["what"], _("yes") if row["blocking"] else _("no"), row["resolution"])
                for row in page["findings"]
            ],
        )
    if page["attachments"]:
        show_table(
            _("Files"),
            (_("No."), _("What"), _("Name"), _("Bytes"), "SHA-256", _("By whom")),
            [
                (
                    row["number"],
                    ATTACHMENT_WORDS[row["kind"]].say(language),
                    row["name"],
                    row["size"],
                    row["sha256"],
                    row["by"],
                )
                for row in page["attachments"]
            ],
        )
    for waiting in page["waits_for"]:
        typer.echo(f"{PART_WORDS[waiting['part']].say(language)}: {_waits(waiting, language)}")
    _show_history(page, language)


def _waits(waiting: dict[str, Any], language: str) -> str:
    said = Text("{people}, by {due}", people=", ".join(waiting["people"]) or "-", due=clock(waiting["due_at"]))
    return said.say(language) + (f" ({_('overdue')})" if waiting["overdue"] else "")


def _show_history(page: dict[str, Any], language: str) -> None:
    """What happened, and what the reader may do."""
    from workflows.words import STATE_WORDS

    show_table(
        "",
        (_("When"), _("What"), _("Who"), _("New state"), _("Comment")),
        [
            (
                clock(row["at"]),
                _happened(row, language),
                row["by"] + (f" ({row['in_place_of']})" if row["in_place_of"] else ""),
                STATE_WORDS[row["to"]].say(language) if row["to"] and row["to"] != row["from"] else "",
                row["comment"],
            )
            for row in page["events"]
        ],
    )
    may = [row for row in page["options"] if row["allowed"]]
    may_not = [row for row in page["options"] if not row["allowed"]]
    if may:
        show_table("", (_("You may"), _("Say also")), [(dashed(row["event"]), _asked_for(row)) for row in may])
    if may_not:
        rows = [(dashed(row["event"]), " ".join(row["why_not"])) for row in may_not]
        show_table("", (_("You may not"), _("Why not")), rows)


def _happened(row: dict[str, Any], language: str) -> str:
    from workflows.words import event_words

    said = event_words(row["kind"]).say(language)
    return f"{said}: {dashed(row['refused']['event'])}" if row["refused"] else said


def _asked_for(option: dict[str, Any]) -> str:
    """The options that an action needs, and in brackets those it takes."""
    needs = [option_for(field) for field in option["needs"]]
    takes = [option_for(field) for field in option["may_say"]]
    return " ".join(dict.fromkeys([*needs, *(f"[{name}]" for name in takes if name not in needs)]))


def _show_steps(page: dict[str, Any], language: str) -> None:
    """The case as a line of steps; no meaning by colour alone."""
    from workflows.words import STATE_WORDS

    said = []
    for step in page["steps"]:
        sign = "◉" if step["current"] else "●" if step["since"] else "○"
        mark = f" ({_('escalated')})" if step["escalated"] else ""
        since = f" {clock(step['since'])}" if step["since"] else ""
        said.append(f"{sign} {STATE_WORDS[step['state']].say(language)}{since}{mark}")
    for line in joined(said, "  →  "):
        typer.echo(line)


PAGES = {"authorisation": show, "departure": show_departure, "release": show_release}
"""How each workflow's case is printed."""
