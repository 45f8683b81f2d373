"""``relance replies``: who replied, what it means, and what was done about it."""

# ruff: noqa: PLC0415 - Postgres is imported by the command, never by `--help`.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.reactions.sentiment import Label
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.instants import moment_since
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.replies.read import ReplyLine
    from starter.cli.row_names import RowNames

_SHOWN = 300
_WAYS = {"forward": "by mail", "notify": "notified", "waiting": "at once", "none": "not notified"}


def replies(
    since: Annotated[
        str | None, typer.Option(help="From then on: a date, or a time back such as `7 days`.", show_default=False)
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Only of this owner (id).", show_default=False)] = None,
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.", show_default=False)] = None,
    label: Annotated[
        Label | None,
        typer.Option(metavar="LABEL", help=f"Only with this label: {', '.join(Label)}.", show_default=False),
    ] = None,
    needs_reading: Annotated[
        bool,
        typer.Option("--needs-review", "--needs-reading", help="Only those that need review: the model is not sure."),
    ] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List replies with their meaning and what was done.

    Newest first.

    `relance reply ID "text"` answers one; `relance review set` says what it means.
    """
    from adapters.clock import utc_now

    asked = {
        "since": moment_since("--since", since, utc_now()),
        "owner": owner,
        "sequence": sequence,
        "label": label.value if label else None,
        "needs_reading": True if needs_reading else None,
    }
    lines, names = run(_read(asked, limit))
    if as_json:
        output.print_json(lines)
        return
    tables.table(
        "Replies",
        ("person", "reply", "text", "meaning", "what followed", "owner", "when", "sequence", "enrollment"),
        (
            (
                names.person(line.person_id, line.person_name),
                names.id(IdKind.REACTION, line.id),
                _short(line.text),
                _meaning(line),
                "; ".join(_followed(line)),
                _owner(line),
                line.received_at,
                Whole(line.sequence),
                names.id(IdKind.ENROLLMENT, line.enrollment_id),
            )
            for line in lines
        ),
        empty="no replies" if not any(asked.values()) else "no reply of that kind",
    )
    if len(lines) == limit:
        output.say("there may be more; use --limit")


def _meaning(line: ReplyLine) -> str:
    if line.not_theirs:
        return "somebody else wrote it"
    means = "confirm the opt-out" if line.confirm_opt_out else _said(line)
    return f"{means}; {line.mark}" if line.mark else means


def _said(line: ReplyLine) -> str:
    if line.opt_out:
        return "opt-out"
    if line.label is None:
        return "not judged yet"
    means = f"{line.label}, {line.intent}" if line.intent else line.label
    sure = f" ({line.confidence:.2f})" if line.confidence is not None else " (by a person)"
    return f"{means}{sure}; needs review" if line.needs_reading else f"{means}{sure}"


def _followed(line: ReplyLine) -> list[str]:
    run_did = [f"run: {line.decision}"] if line.decision else []
    return [*run_did, *(each.line for each in line.followed), *(f"answered ({each.state})" for each in line.answers)]


def _owner(line: ReplyLine) -> str | None:
    way = _WAYS.get(line.forwarding or "", "")
    name = line.owner_name or line.owner_id
    return f"{name} ({way})" if name and way else name


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} [...]"


async def _read(asked: Mapping[str, object], limit: int) -> tuple[list[ReplyLine], RowNames]:
    from services.reading.id_prefix import whole_id
    from services.replies.read import replies as read
    from starter.cli.hints import warn_of_unpublished
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        if asked["owner"]:
            asked = {**asked, "owner": await whole_id(connection, IdKind.OWNER, str(asked["owner"]))}
        lines = (await read(connection, asked, limit=limit)).items
        if not lines and asked["sequence"]:
            await warn_of_unpublished(connection, str(asked["sequence"]))
        ids: dict[IdKind, list[str | None]] = {
            IdKind.PERSON: [line.person_id for line in lines],
            IdKind.REACTION: [line.id for line in lines],
            IdKind.ENROLLMENT: [line.enrollment_id for line in lines],
        }
        return lines, await shown(connection, ids)
