"""How headers become lines. The standard policies turn what identifies a mail into encoded-words; this one does not.

``email.policy.SMTP`` encodes In-Reply-To, References and List-* lines over 78 columns (cpython issue 100991), on
which mail programs lose the thread and the unsubscribe button; and it drops blanks between encoded and plain words of
a subject (cpython issue 92081). So every header whose exact form matters is written here.
"""

from __future__ import annotations

import re
from email.header import Header
from email.policy import EmailPolicy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from adapters.mail.outgoing.address import one_line

if TYPE_CHECKING:
    from email.headerregistry import Address
    from email.message import EmailMessage

    _Base = EmailPolicy[EmailMessage]
else:
    _Base = EmailPolicy

_LINE = 78  # RFC 5322 section 2.1.1: should; 998 is the must, which identifiers may use
_LONGEST_WORD = 60
_IDENTIFIERS = frozenset({"message-id", "in-reply-to", "references", "feedback-id"})
_ADDRESSES = frozenset({"from", "to", "reply-to", "sender", "cc"})
_BETWEEN_IDS = re.compile(r"(?<=>)(,?)\s*(?=<)")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+")


class MailPolicy(_Base):
    """An ``EmailPolicy`` that breaks identification and list headers only between two of their values."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Keeps what is written here as it was given.

        The standard parser would decode words that look encoded, and so bring back line ends that were cleaned away.
        """
        if isinstance(value, str) and (name.lower() == "subject" or _is_identifier(name)):
            return name, one_line(value)
        return super().header_store_parse(name, value)

    def fold(self, name: str, value: Any) -> str:
        """Writes one header as it goes over the wire, with its line ends."""
        written = _written(name, value)
        return super().fold(name, value) if written is None else written + self.linesep

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Does what ``fold`` does, in bytes. All of it is ASCII, but for the local part of an international address."""
        written = _written(name, value)
        return super().fold_binary(name, value) if written is None else (written + self.linesep).encode("utf-8")


def _is_identifier(name: str) -> bool:
    return name.lower() in _IDENTIFIERS or name.lower().startswith("list-")


def identifier_line(name: str, value: str) -> str:
    """What identifies a mail, or a list: broken only between two of its values. Without its line end."""
    line = f"{name}: {value}"
    return line if len(line) <= _LINE else f"{name}: " + _BETWEEN_IDS.sub("\\1\r\n ", value)


def address_line(name: str, *addresses: Address) -> str:
    """Whom it goes to or comes from: broken only between two pieces. Without its line end."""
    written = f"{name}:"
    for position, address in enumerate(addresses):
        pieces = [_phrase(name, address.display_name), f"<{address.addr_spec}>"] if address.display_name else []
        for piece in pieces or [address.addr_spec]:
            column = len(written.rsplit("\r\n", 1)[-1])
            first_line = len(piece.split("\r\n", 1)[0])
            written += (" " if column + first_line < _LINE or written.endswith(":") else "\r\n ") + piece
        written += "," if position < len(addresses) - 1 else ""
    return written


def subject_line(text: str) -> str:
    """The subject, which is one line already. Without its line end."""
    return f"Subject: {_words('Subject', text)}"


@lru_cache(maxsize=64)
def standard_line(name: str, value: str) -> str:
    """A header that the standard library writes, with its line end: for the few values that all mails have."""
    return MAIL_POLICY.fold(name, MAIL_POLICY.header_store_parse(name, value)[1])


def _written(name: str, value: Any) -> str | None:
    lower = name.lower()
    if _is_identifier(name):
        return identifier_line(name, str(value))
    if lower in _ADDRESSES and hasattr(value, "addresses"):
        return address_line(name, *value.addresses)
    if lower == "subject":
        return f"{name}: {_words(name, str(value))}"
    return None


def _phrase(name: str, words: str) -> str:
    if words.isascii() and "=?" not in words:
        if _PLAIN_PHRASE.fullmatch(words):
            return words
        return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return Header(words, "utf-8", maxlinelen=75, header_name=name).encode(linesep="\r\n")


def _words(name: str, text: str) -> str:
    # Encoded all the same: what looks like an encoded-word already, which the reader would decode, and a word that
    # fills a line, before which a break would leave the header's first line empty.
    plain = text.isascii() and "=?" not in text and max(map(len, text.split()), default=0) <= _LONGEST_WORD
    if plain and len(text) <= _LONGEST_WORD:
        return text
    charset = "us-ascii" if plain else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")


MAIL_POLICY = MailPolicy(linesep="\r\n", cte_type="7bit", utf8=False)
