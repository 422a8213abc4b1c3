"""The command ``behorig``: puts the commands together. What a command needs is imported when it is called."""

from __future__ import annotations

import atexit
import gc
from typing import Any, Final

import typer
from typer.core import TyperGroup

from commands.on_demand import Entry, OnDemand
from language import N_, _, chosen_language, speak

# What is imported is never garbage: looking for it there, again and again and once more at the end, is a fifth of a
# short command's time. What runs for long looks for garbage as Python does by itself: see commands.common.stay.
gc.set_threshold(400_000, 20, 20)
atexit.register(gc.freeze)
speak(chosen_language())

COMMANDS: Final = {
    "init": Entry("setting_up", "init", N_("Make the tables in the database.")),
    "upgrade": Entry("setting_up", "upgrade", N_("Bring the database to the newest schema.")),
    "load": Entry("setting_up", "load", N_("Read organisation, register, people and existing access from files.")),
    "demo-data": Entry("setting_up", "demo_data", N_("Write files of made-up people and systems.")),
    "request": Entry("requests", "request"),
    "order": Entry("requests", "order", N_("Order several things in one go, from a file.")),
    "inbox": Entry("requests", "inbox", N_("Show what waits for you.")),
    "case": Entry("requests", "case", N_("Show a case, with its history and what you may do.")),
    "act": Entry("requests", "act", N_("Take a case on: approve, reject, execute, register …")),
    "depart": Entry("departing", "depart", N_("Notice that somebody leaves.")),
    "move": Entry("departing", "move", N_("Notice that somebody gets other duties.")),
    "departure": Entry("departing", "departure", N_("Show a departure: what is gone, what is left, who is slow.")),
    "departures": Entry("departing", "departures", N_("Show the departures by last day; let go what the brake holds.")),
    "release": Entry("releasing", "release"),
    "releases": Entry("releasing", "releases", N_("Show the releases by planned date.")),
    "attach": Entry("releasing", "attach", N_("Make a file part of a case.")),
    "system": Entry("releasing", "system", N_("Show what has been in operation of a system, and its plans.")),
    "plan": Entry("releasing", "plan"),
    "grants": Entry("reading", "grants", N_("Show who holds what, now or on a day.")),
    "person": Entry("reading", "person", N_("Show a person's employments and access.")),
    "delegate": Entry("standing", "delegate"),
    "away": Entry("standing", "away", N_("Say that you are away, or back again.")),
    "acknowledge": Entry("standing", "acknowledge", N_("Acknowledge the undertaking of confidentiality.")),
    "workflow": Entry("reading", "workflow", N_("Show a workflow's policy as a table and a diagram.")),
    "sweep": Entry("running", "sweep", N_("Run every due sweep once.")),
    "scheduler": Entry("running", "scheduler", N_("Run the sweeps in the foreground.")),
    "serve": Entry("serving", "serve", N_("Serve the web pages, with the sweeps beside them.")),
    "outbox": Entry("running", "outbox"),
    "verify": Entry("running", "verify", N_("Check that the evidence is whole.")),
    "demo": Entry("demonstration", "demo", N_("Play a demonstration with made-up people.")),
}


class Behorig(TyperGroup):
    """All commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": OnDemand(COMMANDS)})


app = typer.Typer(name="behorig", cls=Behorig, no_args_is_help=True, pretty_exceptions_show_locals=False)


@app.callback(help=_("Who may get into which system, who decided it, and is it gone the day they leave?"))
def behorig() -> None:
    """What is said of them all."""


if __name__ == "__main__":
    app()
