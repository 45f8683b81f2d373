"""Looks into the Sent folder: big providers file there what they took by SMTP, so what lies there went out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imap_tools import AND, H

from adapters.mail.incoming.imap_session import ImapError, ImapLoginError, ImapSession, _in_our_words
from adapters.mail.incoming.side_thread import SideThread
from sequences.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.mail.incoming.imap_account import ImapFolder
    from adapters.mail.incoming.imap_login import Credentials, ImapLogin

_TIMEOUT = 30.0


class _Session(ImapSession):
    def has(self, message_id: str) -> bool:
        """RFC 3501 section 6.4.4: a search for a part of the header, so the angle brackets make it exact."""
        with _in_our_words():
            return bool(self._box.uids(AND(header=H("Message-ID", message_id)), charset=None))


class SentFolders:
    """The Sent folders of our mailboxes. Only reads. One connection a look; what it does blocks a thread of its own.

    Args:
        folders: as ``parse_folders`` reads them. A sender's folder is that of the user of its name; a sender without
            one may be in any of them.
        login: who we are there.
        timeout: seconds that a server may take for one answer.
        ca_file: certificates to trust instead of the system's.
    """

    def __init__(
        self, folders: Sequence[ImapFolder], login: ImapLogin, *, timeout: float = _TIMEOUT, ca_file: str | None = None
    ) -> None:
        self._folders = tuple(folders)
        self._login = login
        self._timeout = timeout
        self._ca_file = ca_file
        self._thread: SideThread | None = None

    async def filed(self, sender: str, message_ids: Sequence[str]) -> frozenset[str]:
        """Those of ``message_ids`` (with their angle brackets) that lie in the Sent folder of ``sender``.

        One that does not lie there may have been sent all the same: not every server files what it takes.

        Raises:
            UnavailableError: a server does not answer, or does not let us in. The message names nobody.
        """
        own = [folder for folder in self._folders if folder.user.lower() == sender.lower()]
        found: set[str] = set()
        for folder in own or self._folders:
            missing = [one for one in message_ids if one not in found]
            if missing:
                found |= await self._in(folder, missing)
        return frozenset(found)

    async def _in(self, folder: ImapFolder, message_ids: Sequence[str]) -> set[str]:
        try:
            credentials = await self._login.credentials(folder.user)
            thread = self._thread = self._thread or SideThread("sent-folder")
            try:
                return await thread(lambda: self._search(folder, credentials, message_ids))
            except ImapLoginError:
                renewed = await self._login.renewed(folder.user, credentials)
                if renewed is None:
                    raise
                return await thread(lambda: self._search(folder, renewed, message_ids))
        except (ImapError, SettingsError) as error:
            raise UnavailableError(f"the Sent folder {folder.label}: {error}") from None

    def _search(self, folder: ImapFolder, credentials: Credentials, message_ids: Sequence[str]) -> set[str]:
        session = _Session(folder, credentials, timeout=self._timeout, max_bytes=0, ca_file=self._ca_file)
        try:
            session.open(writable=False)
            return {one for one in message_ids if session.has(one)}
        finally:
            session.close()

    async def aclose(self) -> None:
        """Lets the thread end after what it is doing."""
        if self._thread is not None:
            self._thread.end()
            self._thread = None
