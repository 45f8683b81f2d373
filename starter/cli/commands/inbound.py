"""``relance inbound``: what the readers of incoming mail and texts make of a file. Needs no server."""

# ruff: noqa: PLC0415 - the tables of words take a third of a second: only in the commands that read with them.
from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from starter.cli import tables

if TYPE_CHECKING:
    from sequences.inbound import InboundMail

# A little more than the reader of mail looks at.
_MAX_BYTES = 16_000_000
_MAX_LINE = 1_000_000

app = typer.Typer(help="Inspect incoming mail and text messages.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Inspect incoming mail and text messages."""


@app.command()
def parse(
    files: Annotated[list[str], typer.Argument(help="Mail files (.eml); - reads one mail from standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    keep_signature: Annotated[bool, typer.Option(help="Keep signatures in the reply text.")] = False,
) -> None:
    """Show what each mail is, and the text of the reply.

    Event, recipient, status, and the mail it is about.

    A file that cannot be read is reported on standard error, and the exit status is 2.
    """
    from sequences.inbound import parse_mail

    failed = False
    for file in files:
        try:
            raw = sys.stdin.buffer.read(_MAX_BYTES) if file == "-" else _read(Path(file))
        except OSError as error:
            typer.echo(f"{file}: {error.strerror or 'cannot be read'}", err=True)
            failed = True
            continue
        mail = parse_mail(raw, keep_signature=keep_signature)
        if as_json:
            found = _as_dict(mail)
            # In ASCII: whatever was written, one mail is one line in every terminal's encoding.
            typer.echo(json.dumps({"file": file, **found} if len(files) > 1 else found))
        else:
            _show(file, mail)
    if failed:
        raise typer.Exit(2)


@app.command()
def text(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Files of JSON lines; - or no file: standard input.", show_default=False),
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object for each line.")] = False,
) -> None:
    """Show what each text message is, and the person's own words.

    A line is an object with `body`, the text that came in, and `ours`, our text that it answers (a list of
    several, the newest first; empty or left out when none is known). `opt_out_type` may be what Twilio says it is.
    Other keys are ignored.

    A line or file that cannot be read is reported on standard error, and the exit status is 2.
    """
    named = files or ["-"]
    failed = False
    found: list[dict[str, Any]] = []
    for file in named:
        try:
            opened = _opened(file)
        except OSError as error:
            typer.echo(f"{file}: {error.strerror or 'cannot be read'}", err=True)
            failed = True
            continue
        with opened as stream:
            for number, line in _lines(stream):
                answer = _read_line(line)
                if isinstance(answer, str):
                    typer.echo(f"{file}:{number}: {answer}", err=True)
                    failed = True
                    continue
                answer = {"file": file, **answer} if len(named) > 1 else answer
                if jsonl:
                    # In ASCII: whatever was written, one text is one line in every terminal's encoding.
                    typer.echo(json.dumps(answer))
                else:
                    found.append(answer)
    if found:
        _show_texts(found)
    if failed:
        raise typer.Exit(2)


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb")


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that have something on them, each with its number; of one that is too long only the beginning."""
    number = 0
    while line := stream.readline(_MAX_LINE + 1):
        number += 1
        too_long = line if len(line) > _MAX_LINE and not line.endswith(b"\n") else b""
        while too_long and not too_long.endswith(b"\n"):
            too_long = stream.readline(_MAX_LINE)
        if line.strip():
            yield number, line


def _read_line(line: bytes) -> dict[str, Any] | str:
    """What one line is answered with, or what is wrong with it."""
    if len(line) > _MAX_LINE:
        return f"is longer than {_MAX_LINE:,} bytes"
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return "is not a JSON object in UTF-8"
    if not isinstance(found, dict) or not isinstance(found.get("body"), str):
        return "has no string `body`"
    ours = found.get("ours") or []
    ours = [ours] if isinstance(ours, str) else ours
    if not isinstance(ours, list) or not all(isinstance(each, str) for each in ours):
        return "`ours` is neither a string nor a list of strings"
    said = found.get("opt_out_type")
    if said is not None and not isinstance(said, str):
        return "`opt_out_type` is not a string"
    from sequences.sms.reading import read_sms

    reading = read_sms(found["body"], ours, opt_out_type=said)
    return {"kind": reading.kind.value, "words": reading.words}


def _show_texts(found: list[dict[str, Any]]) -> None:
    rows = ((value.encode("utf-8", "replace").decode() for value in each.values()) for each in found)
    tables.table("", list(found[0]), rows)


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_MAX_BYTES)


def _as_dict(mail: InboundMail) -> dict[str, Any]:
    return {
        "event": mail.event.value,
        "recipient": mail.recipient or None,
        "status": mail.status or None,
        "original_message_id": mail.original_message_id or None,
        "reply_text": mail.reply_text,
        "reasons": list(mail.reasons),
        "return_date": mail.return_date.isoformat() if mail.return_date else None,
        "calendar_answer": mail.calendar_answer or None,
        "message_id": mail.message_id or None,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "sender": mail.sender or None,
        "recipients": list(mail.recipients),
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "failures": [
            {
                "recipient": each.address or None,
                "status": each.status or None,
                "event": each.event.value,
                "reason": each.reason,
            }
            for each in mail.failures
        ],
    }


def _show(file: str, mail: InboundMail) -> None:
    rows = []
    for name, value in _as_dict(mail).items():
        if value and name != "failures":
            shown = ", ".join(value) if isinstance(value, list) else str(value)
            # A hostile charset may leave half a character, which no terminal takes.
            rows.append((name, shown.encode("utf-8", "replace").decode()))
    tables.pairs(file, rows)
