"""A finished mail taken apart again, for providers that take no whole mail but its pieces."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final, cast

from adapters.mail.outgoing.message import MAIL_WITHIN

if TYPE_CHECKING:
    from email.headerregistry import Address

# The provider writes them itself, or they are of the bytes that it does not keep.
_OF_THE_BYTES: Final = frozenset(
    {"from", "to", "cc", "bcc", "reply-to", "subject", "date", "mime-version", "content-type"}
    | {"content-transfer-encoding", "content-disposition", "dkim-signature"}
)


@dataclass(frozen=True)
class PartFile:
    """A file of a mail.

    Attributes:
        content_id: without its brackets; empty: it is attached, and not shown in the HTML.
    """

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True)
class MailParts:
    """The pieces.

    Attributes:
        sender: name and address.
        recipient: name and address.
        reply_to: address, or empty.
        headers: all others in their order, unfolded, among them Message-ID and those of the thread.
        files: attachments, and images of the HTML.
    """

    sender: tuple[str, str]
    recipient: tuple[str, str]
    reply_to: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    files: tuple[PartFile, ...]

    @classmethod
    def of(cls, content: bytes) -> MailParts:
        """Takes a mail apart that ``build_email`` made."""
        mail = email.message_from_bytes(content, policy=email.policy.default)
        words: dict[str, str] = {}
        files: list[PartFile] = []
        _walk(mail, words, files)
        reply = _addresses(mail, "Reply-To")
        return cls(
            sender=_pair(_addresses(mail, "From")),
            recipient=_pair(_addresses(mail, "To")),
            reply_to=reply[0].addr_spec if reply else "",
            subject=str(mail["Subject"] or ""),
            text=words.get("text/plain", ""),
            html=words.get("text/html", ""),
            headers=tuple(
                (name, " ".join(str(value).split()))
                for name, value in mail.items()
                if name.lower() not in _OF_THE_BYTES
            ),
            files=tuple(files),
        )


def header_of(content: bytes, name: str) -> str:
    """One header of a finished mail, unfolded; empty: it has none."""
    head = content.partition(b"\r\n\r\n")[0]
    wanted = name.lower().encode() + b":"
    found: list[bytes] = []
    for line in head.split(b"\r\n"):
        if found and line[:1] in (b" ", b"\t"):
            found.append(line)
        elif found:
            break
        elif line.lower().startswith(wanted):
            found.append(line[len(wanted) :])
    return " ".join(b" ".join(found).decode("utf-8", "replace").split())


def _walk(part: EmailMessage, words: dict[str, str], files: list[PartFile]) -> None:
    kind = part.get_content_type()
    if part.is_multipart() and kind != MAIL_WITHIN:
        for each in part.iter_parts():
            _walk(cast(EmailMessage, each), words, files)
        return
    if part.get_content_disposition() is None and kind in ("text/plain", "text/html") and kind not in words:
        words[kind] = part.get_content().replace("\r\n", "\n")
        return
    ident = str(part["Content-ID"] or "").strip().strip("<>")
    files.append(PartFile(part.get_filename() or "file", _full_type(part), _bytes_of(part), ident))


def _bytes_of(part: EmailMessage) -> bytes:
    if part.get_content_type() == MAIL_WITHIN:
        within = part.get_payload(0)
        return within.as_bytes(policy=email.policy.SMTP) if isinstance(within, EmailMessage) else b""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _full_type(part: EmailMessage) -> str:
    charset = part.get_content_charset()
    return part.get_content_type() + (f"; charset={charset}" if charset and "text/" in part.get_content_type() else "")


def _addresses(mail: EmailMessage, name: str) -> tuple[Address, ...]:
    header = mail[name]
    return tuple(getattr(header, "addresses", ())) if header is not None else ()


def _pair(addresses: tuple[Address, ...]) -> tuple[str, str]:
    return (addresses[0].display_name, addresses[0].addr_spec) if addresses else ("", "")
