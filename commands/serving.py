"""The command that serves the web interface, of the installation or of a demonstration made for it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from commands import common
from language import Text, _, chosen_language

if TYPE_CHECKING:
    import uvicorn

    from settings import Settings
    from web.site import SiteApp
    from workflows.office import Office

PATIENCE = 30
"""Seconds that requests under way are waited for at the end."""
KEPT = 75
"""Seconds that a connection is kept for the next click: longer than proxies keep theirs, so that none is closed just
when they send something."""


@common.command
def serve(
    host: Annotated[str, typer.Option(help=_("The address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_("The port to listen on."))] = 8000,
    no_scheduler: Annotated[
        bool, typer.Option("--no-scheduler", help=_("Only the web: the sweeps run in a process of their own."))
    ] = False,
    demonstration: Annotated[
        Path | None, typer.Option(help=_("Serve made-up data instead, written into this folder, which is made anew."))
    ] = None,
) -> None:
    """Serve the web pages and run the sweeps, until told to stop; requests under way are answered first."""
    import uvicorn

    import scheduler as clock
    from web.app import create_app
    from web.observing import log_as_json

    given = common.settings()
    if "base_url" not in given.model_fields_set or demonstration is not None:
        given = given.model_copy(update={"base_url": f"http://{_name_of(host)}:{port}"})
    _refuse_open_air(given)
    of = _demonstration(given, demonstration) if demonstration else common.office()
    listener = _listen(host, port)
    told_to_stop = clock.hold_signals()
    log_as_json()
    transport = None if demonstration is not None else common.mail(given)
    with ExitStack() as beside:
        if no_scheduler:
            app = create_app(of, given)
        else:
            app = create_app(of, given, hurry=beside.enter_context(clock.ticking([of], transport)))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                forwarded_allow_ips=given.proxies,
                timeout_graceful_shutdown=PATIENCE,
                timeout_keep_alive=KEPT,
            )
        )
        _settle(app)
        serving = threading.Thread(target=_run, args=(server, listener), name="web")
        serving.start()
        typer.echo(Text("Open {address}", address=given.base_url).say(chosen_language()))
        if demonstration is not None:
            typer.echo(_("Choose there whom to act as; the head of department and the HR officer have most to do."))
        told_to_stop()
        server.should_exit = True
        serving.join()
    of.database.dispose()


def _settle(app: SiteApp) -> None:
    """Have all that lasts as long as the process in its place: the first who came waited for each page's template."""
    templates = app.site.templates
    for name in templates.list_templates():
        templates.get_template(name)
    common.stay()


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        server.run(sockets=[listener])
    finally:
        # If it fell by itself the process must not go on without it.
        os.kill(os.getpid(), signal.SIGTERM)


def _listen(host: str, port: int) -> socket.socket:
    """The socket that is listened on; a port that is taken is told of in one line."""
    from workflows.errors import BadInput, Reason

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        said = Text(
            "It is not possible to listen on {host}, port {port}: {why}", host=host, port=port, why=error.strerror
        )
        raise BadInput([Reason("listen", said)]) from None


def _name_of(host: str) -> str:
    """What a listening address is called in the browser of this machine."""
    return "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound


def _refuse_open_air(given: Settings) -> None:
    """Sessions do not travel in the clear: without https the site is for this machine alone."""
    from settings import LOCAL
    from workflows.errors import BadInput, Reason

    address = urlsplit(given.base_url)
    if address.path:
        said = Text(
            "BEHORIG_BASE_URL has a path; the site needs a name of its own, such as https://behorig.kommun.example."
        )
        raise BadInput([Reason("base-url", said)])
    if address.scheme != "https" and address.hostname not in LOCAL:
        said = Text(
            "BEHORIG_BASE_URL must begin with https://, except on one's own machine: a login must not be overheard."
        )
        raise BadInput([Reason("base-url", said)])


def _demonstration(given: Settings, folder: Path) -> Office:
    """A made-up municipality in a fresh folder, in the middle of its work."""
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.progress import Progress

    from demo.municipality import at_work
    from workflows.policy import load_policy

    shutil.rmtree(folder, ignore_errors=True)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(_("People do their work"))
        return at_work(
            f"sqlite:///{folder.resolve() / 'behorig.db'}",
            folder,
            load_policy(given.policy_file),
            datetime.now(UTC),
            base_url=given.base_url,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
