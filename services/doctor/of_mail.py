"""The mail servers: each is logged in to, and nothing is sent or read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from adapters.mail.incoming.imap_look import look_into
from adapters.mail.incoming.imap_session import ImapError
from sequences.errors import NotReadyError, RelanceError
from services.doctor.findings import HealthFinding, HealthSeverity
from services.outages import MAIL_SERVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.mail.incoming.imap_account import ImapFolder
    from adapters.mail.incoming.imap_login import ImapLogin
    from services.ports import EmailTransport

_SECONDS: Final = 15.0
_OPERATIONS: Final = "see Settings in docs/operations.md"


async def outgoing(transport: EmailTransport) -> list[HealthFinding]:
    """Connects, starts TLS and logs in, as before each mail."""
    try:
        async with asyncio.timeout(_SECONDS), transport.connection():
            return []
    except NotReadyError as error:
        stage, reason = error.outcome.stage, error.outcome.reason
        return [HealthFinding(MAIL_SERVER, f"no mail can be sent ({stage}): {reason}", _OPERATIONS)]
    except TimeoutError:
        words = f"no mail can be sent: the mail server did not answer within {_SECONDS:.0f} s"
        return [HealthFinding(MAIL_SERVER, words, _OPERATIONS)]


async def incoming(folders: Sequence[ImapFolder], login: ImapLogin, ca_file: str | None) -> list[HealthFinding]:
    """Logs in to each folder that is read, and opens it without changing anything."""
    found = await asyncio.gather(*(_folder(folder, login, ca_file) for folder in folders))
    return [finding for each in found for finding in each]


async def _folder(folder: ImapFolder, login: ImapLogin, ca_file: str | None) -> list[HealthFinding]:
    try:
        await look_into(folder, login, ca_file, _SECONDS)
    except ImapError as error:
        return [HealthFinding(folder.label, f"the folder cannot be read: {error}", _OPERATIONS)]
    except RelanceError as error:
        return [HealthFinding(folder.label, f"there is no login for it: {error}", _OPERATIONS)]
    return []


def not_read(folders: Sequence[ImapFolder], listener: str) -> list[HealthFinding]:
    """How mail comes back, if nothing is read: somebody must bring it."""
    if folders:
        return []
    words = f"no IMAP folder is read: a mail server or provider must bring answers to {listener}"
    return [HealthFinding("incoming mail", words, _OPERATIONS, severity=HealthSeverity.HINT)]
