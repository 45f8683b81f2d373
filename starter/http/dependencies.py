"""What the HTTP app needs, handed over by the composition root; tests hand over a real Postgres and scripted runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.mail.incoming.providers.fetching import fetch
from adapters.temporal.bulk_control import TemporalBulk
from services.forms.intake import FormPorts, Forms
from services.intake.bookings import BookingIntake
from services.intake.links import LinkIntake
from services.intake.mail import MailIntake
from services.intake.sms import SmsIntake
from services.privacy.ask_to_erase import AskToErase
from services.reading.probes import Probes
from services.records.consents import Consents
from services.records.record_changes import RecordChanges
from starter.composition import answering_of, uploads_of
from starter.crm_wiring import intake_of
from starter.doctor import examined

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.mail.incoming.providers.ses import Fetch
    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from adapters.uploads.store import UploadStore
    from services.doctor.findings import HealthFinding
    from services.enrolling.enroll import Enrolling
    from services.intake.apart import Apart
    from services.operations.bulk import BulkOrders
    from services.operations.scan_orders import RuleOrders
    from services.organisation import Organisation
    from services.ports import Runs
    from services.records.crm import CrmIntake
    from services.replies.answer import Answering
    from starter.composition import Services


@dataclass(frozen=True)
class Ways:
    """Ports and intakes of the app."""

    settings: Settings
    organisation: Organisation
    database: Database
    runs: Runs
    enrolling: Enrolling
    crm: CrmIntake
    texts: SmsIntake
    links: LinkIntake
    bookings: BookingIntake
    answering: Answering
    probes: Probes = field(default_factory=Probes)
    bulk: BulkOrders | None = None
    rules: RuleOrders | None = None
    mail: MailIntake | None = None
    forms: Forms | None = None
    uploads: UploadStore | None = None
    fetch: Fetch = fetch
    apart: Apart = asyncio.to_thread
    clock: Callable[[], datetime] = utc_now
    examine: Callable[[Settings, Callable[[], datetime]], Awaitable[tuple[HealthFinding, ...]]] = examined

    @property
    def asking_to_erase(self) -> AskToErase:
        """What begins erasing people; a job carries it out."""
        return AskToErase(self.organisation.token_keys, self.uploads is not None)

    @property
    def consents(self) -> Consents:
        """What notes by hand what people agreed to."""
        return Consents(RecordChanges(self.enrolling.records))


def ways_of(services: Services, wake: Callable[[], None], apart: Apart = asyncio.to_thread) -> Ways:
    """What the app asks, for real; ``wake`` is called after everything that was stored, ``apart`` reads mail."""
    database, organisation = services.database, services.organisation
    settings, uploads = services.settings, uploads_of(services.settings)
    return Ways(
        settings=services.settings,
        organisation=organisation,
        database=database,
        runs=services.runs,
        enrolling=services.enrolling,
        crm=intake_of(settings, database, wake),
        texts=SmsIntake(database, organisation, utc_now, wake),
        mail=MailIntake(database, organisation, utc_now, wake, apart),
        apart=apart,
        links=LinkIntake(database, utc_now, wake),
        bookings=BookingIntake(database, organisation, utc_now, wake),
        forms=Forms(
            FormPorts(
                database, services.records, services.changes, settings.catalogue(), uploads, clock=utc_now, wake=wake
            )
        ),
        uploads=uploads,
        answering=answering_of(services.settings),
        probes=Probes.of(services.database, services.client),
        bulk=TemporalBulk(services.client),
        rules=services.rules,
    )
