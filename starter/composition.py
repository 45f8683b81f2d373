"""The objects that every way in shares, wired once: settings -> adapters -> activities."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from adapters.clock import utc_now
from adapters.postgres import migrations
from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.postgres.versions import Versions
from adapters.templates.renderer import Renderer
from adapters.temporal.client import connect
from adapters.temporal.deliveries import TemporalDeliveries
from adapters.temporal.deployments import versioned
from adapters.temporal.executions import TemporalExecutions
from adapters.temporal.histories import TemporalHistories
from adapters.temporal.metrics import Instruments
from adapters.temporal.rule_workflows import TemporalRules
from adapters.temporal.run_histories import TemporalRunHistories
from adapters.temporal.runs import TemporalRuns
from adapters.temporal.windows import TemporalWindows
from adapters.uploads.store import UploadStore
from adapters.webhooks import Webhooks
from sequences.reactions.soft_bounces import parse_bounce_limit
from sequences.sending.callable_networks import parse_networks
from services.backup.compare import Comparing
from services.backup.doubt import SendDoubt
from services.enrolling.eligibility import Eligibility
from services.enrolling.enroll import Enrolling
from services.enrolling.preflight import Preflight
from services.enrolling.window_ledger import WindowLedger
from services.enrolling.window_starter import WindowStarter
from services.organisation import Organisation, renderer_of
from services.privacy.erase_person import ErasePerson
from services.records.record_changes import RecordChanges
from services.replies.answer import Answering
from services.runs.planning import Planning
from services.runs.start_run import StartRun
from services.runs.started_by_workers import StartedByWorkers
from services.sending.compose_email import Composer
from services.webhooks.endpoints import EndpointKeys
from starter.mail_wiring import signer_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from temporalio.client import Client
    from temporalio.runtime import Runtime
    from temporalio.worker import WorkerDeploymentConfig

    from adapters.settings import SentimentWorkerSettings, Settings


def organisation_of(settings: Settings) -> Organisation:
    """What activities need to know, from the settings."""
    return Organisation(
        public_url=settings.public_url,
        token_keys=settings.keys(),
        reply_domain=settings.reply_domain,
        mail_domain=settings.mail_domain,
        sender_name=settings.sender_name,
        sender_address=settings.sender_address,
        company=settings.company,
        sms_sender=settings.sms_sender,
        whatsapp_sender=settings.whatsapp_sender,
        phone_region=settings.phone_region,
        sms_opt_out_line=settings.sms_opt_out_line,
        sms_segments_warn=settings.sms_segments_warn,
        soft_bounces=parse_bounce_limit(settings.soft_bounces),
        language=settings.language,
        footer_lines=settings.footer_lines(),
        authserv_ids=settings.authserv_ids(),
    )


def answering_of(settings: Settings) -> Answering:
    """What writes answers of recruiters."""
    records = Records(settings.organisation_timezone, settings.phone_region)
    return Answering(
        planning=Planning(records, Versions()), organisation=organisation_of(settings), seal=signer_of(settings)
    )


def uploads_of(settings: Settings) -> UploadStore | None:
    """Where files go that come by forms; None when the settings name no folder."""
    if not settings.uploads_folder:
        return None
    return UploadStore(Path(settings.uploads_folder), settings.upload_megabytes * 1024 * 1024)


class Connected(Protocol):
    """Both servers: all that a worker which only judges replies needs. ``Connections`` and ``Services`` are."""

    @property
    def database(self) -> Database:
        """Postgres."""

    @property
    def client(self) -> Client:
        """The namespace of Temporal."""

    @property
    def build(self) -> WorkerDeploymentConfig | None:
        """What its workers say of themselves; None: nothing."""


@dataclass(frozen=True)
class Connections:
    """Postgres, migrated, and Temporal."""

    database: Database
    client: Client
    build: WorkerDeploymentConfig | None = None


@dataclass(frozen=True)
class Services:
    """Postgres, Temporal and what stands on them."""

    settings: Settings
    organisation: Organisation
    database: Database
    client: Client
    records: Records
    versions: Versions
    planning: Planning
    changes: RecordChanges
    runs: TemporalRuns
    ledger: WindowLedger
    windows: WindowStarter
    rules: TemporalRules
    deliveries: TemporalDeliveries
    renderer: Renderer
    enrolling: Enrolling
    instruments: Instruments = field(default_factory=Instruments)
    build: WorkerDeploymentConfig | None = None


def erasing_of(services: Services) -> ErasePerson:
    """What erases people."""
    return ErasePerson(
        database=services.database,
        runs=services.runs,
        histories=TemporalHistories(services.client),
        keys=services.settings.keys(),
        uploads=uploads_of(services.settings),
        clock=utc_now,
    )


async def open_runs() -> TemporalRuns:
    """The runs in Temporal alone, for a command that only looks at one.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    return TemporalRuns(await connect())


