"""An identity provider on a real port, which can be made to answer wrongly."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import httpx
from joserfc import jwt

with warnings.catch_warnings(record=True):
    # It signs in the older of the two ways of Authlib, which says so however it is asked not to.
    import oidc_provider_mock
    from oidc_provider_mock._storage import Storage, User
    from werkzeug.serving import WSGIRequestHandler, make_server

SETTINGS: dict[str, Any] = {"oidc_client_id": "relance", "oidc_client_secret": "s3cret", "oidc_name": "Agency login"}


@dataclass
class Provider:
    """The provider of a test.

    Attributes:
        change: changes the claims of the next ID tokens.
        asked: what the token endpoint was sent.
    """

    issuer: str
    change: Callable[[dict[str, Any]], None] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    async def log_in(self, address: str, subject: str) -> httpx.URL:
        """Signs somebody in there; where the browser is sent back to."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
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
    def ask() -> None:
        import flask

        if flask.request.path == "/oauth2/token":
            found[0].asked.append(dict(flask.request.form))

    @app.after_request  # type: ignore[untyped-decorator, unused-ignore]
    def change(answer: Any) -> Any:
        import flask

        provider = found[0]
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
