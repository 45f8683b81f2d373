"""``relance mail`` and ``texts``: what the local stack's mail server and text provider accepted."""

# ruff: noqa: PLC0415 - the adapters are imported by the commands that need them.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.errors import SettingsError
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from starter.local.mail_capture import OpenedMail

Folder = Annotated[
    Path | None,
    typer.Option(help="Folder to read; default: the one of the local stack.", exists=True, file_okay=False),
]
_MAIN_HEADERS = frozenset({"from", "to", "subject", "date", "reply-to", "message-id", "in-reply-to"})


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(mail)
    app.command()(texts)


def mail(
    name: Annotated[
        str | None, typer.Argument(help="Number or file name of one mail to show.", show_default=False)
    ] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """List the mails that `relance up` captured, or show one.

    Oldest first. A single mail is shown with headers and text.
    """
    from starter.local.mail_capture import list_mail, read_mail

    where = folder or _folder("mail_folder")
    if name is not None:
        opened = read_mail(where, name)
        if as_json:
            headers = [{"name": key, "value": value} for key, value in opened.headers]
            output.print_json(
                {**output.plain(opened.mail), "headers": headers, "text": opened.text, "html": opened.html}
            )
        else:
            _show(opened)
        return
    mails = list_mail(where)
    if as_json:
        output.print_json(mails)
        return
    tables.table(
        "Captured mail",
        ("number", "to", "subject", "received"),
        ((int(item.file.split("-")[0]), Whole(item.recipient), item.subject, item.at) for item in mails),
        empty="no mail was captured",
    )


def texts(folder: Folder = None, as_json: Json = False) -> None:
    """List the text messages that `relance up` captured.

    What its stand-in for the SMS provider handled, oldest first.
    """
    from starter.local.twilio.ledger import list_sms

    found = list_sms(folder or _folder("texts_folder"))
    if as_json:
        output.print_json(found)
        return
    tables.table(
        "Texts",
        ("to", "from", "words", "status", "direction", "when"),
        (
            (Whole(item.recipient), Whole(item.sender), item.body, output.state(item.status), item.direction, item.at)
            for item in found
        ),
        empty="no text messages",
    )


def _folder(setting: str) -> Path:
    from adapters.settings import load_settings

    value = str(getattr(load_settings(), setting))
    if not value:
        raise SettingsError(
            f"RELANCE_{setting.upper()} is not set. Only the local stack captures messages; otherwise give --folder"
        )
    return Path(value)


def _show(opened: OpenedMail) -> None:
    console = output.console()
    for key, value in opened.headers:
        style = "bold" if key.lower() in _MAIN_HEADERS else "bright_black"
        console.print(output.safe(f"{key}: ", style) + output.safe(" ".join(value.split())), soft_wrap=True)
    console.print()
    console.print(output.safe(opened.text if opened.text is not None else opened.html or ""), soft_wrap=True)
