"""Whether a folder of an IMAP server can be read: logs in and opens it, and reads nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from adapters.mail.incoming.imap_session import ImapSession

if TYPE_CHECKING:
    from adapters.mail.incoming.imap_account import ImapFolder
    from adapters.mail.incoming.imap_login import ImapLogin

SECONDS: Final = 30.0
"""That the server may take for one answer."""


async def look_into(folder: ImapFolder, login: ImapLogin, ca_file: str | None, seconds: float = SECONDS) -> None:
    """Opens a folder, and closes it.

    Args:
        folder: what would be read.
        login: how we log in there.
        ca_file: certificates that the server is trusted by instead of the system's.
        seconds: that the server may take for one answer.

    Raises:
        ImapError: the server cannot be reached, or refuses.
        RelanceError: there is no login for it.
    """
    credentials = await login.credentials(folder.user)

    def opened() -> None:
        session = ImapSession(folder, credentials, timeout=seconds, max_bytes=1, ca_file=ca_file)
        try:
            session.open(writable=False)
        finally:
            session.close()

    await asyncio.to_thread(opened)
