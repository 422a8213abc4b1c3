"""OpenID providers in processes of their own: one that others wrote, and a strict one that can be told to cheat."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import httpx2
import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

ROOT: Final = Path(__file__).parent.parent.parent
CLIENT, SECRET = "behorig", "a secret that both know"
PATIENCE: Final = 30


def strict(issuer: str) -> FastAPI:
    """A provider that insists on everything the standard lets it insist on: secret, address, PKCE, codes used once.

    Whoever logs in says so in the address: `login` and `email` are the claims, `mood` is how the provider cheats.
    """
    app = FastAPI()
    keys: list[Any] = [RSAKey.generate_key(2048, parameters={"kid": "first"}, private=True)]
    codes: dict[str, dict[str, str]] = {}

    @app.get("/.well-known/openid-configuration")
    def describe() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "end_session_endpoint": f"{issuer}/out",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            # It claims to sign in ways that nobody should trust.
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    @app.get("/keys")
    def published() -> dict[str, Any]:
        return dict(KeySet(keys).as_dict(private=False))

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("code_challenge_method") != "S256" or not asked.get("nonce") or not asked.get("state"):
            return JSONResponse({"error": "invalid_request"}, 400)
        if asked.get("mood") == "denied":
            said = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            codes[code] = asked
            said = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said)}", 303)

    @app.post("/token")
    def token(
        request: Request,
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
    ) -> Response:
        asked = codes.pop(code, None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        basic_quoted = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {basic}", f"Basic {basic_quoted}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, 400)
        signed = id_token(asked)
        return JSONResponse({"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": signed})

    def id_token(asked: dict[str, str]) -> str:
        mood, now = asked.get("mood", ""), int(time.time())
        claims: dict[str, Any] = {
            "iss": "https://another.example" if mood == "another issuer" else issuer,
            "aud": "another" if mood == "another audience" else CLIENT,
            "sub": "somebody",
            "iat": now - (3600 if mood == "expired" else 0),
            "exp": now + (-1800 if mood == "expired" else 300),
            "nonce": "another" if mood == "another nonce" else asked["nonce"],
            "employee_number": asked.get("login", ""),
            "email": asked.get("email", ""),
            "email_verified": mood != "unverified",
        }
        if mood == "no nonce":
            del claims["nonce"]
        if mood == "unsigned":
            return jwt.encode({"alg": "none"}, claims, OctKey.generate_key(), algorithms=["none"])
        if mood == "signed with the secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
        if mood == "signed by another":
            return jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048))
        if mood == "new key":
            keys.insert(0, RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(4)}, private=True))
        return jwt.encode({"alg": "RS256", "kid": keys[0].kid or ""}, claims, keys[0])

    @app.get("/out")
    def out() -> dict[str, str]:
        return {"said": "logged out"}

    return app


@contextmanager
def running(command: Sequence[str], address: str) -> Iterator[str]:
    """A provider's process, from when it answers until it is not needed any more."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        give_up = time.monotonic() + PATIENCE
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the provider did not begin: {process.stderr.read() if process.stderr else ''!r}")
            time.sleep(0.05)
        yield address
    finally:
        process.kill()
        process.communicate()


@contextmanager
def strict_provider() -> Iterator[str]:
    """The strict provider, in a process of its own; its address."""
    port = free_port()
    with running([sys.executable, "-m", "tests.web.provider", str(port)], f"http://127.0.0.1:{port}") as address:
        yield address


@contextmanager
def another_provider() -> Iterator[str]:
    """A provider that others wrote, in a process of its own; its address."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}") as address:
        yield address


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/.well-known/openid-configuration", timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False


if __name__ == "__main__":
    uvicorn.run(strict(f"http://127.0.0.1:{sys.argv[1]}"), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
