"""All checks of an installation, wired: ``relance doctor``, and the health page of the console."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

from adapters.dns import Dns
from adapters.mail.incoming.imap_account import parse_folders
from adapters.mail.incoming.imap_login import ImapLogin
from adapters.mail.outgoing.dkim import parse_keys
from adapters.postgres import queries
from adapters.postgres.database import Database
from adapters.settings_source import home
from adapters.temporal.client import connect
from adapters.temporal.runs import TemporalRuns
from sequences.email_address import ascii_host
from sequences.errors import RelanceError, UnavailableError
from sequences.ids import enrollment_id
from services.crm.status import crm_status
from services.doctor import (
    of_crm,
    of_dns,
    of_mail,
    of_mailboxes,
    of_postgres,
    of_retention,
    of_senders,
    of_settings,
    of_subscriptions,
    of_temporal,
)
from services.doctor.examine import DoctorCheck, examine
from services.doctor.findings import HealthFinding, HealthSeverity, findings
from services.events.subscriptions import subscriptions
from services.mailboxes.directory import KnownMailboxes
from services.reading.health import health
from starter.crm_wiring import adapter_of, mapping_reading
from starter.transports import email_transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from temporalio.client import Client

    from adapters.settings import Settings
    from sequences.mailboxes.own_mailbox import OwnMailbox
    from services.doctor.of_dns import NameServer

_T = TypeVar("_T")
_MOST_DOMAINS = 20


async def examined(
    settings: Settings, clock: Callable[[], datetime], names: NameServer | None = None
) -> tuple[HealthFinding, ...]:
    """Everything that is wrong, the worst first.

    Args:
        settings: ours.
        clock: the wall clock, UTC.
        names: DNS; None: that of this machine.
    """
    async with AsyncExitStack() as stack:
        database = await _opened(Database.connect(settings.database_url, max_size=4))
        if database is not None:
            stack.push_async_callback(database.close)
        client = await _opened(connect())
        checks = [
            DoctorCheck("health", lambda: _health(settings, clock())),
            *_own(settings),
            *_mail(settings),
            DoctorCheck("DNS", lambda: _dns(settings, database, names)),
            *(_of_mailboxes(settings, database, names, clock) if database is not None else ()),
            *(checks_of_crm(settings, database, clock) if database is not None else ()),
            *(_of_postgres(settings, database, clock) if database is not None else ()),
            *(_of_temporal(client, clock) if client is not None else ()),
            *(_of_both(database, client) if database is not None and client is not None else ()),
        ]
        found = await examine(checks)
    away = [name for name, server in (("Postgres", database), ("Temporal", client)) if server is None]
    return (*found, *(_not_asked(name) for name in away))


async def _opened(opening: Awaitable[_T]) -> _T | None:
    """None: it does not answer, which is a finding of health."""
    try:
        return await opening
    except RelanceError:
        return None


def _not_asked(name: str) -> HealthFinding:
    words = f"{name} does not answer, so what is asked of it was not checked"
    return HealthFinding(f"checks of {name}", words, "relance doctor", severity=HealthSeverity.HINT)


async def _health(settings: Settings, now: datetime) -> Sequence[HealthFinding]:
    return findings(await health(settings, now))


def _own(settings: Settings) -> list[DoctorCheck]:
    """What needs no server."""

    async def unsafe() -> Sequence[HealthFinding]:
        return of_settings.unsafe_settings(settings)

    async def modes() -> Sequence[HealthFinding]:
        return of_settings.readable_by_others(of_settings.files_of(settings, home()))

    async def space() -> Sequence[HealthFinding]:
        return of_settings.space_of(settings, home())

    async def kept() -> Sequence[HealthFinding]:
        return of_retention.undecided(settings.retention(), settings.chosen_periods())

    looks = {"settings": unsafe, "file modes": modes, "disk": space, "retention": kept}
    return [DoctorCheck(what, look) for what, look in looks.items()]


def _mail(settings: Settings) -> list[DoctorCheck]:
    async def outgoing() -> Sequence[HealthFinding]:
        transport = email_transport(settings)
        try:
            return await of_mail.outgoing(transport)
        finally:
            await transport.aclose()

    async def incoming() -> Sequence[HealthFinding]:
        read = parse_folders(settings.imap_mailboxes)
        login = ImapLogin(
            settings.imap_login,
            settings.imap_secrets.get_secret_value(),
            settings.imap_token_command.get_secret_value(),
        )
        folders = (*read, *parse_folders(settings.sent_folders))
        listener = f"{settings.inbound_host}:{settings.inbound_port}"
        return [
            *of_mail.not_read(read, listener),
            *await of_mail.incoming(folders, login, settings.imap_ca_file or None),
        ]

    return [DoctorCheck("mail server", outgoing), DoctorCheck("incoming mail", incoming)]


async def _dns(settings: Settings, database: Database | None, names: NameServer | None) -> Sequence[HealthFinding]:
    senders = {settings.sender_address.rpartition("@")[2]: None}
    if database is not None:
        async with database.statement() as connection:
            senders |= dict.fromkeys(await queries.owner_domains(connection, limit=_MOST_DOMAINS))
    keys = parse_keys(settings.dkim_keys.get_secret_value())
    hosts = [host for host in map(ascii_host, senders) if host is not None]
    try:
        resolver = names or Dns()
    except UnavailableError as error:
        return [HealthFinding("DNS", f"not checked: {error}", severity=HealthSeverity.HINT)]
    return await of_dns.domains_of(resolver, of_dns.MailDomains(hosts, settings.reply_domain, keys))


def _of_mailboxes(
    settings: Settings, database: Database, names: NameServer | None, clock: Callable[[], datetime]
) -> list[DoctorCheck]:
    async def known() -> Sequence[OwnMailbox]:
        async with database.statement() as connection:
            return (await KnownMailboxes().read(connection)).mailboxes

    async def states() -> Sequence[HealthFinding]:
        return of_mailboxes.states_of(await known())

    async def told() -> Sequence[HealthFinding]:
        return of_mailboxes.deaf_to(await known(), _unproved(settings))

    async def records() -> Sequence[HealthFinding]:
        mailboxes = await known()
        if not mailboxes:
            return []
        signed = {key.domain.lower() for key in parse_keys(settings.dkim_keys.get_secret_value())}
        return await of_mailboxes.dns_of(names or Dns(), mailboxes, signed)

    return [
        DoctorCheck("mailboxes", states),
        DoctorCheck("bounces of mailboxes", told),
        DoctorCheck("DNS of mailboxes", records),
        DoctorCheck("new mail of mailboxes", lambda: of_mailboxes.without_push(database, clock())),
    ]


def _unproved(settings: Settings) -> dict[str, str]:
    """Settings that prove what providers tell, where they are empty, by the kind of the transport."""
    logins, keys, topics = settings.inbound_login_pairs(), settings.mailgun_keys(), settings.ses_topic_list()
    proofs = {"mailgun": ("RELANCE_MAILGUN_SIGNING_KEYS", keys), "ses": ("RELANCE_SES_TOPICS", topics)}
    proofs |= dict.fromkeys(("postmark", "sendgrid"), ("RELANCE_INBOUND_LOGINS", logins))
    return {kind: name for kind, (name, value) in proofs.items() if not value}


def checks_of_crm(settings: Settings, database: Database, clock: Callable[[], datetime]) -> list[DoctorCheck]:
    """Nothing where the settings name no mapping file."""
    if not settings.crm_file:
        return []

    async def asked() -> Sequence[HealthFinding]:
        reading = mapping_reading(settings)
        if reading is None or reading.mapping is None:
            return of_crm.mapping_of_file(reading) if reading is not None else []
        async with database.statement() as connection:
            row = await queries.crm_connection_row(connection, name=reading.mapping.crm)
        # With the session that `relance serve` has: another login could end it.
        crm = adapter_of(settings, reading.mapping, database if row is not None else None)
        try:
            return await of_crm.asked(crm, reading.mapping, row.account if row is not None else None)
        finally:
            await crm.aclose()

    async def still() -> Sequence[HealthFinding]:
        reading = mapping_reading(settings)
        if reading is None or reading.mapping is None:
            return []
        async with database.transaction() as connection:
            status = await crm_status(connection, reading.mapping.crm, clock())
        return of_crm.standing_still(status, clock())

    return [DoctorCheck("CRM", asked), DoctorCheck("CRM writes", still)]


def _of_postgres(settings: Settings, database: Database, clock: Callable[[], datetime]) -> list[DoctorCheck]:
    periods, believed = settings.retention(), settings.authserv_ids()
    return [
        DoctorCheck("migrations", lambda: of_postgres.schema_of(database)),
        DoctorCheck("Postgres", lambda: of_postgres.state_of(database, clock)),
        DoctorCheck("stale rows", lambda: of_postgres.stale_rows(database, clock())),
        DoctorCheck("journal", lambda: of_postgres.journal_of(database, settings.opt_out_journal, asyncio.sleep)),
        DoctorCheck("subscriptions", lambda: _subscriptions(database, clock())),
        DoctorCheck("senders of mail", lambda: of_senders.senders_of(database, believed, clock())),
        DoctorCheck("retention", lambda: of_retention.announced(database, periods, clock())),
    ]


async def _subscriptions(database: Database, now: datetime) -> Sequence[HealthFinding]:
    async with database.transaction() as connection:
        return of_subscriptions.subscriptions_of(await subscriptions(connection), now)


def _of_temporal(client: Client, clock: Callable[[], datetime]) -> list[DoctorCheck]:
    return [
        DoctorCheck("search attributes", lambda: of_temporal.attributes_of(client)),
        DoctorCheck("schedules", lambda: of_temporal.schedules_of(client)),
        DoctorCheck("retention", lambda: of_temporal.namespace_of(client)),
        DoctorCheck("Temporal", lambda: of_temporal.server_of(client)),
        DoctorCheck("clock", lambda: of_temporal.clock_of(client, clock)),
    ]


def _of_both(database: Database, client: Client) -> list[DoctorCheck]:
    # Ids are hashes: after the id of nothing comes another place of the table each time.
    start = enrollment_id("", "", secrets.token_hex(8))
    runs = TemporalRuns(client)
    return [DoctorCheck("runs", lambda: of_postgres.runs_without_workflow(database, runs, start))]
