"""``relance replies-by``: how replies reach an owner."""

# ruff: noqa: PLC0415 - Postgres is imported by the command, never by `--help`.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from sequences.replies.way import RepliesBy
    from services.operations.replies_by import OwnerRepliesBy

_WORDS = {
    "forward": "reach {owner} by mail",
    "notify": "are notified to {owner}",
    "none": "of {owner} are in the list only",
    None: "reach {owner} as RELANCE_REPLIES says",
}


def replies_by(
    owner: Annotated[str, typer.Argument(help="Id of the owner.", show_default=False)],
    way: Annotated[
        Literal["forward", "notify", "none", "default"],
        typer.Argument(
            help="forward: each reply by mail; notify: a notification; none: the list only; default: as the "
            "organisation's setting says."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Set how replies reach an owner.

    A sequence with the key `replies` decides for itself.
    """
    done = run(_set(owner, None if way == "default" else way))
    if as_json:
        output.print_json(done)
    else:
        output.say(f"replies {_WORDS[done.replies].format(owner=done.owner)}", style="green")
    if done.replies == "forward" and not done.reachable:
        output.warn("this owner has no e-mail address yet; until the CRM sends one, replies are notified")


async def _set(owner: str, way: RepliesBy | None) -> OwnerRepliesBy:
    from services.operations.replies_by import set_replies_by
    from services.reading.id_prefix import whole_id

    async with open_database(migrate=True) as database:
        async with database.transaction() as connection:
            whole = await whole_id(connection, IdKind.OWNER, owner)
        return await set_replies_by(database, whole, way)
