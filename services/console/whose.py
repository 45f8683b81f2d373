"""Whose people a screen is about: the viewer's own, or all whom they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.access.viewer import EVERYBODY, Scope

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer


@dataclass(frozen=True)
class Whose:
    """The people of a list.

    Attributes:
        scope: whose they are.
        mine: only the viewer's own and those without an owner.
        owns_nobody: the viewer's own were asked for, and there are none; so all are shown.
    """

    scope: Scope
    mine: bool = False
    owns_nobody: bool = False


EVERYONE: Final = Whose(EVERYBODY)


async def whose_people(connection: Connection, viewer: Viewer, *, mine: bool) -> Whose:
    """The people of a list.

    A list of people whom somebody does not have would be empty, and look as if there were nothing to do.

    Args:
        connection: in a transaction.
        viewer: who looks.
        mine: the viewer's own are asked for.
    """
    if not mine:
        return Whose(viewer.sees)
    if viewer.owner_id is None or not await queries.console_owns_anybody(connection, owner_id=viewer.owner_id):
        return Whose(viewer.sees, owns_nobody=True)
    return Whose(Scope.of((viewer.owner_id,)), mine=True)
