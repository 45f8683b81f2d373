"""``relance send-test``: one message to oneself, as somebody else would get it."""

# ruff: noqa: PLC0415 - Postgres, mail and Twilio are imported by the command, never by `--help`.
from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json, Key
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from adapters.settings import Settings
    from services.publishing.write_alone import Recipient
    from services.sending.send_message_test import MessageTestResult

_FAILED = 1


@dataclass(frozen=True)
class _Asked:
    sequence: str
    step: str
    to: str
    person: str | None
    record: str | None
    variant: str | None
    key: str


def send_test(
    sequence: Annotated[str, typer.Argument(help="Name of a sequence.", show_default=False)],
    step: Annotated[str, typer.Argument(help="Id of a step that sends.", show_default=False)],
    to: Annotated[
        str, typer.Option("--to", help="An own address, or the number of an owner for a text.", show_default=False)
    ],
    person: Annotated[
        str | None,
        typer.Option(help="The person that it is written for; default: that of the newest run.", show_default=False),
    ] = None,
    record: Annotated[
        str | None, typer.Option(help="Id of the placement, for a sequence about placements.", show_default=False)
    ] = None,
    variant: Annotated[
        str | None, typer.Option(help="Variant of the step; default: as `relance render`.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A sequence file, published or not, instead of the newest version.")
    ] = None,
    templates: Annotated[Path | None, typer.Option(help="Folder of the templates of --file.", file_okay=False)] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Send one message to yourself, as somebody would get it.

    It is marked as a test, goes to own addresses and numbers only, and counts nowhere. Links do nothing.
    """
    from adapters.settings import load_settings
    from starter.cli.commands.render import unpublished

    settings = load_settings()
    version = unpublished(settings, sequence, file, templates) if file is not None else None
    asked = _Asked(sequence, step, to, person, record, variant, key or secrets.token_hex(16))
    sent = run(_send(settings, version, asked))
    if as_json:
        output.print_json(sent)
    else:
        _report(sent)
    if sent.state in ("failed", "unknown"):
        raise typer.Exit(_FAILED)


async def _send(settings: Settings, version: Version | None, asked: _Asked) -> MessageTestResult:
    from adapters.postgres.versions import Versions
    from services.sending.send_message_test import MessageTest
    from starter.message_tests import sending_message_tests

    async with open_database(migrate=True) as database:
        async with database.transaction() as connection:
            wanted = version or await Versions().get(connection, asked.sequence)
            whom = await _recipient(connection, asked)
        async with sending_message_tests(settings, database) as tests:
            return await tests.send(MessageTest(asked.key, wanted, asked.step, whom, asked.to))


async def _recipient(connection: Connection, asked: _Asked) -> Recipient:
    from services.publishing.write_alone import Recipient
    from services.reading.id_prefix import whole_id
    from services.sending.send_message_test import newest_recipient

    if asked.person is None:
        return replace(await newest_recipient(connection, asked.sequence), variant=asked.variant)
    person = await whole_id(connection, IdKind.PERSON, asked.person)
    record = asked.record and await whole_id(connection, IdKind.PLACEMENT, asked.record)
    return Recipient(person, record, asked.variant)


def _report(sent: MessageTestResult) -> None:
    which, step = output.version_label(sent.version), output.step_label(sent.step, sent.variant)
    what = f"{step} of {sent.sequence}, {which}, as person {sent.person} would get it"
    why = " ".join(filter(None, (sent.code, sent.reason)))
    if sent.state == "sent":
        already = "had been sent" if sent.repeated else "sent"
        output.say(f"{already} to {sent.to} as a test: {what}", style="green")
    elif sent.state == "claimed":
        output.say(f"another process sends it to {sent.to} at this moment: {what}")
    elif sent.state == "unknown":
        output.warn(f"unknown whether it was sent to {sent.to} ({why}): {what}")
    else:
        output.warn(f"not sent to {sent.to} ({why}): {what}; the same --key tries again")
