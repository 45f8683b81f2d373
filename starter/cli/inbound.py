"""``relance inbound``: what the reader of incoming mail makes of a file. Needs no server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sequences.inbound import InboundMail, parse_mail
from starter.cli import tables

# A little more than the reader of mail looks at.
_MAX_BYTES = 16_000_000

app = typer.Typer(help="Look at incoming mail.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at incoming mail."""


@app.command()
def parse(
    files: Annotated[list[str], typer.Argument(help="Mails as files (.eml); - reads one from standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    keep_signature: Annotated[bool, typer.Option(help="Leave signatures in the reply text.")] = False,
) -> None:
    """Tell what each mail is, and the words of the reply.

    Event, recipient, status, and the mail it is about.

    A file that cannot be read is told on standard error, the rest is read, and the exit status is 2.
    """
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
