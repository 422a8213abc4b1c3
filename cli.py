"""The command ``behorig``: puts the commands together. Heavy imports wait until a command needs them."""

from __future__ import annotations

import atexit
import gc

import typer

from commands import (
    demonstration,
    departing,
    reading,
    releasing,
    requests,
    running,
    serving,
    setting_up,
    standing,
)
from language import _, chosen_language, speak

# What is imported is never garbage: looking for it there, again and again and once more at the end, is a fifth of a
# short command's time. What runs for long looks for garbage as Python does by itself: see commands.common.stay.
gc.set_threshold(400_000, 20, 20)
atexit.register(gc.freeze)
speak(chosen_language())

app = typer.Typer(
    name="behorig",
    help=_("Who may get into which system, who decided it, and is it gone the day they leave?"),
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

app.command("init", help=_("Make the tables in the database."))(setting_up.init)
app.command("upgrade", help=_("Bring the database to the newest schema."))(setting_up.upgrade)
app.command("load", help=_("Read organisation, register, people and existing access from files."))(setting_up.load)
app.command("demo-data", help=_("Write files of made-up people and systems."))(setting_up.demo_data)
app.add_typer(requests.request, name="request")
app.command("order", help=_("Order several things in one go, from a file."))(requests.order)
app.command("inbox", help=_("Show what waits for you."))(requests.inbox)
app.command("case", help=_("Show a case, with its history and what you may do."))(requests.case)
app.command("act", help=_("Take a case on: approve, reject, execute, register …"))(requests.act)
app.command("depart", help=_("Notice that somebody leaves."))(departing.depart)
app.command("move", help=_("Notice that somebody gets other duties."))(departing.move)
app.command("departure", help=_("Show a departure: what is gone, what is left, who is slow."))(departing.departure)
app.command("departures", help=_("Show the departures by last day; let go what the brake holds."))(departing.departures)
app.add_typer(releasing.release, name="release")
app.command("releases", help=_("Show the releases by planned date."))(releasing.releases)
app.command("attach", help=_("Make a file part of a case."))(releasing.attach)
app.command("system", help=_("Show what has been in operation of a system, and its plans."))(releasing.system)
app.add_typer(releasing.plan, name="plan")
app.command("grants", help=_("Show who holds what, now or on a day."))(reading.grants)
app.command("person", help=_("Show a person's employments and access."))(reading.person)
app.add_typer(standing.delegate, name="delegate")
app.command("away", help=_("Say that you are away, or back again."))(standing.away)
app.command("acknowledge", help=_("Acknowledge the undertaking of confidentiality."))(standing.acknowledge)
app.command("workflow", help=_("Show a workflow's policy as a table and a diagram."))(reading.workflow)
app.command("sweep", help=_("Run every due sweep once."))(running.sweep)
app.command("scheduler", help=_("Run the sweeps in the foreground."))(running.scheduler)
app.command("serve", help=_("Serve the web pages, with the sweeps beside them."))(serving.serve)
app.add_typer(running.outbox, name="outbox")
app.command("verify", help=_("Check that the evidence is whole."))(running.verify)
app.command("demo", help=_("Play a demonstration with made-up people."))(demonstration.demo)

if __name__ == "__main__":
    app()
