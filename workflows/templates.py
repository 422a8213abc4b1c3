"""How a message is laid out, as plain text and as HTML. Nothing in it is fetched from anywhere when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import fill
from typing import Final

from language import Text

Fact = tuple[Text, Text | str]

# Lines of text in mail are folded here, so that they read well in a narrow window.
WIDTH: Final = 76
LABEL_WIDTH: Final = 14

BODY: Final = "margin:0;padding:24px;background:#ffffff;color:#1a1a1a;font:16px/1.5 Arial,Helvetica,sans-serif"
LABEL: Final = "padding:2px 16px 2px 0;text-align:left;vertical-align:top;font-weight:normal;color:#4a4a4a"
VALUE: Final = "padding:2px 0;vertical-align:top"
QUOTE: Final = "margin:4px 0 16px 0;padding:4px 0 4px 12px;border-left:4px solid #767676"
LIST: Final = "margin:4px 0 16px 0;padding:0 0 0 20px"
BUTTON: Final = (
    "display:inline-block;padding:10px 18px;background:#0b4f8a;color:#ffffff;text-decoration:none;border-radius:4px"
)
FOOT: Final = "margin:24px 0 0 0;color:#4a4a4a;font-size:14px"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Some lines under a heading: what belongs together of a list that a message gives whole."""

    heading: Text
    lines: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A message before it is laid out. What people wrote themselves stands in `quotes` and `facts` only."""

    number: str
    paragraphs: Sequence[Text]
    quotes: Sequence[tuple[Text, str]]
    facts: Sequence[Fact]
    link: str
    lists: Sequence[Listed] = ()
    action: Text | None = None
    """What the link does, in a message that is about no case."""


FOOTER: Final = Text("This message was sent by Behörig. Replies to it are not read; answer in the case.")
FOOTER_WITHOUT_CASE: Final = Text("This message was sent by Behörig. Replies to it are not read.")


def as_text(page: Page, language: str) -> str:
    """The message as plain text. Quoted words are marked line by line, so that they cannot pass for ours."""
    parts = [fill(paragraph.say(language), WIDTH, break_long_words=False) for paragraph in page.paragraphs]
    for label, words in page.quotes:
        quoted = "\n".join(f"> {line}" for line in words.splitlines())
        parts.append(f"{label.say(language)}:\n{quoted}")
    if page.facts:
        parts.append("\n".join(_line(label.say(language), _said(value, language)) for label, value in page.facts))
    for listed in page.lists:
        lines = "\n".join(f"- {line.say(language)}" for line in listed.lines)
        parts.append(f"{listed.heading.say(language)}:\n{lines}")
    parts.append(f"{(page.action or Text('Open the case')).say(language)}:\n{page.link}")
    parts.append(f"-- \n{_footer(page).say(language)}")
    return "\n\n".join(parts) + "\n"


def as_html(page: Page, language: str) -> str:
    """The message as HTML, everything in it escaped."""
    parts = [f"<p>{escape(paragraph.say(language))}</p>" for paragraph in page.paragraphs]
    for label, words in page.quotes:
        quoted = "<br>".join(escape(line) for line in words.splitlines())
        parts.append(f'<p style="margin:0">{escape(label.say(language))}:</p>')
        parts.append(f'<blockquote style="{QUOTE}">{quoted}</blockquote>')
    rows = "\n".join(
        f'<tr><th scope="row" style="{LABEL}">{escape(label.say(language))}</th>'
        f'<td style="{VALUE}">{escape(_said(value, language))}</td></tr>'
        for label, value in page.facts
    )
    if rows:
        parts.append(f'<table style="border-collapse:collapse;margin:16px 0">\n{rows}\n</table>')
    for listed in page.lists:
        items = "".join(f"<li>{escape(line.say(language))}</li>" for line in listed.lines)
        parts.append(f'<p style="margin:0">{escape(listed.heading.say(language))}:</p>')
        parts.append(f'<ul style="{LIST}">{items}</ul>')
    button = (page.action or Text("Open the case {number}", number=page.number)).say(language)
    parts.append(f'<p><a href="{escape(page.link)}" style="{BUTTON}">{escape(button)}</a></p>')
    parts.append(f'<p style="{FOOT}">{escape(_footer(page).say(language))}</p>')
    content = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8"><title>{escape(page.number)}</title>'
        f'</head>\n<body style="{BODY}">\n{content}\n</body>\n</html>\n'
    )


def _footer(page: Page) -> Text:
    return FOOTER_WITHOUT_CASE if page.action else FOOTER


def _line(label: str, value: str) -> str:
    return f"{label + ':':<{LABEL_WIDTH}} " + " ".join(value.split())


def _said(value: Text | str, language: str) -> str:
    return value.say(language) if isinstance(value, Text) else value
