"""One attempt at one send, as it is handed on: by whom, of what, when; and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.postgres import queries
from sequences import ids

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from adapters.postgres.database import Connection
    from sequences.definition.steps import Step
    from sequences.sending.outcome import HandOver, TransportOutcome
    from sequences.sending.send_obstacles import Span
    from services.runs.planning import RunContext
    from services.runs.whole_run import WholeRun
    from services.sending.compose_email import Message


@dataclass(frozen=True)
class Claimer:
    """Who attempts it.

    Attributes:
        name: another one for each try of each activity.
        stopping: whether this worker is shutting down.
    """

    name: str
    stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Attempt:
    """One attempt at one send, with everything that was read for it.

    Attributes:
        sender: the address or number that it goes out from.
        span: of the frequency cap.
        now: the run's time.
        number: how often the step was given back before.
        by_hand: a person wants it sent now.
        whole: the run as it was when the step was made ready; None: the step settles as if it had changed since.
        timezone: IANA name of the step's, in which closed days are days; None: closed days are no obstacle.
        message: what is stored as it is claimed; None: it is stored already.
    """

    context: RunContext
    step: Step
    sender: str
    span: Span
    claimer: Claimer
    now: datetime
    number: int = 0
    by_hand: bool = False
    whole: WholeRun | None = None
    timezone: str | None = None
    message: Message | None = None

    @property
    def day(self) -> date | None:
        """The calendar day of the attempt in the step's zone."""
        return self.now.astimezone(ZoneInfo(self.timezone)).date() if self.timezone else None

    @cached_property
    def send(self) -> str:
        """Id of the one send of the step."""
        return ids.send_id(self.context.run.id, self.step.id)

    @cached_property
    def channel(self) -> str:
        """Of the step."""
        return self.step.channel

    @property
    def claimed_by(self) -> str:
        """The name under which the send is claimed: another one for each attempt."""
        return f"{self.claimer.name}:{self.number}"

    @property
    def again(self) -> bool:
        """It is unknown, has waited, and the sequence says to send it again."""
        return self.number > 0 and self.context.version.definition.if_unknown == "resend"


def own_limits(context: RunContext) -> str | None:
    """The limits that the mailbox of a run has of its own, as they are written; None: those of the settings."""
    return context.mailbox.limits if context.mailbox is not None else None


@dataclass(frozen=True)
class Unclaimed:
    """Nothing was handed over. ``outcome``: there was no connection; None: something forbids the send."""

    outcome: TransportOutcome | None = None


@dataclass(frozen=True, slots=True)
class ClaimedSend:
    """What is handed over of a send."""

    id: str
    enrollment_id: str
    person_id: str
    channel: str
    sender: str
    recipient: str
    content: bytes
    text: str

    @classmethod
    def of(cls, row: queries.SendRow) -> ClaimedSend:
        """From its row."""
        return cls(
            row.id, row.enrollment_id, row.person_id, row.channel, row.sender, row.recipient, row.content, row.text
        )


@dataclass(frozen=True)
class HandedOver:
    """It was claimed, and this came of handing it over."""

    row: ClaimedSend
    outcome: TransportOutcome
    handover: HandOver


async def why_not(connection: Connection, attempt: Attempt) -> queries.WhyNotClaimedRow | None:
    """What the claim of an attempt would meet now: the state of the send, and the gravest obstacle, if there is one."""
    return await queries.why_not_claimed(
        connection,
        id=attempt.send,
        now=attempt.now,
        span_start=attempt.span.start,
        cap=attempt.span.cap,
        day=attempt.day,
        owner=attempt.context.view.owner_id,
    )
