"""``relance mailbox``: mailboxes of their own, with their owners, servers, signatures and limits."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.postgres import listings
from sequences.errors import RefusedError, RequestRefused
from starter.cli import output, tables
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.mailbox_connections import add_connecting
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres import queries
    from adapters.postgres.database import Connection
    from services.mailboxes.keep import KeepMailboxes, MailboxChanges
    from services.mailboxes.try_mailbox import MailboxTrial

_JSON = (
    *("id", "address", "name", "owner_id", "pool", "state", "state_reason", "state_since", "retry_at", "transport"),
    *("transport_settings", "has_transport_secret", "inbound", "inbound_settings", "has_inbound_secret", "reply_to"),
    *("limits", "open_runs", "added_at", "added_by", "changed_at"),
)
_PUSH = ("ends_at", "heard_at", "problem")
_TABLE = ListTable(
    listings.OWN_MAILBOXES,
    "Mailboxes",
    ("address", "owner", "pool", "state", "sends by", "answers", "open runs"),
    lambda row, names: (
        tables.Whole(row.address),
        row.owner_id,
        row.pool,
        row.state if not row.state_reason else f"{row.state}: {row.state_reason}",
        row.transport,
        "own inbox" if row.inbound in ("imap", "api") else row.inbound,
        row.open_runs,
    ),
    "there are no mailboxes yet: all mail goes by the mail server of the settings; `relance mailbox add` makes one",
    in_json=_JSON,
)

app = typer.Typer(
    cls=ListsByDefault,
    help="Mailboxes that recruiters send from.\n\n`relance mailbox` is `mailbox list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
Which = Annotated[str, typer.Argument(metavar="MAILBOX", help="Address or id of the mailbox.", show_default=False)]
Name = Annotated[str | None, typer.Option(help="Name on its mails; '' for its owner's.", show_default=False)]
Owner = Annotated[
    str | None, typer.Option(help="Id of the recruiter whose mail it sends; '' for nobody.", show_default=False)
]
Pool = Annotated[
    str | None, typer.Option(help="Mailboxes of one pool share the load; '' for none.", show_default=False)
]
Limits = Annotated[
    str | None, typer.Option(help="Such as '30/minute, 500/day'; '' for the setting's.", show_default=False)
]
Transport = Annotated[str | None, typer.Option(help="organisation, or a kind such as smtp.", show_default=False)]
With = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="KEY=VALUE", help="Of the transport, such as host=smtp.example.com; repeatable."),
]
SecretFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="File with the transport's password or key; - reads it from stdin.")
]
Imap = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="Of its inbox, such as host=imap.example.com; `api` reads by Gmail or Graph, `off` no more.",
    ),
]
ImapSecretFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="File with the password of its inbox, if it is another one.")
]
ReplyTo = Annotated[str | None, typer.Option(help="signed, or own: answers go to the mailbox itself.")]
Signature = Annotated[
    str | None, typer.Option(metavar="FILE", help="File with its signature, .txt or .html; '' for none.")
]


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only those in this state.", show_default=False)] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List mailboxes by address, without their secrets."""
    _TABLE.show(limit, as_json=as_json, asked={"state": state} if state else {})


@app.command("show")
def show_(mailbox: Which, as_json: Json = False) -> None:
    """Show one mailbox, without its secrets."""
    row, push = run(_row(mailbox))
    if as_json:
        told = {key: getattr(push, key) for key in _PUSH} if push is not None else None
        output.print_json(
            {key: getattr(row, key) for key in (*_JSON, "signature_text", "signature_html")} | {"push": told}
        )
        return
    tables.table("Mailbox", ("what", "value"), _facts(row, push), empty="")


@app.command("add")
def add_(
    address: Annotated[str, typer.Argument(help="The address that mail leaves from.", show_default=False)],
    owner: Owner = None,
    name: Name = None,
    transport: Transport = None,
    settings: With = None,
    secret_file: SecretFile = None,
    imap: Imap = None,
    imap_secret_file: ImapSecretFile = None,
    reply_to: ReplyTo = None,
    signature: Signature = None,
    pool: Pool = None,
    limits: Limits = None,
    as_json: Json = False,
) -> None:
    """Add a mailbox: mail from its address goes by it from now on."""
    wanted = _changes(
        {"owner": owner, "name": name, "pool": pool, "limits": limits, "reply_to": reply_to},
        (transport, settings, secret_file),
        (imap, imap_secret_file),
        signature,
    )
    _done(lambda mailboxes, connection, now: mailboxes.add(connection, _cli(), address, wanted, now), "added", as_json)


