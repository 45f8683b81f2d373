"""What went wrong with a mail server, in words for whoever has to mend it: server, port, certificate, login.

Never the server's own words: they quote addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass

import aiosmtplib

from adapters.mail.outgoing.smtp_settings import STAGE_WORDS, SmtpSettings, SmtpStage

# What OpenSSL calls it when the other side does not speak TLS at all.
_NO_TLS_THERE = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "WRONG_SSL_VERSION",
        "UNKNOWN_PROTOCOL",
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNEXPECTED_MESSAGE",
    }
)


@dataclass(frozen=True)
class _Names:
    """How what may be wrong is called where it is changed."""

    host: str
    port: str
    tls: str
    username: str
    ca_file: str = "RELANCE_SMTP_CA_FILE"


_OF_SETTINGS = _Names("RELANCE_SMTP_HOST", "RELANCE_SMTP_PORT", "RELANCE_SMTP_TLS", "RELANCE_SMTP_USERNAME")
_OF_MAILBOX = _Names("the server of the mailbox", "its port", "its encryption", "the login name of the mailbox")


def _names(settings: SmtpSettings) -> _Names:
    return _OF_MAILBOX if settings.of_mailbox else _OF_SETTINGS


class WrongPortError(aiosmtplib.SMTPException):
    """The port speaks TLS from the first byte, and we waited for its greeting."""


def words_for_silence(failure: BaseException, stage: SmtpStage, settings: SmtpSettings) -> str:
    """What a failure without an answer means, and which setting to look at.

    Args:
        failure: what was raised.
        stage: in which it was raised.
        settings: those of the server.
    """
    names = _names(settings)
    cause = _cause(failure)
    if isinstance(failure, WrongPortError):
        return (
            f"the port uses TLS from the start, but {names.tls} is {settings.tls}: set it to tls, or {names.port} "
            f"to the port for STARTTLS (usually 587)"
        )
    if isinstance(cause, ssl.SSLError):
        return _tls_words(cause, stage, names)
    if isinstance(failure, TimeoutError):
        return f"no answer in time {STAGE_WORDS[stage]}"
    if isinstance(cause, socket.gaierror):
        return f"unknown host name in {names.host} {STAGE_WORDS[stage]}"
    if isinstance(failure, ConnectionError):
        what = "refused" if isinstance(cause, ConnectionRefusedError) else "refused or lost"
        return f"the connection was {what} {STAGE_WORDS[stage]}"
    if isinstance(failure, OSError):
        return f"the network failed ({type(failure).__name__}) {STAGE_WORDS[stage]}"
    if stage is SmtpStage.TLS:
        return f"the server does not offer STARTTLS, which {names.tls} requires"
    if stage is SmtpStage.AUTH:
        return f"the server does not offer a login that works with {names.username} and its password or token"
    return f"the server does not offer what the settings require {STAGE_WORDS[stage]}"


def words_for_login(status: str, settings: SmtpSettings) -> str:
    """What a refused login means."""
    return (
        f"the server refused the login with {status}: {_names(settings).username}, or its password or token, is wrong"
    )


def _cause(failure: BaseException) -> BaseException:
    """What the library wrapped."""
    return failure.__cause__ if isinstance(failure.__cause__, OSError) else failure


def _tls_words(error: ssl.SSLError, stage: SmtpStage, names: _Names) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"the server's certificate is not trusted: {error.verify_message.rstrip('.')}"
        if error.verify_code in (18, 19, 20, 21):
            # X509_V_ERR_*: self-signed, or from somebody whom nobody here knows.
            words += f"; for a private certificate authority, set {names.ca_file}"
        return words
    if error.reason in _NO_TLS_THERE and stage is SmtpStage.CONNECT:
        return (
            f"the port does not use TLS from the start, but {names.tls} is tls: set it to starttls, or "
            f"{names.port} to the port for TLS (usually 465)"
        )
    return f"TLS failed ({(error.reason or type(error).__name__).lower().replace('_', ' ')}) {STAGE_WORDS[stage]}"


async def speaks_tls(host: str, port: int, within: float) -> bool:
    """True when TLS can be begun there with the first byte. Trusts anybody: nothing but that is asked.

    Args:
        host: of the server.
        port: that greets nobody.
        within: seconds.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, ssl.SSLError):
        return False
    writer.close()
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(within):
            await writer.wait_closed()
    return True
