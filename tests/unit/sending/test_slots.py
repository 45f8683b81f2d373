"""Slots of a mailbox: never closer than the gap, never more than the day allows, in any zone and for any clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.errors import SettingsError
from sequences.sending.slots import (
    PRESETS,
    BackOff,
    Limits,
    Mailbox,
    MailboxDay,
    Slot,
    asks_for_less,
    clear_of,
    day_of,
    next_slot,
    parse_limits,
    waits_on_the_spot,
)

UTC_ZONE = ZoneInfo("UTC")
NOON = datetime(2027, 3, 10, 12, 0, tzinfo=UTC)
# Havana's clocks go back to midnight, Beirut's go forward at it; Lord Howe shifts by half an hour.
ZONES = st.sampled_from(
    ["UTC", "Europe/London", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
INSTANTS = st.integers(-60 * 86_400, 280 * 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds))
CHANCES = st.floats(0, 1, exclude_max=True)
LIMITS = st.builds(
    Limits,
    per_minute=st.none() | st.integers(1, 120),
    gap=st.timedeltas(timedelta(0), timedelta(hours=1)),
    jitter=st.floats(0, 1),
    per_day=st.none() | st.integers(1, 40),
)
WARMED = st.builds(
    lambda limits, most, days, share: replace(
        limits, per_day=most, warm_up_days=days, warm_up_start=max(1, int(most * share))
    ),
    LIMITS,
    st.integers(1, 40),
    st.integers(1, 30),
    st.floats(0, 1),
)


class Book:
    """What Postgres keeps, in memory."""

    def __init__(self, limits: Limits, zone: ZoneInfo, back_offs: tuple[BackOff, ...] = ()) -> None:
        self.limits = limits
        self.zone = zone
        self.back_offs = back_offs
        self.started_on: date | None = None
        self.days: dict[date, MailboxDay] = {}

    def reserve(self, now: datetime, chance: float = 0.0) -> Slot:
        today = day_of(now, self.zone)
        self.started_on = min(self.started_on or today, today)
        slot = next_slot(self.limits, Mailbox(self.zone, self.started_on, self.days, self.back_offs), now, chance)
        used = self.days[slot.day].used if slot.day in self.days else 0
        self.days[slot.day] = MailboxDay(used + 1, slot.next_at)
        return slot


@pytest.mark.slow
@given(
    limits=LIMITS | WARMED,
    zone=ZONES,
    asked=st.lists(st.tuples(INSTANTS, CHANCES), min_size=1, max_size=30),
    closed=st.lists(st.tuples(INSTANTS, st.timedeltas(timedelta(seconds=1), timedelta(days=3))), max_size=3),
)
def test_whatever_clocks_the_runs_have_the_limits_hold(
    limits: Limits, zone: str, asked: list[tuple[datetime, float]], closed: list[tuple[datetime, timedelta]]
) -> None:
    back_offs = tuple(BackOff(since, since + length) for since, length in closed)
    book = Book(limits, ZoneInfo(zone), back_offs)
    slots = [book.reserve(now, chance) for now, chance in asked]
    for slot, (now, _) in zip(slots, asked, strict=True):
        assert slot.at >= now
        assert slot.day == day_of(slot.at, book.zone)
        assert not any(each.since <= slot.at < each.until for each in back_offs)
    for earlier, later in pairwise(sorted(slot.at for slot in slots)):
        assert later - earlier >= limits.least_gap
    assert book.started_on is not None
    for day, count in Counter(slot.day for slot in slots).items():
        cap = limits.cap((day - book.started_on).days)
        assert cap is None or count <= cap


@pytest.mark.slow
@given(limits=LIMITS | WARMED, zone=ZONES, start=INSTANTS, chances=st.lists(CHANCES, min_size=2, max_size=60))
def test_runs_that_ask_at_once_get_distinct_slots_in_their_order(
    limits: Limits, zone: str, start: datetime, chances: list[float]
) -> None:
    book = Book(limits, ZoneInfo(zone))
    slots = [book.reserve(start, chance).at for chance in chances]
    assert slots == sorted(slots)
    if limits.least_gap:
        assert len(set(slots)) == len(slots)


@pytest.mark.slow
@given(limits=LIMITS | WARMED, zone=ZONES, asked=st.lists(st.tuples(INSTANTS, CHANCES), min_size=2, max_size=60))
def test_who_asks_later_never_goes_first(limits: Limits, zone: str, asked: list[tuple[datetime, float]]) -> None:
    book = Book(limits, ZoneInfo(zone))
    slots = [book.reserve(now, chance).at for now, chance in sorted(asked)]
    assert slots == sorted(slots)


@given(limits=WARMED, days=st.lists(st.integers(0, 400), min_size=2, max_size=20))
def test_warm_up_never_shrinks_and_ends_at_the_limit(limits: Limits, days: list[int]) -> None:
    caps = [limits.cap(day) or 0 for day in sorted(days)]
    assert caps == sorted(caps)
    assert limits.cap(0) == limits.warm_up_start
    assert limits.cap(limits.warm_up_days) == limits.per_day


def test_a_run_weeks_ahead_takes_nothing_from_those_of_today() -> None:
    book = Book(Limits(per_minute=1, per_day=3), UTC_ZONE)
    ahead = book.reserve(NOON + timedelta(weeks=3))
    assert ahead.at == NOON + timedelta(weeks=3)
    assert [book.reserve(NOON).at - NOON for _ in range(3)] == [timedelta(minutes=number) for number in range(3)]
    # The fourth of the day opens the next one, at midnight.
    assert book.reserve(NOON).at == datetime(2027, 3, 11, tzinfo=UTC)


def test_jitter_lengthens_the_gap_and_never_shortens_it() -> None:
    limits = Limits(gap=timedelta(seconds=10), jitter=0.5)
    assert limits.spacing(0.0) == timedelta(seconds=10)
    assert limits.spacing(0.5) == timedelta(seconds=12.5)


def test_a_gap_that_does_not_fit_before_midnight_begins_the_next_day() -> None:
    book = Book(Limits(gap=timedelta(minutes=5)), UTC_ZONE)
    late = datetime(2027, 3, 10, 23, 57, tzinfo=UTC)
    assert book.reserve(late).at == datetime(2027, 3, 11, tzinfo=UTC)


def test_a_day_is_the_organisations() -> None:
    book = Book(Limits(per_day=1), ZoneInfo("America/New_York"))
    book.reserve(NOON)
    # 2027-03-11 00:00 in New York is five hours behind UTC; summer time begins three days later.
    assert book.reserve(NOON).at == datetime(2027, 3, 11, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("second", "wait", "on_the_spot"),
    [(0, 0.0, True), (0, 3.0, True), (0, 3.001, False), (30, -5.0, True), (58, 1.999, True), (58, 2.0, False)],
)
def test_only_a_near_slot_of_the_same_minute_is_waited_for_on_the_spot(
    second: int, wait: float, on_the_spot: bool
) -> None:
    now = NOON + timedelta(seconds=second)
    assert waits_on_the_spot(now, now + timedelta(seconds=wait)) is on_the_spot


def test_back_offs_that_overlap_are_left_by_the_last() -> None:
    minute = timedelta(minutes=1)
    back_offs = (BackOff(NOON, NOON + 2 * minute), BackOff(NOON + minute, NOON + 5 * minute))
    assert clear_of(back_offs, NOON) == NOON + 5 * minute
    assert clear_of(back_offs, NOON - minute) == NOON - minute
    assert clear_of(back_offs, NOON + 5 * minute) == NOON + 5 * minute


def test_the_presets_are_the_providers_own_limits() -> None:
    google, exchange = PRESETS["google-workspace"], PRESETS["exchange-online"]
    assert google is not None
    assert exchange is not None
    assert google.per_day == 2_000
    assert (exchange.per_minute, exchange.per_day) == (30, 10_000)
    assert parse_limits("none") is None


def test_own_values_stand_alone_or_change_a_preset() -> None:
    assert parse_limits("30/minute, 2000/day") == Limits(per_minute=30, per_day=2_000)
    assert parse_limits("gap 5 s, jitter 20%") == Limits(gap=timedelta(seconds=5), jitter=0.2)
    # In any order: the warm-up may stand before the limit that it reaches.
    warmed = parse_limits("google-workspace, warm-up 14 days from 20, 500/day")
    assert warmed == Limits(per_minute=30, jitter=0.5, per_day=500, warm_up_days=14, warm_up_start=20)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gmail",
        "0/minute",
        "0/day",
        "-1/day",
        "30/second",
        "gap 3601 s",
        "jitter 101%",
        "30/minute,",
        "30/minute, none",
        "warm-up 14 days from 20",
        "10/day, warm-up 14 days from 20",
        "10/day, warm-up 366 days from 1",
    ],
)
def test_limits_without_sense_are_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_limits(text)


@pytest.mark.parametrize("code", ["421", "450 4.7.1", "451", "452 4.3.1", "421 4.4.12"])
def test_an_answer_about_us_backs_the_mailbox_off(code: str) -> None:
    assert asks_for_less(code)


@pytest.mark.parametrize("code", ["450 4.2.1", "452 4.2.2", "450 4.1.1", "454 4.7.0", "550 5.7.1", "4210", None])
def test_an_answer_about_the_recipient_or_a_final_one_does_not(code: str | None) -> None:
    assert not asks_for_less(code)


@given(
    limits=LIMITS | WARMED, zone=ZONES, start=INSTANTS, queue=st.integers(0, 40), chances=st.lists(CHANCES, min_size=2)
)
def test_what_goes_ahead_waits_for_nobody_counts_for_its_day_and_moves_the_others_back(
    limits: Limits, zone: str, start: datetime, queue: int, chances: list[float]
) -> None:
    book = Book(limits, ZoneInfo(zone))
    for _ in range(queue):
        book.reserve(start)
    before = dict(book.days)
    today = day_of(start, book.zone)
    mailbox = Mailbox(book.zone, book.started_on or today, before, ())
    plain, ahead = (next_slot(limits, mailbox, start, chances[0], ahead=each) for each in (False, True))
    assert (ahead.day, ahead.next_at) == (plain.day, plain.next_at), "the day's limit and who comes next are the same"
    assert start <= ahead.at <= plain.at
    if ahead.day == today:
        assert ahead.at == start
