"""Which IMAP folders are read: the setting, taken apart. Secrets come apart from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from sequences.email_address import ascii_host
from sequences.errors import SettingsError

Security = Literal["tls", "starttls", "none"]

_SCHEMES: dict[str, tuple[Security, int]] = {
    "imaps": ("tls", 993),
    "imap": ("starttls", 143),
    "imap+plain": ("none", 143),
}
_SHAPE = "written imaps://user%40example.com@imap.example.com/INBOX, several separated by commas"


@dataclass(frozen=True)
class ImapFolder:
    """One folder of one mailbox.

    Attributes:
        security: ``tls`` from the start, ``starttls`` (refused when the server offers none), or ``none``.
        user: who logs in; an address as a rule, so it never reaches a log.
        folder: its name as people read it; slashes are part of it.
        number: its place in the setting, from 1.
        name: how logs call it, for one that no setting lists; empty: by its place.
    """

    host: str
    port: int
    security: Security
    user: str
    folder: str
    number: int = field(default=1, compare=False)
    name: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """What its watermark is kept under: a hash, since the user is an address."""
        text = "\x1f".join((self.host, str(self.port), self.user, self.folder))
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    @property
    def label(self) -> str:
        """How logs call it: by its place in the setting, never by its user. A name may be somebody's address, too."""
        name = self.folder if "@" not in self.folder else self.key[:8]
        return f"mailbox {self.name or self.number} ({name} at {self.host})"


def parse_folders(text: str) -> tuple[ImapFolder, ...]:
    """Reads ``RELANCE_IMAP_MAILBOXES``: a list of URLs (RFC 5092, with the schemes above) with commas.

    Raises:
        SettingsError: one cannot be read, or comes twice. The message quotes none.
    """
    folders = [_folder(number, part.strip()) for number, part in enumerate(text.split(","), 1) if part.strip()]
    if len({folder.key for folder in folders}) < len(folders):
        raise SettingsError("a folder is listed twice")
    return tuple(folders)


def _folder(number: int, url: str) -> ImapFolder:
    try:
        parts = urlsplit(url)
        security, port = _SCHEMES[parts.scheme]
        host, user, port = parts.hostname or "", unquote(parts.username or ""), parts.port or port
    except (KeyError, ValueError):
        raise SettingsError(f"mailbox {number} cannot be read; {_SHAPE}") from None
    # Python itself would look for another host where a name is not ASCII.
    host = host if host.isascii() else ascii_host(host) or ""
    if parts.password is not None:
        raise SettingsError(f"mailbox {number} contains a password; put it into RELANCE_IMAP_SECRETS")
    if not host or not user or parts.query or parts.fragment:
        raise SettingsError(f"mailbox {number} has no host or no user; {_SHAPE}")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if any(ord(character) < 32 for character in user + folder):
        raise SettingsError(f"mailbox {number} has a control character; {_SHAPE}")
    return ImapFolder(host, port, security, user, folder, number)


def secret_of(secrets: str, user: str) -> str:
    """The password or token of a user: of the JSON object ``{user: secret}``, or the one secret that all share.

    Raises:
        SettingsError: there is none. The message names nobody.
    """
    if secrets.lstrip().startswith("{"):
        try:
            found = json.loads(secrets).get(user, "")
        except ValueError:
            raise SettingsError("RELANCE_IMAP_SECRETS looks like JSON but cannot be parsed") from None
    else:
        found = secrets
    if not isinstance(found, str) or not found:
        raise SettingsError("RELANCE_IMAP_SECRETS has nothing for one of the users of RELANCE_IMAP_MAILBOXES")
    return found
