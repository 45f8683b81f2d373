"""How a table names what its rows are about: people by name and id, ids by their shortest beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.reading.id_kinds import IdKind
from services.reading.id_prefix import shorten
from services.reading.run_story import person_names
from starter.cli import output
from starter.cli.tables import Ident

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class RowNames:
    """Names and short ids, looked up for the rows of one table.

    Attributes:
        names: of people, by id.
        shorts: beginnings, by kind and id.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    shorts: Mapping[IdKind, Mapping[str, str]] = field(default_factory=dict)

    def person(self, identity: str | None, name: str | None = None) -> Ident | None:
        """A person: the name, and the id in brackets."""
        if identity is None:
            return None
        short = self.shorts.get(IdKind.PERSON, {}).get(identity, "")
        return Ident(identity, short, name or self.names.get(identity, ""))

    def id(self, kind: IdKind, identity: str | None) -> Ident | None:
        """An id of this kind."""
        return None if identity is None else Ident(identity, self.shorts.get(kind, {}).get(identity, ""))


async def shown(connection: Connection, ids: Mapping[IdKind, Iterable[str | None]]) -> RowNames:
    """Looks up what a table shows of ids: the names of people, and short ids where a terminal is narrow.

    Args:
        connection: in a transaction.
        ids: what the rows hold, by kind.
    """
    given = {kind: {each for each in those if each} for kind, those in ids.items()}
    names = await person_names(connection, given.get(IdKind.PERSON, ()))
    if output.terminal_width() is None:
        return RowNames(names)
    return RowNames(names, {kind: await shorten(connection, kind, those) for kind, those in given.items()})
