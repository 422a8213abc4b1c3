"""Commands that only read: grants, person, workflow."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from commands import common
from commands.common import As, Json, Now
from commands.tables import show_table
from language import Text, _, chosen_language


@common.command
def grants(
    person: Annotated[str | None, typer.Option(help=_("Whose: an employee number."))] = None,
    system: Annotated[str | None, typer.Option(help=_("In which system: its key."))] = None,
    at: Annotated[str | None, typer.Option(help=_("As it was on a day."))] = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Show who holds what, now or on a day."""
    from workflows import views

    of = common.office()
    who = common.actor(of, as_)
    with of.database.reading(of.organisation_id) as session:
        rows = views.held(session, who, common.moment(of, now), person=person, system=system, at=common.day(at))
    if as_json:
        common.show_json({"grants": rows})
        return
    _show_grants(rows)


def _show_grants(rows: list[dict[str, Any]]) -> None:
    from workflows.words import GRANT_STATE_WORDS

    if not rows:
        typer.echo(_("No access."))
        return
    language = chosen_language()
    show_table(
        "",
        (_("Number"), _("Person"), _("System"), _("Profile"), _("State"), _("From"), _("To")),
        [
            (
                row["employee_number"],
                row["person"],
                row["system"],
                row["profile"],
                GRANT_STATE_WORDS[row["state"]].say(language),
                row["starts_on"],
                row["ends_on"],
            )
            for row in rows
        ],
    )


@common.command
def person(
    number: Annotated[str, typer.Argument(help=_("An employee number."))],
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Show a person's employments and access."""
    from workflows import views
    from workflows.words import EMPLOYMENT_WORDS

    of = common.office()
    who = common.actor(of, as_)
    with of.database.reading(of.organisation_id) as session:
        page = views.person_view(session, number, who, common.moment(of, now))
    if as_json:
        common.show_json(page)
        return
    typer.echo(f"{page['employee_number']} {page['name']}")
    show_table(
        "",
        (_("Employment"), _("Kind"), _("From"), _("To")),
        [
            (row["number"], EMPLOYMENT_WORDS[row["kind"]].say(chosen_language()), row["starts_on"], row["ends_on"])
            for row in page["employments"]
        ],
    )
    _show_grants(page["grants"])


@common.command
def workflow(
    name: Annotated[str, typer.Argument(help=_("The workflow, such as authorisation."))] = "authorisation",
    diagram: Annotated[bool, typer.Option("--diagram", help=_("Only the Mermaid diagram."))] = False,
    as_json: Json = False,
) -> None:
    """Show a workflow's policy as a table and as a diagram."""
    from workflows import diagrams
    from workflows.cases import WORKFLOWS
    from workflows.errors import NotFound

    if name not in WORKFLOWS:
        known = ", ".join(WORKFLOWS)
        raise NotFound(Text("There is no workflow {name}; there are: {known}.", name=name, known=known))
    found = WORKFLOWS[name]
    if as_json:
        common.show_json({"name": found.name, "rules": list(diagrams.rows(found))})
    elif diagram:
        typer.echo(diagrams.mermaid(found))
    else:
        typer.echo(diagrams.markdown(found))
