"""An identity provider on a real port, which can be made to answer wrongly."""

from __future__ import annotations

import json
import secrets
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import httpx
from joserfc import jwt

from tests.support.waiting import PATIENCE

with warnings.catch_warnings(record=True):
    # It signs in the older of the two ways of Authlib, which says so however it is asked not to.
    import oidc_provider_mock
    from oidc_provider_mock._storage import RefreshToken, Storage, User
    from werkzeug.serving import WSGIRequestHandler, make_server

SETTINGS: dict[str, Any] = {"oidc_client_id": "relance", "oidc_client_secret": "s3cret", "oidc_name": "Agency login"}


@dataclass
class Provider:
    """The provider of a test.

    Attributes:
        change: changes the claims of the next ID tokens.
        asked: what the token endpoint was sent.
        scope: what the next answers of the token endpoint say was granted; None: nothing; empty: as the provider does.
        gives_refresh: False: answers hold no refresh token.
        rotates: a refresh token is good once, and its answer holds the next one.
        refuses: status and error of all answers of the token endpoint; None: it answers.
        tokens: of all who signed in.
        gate: the token endpoint answers once it is set; None: at once.
    """

    issuer: str
    change: Callable[[dict[str, Any]], None] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    scope: str | None = ""
    gives_refresh: bool = True
    rotates: bool = False
    refuses: tuple[int, str] | None = None
    tokens: Storage = field(default_factory=Storage)
    gate: Event | None = None

    @property
    def refreshed(self) -> int:
        """How often somebody asked for another access token."""
        return sum(form["grant_type"] == "refresh_token" for form in self.asked)

    def revoke(self) -> None:
        """The accounts take the access back."""
        self.expire()
        for token in self.tokens.refresh_tokens():
            self.tokens.remove_refresh_token(token.token)

    def expire(self) -> None:
        """No access token is good any longer; refresh tokens are."""
        for token in self.tokens.access_tokens():
            self.tokens.remove_access_token(token.token)

    async def log_in(self, address: str, subject: str) -> httpx.URL:
        """Signs somebody in there; where the browser is sent back to."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as browser:
            answer = await browser.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return httpx.URL(answer.headers["location"])


class _Quiet(WSGIRequestHandler):
    # Else a thread waits for more on each connection when the test is over.
    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing."""


def account(subject: str, email: str, **claims: Any) -> User:
    """An account there."""
    return User(sub=subject, claims={"email": email, "email_verified": True, **claims})


@contextmanager
def running_provider(*accounts: User) -> Iterator[Provider]:
    """Runs one."""
    app = oidc_provider_mock.app(user_claims=accounts)
    found: list[Provider] = []

    @app.before_request  # type: ignore[untyped-decorator, unused-ignore]
    def ask() -> Any:
        import flask

        found[0].tokens = flask.g.oidc_provider_mock_storage
        if flask.request.path == "/oauth2/token":
            found[0].asked.append(dict(flask.request.form))
            if found[0].gate is not None:
                found[0].gate.wait(30)
            if found[0].refuses is not None:
                status, error = found[0].refuses
                return flask.make_response({"error": error, "error_description": "no"}, status)
        return None

    @app.after_request  # type: ignore[untyped-decorator, unused-ignore]
    def change(answer: Any) -> Any:
        import flask

        provider = found[0]
        if flask.request.path == "/oauth2/token" and answer.status_code == 200:
            _as_mail_providers_do(provider, answer, dict(flask.request.form))
        if flask.request.path == "/oauth2/token" and answer.status_code == 200 and provider.change is not None:
            body = json.loads(answer.get_data())
            storage: Storage = flask.g.oidc_provider_mock_storage
            from joserfc.jwk import import_key

            key = import_key(storage.jwk.as_dict(is_private=True))
            token = jwt.decode(body["id_token"], key)
            claims = dict(token.claims)
            provider.change(claims)
            body["id_token"] = jwt.encode({"alg": "RS256", "kid": key.kid or ""}, claims, key)
            answer.set_data(json.dumps(body))
        return answer

    @app.get("/introspect")  # type: ignore[untyped-decorator, unused-ignore]
    def introspect() -> Any:
        """Whose a token is, as mail servers ask (RFC 7662)."""
        import flask

        said = flask.request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = found[0].tokens.get_access_token(said)
        user = found[0].tokens.get_user(token.user_id) if token is not None else None
        return flask.jsonify({"active": True, "email": user.claims["email"]} if user else {"active": False})

    server = make_server("localhost", 0, app, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        found.append(Provider(f"http://localhost:{server.server_port}"))
        yield found[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _as_mail_providers_do(provider: Provider, answer: Any, form: dict[str, str]) -> None:
    body = json.loads(answer.get_data())
    if provider.scope is None:
        body.pop("scope", None)
    elif provider.scope:
        body["scope"] = provider.scope
    if not provider.gives_refresh:
        body.pop("refresh_token", None)
    if provider.rotates and form["grant_type"] == "refresh_token":
        old = provider.tokens.remove_refresh_token(form["refresh_token"])
        assert old is not None
        body["refresh_token"] = secrets.token_urlsafe(24)
        fields = {"token": body["refresh_token"], "access_token": body["access_token"], "client_id": old.client_id}
        more = {"user_id": old.user_id, "scope": old.scope, "expires_at": old.expires_at}
        provider.tokens.store_refresh_token(RefreshToken(**fields, **more))
    answer.set_data(json.dumps(body))
