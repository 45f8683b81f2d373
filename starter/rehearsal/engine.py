"""The engine of a rehearsal: Postgres, Temporal and all workers of its own, in a folder that is gone afterwards."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, get_args

from pydantic import SecretStr
from temporalio.testing._timeskipping import TimeSkipper

import worker
from sequences.reactions.sentiment import Label
from services.follow_ups.carry_out import FollowUps
from services.intake.mail import MailIntake
from services.intake.sms import SmsIntake
from services.sending.compose_email import Composer
from starter.composition import Services, open_services
from starter.local.postgres import LocalPostgres
from starter.local.temporal import LocalTemporal
from starter.rehearsal.cut_off import DroppedMail, DroppedPosts, DroppedSms, GivenScores, WouldHaveLeft
from starter.sentiment_wiring import scoring_with
from starter.server.dispatch import dispatching
from starter.server.outbox import Dispatcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.settings import Settings

_NOWHERE: Final = "rehearsal.invalid"
"""No name server knows it (RFC 6761), should anything ever ask."""


class Clock:
    """The time of the whole rehearsal: that of the run whose turn it is."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        """UTC."""
        return max(self.now, datetime.now(UTC))


@dataclass(frozen=True)
class Engine:
    """What a rehearsal plays on.

    Attributes:
        mail: where replies by mail come in.
        texts: where replies by SMS come in.
        outside: what would have left.
    """

    services: Services
    skipper: TimeSkipper
    clock: Clock
    mail: MailIntake
    texts: SmsIntake
    outside: WouldHaveLeft


def cut_off(settings: Settings, database_url: str) -> Settings:
    """The organisation's settings without every way out and every secret: what nobody can reach, nobody reaches."""
    throw_away = SecretStr(secrets.token_urlsafe(32))
    replaced = {
        name: throw_away if field.is_required() else field.default
        for name, field in type(settings).model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    }
    return settings.model_copy(
        update={
            **replaced,
            "database_url": database_url,
            "smtp_host": _NOWHERE,
            "smtp_username": None,
            "sent_folders": "",
            "imap_mailboxes": "",
            "twilio_account_sid": "",
            "twilio_base_url": f"http://{_NOWHERE}",
            "log_level": "ERROR",
        }
    )


@asynccontextmanager
async def open_engine(settings: Settings, replies: Label | None, say: Callable[[str], None]) -> AsyncIterator[Engine]:
    """Starts everything, and ends and removes all of it with the block.

    Args:
        settings: the organisation's. The database that they name is not opened.
        replies: how every reply is read; None: there are none.
        say: is told what starts.

    Raises:
        UnavailableError: a server does not start.
        SettingsError: the local stack is not installed.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="relance-rehearsal-")))
        say("Postgres")
        postgres = await stack.enter_async_context(LocalPostgres(folder, fsync=False))
        say("Temporal")
        temporal = LocalTemporal(folder, ui_port=None, time_skipping=True)
        await stack.enter_async_context(temporal)
        say("workers")
        ours = cut_off(settings, postgres.url)
        services = await stack.enter_async_context(open_services(ours, temporal.environment))
        outside, clock = WouldHaveLeft(), Clock()
        await _start_workers(stack, services, outside, replies)
        # The clock jumps: what is due can be found, but not waited for.
        dispatcher = Dispatcher(services, clock, idles=False)
        await stack.enter_async_context(dispatching(dispatcher))
        yield Engine(
            services=services,
            skipper=TimeSkipper(services.client),
            clock=clock,
            mail=MailIntake(services.database, services.organisation, clock, dispatcher.wake),
            texts=SmsIntake(services.database, services.organisation, clock, dispatcher.wake),
            outside=outside,
        )


async def _start_workers(
    stack: AsyncExitStack, services: Services, outside: WouldHaveLeft, replies: Label | None
) -> None:
    composer = Composer(services.renderer, services.organisation)
    follow_ups = FollowUps(services.renderer, composer, services.changes)
    delivering = worker.deliveries_of(services, DroppedPosts(outside))
    scoring = await stack.enter_async_context(scoring_with(GivenScores(replies or Label.NEUTRAL)))
    for each in (
        worker.main_worker(services, follow_ups, delivering),
        worker.delivery_worker(services, delivering),
        worker.send_worker(services, composer, follow_ups, DroppedMail(outside), DroppedSms(outside)),
        worker.sentiment_worker(services, scoring),
    ):
        await stack.enter_async_context(each)
