"""Google as who signs the posts of Pub/Sub: its description, its keys, and tokens of a service account."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.servers.mail_http import Answer, MailHttp, Seen

ACCOUNT = "push@agency-mail.iam.gserviceaccount.com"
TOPIC = "projects/agency-mail/topics/relance"


def new_key(name: str) -> RSAKey:
    """A key with that ``kid``."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class Google:
    """Attributes:
    keys: that it publishes; the last one signs.
    """

    server: MailHttp
    keys: list[RSAKey] = field(default_factory=lambda: [new_key("one")])

    @property
    def asked_for_keys(self) -> int:
        return sum(each.path == "/certs" for each in self.server.seen)

    def token(self, audience: str, now: datetime, key: RSAKey | None = None, **claims: Any) -> str:
        """A token as Pub/Sub sends it; None in ``claims`` takes one away."""
        signer = key or self.keys[-1]
        said: dict[str, Any] = {
            "aud": audience,
            "azp": "113774264463038321964",
            "email": ACCOUNT,
            "email_verified": True,
            "exp": int((now + timedelta(hours=1)).timestamp()),
            "iat": int(now.timestamp()),
            "iss": self.server.url,
            "sub": "113774264463038321964",
        } | claims
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": signer.kid}, said, signer)

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/certs":
            return Answer(200, {"keys": [each.as_dict(private=False) for each in self.keys]})
        url = self.server.url
        return Answer(
            200,
            {
                "issuer": url,
                "authorization_endpoint": f"{url}/auth",
                "token_endpoint": f"{url}/token",
                "jwks_uri": f"{url}/certs",
                "id_token_signing_alg_values_supported": ["RS256"],
            },
        )


@asynccontextmanager
async def running_google() -> AsyncIterator[Google]:
    """On a port of its own."""
    server = MailHttp(lambda _seen: Answer(500))
    google = Google(server)
    server.good = google.answer
    await server.start()
    try:
        yield google
    finally:
        await server.stop()


def pushed(address: str, history: int = 9876543210) -> bytes:
    """What Pub/Sub posts when something came to a mailbox."""
    told = json.dumps({"emailAddress": address, "historyId": history}).encode()
    message = {
        "data": base64.b64encode(told).decode(),
        "messageId": "2070443601311540",
        "message_id": "2070443601311540",
        "publishTime": "2027-05-04T09:00:00.292Z",
    }
    return json.dumps({"message": message, "subscription": "projects/agency-mail/subscriptions/relance"}).encode()
