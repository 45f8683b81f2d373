"""``relance review``: replies that wait for a human, what the human says, and what the model can learn from it."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.private_files import private_opener
from sequences.reactions.sentiment import Intent, Label
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from services.operations.review import Export, Opinion, Reviewed
    from starter.cli.row_names import RowNames

_SHOWN = 400

app = typer.Typer(no_args_is_help=True, help="Review replies that the model is unsure about.")


@app.command("list")
def waiting(
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List replies that need review.

    The oldest first.
    """
    rows, names = run(_read(limit))
    if as_json:
        output.print_json([{key: value for key, value in row.as_dict().items() if key != "owner_id"} for row in rows])
        return
    tables.table(
        "Needs review",
        ("person", "reaction", "text", "sender", "the model says", "confidence", "sequence", "when", "enrollment"),
        (
            (
                names.person(row.person_id, row.person_name),
                names.id(IdKind.REACTION, row.id),
                _short(row.text or ""),
                _sender(row),
                f"{row.label}, {row.intent}" if row.label else None,
                f"{row.confidence:.2f}" if row.confidence is not None else None,
                Whole(row.sequence),
                row.received_at,
                names.id(IdKind.ENROLLMENT, row.enrollment_id),
            )
            for row in rows
        ),
        empty="no reply needs review",
    )


@app.command("set")
def say(
    reaction: Annotated[
        str, typer.Argument(help="Id of a reply of `relance review list`, or its first characters.", show_default=False)
    ],
    label: Annotated[
        Label,
        typer.Option(
            metavar="LABEL", help=f"The writer's attitude to further contact: {', '.join(Label)}.", show_default=False
        ),
    ],
    intent: Annotated[
        Intent | None,
        typer.Option(
            metavar="INTENT",
            help=f"What the writer does: {', '.join(Intent)}. Default: the intent of the model, if it fits the label.",
            show_default=False,
        ),
    ] = None,
    not_an_opt_out: Annotated[
        bool,
        typer.Option("--not-an-opt-out", help="This is not an opt-out: lift the suppression or hold that it caused."),
    ] = False,
    not_theirs: Annotated[
        bool,
        typer.Option("--not-theirs", help="Somebody else wrote it: the run continues. Needs --label neutral."),
    ] = False,
    by: Annotated[str, typer.Option(help="Name of the reviewer.", show_default=False)] = "",
    note: Annotated[str, typer.Option(help="A note.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Say what a reply means; the run acts on it.

    It follows its rules for such a reply. The newest review counts.
    """
    from sequences.reactions.reviews import pair_problem
    from services.operations.review import Opinion

    problem = pair_problem(label, intent, denied=not_an_opt_out or not_theirs, not_theirs=not_theirs)
    if problem is not None:
        raise typer.BadParameter(problem, param_hint="--intent")
    done = run(_review(reaction, Opinion(label, intent, by, note, not_an_opt_out, not_theirs)))
    if as_json:
        output.print_json(done)
        return
    what = f"{done.reaction} is {'not theirs' if not_theirs else f'{done.label}, {done.intent}'}"
    if done.repeated:
        output.say(f"{what}: already reviewed that way{'' if done.notes else '; nothing changed'}", style="yellow")
    else:
        said = f"{done.said_label}, {done.said_intent}" if done.said_label else "nothing"
        output.say(f"{what}; the model said {said}", style="green")
    for each in done.notes:
        output.say(each, style="yellow")


@app.command("export")
def write(
    file: Annotated[
        Path | None, typer.Argument(help="File to write; default or -: standard output.", show_default=False)
    ] = None,
    repeats: Annotated[bool, typer.Option("--all", help="Keep replies with identical text.")] = False,
) -> None:
    """Write reviewed replies as training data, in JSON lines.

    For `relance sentiment train --also`; a tenth is for testing.

    The file holds what people wrote. That is personal data: protect it like mail.
    """
    made = run(_export(repeats))
    text = "".join(json.dumps(line) + "\n" for line in made.lines)
    if file is None or str(file) == "-":
        sys.stdout.write(text)
    else:
        _write_privately(file, text)
    tested = sum(line["split"] == "test" for line in made.lines)
    left_out = [f"{made.wordless} without text of their own", f"{made.repeated} with the same text as another"]
    output.warn(
        f"reviewed replies: {len(made.lines)}, of them for testing: {tested}; left out: {', '.join(left_out)}", "green"
    )


def _sender(row: queries.ListedReviewsRow) -> str | None:
    from sequences.inbound.trust import mark

    marked = mark(row.doubt, row.authentication, row.authenticated_by)
    return f"{marked}; confirm the opt-out" if row.confirm_opt_out else marked


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} [...]"


def _write_privately(file: Path, text: str) -> None:
    try:
        with open(file, "w", encoding="utf-8", opener=private_opener) as stream:
            stream.write(text)
    except OSError as error:
        raise typer.BadParameter(f"cannot be written: {error.strerror}", param_hint="FILE") from error


async def _read(limit: int) -> tuple[list[queries.ListedReviewsRow], RowNames]:
    from adapters.postgres import listings
    from adapters.postgres.paging import page
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        rows = (await page(connection, listings.REVIEWS, {}, limit=limit)).rows
        ids: dict[IdKind, list[str | None]] = {
            IdKind.PERSON: [row.person_id for row in rows],
            IdKind.REACTION: [row.id for row in rows],
            IdKind.ENROLLMENT: [row.enrollment_id for row in rows],
        }
        return rows, await shown(connection, ids)


async def _review(reaction: str, opinion: Opinion) -> Reviewed:
    from adapters.clock import utc_now
    from services.operations.review import UnclearError, review
    from services.reading.id_prefix import find

    async with open_database(migrate=True) as database, database.transaction() as connection:
        found = await find(connection, IdKind.REACTION, reaction)
        try:
            return await review(connection, found, opinion, utc_now())
        except UnclearError as error:
            raise typer.BadParameter(str(error), param_hint="--intent") from None


async def _export(repeats: bool) -> Export:
    from services.operations.review import export

    async with open_database() as database, database.transaction() as connection:
        return await export(connection, repeats=repeats)
