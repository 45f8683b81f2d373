"""The kinds of transport that a mailbox of its own may have: one registration each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from adapters.clock import utc_now
from adapters.mail.outgoing.http.gmail import GmailApi
from adapters.mail.outgoing.http.graph import GraphDraft, GraphSendMail
from adapters.mail.outgoing.http.mailgun import MailgunApi
from adapters.mail.outgoing.http.postmark import PostmarkApi
from adapters.mail.outgoing.http.sendgrid import SendGridApi
from adapters.mail.outgoing.http.ses import SesApi
from adapters.mail.outgoing.http.settings import (
    GmailMailbox,
    GraphMailbox,
    MailgunMailbox,
    PostmarkMailbox,
    SendGridMailbox,
    SesMailbox,
)
from adapters.mail.outgoing.http.transport import HttpTransport
from adapters.mail.outgoing.pool import SmtpSettings, Tls
from adapters.mail.outgoing.smtp import SmtpTransport
from sequences.email_address import ascii_host
from sequences.errors import RefusedError, RequestRefused, SettingsError
from sequences.mail_grant import MailAccess

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from adapters.mail.outgoing.http.transport import MailApi
    from adapters.mail.xoauth2 import TokenSource
    from sequences.sending.outcome import HandOver, TransportOutcome

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CONNECTIONS: Final = 2
"""To the server of one mailbox at the same time: providers close the door on more."""


class Ready(Protocol):
    """What one mail may be handed to at once: ``services.ports.ReadyConnection``."""

    async def send(self, *, envelope_from: str, recipient: str, content: bytes, handover: HandOver) -> TransportOutcome:
        """Never raises for what the server says or fails to say: that is the outcome."""
        ...


class OwnTransport(Protocol):
    """What is built for one mailbox: an ``EmailTransport`` that can be closed."""

    def connection(self) -> AbstractAsyncContextManager[Ready]:
        """As ``EmailTransport`` says."""
        ...

    async def send(self, *, envelope_from: str, recipient: str, content: bytes) -> TransportOutcome:
        """Both stages in one, for what nobody has to claim."""
        ...

    async def aclose(self) -> None:
        """Closes what is open."""
        ...


@dataclass(frozen=True)
class TransportAround:
    """What building one needs beside its settings.

    Attributes:
        address: of the mailbox.
        source_hostname: what we call ourselves in EHLO.
        timeout: seconds for each answer.
        data_timeout: seconds for the answer to the final dot.
        ca_file: certificates to trust instead of the system's.
        tokens: where the tokens of mailboxes come from that their owners connect; None: nowhere.
        clock: the wall clock, UTC.
    """

    address: str
    source_hostname: str = "localhost"
    timeout: float = 60.0
    data_timeout: float = 600.0
    ca_file: Path | None = None
    tokens: TokenSource | None = field(default=None, repr=False)
    clock: Callable[[], datetime] = utc_now

    def need_tokens(self) -> TokenSource:
        """Where tokens come from.

        Raises:
            SettingsError: nowhere.
        """
        if self.tokens is None:
            raise SettingsError("the mailbox logs in by OAuth, and nothing here yields tokens")
        return self.tokens


class SmtpMailbox(BaseModel):
    """A mail server, and the login of one mailbox there."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        min_length=1, max_length=253, description="Name of the mail server.", examples=["smtp.example.com"]
    )
    port: int = Field(default=587, ge=1, le=65535, description="587 with starttls and 465 with tls, as a rule.")
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="If it fails, nothing is sent: there is no fallback."
    )
    username: str = Field(default="", max_length=320, description="Empty: the address of the mailbox. `-`: no login.")
    login: Literal["password", "oauth"] = Field(
        default="password", description="oauth: its owner connects it at Google or Microsoft; there is no password."
    )

    @field_validator("host")
    @classmethod
    def _a_host(cls, value: str) -> str:
        return _host(value)


@dataclass(frozen=True)
class TransportKind:
    """One kind.

    Attributes:
        name: as rows and files have it.
        label: for people.
        settings: what there is to say about it.
        secret: what its secret is called; empty: it has none.
        build: makes a transport of checked settings and the secret.
        files_sent: the provider files what it sends in the Sent folder itself.
        access: what its owner grants at the provider; None: nothing, or as its settings say.
        keeps_message_id: the recipient sees our own Message-ID, so far as the provider's documents say.
    """

    name: str
    label: str
    settings: type[BaseModel]
    secret: str
    build: Callable[[Any, str, TransportAround], OwnTransport] = field(repr=False)
    files_sent: bool = False
    access: MailAccess | None = None
    keeps_message_id: bool = True

    def checked(self, given: Mapping[str, object]) -> dict[str, Any]:
        """Settings as they are stored.

        Raises:
            RefusedError: one is missing, unknown or wrong; the message names it.
        """
        return checked_settings(self.settings, given)


