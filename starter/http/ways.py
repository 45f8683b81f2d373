"""What the HTTP app needs, handed over by the composition root; tests hand over a real Postgres and scripted runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from activities.intake.crm import CrmIntake
from activities.intake.links import LinkIntake
from activities.intake.mail import MailIntake
from activities.intake.texts import TextIntake
from adapters.mail.providers.fetching import fetch
from adapters.temporal.bulk import TemporalBulk
from starter.http.probes import Probes
from starter.services import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from activities.enrolling import Enrolling
    from activities.ports import Runs
    from activities.settings import House
    from adapters.mail.providers.ses import Fetch
    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from starter.bulk import BulkOrders
    from starter.rule_orders import RuleOrders
    from starter.services import Services


@dataclass(frozen=True)
class Ways:
    """Ports and intakes of the app."""

    settings: Settings
    house: House
    database: Database
    runs: Runs
    enrolling: Enrolling
    crm: CrmIntake
    texts: TextIntake
    links: LinkIntake
    probes: Probes = field(default_factory=Probes)
    bulk: BulkOrders | None = None
    rules: RuleOrders | None = None
    mail: MailIntake | None = None
    fetch: Fetch = fetch
    clock: Callable[[], datetime] = utc_now


def ways_of(services: Services, wake: Callable[[], None]) -> Ways:
    """The ways in to the real house; ``wake`` is called after everything that was stored."""
    database, house = services.database, services.house
    return Ways(
        settings=services.settings,
        house=house,
        database=database,
        runs=services.runs,
        enrolling=services.enrolling,
        crm=CrmIntake(
            database,
            services.changes,
            utc_now,
            wake,
            services.settings.catalogue(),
            echo_keys=services.settings.hook_keys(),
            echo_window=timedelta(minutes=services.settings.echo_window),
        ),
        texts=TextIntake(database, house, utc_now, wake),
        mail=MailIntake(database, house, utc_now, wake),
        links=LinkIntake(database, utc_now, wake),
        probes=Probes.of(services),
        bulk=TemporalBulk(services.client),
        rules=services.rules,
    )
