"""The login provider: OpenID Connect, the code flow with PKCE, by Authlib. It says who somebody is, and no more."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from language import Text
from settings import Settings
from workflows.errors import BehorigError

SECONDS: Final = 10.0
LEEWAY: Final = 120
"""Seconds that the provider's clock and ours may differ."""
# Signatures that only the provider can make: not none, and none that is made with the secret we have too.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
BACK: Final = "/login/provider/back"


class ProviderUnavailable(BehorigError):
    """The login provider does not answer as it should."""

    code = "provider-unavailable"


class ProviderRefused(BehorigError):
    """What came back from the login provider cannot be trusted, or is a no."""

    code = "provider-refused"


@dataclass(kw_only=True)
class Provider:
    """One provider. What it says of itself is read when it is first needed, its keys again when it has new ones."""

    settings: Settings
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, Any] = field(default_factory=dict)

    def way_there(self, state: str, nonce: str, verifier: str) -> str:
        """The address at the provider where somebody logs in."""
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._about("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def who(self, code: str, nonce: str, verifier: str, now: datetime) -> Mapping[str, Any]:
        """What the provider says of whoever came back with a code, once it is known to be true."""
        endpoint = self._about("token_endpoint")
        try:
            with self._client() as client:
                token = client.fetch_token(endpoint, code=code, code_verifier=verifier)
        except httpx.HTTPError as error:
            raise _unavailable(error) from None
        except AuthlibBaseError:
            raise ProviderRefused(NOT_TRUSTED) from None
        return self._claims(token, nonce, now)

    def way_out(self, back: str) -> str | None:
        """Where one is logged out at the provider as well; nowhere when it has no such place or does not answer."""
        try:
            endpoint = self._read().get("end_session_endpoint")
        except ProviderUnavailable:
            return None
        if not endpoint:
            return None
        said = {"client_id": self.settings.oidc_client_id, "post_logout_redirect_uri": back}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(said)}"

    # --- What it says of itself ---

    def _about(self, name: str) -> str:
        found = self._read().get(name)
        if not isinstance(found, str):
            raise ProviderUnavailable(NO_ANSWER)
        return found

    def _read(self) -> Mapping[str, Any]:
        if not self._metadata:
            issuer = str(self.settings.oidc_issuer)
            found = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != issuer:
                # Another's description, or a misspelt setting: either way nobody may come in by it.
                raise ProviderUnavailable(NO_ANSWER)
            self._metadata = found
        return self._metadata

    def _key_set(self, *, anew: bool) -> KeySet:
        if anew or not self._keys:
            self._keys = self._fetch(self._about("jwks_uri"))
        return KeySet.import_key_set(self._keys)  # type: ignore[arg-type]

    def _fetch(self, url: str) -> dict[str, Any]:
        try:
            answer = httpx.get(url, timeout=SECONDS, verify=self._trusted, follow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _unavailable(error) from None
        if not isinstance(found, dict):
            raise ProviderUnavailable(NO_ANSWER)
        return found

    # --- What it says of somebody ---

    def _claims(self, token: Mapping[str, Any], nonce: str, now: datetime) -> Mapping[str, Any]:
        options = {
            "iss": {"essential": True, "values": [self.settings.oidc_issuer]},
            "aud": {"essential": True, "values": [self.settings.oidc_client_id]},
        }
        params = {"nonce": nonce, "client_id": self.settings.oidc_client_id, "access_token": token.get("access_token")}
        try:
            signed = self._decoded(str(token.get("id_token", "")))
            claims = CodeIDToken(signed.claims, signed.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError):
            raise ProviderRefused(NOT_TRUSTED) from None
        return dict(claims)

    def _decoded(self, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._key_set(anew=False), algorithms=list(ALGORITHMS))
        except (InvalidKeyIdError, ValueError):
            # Signed with a key that it has made since we asked.
            return jwt.decode(id_token, self._key_set(anew=True), algorithms=list(ALGORITHMS))

    # --- How it is spoken to ---

    def _client(self) -> OAuth2Client:
        secret = self.settings.oidc_secret()
        ways = self._read().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        with_secret = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return OAuth2Client(
            client_id=self.settings.oidc_client_id,
            client_secret=secret,
            token_endpoint_auth_method=with_secret if secret else "none",
            scope=self.settings.oidc_scopes,
            redirect_uri=f"{self.settings.base_url}{BACK}",
            code_challenge_method="S256",
            timeout=SECONDS,
            verify=self._trusted,
        )

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        # Once: to read all the certificates that a system trusts takes longer than to ask the provider.
        return ssl.create_default_context(cafile=self.settings.oidc_ca_file)


NO_ANSWER: Final = Text("The login provider does not answer as it should. Try again in a while.")
NOT_TRUSTED: Final = Text("The login did not succeed. Begin again.")


def _unavailable(_error: Exception) -> ProviderUnavailable:
    return ProviderUnavailable(NO_ANSWER)
