"""The kinds of transport that a mailbox of its own may have: one registration each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from adapters.mail.outgoing.pool import SmtpSettings, Tls
from adapters.mail.outgoing.smtp import SmtpTransport
from sequences.email_address import ascii_host
from sequences.errors import RefusedError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from adapters.mail.outgoing.smtp import ReadyMail

_CONNECTIONS: Final = 2
"""To the server of one mailbox at the same time: providers close the door on more."""


class OwnTransport(Protocol):
    """What is built for one mailbox: an ``EmailTransport`` that can be closed."""

    def connection(self) -> AbstractAsyncContextManager[ReadyMail]:
        """As ``EmailTransport`` says."""
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
    """

    address: str
    source_hostname: str = "localhost"
    timeout: float = 60.0
    data_timeout: float = 600.0
    ca_file: Path | None = None


class SmtpMailbox(BaseModel):
    """A mail server, and the login of one mailbox there."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        min_length=1, max_length=253, description="Name of the mail server.", examples=["smtp.example.com"]
    )
    port: int = Field(default=587, ge=1, le=65535, description="587 with starttls and 465 with tls, as a rule.")
    tls: Literal["starttls", "tls", "none"] = Field(default="starttls", description="There is no fallback to none.")
    username: str = Field(
        default="", max_length=320, description="Login name; empty: the address of the mailbox. `-`: no login."
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
    """

    name: str
    label: str
    settings: type[BaseModel]
    secret: str
    build: Callable[[Any, str, TransportAround], OwnTransport] = field(repr=False)
    files_sent: bool = False

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
            max_connections=_CONNECTIONS,
        )
    )


KINDS: Final[Mapping[str, TransportKind]] = MappingProxyType(
    {kind.name: kind for kind in (TransportKind("smtp", "SMTP", SmtpMailbox, "password", _smtp),)}
)
"""By name. ``organisation``, the server of the settings, is no kind: it is built once for all."""


class ImapInbox(BaseModel):
    """The inbox of one mailbox."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(min_length=1, max_length=253, description="Name of the server.", examples=["imap.example.com"])
    port: int = Field(default=993, ge=1, le=65535, description="993 with tls and 143 with starttls, as a rule.")
    security: Literal["tls", "starttls", "none"] = Field(default="tls", description="There is no fallback to none.")
    username: str = Field(default="", max_length=320, description="Login name; empty: the address of the mailbox.")
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