@app.command("set")
def set_(
    mailbox: Which,
    owner: Owner = None,
    name: Name = None,
    transport: Transport = None,
    settings: With = None,
    secret_file: SecretFile = None,
    imap: Imap = None,
    imap_secret_file: ImapSecretFile = None,
    reply_to: ReplyTo = None,
    signature: Signature = None,
    pool: Pool = None,
    limits: Limits = None,
    as_json: Json = False,
) -> None:
    """Change a mailbox; what is not named stays as it is."""
    wanted = _changes(
        {"owner": owner, "name": name, "pool": pool, "limits": limits, "reply_to": reply_to},
        (transport, settings, secret_file),
        (imap, imap_secret_file),
        signature,
    )
    _done(
        lambda mailboxes, connection, now: mailboxes.set(connection, _cli(), mailbox, wanted, now), "changed", as_json
    )


@app.command("test")
def try_(
    mailbox: Which,
    to: Annotated[str | None, typer.Option(help="An own address; by default the mailbox itself.")] = None,
    as_json: Json = False,
) -> None:
    """Log in to the servers of a mailbox and send a test mail."""
    tried = run(_try(mailbox, to))
    if as_json:
        output.print_json({"mailbox": tried.mailbox, "sends": tried.sends, "reads": tried.reads, "state": tried.state})
    else:
        output.say(f"sending: {tried.sends or 'works'}", style="red" if tried.sends else "green")
        output.say(f"reading: {tried.reads or 'works'}", style="red" if tried.reads else "green")
    if not tried.good:
        raise typer.Exit(1)


@app.command("pause")
def pause_(
    mailbox: Which,
    reason: Annotated[str, typer.Option(help="Why, for people.")] = "",
    as_json: Json = False,
) -> None:
    """Send nothing from a mailbox until it is resumed."""
    _done(
        lambda mailboxes, connection, now: mailboxes.pause(connection, _cli(), mailbox, reason, now), "paused", as_json
    )


@app.command("resume")
def resume_(mailbox: Which, as_json: Json = False) -> None:
    """Send from a mailbox again; its waiting runs go on."""
    _done(lambda mailboxes, connection, now: mailboxes.resume(connection, _cli(), mailbox, now), "active", as_json)


@app.command("archive")
def archive_(mailbox: Which, as_json: Json = False) -> None:
    """Take a mailbox out of use, unless open runs send from it."""
    _done(lambda mailboxes, connection, now: mailboxes.archive(connection, _cli(), mailbox, now), "archived", as_json)


