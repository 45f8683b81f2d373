"""``relance reply``: an answer to a reply, in its thread."""

# ruff: noqa: PLC0415 - Postgres is imported by the command, never by `--help`.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.replies.answer import AnswerWritten
    from starter.local.as_person import PersonSaid


def reply(
    about: Annotated[
        str,
        typer.Argument(
            help="Id of a reply, or its first characters; with --as-person, a captured mail (its number in `relance "
            "mail`) or a number that got a text.",
            show_default=False,
        ),
    ],
    words: Annotated[str, typer.Argument(help="The words; nothing is added to them.", show_default=False)],
    key: Annotated[
        str | None,
        typer.Option(help="Idempotency key: the same key again has no effect. Default: the words.", show_default=False),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also to a person who is not to be contacted, if the law allows it.")
    ] = False,
    as_person: Annotated[
        bool, typer.Option("--as-person", help="On the local stack: write as the recipient of a captured message.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer a reply in its thread, as the owner of the record.

    It goes by the channel of the reply, from the address that the person answered.

    Its answer comes back as a reply again. `relance replies` shows what became of it.

    On the local stack `--as-person` writes as the recipient of a captured mail or text.
    """
    if as_person:
        if key is not None or anyway:
            raise typer.BadParameter("--as-person takes neither --key nor --anyway", param_hint="--as-person")
        said = run(_play(about, words))
        if as_json:
            output.print_json(said)
        else:
            output.say(f"{said.sender} answered by {said.channel}", style="green")
        return
    written = run(_answer(about, words, key, anyway=anyway))
    if as_json:
        output.print_json(written)
        return
    if written.repeated:
        output.say(f"{written.answer}: asked for before, {written.state}; nothing changed", style="yellow")
    else:
        when = "when everything is resumed (`relance health`)" if written.on_hold else "within seconds"
        output.say(f"{written.answer}: the answer to {written.reply} is sent {when}", style="green")
    for each in written.notes:
        output.say(each, style="yellow")


async def _answer(about: str, words: str, key: str | None, *, anyway: bool) -> AnswerWritten:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.reading.id_prefix import find
    from services.replies.answer import AnswerAsked
    from starter.composition import answering_of

    answering = answering_of(load_settings())
    async with open_database(migrate=True) as database, database.transaction() as connection:
        whole = await find(connection, IdKind.REACTION, about)
        asked = AnswerAsked(whole, words, key, "CLI", anyway)
        return await answering.answer(connection, asked, utc_now())


async def _play(captured: str, words: str) -> PersonSaid:
    from adapters.settings import load_settings
    from starter.local.as_person import reply_as_person

    return await reply_as_person(load_settings(), captured, words)
