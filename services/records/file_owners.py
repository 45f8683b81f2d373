"""Whom a cell of a file means by the owner: an id of the CRM, or, as other programs write it, an address or a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.files.columns import plain_name
from adapters.postgres import queries

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class FileOwners:
    """The owners that are known.

    Attributes:
        ids: of all of them.
        by_word: an address or a name, as ``plain_name`` writes it, to the ids of those who have it.
    """

    ids: frozenset[str] = frozenset()
    by_word: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def id_of(self, told: str) -> str:
        """The id of the one owner who is meant; else what was told, which is refused unless it can be an id."""
        written = told.strip()
        if written in self.ids:
            return written
        meant = self.by_word.get(plain_name(written), frozenset())
        return next(iter(meant)) if len(meant) == 1 else told


async def file_owners(connection: Connection) -> FileOwners:
    """All owners, by id, address, ``First Last`` and ``Last, First``."""
    words: dict[str, set[str]] = defaultdict(set)
    ids = set()
    for row in await queries.owners_of_files(connection):
        ids.add(row.id)
        first, last = row.first_name or "", row.last_name or ""
        for written in (row.email or "", f"{first} {last}", f"{last} {first}"):
            if plain := plain_name(written):
                words[plain].add(row.id)
    return FileOwners(frozenset(ids), {word: frozenset(each) for word, each in words.items()})
