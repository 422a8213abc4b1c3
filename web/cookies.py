"""What the browser keeps for us: secrets it cannot read itself, under names that no neighbour can set."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from language import LANGUAGES, Text

SESSION: Final = "behorig"
GUEST: Final = "behorig-guest"
SAID: Final = "behorig-said"
LANGUAGE: Final = "behorig-language"
A_YEAR: Final = 365 * 24 * 3600
A_MINUTE: Final = 60
# More than a sentence with its values needs; a cookie that grows would be dropped by the browser.
LONGEST_SAID: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Cookies:
    """The cookies of one installation. With https they are of this host alone, whatever its neighbours do."""

    secure: bool

    def name(self, name: str) -> str:
        """What a cookie is called in the browser."""
        return f"__Host-{name}" if self.secure else name

    def get(self, request: Request, name: str) -> str:
        """What a cookie holds; nothing when there is none."""
        return request.cookies.get(self.name(name), "")

    def put(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """Let the browser keep something: until it is closed, unless a time is given."""
        response.set_cookie(
            self.name(name), value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, name: str) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.name(name), path="/", secure=self.secure, httponly=True, samesite="lax")

    def secrets(self, request: Request) -> tuple[str, ...]:
        """What only this browser knows: its session, and what it was given as a guest, which outlasts sessions."""
        return tuple(filter(None, (self.get(request, SESSION), self.get(request, GUEST))))

    def language(self, request: Request, otherwise: str) -> str:
        """The language a guest chose."""
        chosen = self.get(request, LANGUAGE)
        return chosen if chosen in LANGUAGES else otherwise


def new_secret() -> str:
    """256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


def sum_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256, from which it cannot be had back."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- The mark of a form: only a page of ours, in this browser, can carry it ------------------------------------------


def form_mark(secret: str) -> str:
    """A mark bound to a browser's secret; another one each time, so that its length under compression tells nothing."""
    mask = secrets.token_bytes(32)
    return base64.urlsafe_b64encode(mask + _masked(_mark(secret), mask)).decode()


def is_form_mark(mark: str, secrets: Iterable[str]) -> bool:
    """Whether a mark is of one of this browser's secrets."""
    try:
        raw = base64.urlsafe_b64decode(mark.encode())
    except ValueError:
        return False
    found = _masked(raw[32:], raw[:32])
    return any(hmac.compare_digest(found, _mark(secret)) for secret in secrets if secret)


def _mark(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"form", hashlib.sha256).digest()


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(value, mask, strict=False))


# --- What is said on the next page ----------------------------------------------------------------------------------


def packed(said: Text) -> str:
    """A sentence as a cookie carries it to the next page; it is said there, in the language of the reader."""
    return base64.urlsafe_b64encode(json.dumps(_plain(said)).encode()).decode()[:LONGEST_SAID]


def unpacked(value: str) -> Text | None:
    """The sentence in a cookie; nothing when it holds none."""
    try:
        return _text(json.loads(base64.urlsafe_b64decode(value.encode())))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _plain(said: Text) -> dict[str, Any]:
    values = {name: _plain(value) if isinstance(value, Text) else str(value) for name, value in said.values.items()}
    return {"message": said.message, "values": values}


def _text(plain: Mapping[str, Any]) -> Text:
    values = {name: _text(value) if isinstance(value, dict) else str(value) for name, value in plain["values"].items()}
    return Text(plain["message"], **values)
