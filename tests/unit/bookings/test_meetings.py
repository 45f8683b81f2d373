"""One meeting, told in any order and any number of times, is one reaction of each kind and ends in one state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.bookings.booking import BookingChange
from sequences.bookings.meetings import BookingTelling, MeetingStanding, TellingMeaning, meaning, meetings, standing

BEGAN = datetime(2027, 5, 4, 8, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def booked(name: str, minutes: int, instead_of: str | None = None) -> BookingTelling:
    starts = BEGAN + timedelta(days=ord(name[-1]) - ord("a"))
    return BookingTelling(name, BookingChange.BOOKED, instead_of, happened_at=at(minutes), starts_at=starts)


def cancelled(name: str, minutes: int, *, moved: bool = False) -> BookingTelling:
    return BookingTelling(name, BookingChange.CANCELLED, moved=moved, happened_at=at(minutes))


def life(moves: int, *, ends: bool, calendly: bool, first: str = "", since: int = 0) -> list[BookingTelling]:
    """Everything that a calendar tells of one meeting, in its order."""
    told = [booked(f"{first}a", since)]
    for move in range(1, moves + 1):
        old, new = f"{first}{chr(ord('a') + move - 1)}", f"{first}{chr(ord('a') + move)}"
        if calendly:
            told.append(cancelled(old, since + 10 * move, moved=True))
        told.append(booked(new, since + 10 * move, old))
    if ends:
        told.append(cancelled(f"{first}{chr(ord('a') + moves)}", since + 10 * moves + 5))
    return told


class Run:
    """A run, and its owner, that hear what follows from each telling; one that is known changes nothing."""

    def __init__(self) -> None:
        self.known: list[BookingTelling] = []
        self.reactions: list[BookingChange] = []
        self.news: list[BookingTelling] = []

    def hears(self, told: Sequence[BookingTelling]) -> Run:
        for new in told:
            if any((each.booking, each.change) == (new.booking, new.change) for each in self.known):
                continue
            found = meaning(self.known, self.reactions.count(BookingChange.BOOKED), new)
            self.known.append(new)
            if found.reacts:
                self.reactions.append(new.change)
            if found.is_news:
                self.news.append(new)
        return self


LIVES = st.builds(
    life, st.integers(0, 5), ends=st.booleans(), calendly=st.booleans(), first=st.just(""), since=st.just(0)
)


@given(told=LIVES, data=st.data())
def test_any_order_and_any_repetition_is_one_reaction_of_each_kind_and_one_end(
    told: list[BookingTelling], data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=6))
    order = data.draw(st.permutations([*told, *repeated]))
    run = Run().hears(order)
    in_order = Run().hears(told)
    assert sorted(run.reactions) == sorted(in_order.reactions) == sorted({*in_order.reactions})
    assert BookingChange.BOOKED in run.reactions
    assert standing(run.known) == standing(told) == standing(in_order.known)
    # What the owner heard last is how it stands.
    last = standing(told)
    assert last is not None
    assert run.news[-1].booking == last.booking
    assert (run.news[-1].change is BookingChange.CANCELLED) == last.is_cancelled


@given(one=LIVES, moves=st.integers(0, 3), ends=st.booleans(), data=st.data())
def test_two_meetings_of_a_run_are_two_reactions_in_any_order(
    one: list[BookingTelling], moves: int, ends: bool, data: st.DataObject
) -> None:
    other = life(moves, ends=ends, calendly=True, first="other-", since=7)
    run = Run().hears(data.draw(st.permutations([*one, *other])))
    assert run.reactions.count(BookingChange.BOOKED) == 2
    assert run.reactions.count(BookingChange.CANCELLED) == sum(each.is_final for each in [*one, *other])


@given(told=LIVES, data=st.data())
def test_the_number_of_meetings_never_falls(told: list[BookingTelling], data: st.DataObject) -> None:
    order = data.draw(st.permutations(told))
    numbers = [meetings(order[:count]) for count in range(len(order) + 1)]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_two_moves_in_each_order(order: tuple[int, ...]) -> None:
    told = life(2, ends=False, calendly=False)
    run = Run().hears([told[each] for each in order])
    assert run.reactions == [BookingChange.BOOKED]
    assert standing(run.known) == MeetingStanding("c", is_cancelled=False, starts_at=BEGAN + timedelta(days=2))
    assert run.news[-1].booking == "c"


def test_a_meeting_that_was_moved_and_not_yet_told_to_when() -> None:
    told = [booked("a", 0), cancelled("a", 10, moved=True)]
    assert standing(told) is None
    assert Run().hears(told).news == told[:1]


def test_a_second_meeting_is_news_although_the_first_changed_later() -> None:
    run = Run().hears([booked("b", 20), booked("a", 0)])
    assert run.reactions == [BookingChange.BOOKED] * 2
    assert [each.booking for each in run.news] == ["b", "a"]


def test_a_booking_that_comes_after_its_end_is_no_news() -> None:
    new = booked("a", 0)
    assert meaning([cancelled("a", 5)], 0, new) == TellingMeaning(reacts=True, is_news=False)


def test_tellings_without_a_time_are_older_than_those_with_one() -> None:
    timeless = BookingTelling("z", BookingChange.BOOKED)
    assert standing([timeless, booked("a", 0)]) == standing([booked("a", 0), timeless])
    found = standing([timeless, booked("a", 0)])
    assert found is not None
    assert found.booking == "a"
