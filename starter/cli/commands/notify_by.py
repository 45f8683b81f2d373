"""``relance notify-by``: how an owner hears of notifications."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.sending.owner_mails import NotifyBy
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.operations.notify_by import OwnerNotifyBy

_WORDS = {"none": "in the list only", "email": "by e-mail, immediately", "digest": "by e-mail, once a day"}


def notify_by(
    owner: Annotated[str, typer.Argument(help="Id of the owner.", show_default=False)],
    way: Annotated[
        NotifyBy,
        typer.Argument(help="none: the list only; email: one mail each, immediately; digest: one mail a day."),
    ],
    as_json: Json = False,
) -> None:
    """Set how an owner receives notifications."""
    told = run(_set(owner, way))
    if as_json:
        output.print_json(told)
    else:
        output.say(f"{told.owner} is notified {_WORDS[told.notify_by]}", style="green")
    if told.notify_by != "none" and not told.reachable:
        output.warn("this owner has no e-mail address yet; notifications wait until the CRM sends one")


async def _set(owner: str, way: NotifyBy) -> OwnerNotifyBy:
    from services.operations.notify_by import set_notify_by
    from services.reading.id_prefix import whole_id

    async with open_database() as database:
        async with database.transaction() as connection:
            whole = await whole_id(connection, IdKind.OWNER, owner)
        return await set_notify_by(database, whole, way)