@app.command("move-runs")
def move_runs_(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Address or id of a mailbox.", show_default=False)],
    target: Annotated[str, typer.Argument(metavar="TO", help="That of another one.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Let the open runs of one mailbox send from another one.

    The next mail of a thread comes from the other address then. It stays in its thread: In-Reply-To and References
    name the mails before it.
    """
    moved = run(
        _change(lambda mailboxes, connection, now: mailboxes.move_runs(connection, _cli(), source, target, now))
    )
    if as_json:
        output.print_json({"from": source, "to": target, "moved": moved})
    else:
        output.say(f"{moved:,} open runs send from {target} from now on", style="green")


add_connecting(app)


def _cli() -> Any:
    from services.access.audit import CLI

    return CLI


def _done(change: Callable[[KeepMailboxes, Connection, Any], Awaitable[str]], word: str, as_json: bool) -> None:
    changed = run(_change(change))
    if as_json:
        output.print_json({"id": changed, "state": word})
    else:
        output.say(f"the mailbox is {word} ({changed})", style="green")


async def _change(change: Callable[[KeepMailboxes, Connection, Any], Awaitable[Any]]) -> Any:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.mailboxes.keep import KeepMailboxes

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await change(KeepMailboxes(load_settings().keys()), connection, utc_now())


async def _try(mailbox: str, to: str | None) -> MailboxTrial:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from starter.mailbox_trials import MailboxTrials

    async with open_database(migrate=True) as database:
        return await MailboxTrials(load_settings(), database).try_it(_cli(), mailbox, to, utc_now())


async def _row(mailbox: str) -> tuple[queries.ListedOwnMailboxesRow, queries.MailboxPushStateRow | None]:
    from adapters.postgres import queries
    from adapters.postgres.paging import one
    from services.mailboxes.keep import find_mailbox

    async with open_database() as database, database.transaction() as connection:
        ident = await find_mailbox(connection, mailbox)
        found = await one(connection, listings.OWN_MAILBOXES, "id", ident)
        push = await queries.mailbox_push_state(connection, mailbox=ident)
    assert found is not None
    return found, push


def _facts(row: queries.ListedOwnMailboxesRow, push: queries.MailboxPushStateRow | None) -> list[tuple[str, object]]:
    def of(settings: dict[str, Any]) -> str:
        return ", ".join(f"{key}={value}" for key, value in settings.items() if value not in ("", None))

    return [
        ("id", row.id),
        ("address", row.address),
        ("name", row.name),
        ("owner", row.owner_id),
        ("pool", row.pool),
        ("state", row.state if not row.state_reason else f"{row.state}: {row.state_reason}"),
        ("since", row.state_since),
        ("login tried next", row.retry_at),
        ("sends by", f"{row.transport} {of(row.transport_settings)}".strip()),
        ("password or key", "stored" if row.has_transport_secret else "none"),
        ("answers", f"{row.inbound} {of(row.inbound_settings)}".strip()),
        *_push_facts(push),
        ("answers go to", "the mailbox itself" if row.reply_to == "own" else "a signed address"),
        ("limits", row.limits or "of the settings"),
        ("signature", row.signature_text),
        ("open runs", row.open_runs),
    ]


def _push_facts(push: queries.MailboxPushStateRow | None) -> list[tuple[str, object]]:
    """Whether its provider announces new mail; nothing where it was never asked."""
    if push is None:
        return []
    refused = f"refused: {push.problem}" if push.failures and push.problem else "not now"
    return [
        ("new mail announced until", push.ends_at or refused),
        ("last announced", push.heard_at or "not yet"),
    ]


def _changes(
    plain: dict[str, str | None],
    transport: tuple[str | None, list[str] | None, str | None],
    inbound: tuple[list[str] | None, str | None],
    signature: str | None,
) -> MailboxChanges:
    """What the options say; what is not named is not in it."""
    from pydantic import ValidationError

    from services.mailboxes.keep import MailboxChanges

    given: dict[str, Any] = {key: value or None for key, value in plain.items() if value is not None}
    kind, settings, secret = transport
    if kind is not None or settings or secret is not None:
        given["transport"] = {"kind": kind or "smtp", "settings": _pairs("--with", settings), "secret": _read(secret)}
    imap, imap_secret = inbound
    if imap == ["off"]:
        given["inbound"] = {"kind": "organisation"}
    elif imap == ["api"]:
        given["inbound"] = {"kind": "api"}
    elif imap or imap_secret is not None:
        given["inbound"] = {"kind": "imap", "settings": _pairs("--imap", imap), "secret": _read(imap_secret)}
    if signature is not None:
        html = signature.lower().endswith((".html", ".htm"))
        given["signature_html"] = _read(signature) if html else None
        given["signature_text"] = _read(signature) if signature and not html else None
        if html:
            del given["signature_text"]
    try:
        return MailboxChanges.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise RefusedError(RequestRefused.INVALID, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in given or ():
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise RefusedError(RequestRefused.INVALID, f"{option}: write KEY=VALUE, such as host=mail.example.com")
        found[key.strip()] = value.strip()
    return found


def _read(path: str | None) -> str | None:
    if not path:
        return None
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise RefusedError(RequestRefused.FILE, f"the file {path} cannot be read as UTF-8 text") from None
    return text.strip()
