"""The personal link to a booking page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.bookings.booking import Calendar
from sequences.bookings.link import booking_link, read_booking_url
from sequences.bookings.reading import read_booking
from sequences.errors import GrammarError
from sequences.tokens import TokenKind, sign, verify
from tests.support.bookings import cal_com, calendly

KEYS = (b"key",)
TOKEN = sign(TokenKind.BOOKING, "sabcdefgh234", KEYS[0])


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("https://calendly.com/dana/30min", f"https://calendly.com/dana/30min?utm_content={TOKEN}"),
        (
            " https://Agency.calendly.com/dana?month=2027-05&utm_content=old#top ",
            f"https://agency.calendly.com/dana?month=2027-05&utm_content={TOKEN}#top",
        ),
        ("https://cal.com/dana/intro", f"https://cal.com/dana/intro?metadata%5Brelance%5D={TOKEN}"),
        (
            "https://meet.agency.example/dana?layout=month_view",
            f"https://meet.agency.example/dana?layout=month_view&metadata%5Brelance%5D={TOKEN}",
        ),
        ("https://notcalendly.com/x", f"https://notcalendly.com/x?metadata%5Brelance%5D={TOKEN}"),
        (None, None),
        ("", None),
        ("call me", None),
        ("http://calendly.com/dana", None),
        ("https://user:word@calendly.com/dana", None),
        (7, None),
    ],
)
def test_the_link_of_a_page(page: object, link: str | None) -> None:
    assert booking_link(page, TOKEN) == link


def test_what_is_no_page_is_told_how_to_write_one() -> None:
    for wrong in ("dana/30min", "http://calendly.com/dana", "https://"):
        with pytest.raises(GrammarError) as error:
            read_booking_url(wrong)
        assert "https://" in error.value.allowed


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
def test_what_the_page_asks_for_stays(query: dict[str, str]) -> None:
    kept = {name: value for name, value in query.items() if name != "utm_content"}
    link = booking_link(f"https://calendly.com/dana?{urlencode(kept)}", TOKEN)
    assert link is not None
    found = parse_qs(urlsplit(link).query, keep_blank_values=True)
    assert found == {name: [value] for name, value in kept.items()} | {"utm_content": [TOKEN]}


@pytest.mark.parametrize(
    ("page", "calendar", "telling"),
    [
        ("https://calendly.com/dana", Calendar.CALENDLY, calendly),
        ("https://cal.com/dana", Calendar.CAL_COM, cal_com),
    ],
)
def test_the_token_comes_back_as_the_calendar_carries_it(page: str, calendar: Calendar, telling: object) -> None:
    link = booking_link(page, TOKEN)
    assert link is not None
    [[carried]] = parse_qs(urlsplit(link).query).values()
    assert callable(telling)
    booking = read_booking(calendar, telling(token=carried))
    assert booking is not None
    assert verify(TokenKind.BOOKING, booking.token, KEYS) == "sabcdefgh234"
