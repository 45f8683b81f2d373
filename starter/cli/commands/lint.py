"""``relance lint``: loops between sequences, and rules that take in everybody or nobody."""

# ruff: noqa: PLC0415 - the domain and its data sets take a third of a second: only in the commands that need them.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.auto_enroll.lint import LintFinding
    from sequences.definition.model import SequenceDefinition
    from sequences.mailboxes.own_mailbox import MailboxDirectory
    from sequences.records.catalogue import FieldType

BAD_INPUT = 2
COLOURS = {"error": "red", "warning": "yellow", "note": "bright_black"}


def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="Sequence files; they replace published sequences of the same name.",
            show_default=False,
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Check the files only, without a database.")] = False,
    custom_fields: Annotated[
        str,
        typer.Option(
            help="With --offline: custom fields, such as `shirt_size:text`.",
            envvar="RELANCE_CUSTOM_FIELDS",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Look for loops between sequences, and for suspicious rules.

    In all published sequences and the files. A rule is suspicious if it matches everybody or no person. Webhooks must
    go to receivers that there are, and mail must leave from mailboxes that are active.

    Exit status 2 if something must not be published, such as an unprotected loop; otherwise 0.
    """
    from sequences.records.catalogue import parse_custom_fields
    from services.publishing.lint import has_errors, read_files
    from services.publishing.lint import lint as look

    if offline:
        if not files:
            raise typer.BadParameter("give the files to check", param_hint="--offline")
        fields: Mapping[str, FieldType] = parse_custom_fields(custom_fields)
        known: list[SequenceDefinition] = []
        receivers: frozenset[str] | None = None
        mailboxes: MailboxDirectory | None = None
    else:
        from adapters.settings import load_settings

        fields = load_settings().custom()
        known, receivers, mailboxes = run(_published())
    coming = read_files(files or (), fields)
    together = {definition.sequence: definition for definition in (*known, *coming)}
    found = look(together.values(), custom_fields=fields, receivers=receivers, mailboxes=mailboxes)
    errors = has_errors(found)
    if as_json:
        output.print_json({"ok": not errors, "sequences": len(together), "findings": found})
    else:
        for finding in found:
            show(finding)
        verdict = "loops or rules must be changed" if errors else "good"
        output.say(
            f"{number_of(len(together), 'sequence')}: {verdict}{_counted(found)}", style="red" if errors else "green"
        )
    if errors:
        raise typer.Exit(BAD_INPUT)


def show(finding: LintFinding, *, stderr: bool = False) -> None:
    """Prints one finding: what, the path of a loop, what to do. Publishing prints its findings so too."""
    console = output.console(stderr=stderr)
    line = output.safe(f"{finding.severity.value}: ", COLOURS[finding.severity.value])
    line.append_text(output.safe(f"{', '.join(finding.sequences)}: " if finding.sequences else "", "bold"))
    line.append_text(output.safe(finding.message))
    console.print(line, soft_wrap=True)
    for label, value in (("path", finding.path), ("do", finding.advice)):
        if value:
            console.print(output.safe(f"    {label}: ", "bright_black") + output.safe(value), soft_wrap=True)


def _counted(found: list[LintFinding]) -> str:
    counts = [(sum(one.severity.value == weight for one in found), weight) for weight in COLOURS]
    words = ", ".join(number_of(count, weight) for count, weight in counts if count)
    return f" ({words})" if words else ""


async def _published() -> tuple[list[SequenceDefinition], frozenset[str], MailboxDirectory]:
    from services.mailboxes.directory import KnownMailboxes
    from services.publishing.lint import published, receivers

    async with open_database() as database, database.transaction() as connection:
        return await published(connection), await receivers(connection), await KnownMailboxes().read(connection)
