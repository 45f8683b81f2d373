"""How to talk to an SMTP server, and the stages of a dialogue with it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from adapters.mail.xoauth2 import TokenSource


class Tls(enum.StrEnum):
    """How the connection is encrypted. ``none`` has to be asked for: nothing falls back to it."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class SmtpStage(enum.StrEnum):
    """Where a dialogue is; the words of ``TransportOutcome.stage``. EHLO belongs to ``connect``."""

    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One SMTP server and how to talk to it.

    Attributes:
        host: name of the server, which its certificate must carry.
        port: 587 with STARTTLS and 465 with TLS, as a rule.
        username: None for a server that asks for no login.
        password: goes with ``username``; never shown by ``repr``.
        tls: STARTTLS unless said otherwise.
        timeout: seconds for each answer up to DATA's 354.
        data_timeout: seconds for the body and for the answer to the final dot; RFC 5321 section 4.5.3.2.6 asks for 600.
        source_hostname: what we call ourselves in EHLO.
        ca_file: PEM bundle to trust instead of the system's.
        tokens: yields the OAuth 2.0 token of ``username``; the login is XOAUTH2 then, and the password is not used.
        max_connections: open at the same time.
        max_idle: seconds after which a kept connection is closed.
        trusted_for: seconds for which a connection that took a mail is believed to be alive without being asked.
        max_mails: mails after which a connection is closed; servers cut long ones off.
        of_mailbox: it is that of one mailbox: what is wrong is changed there, not in the settings.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls = Tls.STARTTLS
    timeout: float = 30.0
    data_timeout: float = 600.0
    source_hostname: str = "localhost"
    ca_file: Path | None = None
    tokens: TokenSource | None = field(default=None, repr=False)
    max_connections: int = 4
    max_idle: float = 30.0
    trusted_for: float = 1.0
    max_mails: int = 100
    of_mailbox: bool = False


STAGE_WORDS = MappingProxyType(
    {
        SmtpStage.CONNECT: "while connecting",
        SmtpStage.TLS: "while starting TLS",
        SmtpStage.AUTH: "while logging in",
        SmtpStage.MAIL: "at MAIL",
        SmtpStage.RCPT: "at RCPT",
        SmtpStage.DATA: "at DATA",
    }
)
