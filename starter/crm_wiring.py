"""The CRM that the settings name: its mapping file, its adapter, and what reads and writes it."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.crm.choose import CrmSecrets, crm_of
from adapters.crm.session import OwnSession
from adapters.postgres import queries
from adapters.postgres.records import Records
from sequences.crm.mapping_file import read_mapping
from sequences.errors import SettingsError
from sequences.tokens import TokenKind, sign
from services.crm.apply_records import ApplyRecords
from services.crm.backfill import BackfillCrm
from services.crm.connected import ConnectedCrm
from services.crm.plan_writes import PlanCrmWrites
from services.crm.read_changes import ReadCrm
from services.crm.send_writes import SendCrmWrites
from services.crm.sessions import StoredSessions
from services.outages import Outages
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from services.records.record_changes import RecordChanges

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from adapters.crm.session import CrmSessions
    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from sequences.crm.mapping import CrmMapping
    from sequences.crm.mapping_file import MappingReading
    from services.crm.port import Crm


@dataclass(frozen=True)
class CrmParts:
    """What works on the connection.

    Attributes:
        connected: the CRM and its mapping.
        reading: looks what changed.
        planning: plans what is written.
        sending: writes it.
        backfill: reads all records.
    """

    connected: ConnectedCrm
    reading: ReadCrm
    planning: PlanCrmWrites
    sending: SendCrmWrites
    backfill: BackfillCrm


def intake_of(settings: Settings, database: Database, wake: Callable[[], None] = lambda: None) -> CrmIntake:
    """What takes changes of the CRM in, also those of its hook; ``wake`` is called after everything that was stored."""
    writer = ItemWriter(
        RecordChanges(Records(settings.organisation_timezone, settings.phone_region)),
        origin="crm",
        echo_keys=settings.hook_keys(),
        echo_window=timedelta(minutes=settings.echo_window),
    )
    return CrmIntake(database, writer, utc_now, wake, settings.catalogue())


def mapping_reading(settings: Settings) -> MappingReading | None:
    """What the mapping file says, good or not; None: the settings name none.

    Raises:
        SettingsError: it cannot be read.
    """
    if not settings.crm_file:
        return None
    try:
        text = Path(settings.crm_file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"RELANCE_CRM_FILE cannot be read ({type(error).__name__})") from error
    return read_mapping(text, Path(settings.crm_file).name, settings.catalogue())


def crm_name(settings: Settings) -> str | None:
    """The CRM of the mapping file; None: there is none, or it has errors."""
    try:
        reading = mapping_reading(settings)
    except SettingsError:
        return None
    return reading.mapping.crm if reading is not None and reading.mapping is not None else None


def mapping_of(settings: Settings) -> CrmMapping | None:
    """The mapping; None: the settings name none.

    Raises:
        SettingsError: the file cannot be read, or has errors.
    """
    reading = mapping_reading(settings)
    if reading is None:
        return None
    if reading.mapping is None:
        raise SettingsError(
            f"the mapping file of the CRM has errors; `relance crm check` explains:\n{reading.report()}"
        )
    return reading.mapping


def adapter_of(settings: Settings, mapping: CrmMapping, database: Database | None) -> Crm:
    """The adapter, with a session that all processes share; without a database, one of its own.

    Raises:
        SettingsError: a secret is missing.
    """
    secret, password = settings.crm_secret.get_secret_value(), settings.crm_password.get_secret_value()
    sessions: CrmSessions = OwnSession()
    if database is not None:
        login = "\x1f".join((mapping.crm, mapping.connect.model_dump_json(), secret, password))
        sessions = StoredSessions(database, mapping.crm, login, settings.keys())
    key = settings.hook_keys()[0]
    return crm_of(
        mapping, CrmSecrets(secret, password), sessions, lambda ident: sign(TokenKind.ECHO, ident, key), utc_now
    )


@asynccontextmanager
async def crm_parts(
    settings: Settings,
    database: Database,
    intake: CrmIntake,
    clock: Callable[[], datetime] = utc_now,
    *,
    accept_account: bool = False,
) -> AsyncIterator[CrmParts | None]:
    """What works on the connection; None: the settings name no CRM.

    Raises:
        SettingsError: the mapping file or a secret cannot be used.
    """
    mapping = mapping_of(settings)
    if mapping is None:
        yield None
        return
    crm = adapter_of(settings, mapping, database)
    try:
        yield parts_of(settings, database, intake, crm, mapping, clock, accept_account=accept_account)
    finally:
        await crm.aclose()


def parts_of(
    settings: Settings,
    database: Database,
    intake: CrmIntake,
    crm: Crm,
    mapping: CrmMapping,
    clock: Callable[[], datetime] = utc_now,
    *,
    accept_account: bool = False,
) -> CrmParts:
    """The same, of an adapter."""
    connected = ConnectedCrm(
        database=database,
        crm=crm,
        mapping=mapping,
        known=settings.catalogue(),
        clock=clock,
        outages=Outages(database, clock, settings.operator),
        accept_account=accept_account,
    )
    apply = ApplyRecords(connected, intake)
    return CrmParts(
        connected,
        ReadCrm(connected, apply, f"crm:{secrets.token_hex(8)}"),
        PlanCrmWrites(connected),
        SendCrmWrites(connected, timedelta(hours=settings.deliver_for), settings.operator),
        BackfillCrm(connected, apply, asyncio.sleep),
    )


async def register_crm(database: Database, parts: CrmParts | None) -> None:
    """From now on the event stream is read for what the mapping writes about, and for no other CRM."""
    if parts is not None:
        await parts.connected.register()
        return
    async with database.statement() as connection:
        await queries.disconnect_crms(connection, name=None)
