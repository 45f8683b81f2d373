"""The IMAP folders that ``relance serve`` reads beside listening."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.mail.incoming.imap import ImapPorts, ImapReader, ImapReading
from adapters.mail.incoming.imap_account import parse_folders
from adapters.mail.incoming.imap_login import ImapLogin
from adapters.mail.incoming.reading_loop import end_readers
from adapters.outage_errors import is_outage, where
from adapters.postgres.watermarks import PostgresMailboxMarks, PostgresWatermarks
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.mailboxes.read_inboxes import ReadInboxes
from services.outages import Outages
from starter.mailbox_access import hears_microsoft, mail_tokens, push_addresses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from services.intake.mail import MailIntake

_log = logging.getLogger("relance.imap")


def readers(
    settings: Settings,
    database: Database,
    intake: MailIntake,
    clock: Callable[[], datetime],
    looked: Callable[[int], None] = lambda _: None,
) -> list[ImapReader]:
    """One reader for each folder of the settings.

    ``looked`` is called after each look, with the place of the folder in the settings, from 1.

    Raises:
        SettingsError: the list of folders cannot be read.
    """
    login = ImapLogin(
        settings.imap_login, settings.imap_secrets.get_secret_value(), settings.imap_token_command.get_secret_value()
    )
    reading = _reading(settings, mark_seen=settings.imap_mark_seen)

    async def receive(raw: bytes, recipients: tuple[str, ...]) -> None:
        await intake.receive(raw, recipients)

    outages = Outages(database, clock, settings.operator, logs=False)
    folders = parse_folders(settings.imap_mailboxes)
    places = {folder.label: place for place, folder in enumerate(folders, 1)}

    async def tell(label: str, why: str) -> None:
        if not why:
            looked(places[label])
        await _told(outages, label, why)

    watermarks = PostgresWatermarks(database, clock)
    ports = ImapPorts(watermarks=watermarks, receive=receive, is_outage=is_outage, clock=clock, tell=tell)
    return [ImapReader(folder, login, ports, reading) for folder in folders]


@asynccontextmanager
async def reading_mailboxes(
    settings: Settings,
    database: Database,
    intake: MailIntake,
    clock: Callable[[], datetime],
    looked: Callable[[int], None] = lambda _: None,
) -> AsyncIterator[None]:
    """Reads them all, and the inboxes of mailboxes of their own, while the block runs; ``looked`` as of ``readers``.

    Raises:
        SettingsError: the list of folders cannot be read.
    """
    running = {
        asyncio.create_task(reader.run()): reader for reader in readers(settings, database, intake, clock, looked)
    }
    for task in running:
        task.add_done_callback(_ended)
    try:
        async with own_inboxes(settings, database, intake, clock).running():
            yield
    finally:
        await end_readers(running)


def own_inboxes(
    settings: Settings, database: Database, intake: MailIntake, clock: Callable[[], datetime]
) -> ReadInboxes:
    """What reads the inboxes of mailboxes of their own."""
    outages = Outages(database, clock, settings.operator, logs=False)

    async def tell(label: str, why: str) -> None:
        await _told(outages, label, why)

    return ReadInboxes(
        database=database,
        keys=settings.keys(),
        receive=intake.receive_at,
        watermarks=PostgresWatermarks(database, clock),
        marks=PostgresMailboxMarks(database, clock),
        is_outage=is_outage,
        clock=clock,
        reading=_reading(settings, mark_seen=False),
        every=min(settings.imap_poll, 15.0),
        operator=settings.operator,
        tell=tell,
        tokens=mail_tokens(settings, database, utc_now),
        push=push_addresses(settings),
        listens_at=settings.database_url if hears_microsoft(settings) or settings.gmail_push_topic else "",
    )


async def _told(outages: Outages, label: str, why: str) -> None:
    if why:
        await outages.fails(label, TransportOutcome(TransportVerdict.RETRY, "imap", None, why, away=True))
    else:
        await outages.works(label)


def _reading(settings: Settings, *, mark_seen: bool) -> ImapReading:
    return ImapReading(
        poll=settings.imap_poll,
        max_age=timedelta(days=settings.imap_max_age),
        mark_seen=mark_seen,
        max_bytes=settings.inbound_max_bytes,
        ca_file=settings.imap_ca_file or None,
    )


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a reader of a mailbox ended: %s", where(error))
