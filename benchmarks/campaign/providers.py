"""Mailgun and Gmail with its tokens, standing in: what they take lies in a folder, and they fail as they are told."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from adapters.loop_server import LoopServer
from benchmarks.campaign.recruiters import MIA, SAM
from starter.local.mail_capture import MailCapture

Note = Callable[[dict[str, Any]], None]
DOMAIN: Final = "mg.agency.example"
_HOUR: Final = 3600


@dataclass(frozen=True)
class ProviderFault:
    """What a provider does wrong with each mail that it is asked to send.

    Attributes:
        status: its answer; 0: the connection ends without one.
        takes: the mail is taken all the same.
        hangs: seconds that pass before that.
        wait: its ``Retry-After``.
    """

    status: int = 0
    takes: bool = False
    hangs: float = 0.0
    wait: str = ""


class Providers:
    """Both of them on one port.

    Attributes:
        met: requests that a fault met.
        key: the key of Mailgun.
        fault: by the kind of the transport, what goes wrong now.
        revoked: nobody gets a token for what was granted so far.
    """

    def __init__(self, folder: Path, note: Note = lambda _: None) -> None:
        self.boxes = {each.transport: MailCapture(folder / each.box) for each in (MIA, SAM)}
        self.key = secrets.token_hex(16)
        self.met = 0
        self.fault: dict[str, ProviderFault] = {}
        self.revoked = False
        self._note = note
        self._tokens: set[str] = set()
        self._grants: set[str] = set()
        self._sent: set[str] = set()
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.post("/v3/{domain}/messages.mime")(self._mailgun)
        app.post("/gmail/v1/users/me/messages/send")(self._gmail)
        app.get("/gmail/v1/users/me/messages")(self._search)
        app.get("/.well-known/openid-configuration")(self._about)
        app.post("/token")(self._token)
        self._server = LoopServer(app, "127.0.0.1", 0)

    @property
    def url(self) -> str:
        """Of both, and of the issuer of tokens."""
        return f"http://127.0.0.1:{self._server.port}"

    async def start(self) -> None:
        """Listens."""
        for box in self.boxes.values():
            box.folder.mkdir(parents=True, exist_ok=True)
        await self._server.start()

    async def stop(self) -> None:
        """Ends."""
        await self._server.stop()

    def grant(self) -> tuple[str, str]:
        """What the owner of a mailbox allows: an access token, and one to refresh it with."""
        self.revoked = False
        return self._new(self._tokens), self._new(self._grants)

    def expire(self) -> None:
        """No access token is good any longer."""
        self._tokens.clear()

    def revoke(self) -> None:
        """The owner takes the access back."""
        self.revoked = True
        self._grants.clear()
        self.expire()

    @staticmethod
    def _new(kept: set[str]) -> str:
        made = secrets.token_hex(16)
        kept.add(made)
        return made

    async def _mailgun(self, request: Request, domain: str) -> Response:
        began = _now()
        login = base64.b64encode(f"api:{self.key}".encode()).decode()
        async with request.form() as form:
            message, recipient = form["message"], str(form["to"])
            assert not isinstance(message, str)
            raw = await message.read()
        if domain != DOMAIN or not hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {login}"):
            return JSONResponse({"message": "Forbidden"}, 401)
        return await self._answered(request, MIA.transport, recipient, raw, began)

    async def _gmail(self, request: Request) -> Response:
        began = _now()
        body = await request.json()
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            self.met += 1
            return JSONResponse({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401)
        raw = base64.urlsafe_b64decode(body["raw"])
        return await self._answered(request, SAM.transport, parseaddr(str(_read(raw)["To"]))[1], raw, began)

    async def _search(self, request: Request) -> Response:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return JSONResponse({"error": {"code": 401}}, 401)
        wanted = request.query_params["q"].rpartition("rfc822msgid:")[2]
        return JSONResponse({"messages": [{"id": wanted, "threadId": wanted}]} if wanted in self._sent else {})

    async def _about(self) -> Response:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        return JSONResponse({"issuer": self.url, **{name: f"{self.url}/{name.partition('_')[0]}" for name in names}})

    async def _token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        if self.revoked or form.get("refresh_token", [""])[0] not in self._grants:
            self.met += 1
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": self._new(self._tokens), "token_type": "Bearer", "expires_in": _HOUR})

    async def _answered(self, request: Request, kind: str, recipient: str, raw: bytes, began: str) -> Response:
        """Takes the mail, unless a fault says otherwise."""
        self._note({"channel": "email", "key": str(_read(raw)["Message-ID"]), "began": began, "handed": _now()})
        fault = self.fault.get(kind)
        if fault is None:
            return JSONResponse({"id": self._take(kind, recipient, raw)})
        self.met += 1
        if fault.takes:
            self._take(kind, recipient, raw)
        await asyncio.sleep(fault.hangs)
        if not fault.status:
            self._server.drop(request)
        headers = {"Retry-After": fault.wait} if fault.wait else {}
        return JSONResponse({"message": "a fault of this campaign"}, fault.status or 500, headers=headers)

    def _take(self, kind: str, recipient: str, raw: bytes) -> str:
        mail = _read(raw)
        # A provider returns mail as it likes to; here to where answers go.
        bounces_to = parseaddr(str(mail["Reply-To"] or mail["From"]))[1]
        self.boxes[kind].keep(bounces_to, [recipient], raw)
        ident = str(mail["Message-ID"]).strip("<>")
        self._sent.add(ident)
        return ident


def _read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _now() -> str:
    return datetime.now(UTC).isoformat()
