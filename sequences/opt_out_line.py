"""A line of the journal of opt-outs and erasures: what survives the loss of the database, with no address in clear."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sequences.errors import GrammarError

VERSION: Final = 1


@dataclass(frozen=True)
class OptOutLine:
    """That somebody must not be contacted, or may be again, or was erased.

    Attributes:
        key: of the row that it is about: a later line with the same key is what holds.
        at: when it was written, UTC.
        channel: a channel, ``all``, ``topic:`` and a name; empty: the person is erased.
        reason: of the suppression.
        since: UTC.
        standing: False: it was lifted.
        person: id, or None when only an address is meant.
        hashes: of the addresses, in hex: ``sequences.erased_address``.
        domains: of companies, with the ``@``.
        may_be_contacted_again: of an erasure.
    """

    key: str
    at: datetime
    channel: str
    reason: str
    since: datetime
    standing: bool = True
    person: str | None = None
    hashes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    may_be_contacted_again: bool = False

    @property
    def is_erasure(self) -> bool:
        """It is about a person who was erased."""
        return not self.channel

    def text(self) -> str:
        """As it is written."""
        values = {key: value for key, value in asdict(self).items() if value not in (None, ())}
        plain: dict[str, Any] = {
            key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()
        }
        return json.dumps({"v": VERSION, **plain}, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> OptOutLine:
        """Reads a line.

        Raises:
            GrammarError: it is none, such as one that was cut off.
        """
        refused = GrammarError("This is no line of a journal.", "something else", "what relance serve wrote")
        try:
            given = dict(json.loads(text))
            version = given.pop("v", None)
            for key in ("at", "since"):
                given[key] = datetime.fromisoformat(given[key])
            for key in ("hashes", "domains"):
                given[key] = tuple(given.get(key, ()))
            found = cls(**given)
            for each in found.hashes:
                bytes.fromhex(each)
        except (ValueError, TypeError, KeyError):
            raise refused from None
        if version != VERSION or found.at.tzinfo is None or found.since.tzinfo is None:
            raise refused
        return found
