"""``relance mail``: the mails that the local stack captured."""

# ruff: noqa: PLC0415 - the adapters are imported by the commands that need them.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output, tables
from starter.cli.captured import Folder, captured_in
from starter.cli.options import Json
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from starter.local.mail_capture import OpenedMail

_MAIN_HEADERS = frozenset({"from", "to", "subject", "date", "reply-to", "message-id", "in-reply-to"})


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

    where = folder or captured_in("mail_folder")
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


def _show(opened: OpenedMail) -> None:
    console = output.console()
    for key, value in opened.headers:
        style = "bold" if key.lower() in _MAIN_HEADERS else "bright_black"
        console.print(output.safe(f"{key}: ", style) + output.safe(" ".join(value.split())), soft_wrap=True)
    console.print()
    console.print(output.safe(opened.text if opened.text is not None else opened.html or ""), soft_wrap=True)
