"""The limits of our mailboxes and numbers, as the settings name them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sequences.planning.values import Channel
from sequences.sending.slots import parse_limits
from services.reading.limits_ahead import LimitsAhead
from services.reading.mailbox_queues import MailboxQueues
from services.sending.slots import Slots

if TYPE_CHECKING:
    from adapters.postgres.versions import Versions
    from adapters.settings import Settings
    from sequences.sending.slots import Limits


def slots_of(settings: Settings) -> Slots:
    """Counted by the organisation's days."""
    limits: dict[str, Limits | None] = {
        Channel.EMAIL: parse_limits(settings.mailbox_limits),
        Channel.SMS: parse_limits(settings.sms_limits),
    }
    return Slots(limits, ZoneInfo(settings.organisation_timezone), random.random)


def limits_ahead_of(settings: Settings, versions: Versions) -> LimitsAhead:
    """What they put off, of what is planned."""
    queues = MailboxQueues(versions, slots_of(settings), settings.sender_address, settings.sms_sender)
    return LimitsAhead(queues)
