"""Who is erased, and by what it is found: everybody who was merged, their addresses, their workflows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.erasing import ORDER
from adapters.postgres.personal_tables import EraseAct
from sequences import ids
from sequences.errors import NotFoundError
from sequences.records.record_view import full_name
from services.records.merge_people import survivor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.erasing import PersonRows


@dataclass(frozen=True)
class Erasable:
    """A person with everybody who was merged into them."""

    root: str
    merged: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        """The survivor's first."""
        return [self.root, *self.merged]


@dataclass(frozen=True)
class Addresses:
    """What is known of a person's addresses, as they are compared.

    Attributes:
        own: nobody else has them.
        shared: somebody else has them too: what is about such an address alone may be about that one, and stays.
    """

    own: tuple[str, ...]
    shared: tuple[str, ...]


def unknown(person: str) -> NotFoundError:
    """The error when there is nothing to erase."""
    return NotFoundError(f"nothing is stored about a person with the id {person}")


async def erasable(connection: Connection, person: str) -> Erasable:
    """Who is erased when this id is asked for."""
    root = await survivor(connection, person)
    return Erasable(root, tuple(await queries.merged_below(connection, id=root)))


async def shown_erasable(connection: Connection, person: str) -> tuple[Erasable, str]:
    """As ``erasable``, for a page about a person; and what the person is called.

    Raises:
        NotFoundError: there is no record of the person.
    """
    who = await erasable(connection, person)
    row = await queries.person_row(connection, id=who.root)
    if row is None:
        raise unknown(person)
    return who, full_name(row.first_name, row.last_name) or person


async def addresses_of(connection: Connection, people: Sequence[str]) -> Addresses:
    """The addresses that are known of a person.

    Args:
        connection: in a transaction.
        people: the id, and those of who was merged into them.
    """
    found = await queries.addresses_to_erase(connection, people=list(people))
    own = tuple(row.address for row in found if not row.shared)
    return Addresses(own, tuple(row.address for row in found if row.shared))


async def kept_rows(connection: Connection, rows: PersonRows) -> dict[str, int]:
    """How many rows stay as they are, by table."""
    found: dict[str, int] = {}
    for table in ORDER:
        if table.erasing.act is EraseAct.KEEP:
            found[table.name] = await rows.kept(connection, table)
    return {name: number for name, number in found.items() if number and name != "erasure"}


async def workflows_of(connection: Connection, who: Erasable) -> tuple[list[str], list[str]]:
    """Ids of workflows about the person, and ids of their runs."""
    made: dict[str, Callable[[str], str]] = {
        "run": str,
        "reaction": ids.late_reaction_workflow_id,
        "follow_up": ids.delivery_workflow_id,
    }
    rows = await queries.workflows_to_erase(connection, people=who.ids)
    found = [made[row.kind](row.id) for row in rows]
    windows = await queries.windows_to_erase(connection, people=who.ids)
    found += [ids.mail_pass_workflow_id(row.id) for row in rows if row.kind == "reaction"]
    found += [ids.window_workflow_id(row.sequence, row.person_id) for row in windows]
    return found, list(await queries.runs_to_erase(connection, people=who.ids))
