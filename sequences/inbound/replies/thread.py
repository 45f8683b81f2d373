"""What is known of the conversation that a mail belongs to: by that a quoted header is told from the author's list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# "Re:", "AW:", "Antw:", "SV:", "Odp:", "回复：", "RE[2]:" and whatever else programs put there, several in a row.
_PREFIXES = re.compile(r"^\s*(?:[^\W\d_]{1,8}\s?(?:[\[(]\d{1,3}[\])])?\s?[:：]\s*){1,6}")
_NO_LETTER = re.compile(r"[\W_]+")
_MIN_LETTERS = 3
_MAX_SUBJECT = 300


def fold_subject(subject: str) -> str:
    """The letters and digits of a subject without the prefixes of answers; empty when it says too little."""
    bare = _PREFIXES.sub("", subject[:_MAX_SUBJECT])
    folded = _NO_LETTER.sub("", (bare or subject[:_MAX_SUBJECT]).casefold())
    return folded if len(folded) >= _MIN_LETTERS else ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation, as far as it is known.

    Attributes:
        subject: of its mails, see ``fold_subject``; empty: unknown.
        writers: addresses of whoever wrote the mail that is read, lower case.
        ours: addresses of those whom it is written to, lower case.
    """

    subject: str = ""
    writers: frozenset[str] = field(default=frozenset())
    ours: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, subject: str, writers: Iterable[str], ours: Iterable[str]) -> Thread:
        """From the header of a mail."""
        by = frozenset(address.lower() for address in writers if address)
        to = frozenset(address.lower() for address in ours if address)
        return cls(fold_subject(subject), by, to - by)

    def is_subject(self, value: str) -> bool:
        """True for the subject of this conversation, also where a mail program cut it short."""
        folded = fold_subject(value)
        if not folded or not self.subject:
            return False
        return folded == self.subject or (len(folded) >= 12 and self.subject.startswith(folded))

    def is_writer(self, address: str) -> bool:
        """True for an address of the author."""
        return address.lower() in self.writers

    def is_ours(self, address: str) -> bool:
        """True for an address that the mail goes to, or one of the same organisation (``x.agency.example``)."""
        address = address.lower()
        if address in self.ours:
            return True
        if address in self.writers:
            return False
        domain = address.rpartition("@")[2]
        houses = {each.rpartition("@")[2] for each in self.ours}
        return any(domain == one or one.endswith(f".{domain}") or domain.endswith(f".{one}") for one in houses)


UNKNOWN = Thread()
