"""Which planned messages the limits of a mailbox put off to another day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.planning.planner import postpone
from sequences.planning.values import RunFacts, Schedule, StepTiming
from sequences.planning.wallclock import ClockRange
from sequences.sending.slot_forecast import QueuedMessage, put_off_by_mailbox
from sequences.sending.slots import LATE, BackOff, Limits, Mailbox, MailboxDay, day_of, next_slot, waits_on_the_spot

MONDAY = date(2027, 5, 3)
NOW = datetime(2027, 5, 3, 6, tzinfo=UTC)
NINE = NOW + timedelta(hours=3)
HOUR = timedelta(hours=1)
UNTIL = NOW + timedelta(days=21)
UTC_ZONE = ZoneInfo("UTC")
TWO_A_DAY = Limits(per_day=2)


def message(run: str, hours: float, slot: float | None = None) -> QueuedMessage:
    return QueuedMessage(run, "one", NINE + hours * HOUR, None if slot is None else NINE + slot * HOUR)


def at_once(_: QueuedMessage, at: datetime) -> datetime | None:
    return at


def in_office_hours(_: QueuedMessage, at: datetime) -> datetime | None:
    """From Monday to Friday, from nine to five: as the engine asks when a slot is not now."""
    schedule = Schedule(timezone="UTC", windows=(ClockRange(9 * 60, 17 * 60),), weekdays_only=True)
    return postpone(StepTiming("one", "email", schedule=schedule), RunFacts(NOW), at).due_at


def mailbox(**days: int) -> Mailbox:
    taken = {MONDAY + timedelta(days=int(day[1:])): MailboxDay(used, NOW) for day, used in days.items()}
    return Mailbox(UTC_ZONE, date(2027, 1, 1), taken)


@pytest.mark.parametrize(
    ("planned", "known", "later"),
    [
        pytest.param([message("a", 0), message("b", 1)], mailbox(), {}, id="as many as may go"),
        pytest.param(
            [message("c", 2), message("a", 0), message("b", 1)], mailbox(), {"c": 15}, id="the last one, at midnight"
        ),
        pytest.param([message("a", 0), message("b", 1)], mailbox(d0=1), {"b": 15}, id="what went out today counts"),
        pytest.param([message("a", 24)], mailbox(d0=2), {}, id="of another day it does not"),
        pytest.param([message("a", 0)], mailbox(d0=2, d1=2, d2=1), {"a": 39}, id="the first day with room"),
        pytest.param(
            [message("a", 0), message("b", 0), message("c", 0), message("d", 24), message("e", 25)],
            mailbox(),
            {"c": 15, "e": 39},
            id="what is put off pushes others",
        ),
        pytest.param([message("a", -240), message("b", 0)], mailbox(d0=1), {"b": 15}, id="what is overdue goes now"),
        pytest.param(
            # Its slot of this morning is among those that are taken.
            [message("a", 0, slot=0), message("b", 1)],
            mailbox(d0=2),
            {"b": 15},
            id="who has a slot takes no second one",
        ),
    ],
)
def test_what_goes_on_a_later_day(planned: list[QueuedMessage], known: Mailbox, later: dict[str, float]) -> None:
    found = put_off_by_mailbox(TWO_A_DAY, known, planned, NOW, UNTIL, at_once)
    assert found == {(run, "one"): NINE + hours * HOUR for run, hours in later.items()}


def test_the_schedule_decides_when_a_slot_is_not_now() -> None:
    friday = [message(name, 4 * 24) for name in "abcde"]
    found = put_off_by_mailbox(TWO_A_DAY, mailbox(), friday, NOW, UNTIL, in_office_hours)
    # Two each on Monday and Tuesday, as slots at midnight are missed and given back.
    assert found == {(run, "one"): NINE + days * 24 * HOUR for run, days in {"c": 7, "d": 7, "e": 8}.items()}


def test_minutes_between_two_are_no_delay_and_midnight_is() -> None:
    slow = Limits(per_minute=1)
    found = put_off_by_mailbox(slow, mailbox(), [message(name, 0) for name in "abc"], NOW, UNTIL, at_once)
    assert found == {}
    late = [message(name, 14.9) for name in "abcdefgh"]
    # At 23:54 five fit before midnight, a gap after each.
    assert set(put_off_by_mailbox(slow, mailbox(), late, NOW, UNTIL, at_once)) == {("g", "one"), ("h", "one")}


def test_a_mailbox_that_warms_up_and_one_that_its_server_holds() -> None:
    warming = Limits(per_day=8, warm_up_days=3, warm_up_start=1)
    young = Mailbox(UTC_ZONE, MONDAY, {})
    found = put_off_by_mailbox(warming, young, [message(name, 0) for name in "abcd"], NOW, UNTIL, at_once)
    assert found == {("b", "one"): NINE + 15 * HOUR, ("c", "one"): NINE + 15 * HOUR, ("d", "one"): NINE + 39 * HOUR}
    held = Mailbox(UTC_ZONE, date(2027, 1, 1), {}, (BackOff(NOW, NOW + 30 * HOUR),))
    found = put_off_by_mailbox(TWO_A_DAY, held, [message("a", 0)], NOW, UNTIL, at_once)
    assert found == {("a", "one"): NOW + 30 * HOUR}


def test_what_may_never_go_takes_no_slot_of_others_forever() -> None:
    found = put_off_by_mailbox(TWO_A_DAY, mailbox(d0=2), [message("a", 0)], NOW, UNTIL, lambda *_: None)
    assert found == {}


@given(
    st.lists(st.tuples(st.integers(0, 14 * 48), st.booleans()), max_size=60),
    st.integers(1, 5),
    st.sampled_from([None, 1, 30]),
    st.booleans(),
)
def test_it_is_what_the_engine_does_one_message_after_the_other(
    planned: list[tuple[int, bool]], cap: int, per_minute: int | None, office: bool
) -> None:
    """Whoever is due asks for a slot, sleeps until the schedule allows it, and asks again if it was missed."""
    limits = Limits(per_day=cap, per_minute=per_minute)
    messages = [message(f"r{number:03}", half / 2) for number, (half, _) in enumerate(planned)]
    allowed = in_office_hours if office else at_once
    days: dict[date, MailboxDay] = {}
    waits: list[tuple[datetime, str, QueuedMessage, datetime | None]] = [
        (each.at, each.run, each, None) for each in messages
    ]
    went: dict[str, datetime] = {}
    while waits:
        now, run, each, slot = min(waits, key=lambda one: one[:2])
        waits.remove((now, run, each, slot))
        if slot is not None and now > slot + LATE:
            day = day_of(slot, UTC_ZONE)
            days[day] = MailboxDay(days[day].used - 1, days[day].next_at)
            slot = None
        if slot is None:
            found = next_slot(limits, Mailbox(UTC_ZONE, date(2027, 1, 1), days), now, 0.5)
            used = days[found.day].used if found.day in days else 0
            days[found.day] = MailboxDay(used + 1, found.next_at)
            if not waits_on_the_spot(now, found.at):
                again = allowed(each, found.at)
                assert again is not None
                waits.append((again, run, each, found.at))
                continue
            slot = found.at
        went[run] = max(now, slot)
    assert max(Counter(day_of(at, UTC_ZONE) for at in went.values()).values(), default=0) <= cap
    later = {(each.run, "one"): went[each.run] for each in messages if went[each.run].date() > each.at.date()}
    far = NOW + timedelta(days=400)
    assert put_off_by_mailbox(limits, mailbox(), messages, NOW, far, allowed) == later