def comparing_of(services: Services, *, dry_run: bool, seen: Callable[[int], None]) -> Comparing:
    """What compares rows with Temporal after a restore."""
    organisation = services.organisation
    composer = Composer(services.renderer, organisation, signer_of(services.settings))
    return Comparing(
        database=services.database,
        planning=services.planning,
        runs=services.runs,
        executions=TemporalExecutions(services.client),
        histories=TemporalRunHistories(services.client),
        doubt=SendDoubt(services.planning, composer, organisation),
        dry_run=dry_run,
        seen=seen,
    )


def webhooks_of(settings: Settings, database: Database, clock: Callable[[], datetime] = utc_now) -> Webhooks:
    """What posts to other systems: signed with a key of the receiver's own, else with the newest key of hooks."""
    endpoints = EndpointKeys(database, settings.keys(), clock)
    return Webhooks(
        settings.hook_keys()[0],
        settings.webhook_timeout,
        networks=parse_networks(settings.webhook_networks),
        keys_of=endpoints.of,
        address_of=endpoints.address_of,
    )


@asynccontextmanager
async def open_connections(
    settings: Settings | SentimentWorkerSettings,
    temporal: Mapping[str, str] | None = None,
    runtime: Runtime | None = None,
) -> AsyncIterator[Connections]:
    """Connects to both servers, applies the migrations, and closes everything at the end.

    Arguments and errors as of ``open_services``.
    """
    database = await Database.connect(settings.database_url)
    try:
        await migrations.apply(settings.database_url, settings.phone_region)
        build = versioned(settings.deployment, settings.build_id)
        yield Connections(database, await connect(temporal, runtime), build)
    finally:
        await database.close()


@asynccontextmanager
async def open_services(
    settings: Settings, temporal: Mapping[str, str] | None = None, runtime: Runtime | None = None
) -> AsyncIterator[Services]:
    """Connects to both servers, and wires what stands on them.

    Args:
        settings: ours.
        temporal: ``TEMPORAL_*`` values instead of the environment's.
        runtime: of the SDK, one that keeps metrics.

    Raises:
        UnavailableError: Postgres or Temporal does not answer.
        SettingsError: Postgres refuses us.
    """
    async with open_connections(settings, temporal, runtime) as connected:
        database, client = connected.database, connected.client
        records = Records(settings.organisation_timezone, settings.phone_region)
        versions = Versions()
        runs = TemporalRuns(client)
        ledger = WindowLedger()
        starting = StartRun(database, versions, runs, utc_now)
        renderer = renderer_of(settings)
        windows = WindowStarter(database, ledger, TemporalWindows(client), starting, utc_now)
        yield Services(
            settings=settings,
            organisation=organisation_of(settings),
            database=database,
            client=client,
            build=connected.build,
            records=records,
            versions=versions,
            planning=Planning(records, versions),
            changes=RecordChanges(records),
            runs=runs,
            ledger=ledger,
            windows=windows,
            rules=TemporalRules(client, settings.scan_clock(), settings.organisation_timezone),
            deliveries=TemporalDeliveries(client),
            renderer=renderer,
            instruments=Instruments(runtime.metric_meter) if runtime is not None else Instruments(),
            enrolling=Enrolling(
                database=database,
                records=records,
                versions=versions,
                runs=runs,
                starting=starting,
                windows=windows,
                eligibility=Eligibility(records, settings.phone_region, Preflight(renderer), settings.keys()),
                clock=utc_now,
                workers=StartedByWorkers(database),
            ),
        )
