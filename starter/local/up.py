"""``relance up``: the embedded stack in the foreground, until Ctrl-C."""

from __future__ import annotations

import asyncio

from rich.console import Console

from adapters.clock import utc_now
from adapters.postgres.database import Database
from adapters.private_files import keep_private
from adapters.settings_source import home
from services.access.addresses import link_address
from services.access.links import make_first_link
from starter.cli import tables
from starter.local.stack import LocalStack
from starter.process import set_by_signals


def up() -> int:
    """Starts everything and stays. Returns the exit status."""
    keep_private()
    return asyncio.run(_up(Console()))


async def _up(console: Console) -> int:
    asked = asyncio.Event()
    with set_by_signals(asked):
        return await _until(asked, console)


async def _until(asked: asyncio.Event, console: Console) -> int:
    stack = LocalStack(home(), say=lambda part: console.print(f"starting [bold]{part}[/bold] ..."))
    starting = asyncio.create_task(stack.start())
    asking = asyncio.create_task(asked.wait())
    await asyncio.wait({starting, asking}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        # Ctrl-C while it starts: what has started is stopped by start() itself.
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return 0
    asking.cancel()
    await starting
    try:
        tables.pairs("Relance is up", _where(stack))
        await _say_how_to_sign_in(stack, console)
        console.print("Ctrl-C stops everything; the data stays in", str(stack.folder))
        await stack.watch(asked)
    finally:
        console.print("stopping ...")
        await stack.stop()
    console.print("stopped")
    return 0


async def _say_how_to_sign_in(stack: LocalStack, console: Console) -> None:
    """The link of the first admin, as long as there is no user."""
    database = await Database.connect(stack.postgres.url, max_size=1)
    try:
        async with database.transaction() as connection:
            link = await make_first_link(connection, utc_now())
    finally:
        await database.close()
    if link is None:
        return
    console.print("The console has no users yet. This link makes you its admin; it works once, within 24 hours:")
    console.print(link_address(stack.url, link.token), soft_wrap=True, highlight=False)


def _where(stack: LocalStack) -> list[tuple[str, str]]:
    return [
        ("Temporal UI", stack.temporal.ui_url),
        ("console", f"{stack.url}/console"),
        ("hook API, docs", f"{stack.url}/docs"),
        ("captured mail", f"{stack.mail_folder.as_uri()}   (relance mail)"),
        ("captured SMS", f"{stack.texts_folder.as_uri()}   (relance texts)"),
        ("incoming mail", f"SMTP 127.0.0.1:{stack.environment['RELANCE_INBOUND_PORT']}"),
        ("bearer token", stack.secrets.bearer_token),
        ("hook secret", stack.secrets.hook_secret),
        ("logs", str(stack.folder / "logs")),
    ]