def _smtp(settings: SmtpMailbox, secret: str, around: TransportAround) -> SmtpTransport:
    username = None if settings.username == "-" else settings.username or around.address
    return SmtpTransport(
        SmtpSettings(
            host=settings.host,
            port=settings.port,
            username=username,
            password=secret or None,
            tls=Tls(settings.tls),
            timeout=around.timeout,
            data_timeout=around.data_timeout,
            source_hostname=around.source_hostname,
            ca_file=around.ca_file,
            tokens=around.need_tokens() if settings.login == "oauth" else None,
            max_connections=_CONNECTIONS,
            of_mailbox=True,
        )
    )


def _by_token(api: MailApi, around: TransportAround) -> HttpTransport:
    tokens = around.need_tokens()
    return HttpTransport(api, around.clock, user=around.address, tokens=tokens, timeout=around.timeout)


def _by_key(api: MailApi, around: TransportAround) -> HttpTransport:
    return HttpTransport(api, around.clock, timeout=around.timeout)


def _gmail(settings: GmailMailbox, _secret: str, around: TransportAround) -> HttpTransport:
    return _by_token(GmailApi(settings.base_url), around)


def _graph(settings: GraphMailbox, _secret: str, around: TransportAround) -> HttpTransport:
    api = GraphDraft(settings.base_url) if settings.drafts else GraphSendMail(settings.base_url)
    return _by_token(api, around)


def _mailgun(settings: MailgunMailbox, secret: str, around: TransportAround) -> HttpTransport:
    return _by_key(MailgunApi(settings.base_url, settings.domain, secret), around)


def _postmark(settings: PostmarkMailbox, secret: str, around: TransportAround) -> HttpTransport:
    return _by_key(PostmarkApi(settings.base_url, secret, settings.stream), around)


def _sendgrid(settings: SendGridMailbox, secret: str, around: TransportAround) -> HttpTransport:
    return _by_key(SendGridApi(settings.base_url, secret), around)


def _ses(settings: SesMailbox, secret: str, around: TransportAround) -> HttpTransport:
    return _by_key(SesApi(settings, secret), around)


_API: Final = MailAccess.API
KINDS: Final[Mapping[str, TransportKind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            TransportKind("smtp", "SMTP", SmtpMailbox, "password", _smtp),
            TransportKind("gmail", "Gmail API", GmailMailbox, "", _gmail, files_sent=True, access=_API),
            TransportKind(
                *("graph", "Microsoft Graph", GraphMailbox, "", _graph),
                files_sent=True,
                access=_API,
                keeps_message_id=False,
            ),
            TransportKind("mailgun", "Mailgun", MailgunMailbox, "API key", _mailgun),
            TransportKind("postmark", "Postmark", PostmarkMailbox, "server token", _postmark),
            TransportKind("sendgrid", "SendGrid", SendGridMailbox, "API key", _sendgrid),
            TransportKind("ses", "Amazon SES", SesMailbox, "secret access key", _ses, keeps_message_id=False),
        )
    }
)
"""By name. ``organisation``, the server of the settings, is no kind: it is built once for all."""


def access_of(kind: str, settings: Mapping[str, Any]) -> MailAccess | None:
    """What the owner of a mailbox has to grant at its provider; None: nothing.

    Args:
        kind: of its transport.
        settings: of its transport, as they are stored.
    """
    if kind == "smtp" and settings.get("login") == "oauth":
        return MailAccess.SERVERS
    return KINDS[kind].access if kind in KINDS else None


class ImapInbox(BaseModel):
    """The inbox of one mailbox."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(min_length=1, max_length=253, description="Name of the server.", examples=["imap.example.com"])
    port: int = Field(default=993, ge=1, le=65535, description="993 with tls and 143 with starttls, as a rule.")
    security: Literal["tls", "starttls", "none"] = Field(
        default="tls", description="If it fails, nothing is read: there is no fallback."
    )
    username: str = Field(default="", max_length=320, description="Empty: the address of the mailbox.")
    login: Literal["password", "oauth"] = Field(
        default="password", description="oauth: its owner connects it at Google or Microsoft; there is no password."
    )
    folder: str = Field(default="INBOX", min_length=1, max_length=200, description="The folder that is read.")
    sent_folder: str = Field(
        default="",
        max_length=200,
        description="Folder in which sent mails are filed, such as Sent; empty: none, or the provider files them.",
    )

    @field_validator("host")
    @classmethod
    def _a_host(cls, value: str) -> str:
        return _host(value)

    @field_validator("username", "folder", "sent_folder")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if any(ord(character) < 32 for character in value):
            raise ValueError("it has a control character")
        return value


def checked_settings(model: type[BaseModel], given: Mapping[str, object]) -> dict[str, Any]:
    """Settings of a transport or an inbox, as they are stored.

    Raises:
        RefusedError: one is missing, unknown or wrong; the message names it and quotes no value.
    """
    # Postgres keeps no NUL, and the SMTP and IMAP of a login take no control character.
    for name, value in given.items():
        if isinstance(value, str) and _CONTROL.search(value):
            raise RefusedError(RequestRefused.INVALID, f"{name}: it has a control character")
    try:
        return model.model_validate(dict(given)).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"])) or "settings"
        raise RefusedError(RequestRefused.INVALID, f"{name}: {first['msg']}") from None


def _host(value: str) -> str:
    host = ascii_host(value.strip())
    if host is None:
        raise ValueError("not the name of a server such as smtp.example.com")
    return host
