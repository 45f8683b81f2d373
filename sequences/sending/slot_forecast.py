"""Which planned messages the limits of a mailbox put off to another day, as far as the plans of today say.

The slots are those of ``next_slot``, taken in the order in which messages are due, as the engine takes them.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sequences.sending.slots import LATE, Mailbox, MailboxDay, day_of, next_slot, waits_on_the_spot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sequences.sending.slots import Limits, Slot

_USUAL: Final = 0.5
"""How much of the jitter comes after a slot; who sends draws it."""


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A planned message of a mailbox.

    Attributes:
        run: id of the run.
        step: of the sequence.
        at: when it is due; UTC.
        slot: that it has reserved already; UTC. None: none.
    """

    run: str
    step: str
    at: datetime
    slot: datetime | None = None


def put_off_by_mailbox(
    limits: Limits,
    mailbox: Mailbox,
    planned: Iterable[QueuedMessage],
    now: datetime,
    until: datetime,
    allowed: Callable[[QueuedMessage, datetime], datetime | None],
) -> Mapping[tuple[str, str], datetime]:
    """Run and step of each message that will not go on the day on which it is due, with when it goes at the earliest.

    A day is one of the organisation, as the daily limit counts it. What waits for minutes between two others is not
    put off.

    Args:
        limits: of the mailbox.
        mailbox: what is known of it now.
        planned: all of its messages that are due before ``until``, of all sequences.
        now: UTC.
        until: what is put off beyond it is not followed any further.
        allowed: from an instant on, the first at which the schedule of a message lets it go; None: there is none.
    """
    queue = [(max(each.at, now), each.run, each.step, each, each.slot) for each in planned]
    heapq.heapify(queue)
    taken = _Taken(limits, mailbox)
    later: dict[tuple[str, str], datetime] = {}
    while queue and queue[0][0] < until:
        at, run, step, message, held = heapq.heappop(queue)
        if held is not None and at <= held + LATE:
            goes = max(at, held)
        else:
            if held is not None:
                # It was missed: the schedule did not let the message go then.
                taken.give_back(held)
            slot = taken.take(at)
            goes = slot.at
            if not waits_on_the_spot(at, slot.at):
                again = allowed(message, slot.at)
                if again is None:
                    continue
                if again > slot.at:
                    heapq.heappush(queue, (again, run, step, message, slot.at))
                goes = again
        if day_of(goes, mailbox.zone) > day_of(max(message.at, now), mailbox.zone):
            later[run, step] = goes
    return later


class _Taken:
    """The days of a mailbox while their slots are taken."""

    def __init__(self, limits: Limits, mailbox: Mailbox) -> None:
        self._limits = limits
        self._days = dict(mailbox.days)
        self._mailbox = Mailbox(mailbox.zone, mailbox.started_on, self._days, mailbox.back_offs)
        # All days from "first" to the one before "open" are full: nobody looks at each of them again.
        self._first = self._open = date.min

    def take(self, at: datetime) -> Slot:
        """The next free slot from an instant on."""
        day = day_of(at, self._mailbox.zone)
        if not self._first <= day <= self._open:
            self._first = self._open = day
        while self._is_full(self._open):
            self._open += timedelta(days=1)
        slot = next_slot(self._limits, self._mailbox, max(at, self._midnight(self._open)), _USUAL)
        known = self._days.get(slot.day)
        self._days[slot.day] = MailboxDay(known.used + 1 if known else 1, slot.next_at)
        return slot

    def give_back(self, slot: datetime) -> None:
        """One that was missed leaves room for another message on its day."""
        day = day_of(slot, self._mailbox.zone)
        known = self._days.get(day)
        if known is not None and known.used:
            self._days[day] = MailboxDay(known.used - 1, known.next_at)
        self._open = min(self._open, day)

    def _is_full(self, day: date) -> bool:
        known, cap = self._days.get(day), self._limits.cap((day - self._mailbox.started_on).days)
        return known is not None and cap is not None and known.used >= cap

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._mailbox.zone).astimezone(UTC)
