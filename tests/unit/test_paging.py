"""Cursors: what comes back is what went in, and nothing else is taken."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.paging import CursorError, CursorKind, cursor_of, read_cursor

KINDS = (CursorKind.INSTANT, CursorKind.NUMBER, CursorKind.TEXT)
AT = datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=64)
INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(INSTANTS, st.integers(-(2**63), 2**63 - 1), TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_what_went_in_comes_back(at: Any, number: int, text: Any, asked: Any) -> None:
    cursor = cursor_of("tasks", asked, (at, number, text))
    assert read_cursor(cursor, "tasks", asked, KINDS) == (at, number, text)
    # It goes into an address as it is.
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_filters_may_be_named_in_any_order() -> None:
    cursor = cursor_of("tasks", {"owner": "o", "since": AT}, (AT,))
    assert read_cursor(cursor, "tasks", {"since": AT, "owner": "o"}, (CursorKind.INSTANT,)) == (AT,)


@pytest.mark.parametrize(
    ("listing", "asked"),
    [("leads", {"owner": "o"}), ("tasks", {}), ("tasks", {"owner": "p"}), ("tasks", {"person": "o"})],
)
def test_it_serves_for_its_own_list_and_filters_only(listing: str, asked: dict[str, str]) -> None:
    cursor = cursor_of("tasks", {"owner": "o"}, (AT,))
    with pytest.raises(CursorError, match="another list or to other filters"):
        read_cursor(cursor, listing, asked, (CursorKind.INSTANT,))


def _forged(*values: object) -> str:
    mark = json.loads(base64.urlsafe_b64decode(cursor_of("tasks", {}, ()) + "==="))[0]
    return base64.urlsafe_b64encode(json.dumps([mark, *values]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (CursorKind.NUMBER, "1"),
        (CursorKind.NUMBER, True),
        (CursorKind.NUMBER, 1.5),
        (CursorKind.NUMBER, 2**63),
        (CursorKind.NUMBER, None),
        (CursorKind.TEXT, 1),
        (CursorKind.TEXT, "a\x00b"),
        (CursorKind.TEXT, None),
        (CursorKind.TEXT, "\ud800"),
        (CursorKind.INSTANT, "soon"),
        (CursorKind.INSTANT, "2026-11-29T12:00:00"),
        (CursorKind.INSTANT, 5),
        (CursorKind.INSTANT, "0001-01-01T00:00:00+14:00"),
        (CursorKind.INSTANT, "9999-12-31T23:59:59-14:00"),
    ],
)
def test_values_of_another_kind_are_not_taken(kind: CursorKind, value: Any) -> None:
    with pytest.raises(CursorError, match="unknown cursor"):
        read_cursor(_forged(value), "tasks", {}, (kind,))


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_refused_with_words(text: Any) -> None:
    with pytest.raises(CursorError):
        read_cursor(text, "tasks", {}, KINDS)


@pytest.mark.parametrize("text", ["", "W", "W10", "e30", "[" * 900, "WzFd" * 600, _forged(), _forged("a", 2, 3, 4)])
def test_odd_texts_are_refused(text: Any) -> None:
    with pytest.raises(CursorError):
        read_cursor(text, "tasks", {}, KINDS)


def test_the_offset_of_an_instant_is_kept_apart_from_its_meaning() -> None:
    there = AT.astimezone(timezone(timedelta(hours=9)))
    assert read_cursor(cursor_of("t", {}, (there,)), "t", {}, (CursorKind.INSTANT,)) == (AT,)
