"""A case as a page in a terminal."""

from __future__ import annotations

from typing import Any

import typer

from commands import common
from language import Text, _


def show(page: dict[str, Any], language: str) -> None:
    """Print a case as :func:`workflows.views.case_view` gives it."""
    from workflows.words import EVENT_WORDS, KIND_WORDS, PART_WORDS, STATE_WORDS

    heading = Text(
        "{number}: {kind}. It stands at: {state}, since {since}.",
        number=page["number"],
        kind=KIND_WORDS[page["kind"]],
        state=STATE_WORDS[page["state"]],
        since=common.clock(page["since"]),
    )
    typer.echo(heading.say(language))
    _show_steps(page, language)
    for waiting in page["waits_for"]:
        said = Text(
            "Waits for: {part}, by {due}. Who may: {people}",
            part=PART_WORDS[waiting["part"]],
            due=common.clock(waiting["due_at"]),
            people=", ".join(waiting["people"]) or Text("nobody; it is escalated"),
        )
        typer.echo(said.say(language))
    asked, decided = page["asked"], page["decided"] or {}
    rows = [
        (_("Profile"), asked["profile"], decided.get("profile")),
        (_("Allows"), asked["allows"], decided.get("allows")),
        (_("From"), asked["starts_on"], decided.get("starts_on")),
        (_("To"), asked["ends_on"] or "-", (decided.get("ends_on") or "-") if decided else None),
        (_("By"), page["requester"], decided.get("by")),
        (_("In place of"), None, decided.get("in_place_of")),
        (_("Mandate"), None, decided.get("mandate")),
        (_("Comment"), page["purpose"], decided.get("comment")),
    ]
    common.show_table(f"{page['person']} · {page['system']}", ("", _("Asked"), _("Decided")), rows)
    common.show_table(
        "",
        (_("When"), _("What"), _("Who"), _("To"), _("Comment")),
        [
            (
                common.clock(row["at"]),
                EVENT_WORDS.get(row["kind"], Text(row["kind"])).say(language),
                row["by"] + (f" ({row['in_place_of']})" if row["in_place_of"] else ""),
                STATE_WORDS[row["to"]].say(language) if row["to"] and row["to"] != row["from"] else "",
                row["comment"],
            )
            for row in page["events"]
        ],
    )
    common.show_table(
        "",
        (_("You may"), _("Needs"), _("Why not")),
        [(row["event"], ", ".join(row["needs"]), "; ".join(row["why_not"])) for row in page["options"]],
    )


def _show_steps(page: dict[str, Any], language: str) -> None:
    """The case as a line of steps; no meaning by colour alone."""
    from workflows.words import STATE_WORDS

    said = []
    for step in page["steps"]:
        sign = "◉" if step["current"] else "●" if step["since"] else "○"
        mark = f" ({_('escalated')})" if step["escalated"] else ""
        since = f" {common.clock(step['since'])}" if step["since"] else ""
        said.append(f"{sign} {STATE_WORDS[step['state']].say(language)}{since}{mark}")
    typer.echo("  →  ".join(said))
