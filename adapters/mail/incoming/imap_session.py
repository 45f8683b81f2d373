"""One connection to an IMAP server. Everything here blocks and belongs into one thread."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from sequences.errors import RelanceError, SettingsError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from datetime import date

    from adapters.mail.incoming.imap_account import ImapFolder
    from adapters.mail.incoming.imap_login import Credentials

# IMAP's dates are English whatever the locale (RFC 3501 section 9).
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"UID (\d+)|RFC822\.SIZE (\d+)")
_CHUNK = 100
_SLICE = 0.5
# A server that logs off whoever idles does so after half an hour (RFC 2177).
_LONGEST_IDLE = 28 * 60.0
LOGIN_REFUSED = "the server rejects the credentials"
"""The words of ``ImapLoginError``."""


class ImapError(RelanceError):
    """The server refused, went away or made no sense; connecting anew may help. No words of the server: they quote."""


class ImapLoginError(ImapError):
    """The server does not take the credentials."""


@dataclass(frozen=True)
class Opened:
    """A folder, freshly opened. ``last_uid`` is the highest UID that may be in it."""

    uidvalidity: int
    last_uid: int


class ImapSession:
    """Connects and logs in when it is made.

    Args:
        folder: what is read.
        credentials: who we are.
        timeout: seconds that the server may take for one answer.
        max_bytes: of a longer mail, only so much is fetched.
        ca_file: certificates to trust instead of the system's.

    Raises:
        ImapLoginError: the credentials are refused.
        ImapError: nobody answers, or not as IMAP.
    """

    def __init__(
        self,
        folder: ImapFolder,
        credentials: Credentials,
        *,
        timeout: float,
        max_bytes: int,
        ca_file: str | None = None,
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        with _in_our_words():
            self._box = _connect(folder, timeout, ca_file)
            try:
                with _in_our_words(ImapLoginError):
                    if credentials.method == "xoauth2":
                        self._box.xoauth2(folder.user, credentials.secret, initial_folder=None)
                    else:
                        _log_in(self._box, folder.user, credentials.secret)
            except BaseException:
                self.close()
                raise
            # Asked again: servers say more to who has logged in, and imaplib remembers what they said before.
            _, words = self._box.client.capability()
        self._idles = b"IDLE" in (words[-1] or b"").upper().split()

    def close(self) -> None:
        """Cuts the connection. Logging out politely would wait for a server that may be gone."""
        try:
            self._box.client.shutdown()
        except (OSError, imaplib.IMAP4.error):
            return

    def cut(self) -> None:
        """Ends whatever is waited for, from another thread; ``close`` would wait for that thread's lock."""
        try:
            self._box.client.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def open(self, *, writable: bool) -> Opened:
        """Opens the folder (again): read-only, unless something shall be marked in it."""
        with _in_our_words():
            self._box.folder.set(self._folder.folder, readonly=not writable)
            validity = self._number("UIDVALIDITY")
            after = self._number("UIDNEXT")
            if validity is None:
                raise ImapError("the server gives no UIDVALIDITY, so it is unknown which mails were read")
            if after is None:
                uids = self._box.uids("ALL", charset=None)
                after = max((int(uid) for uid in uids), default=0) + 1
            return Opened(validity, after - 1)

    def uids(self, first: int, last: int | None, since: date | None = None) -> list[int]:
        """UIDs from ``first`` to ``last`` (None: all that follow), ascending; only of mail received ``since`` a day."""
        criteria = f"UID {first}:{last or '*'}"
        if since is not None:
            criteria += f" SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        with _in_our_words():
            found = {int(uid) for uid in self._box.uids(criteria, charset=None)}
        # "n:*" always holds the last message, also when its UID is below n (RFC 3501 section 6.4.8).
        return sorted(uid for uid in found if uid >= first and (last is None or uid <= last))

    def fetch(self, uids: list[int]) -> Iterator[tuple[int, bytes | None]]:
        """The raw mails, one after the other, without marking them; None for one that was removed meanwhile."""
        for start in range(0, len(uids), _CHUNK):
            some = uids[start : start + _CHUNK]
            with _in_our_words():
                sizes = self._sizes(some)
            for uid in some:
                with _in_our_words():
                    raw = self._raw(uid, sizes[uid]) if uid in sizes else None
                yield uid, raw

    def mark_seen(self, uid: int) -> None:
        """Sets the flag that mail programs show as read."""
        with _in_our_words():
            self._box.flag(str(uid), r"\Seen", value=True)

    def append(self, mail: bytes) -> None:
        """Files a mail in the folder, as one that was read."""
        with _in_our_words():
            self._box.append(mail, self._folder.folder, flag_set=(r"\Seen",))

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Waits until the server tells of something (where it can), the time is over, or ``stop`` is set."""
        if not self._idles:
            stop.wait(seconds)
            return
        deadline = time.monotonic() + min(seconds, _LONGEST_IDLE)
        idle: Any = self._box.idle
        with _in_our_words():
            idle.start()
            while (left := deadline - time.monotonic()) > 0 and not stop.is_set():
                began = time.monotonic()
                if idle.poll(min(left, _SLICE)):
                    break
                if time.monotonic() - began < min(left, _SLICE) / 2:
                    # Readable and nothing to read: the other side is gone.
                    raise ImapError("the connection was closed")
            idle.stop()

    def _number(self, name: str) -> int | None:
        # What SELECT said, still lying in the client; STATUS of an open folder is discouraged (RFC 3501 6.3.10).
        _, found = self._box.client.response(name)
        text = found[-1] if found else None
        return int(text) if isinstance(text, bytes) and text.isdigit() else None

    def _sizes(self, uids: list[int]) -> dict[int, int]:
        status, answer = self._box.client.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        if status != "OK":
            raise ImapError("the server refused to give sizes")
        sizes: dict[int, int] = {}
        for item in answer:
            found = dict.fromkeys(("uid", "size"), 0)
            for match in _SIZE.finditer(item if isinstance(item, bytes) else b""):
                found["uid" if match[1] else "size"] = int(match[1] or match[2])
            if found["uid"]:
                sizes[found["uid"]] = found["size"]
        return sizes

    def _raw(self, uid: int, size: int) -> bytes | None:
        part = "BODY.PEEK[]" if size <= self._max_bytes else f"BODY.PEEK[]<0.{self._max_bytes}>"
        status, answer = self._box.client.uid("FETCH", str(uid), f"({part})")
        if status != "OK":
            raise ImapError("the server refused to return a mail")
        return next((bytes(item[1]) for item in answer if isinstance(item, tuple)), None)


class _StartTls(MailBoxStartTls):
    """Leaves no connection behind when the server refuses TLS."""

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self._host, self._port, timeout=self._timeout)
        try:
            client.starttls(self._ssl_context)
        except BaseException:
            client.shutdown()
            raise
        return client


def _connect(folder: ImapFolder, timeout: float, ca_file: str | None) -> BaseMailBox:
    context = ssl.create_default_context(cafile=ca_file)
    if folder.security == "tls":
        return MailBox(folder.host, folder.port, timeout=timeout, ssl_context=context)
    if folder.security == "starttls":
        return _StartTls(folder.host, folder.port, timeout=timeout, ssl_context=context)
    return MailBoxUnencrypted(folder.host, folder.port, timeout=timeout)


def _log_in(box: BaseMailBox, user: str, password: str) -> None:
    if user.isascii() and password.isascii():
        box.login(user, password, initial_folder=None)
    else:
        box.login_utf8(user, password, initial_folder=None)


class _in_our_words:  # noqa: N801 - used as a function
    """What the libraries raise becomes ``ImapError``, without their words: servers quote addresses and subjects."""

    def __init__(self, refused: type[ImapError] = ImapError) -> None:
        self._refused = refused

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, RelanceError):
            return
        if isinstance(error, ssl.SSLCertVerificationError):
            words = error.verify_message.rstrip(".")
            raise ImapError(
                f"the server's certificate is not trusted: {words}; for a private authority, set RELANCE_IMAP_CA_FILE"
            ) from None
        if isinstance(error, ssl.SSLError):
            words = (error.reason or type(error).__name__).lower().replace("_", " ")
            raise ImapError(
                f"TLS failed ({words}); imaps:// is for a port with TLS (993), imap:// for one with STARTTLS (143)"
            ) from None
        if isinstance(error, imaplib.IMAP4.abort | OSError | EOFError):
            raise ImapError(f"the connection broke ({type(error).__name__})") from None
        if isinstance(error, UnicodeError):
            raise SettingsError("the folder or the user has characters that IMAP does not allow") from None
        if isinstance(error, imaplib.IMAP4.error | ImapToolsError | ValueError | IndexError | TypeError):
            if self._refused is ImapLoginError:
                raise ImapLoginError(LOGIN_REFUSED) from None
            raise ImapError(f"the server refused, or sent an invalid answer ({type(error).__name__})") from None
