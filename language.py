"""Words for people: every sentence a user reads is a :class:`Text`, said in Swedish or English.

The source text is English and is the key of the gettext catalogue; Swedish is what people get unless they
chose English. A text carries its values until it is said, so that one refusal can be shown to its receiver in
their language and be kept in the record in both.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SWEDISH = "sv"
ENGLISH = "en"
LANGUAGES = (SWEDISH, ENGLISH)
DOMAIN = "behorig"
CATALOGUES = Path(__file__).parent / "locale"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The compiled catalogue of a language; English is the source and needs none."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, CATALOGUES, languages=[language])


@dataclass(frozen=True)
class Text:
    """A sentence with named values, not yet said in any language.

    ``Text("The profile {profile} is withdrawn.", profile="Read")``. A value may itself be a Text; it is then
    said in the same language.
    """

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __init__(self, message: str, /, **values: Any) -> None:
        object.__setattr__(self, "message", message)
        object.__setattr__(self, "values", values)

    def say(self, language: str) -> str:
        """The sentence in `language` (``sv`` or ``en``), with its values in place."""
        said = {name: value.say(language) if isinstance(value, Text) else value for name, value in self.values.items()}
        sentence = catalogue(language).gettext(self.message) if self.message else ""
        return sentence.format_map(said) if said else sentence

    def __hash__(self) -> int:
        return hash(self.message)


def clock(at: datetime | None) -> str:
    """A moment as a Swedish clock and calendar show it, alike in both languages; nothing when there is none."""
    return at.astimezone(ZoneInfo("Europe/Stockholm")).strftime("%Y-%m-%d %H:%M") if at else ""


def chosen_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language of this terminal: ``BEHORIG_LANGUAGE``, else Swedish."""
    wanted = environment.get("BEHORIG_LANGUAGE", SWEDISH).lower()[:2]
    return wanted if wanted in LANGUAGES else SWEDISH


def _(message: str) -> str:
    """A fixed sentence in this terminal's language; for help texts and headings, which are said at import."""
    return Text(message).say(chosen_language())


def N_(message: str) -> str:  # noqa: N802 - the name that catalogues are made from, everywhere
    """A sentence that is marked here and said elsewhere."""
    return message


def speak(language: str) -> None:
    """Let libraries that use the standard library's gettext find their sentences in our catalogue."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, CATALOGUES)
    gettext.textdomain(DOMAIN)
