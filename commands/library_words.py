"""What the command line's libraries say by themselves: marked here, so that the Swedish catalogue has it too.

They look their sentences up with the standard library's gettext; :func:`language.speak` points that at our catalogue.
"""

from __future__ import annotations

from typing import Final

from language import N_

SAID_BY_LIBRARIES: Final = (
    N_("Options"),
    N_("Arguments"),
    N_("Commands"),
    N_("Error"),
    N_("Aborted."),
    N_("Aborted!"),
    N_("Missing command."),
    N_("No such command {name!r}."),
    N_("Try [blue]'{command_path} {help_option}'[/] for help."),
    N_("[default: {}]"),
    N_("[env var: {}]"),
    N_("[required]"),
)
