"""Cursors: where a page of a list ended, as one word that means nothing to whoever passes it back.

A page begins after the last row of the one before (keyset), not after a number of rows: what is added meanwhile shifts
nothing, and the thousandth page is as fast as the first.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING

from sequences.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST = 2_000
_MOST = 2**63

Place = datetime | int | str
"""A value by which a list is ordered."""


class CursorKind(enum.StrEnum):
    """What a list is ordered by; the names are those of Postgres."""

    INSTANT = "timestamptz"
    NUMBER = "bigint"
    TEXT = "text"


class CursorError(PermanentError):
    """A cursor does not come from this list, or the list was asked otherwise when it came."""


def cursor_of(listing: str, asked: Mapping[str, object], place: Sequence[Place]) -> str:
    """The cursor of the page after ``place``.

    Args:
        listing: name of the list.
        asked: its filters; the cursor serves for these only.
        place: the values of the last row by which the list is ordered.
    """
    values = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    text = json.dumps([_mark(listing, asked), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(
    cursor: str, listing: str, asked: Mapping[str, object], kinds: Sequence[CursorKind]
) -> tuple[Place, ...]:
    """The place where the page before ended.

    Args:
        cursor: as ``cursor_of`` made it.
        listing: name of the list.
        asked: its filters.
        kinds: of the values by which the list is ordered.

    Raises:
        CursorError: it is none of ours, or from another list or other filters.
    """
    wrong = CursorError("cursor: unknown cursor; pass `next` unchanged, or start again without a cursor")
    if len(cursor) > _LONGEST or not cursor.isascii():
        raise wrong
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise wrong from None
    if not isinstance(found, list) or not found or not isinstance(found[0], str):
        raise wrong
    if found[0] != _mark(listing, asked):
        raise CursorError("cursor: it belongs to another list or to other filters; start again without a cursor")
    if len(found) != len(kinds) + 1:
        raise wrong
    try:
        return tuple(_read(value, kind) for value, kind in zip(found[1:], kinds, strict=True))
    except ValueError:
        raise wrong from None


def _mark(listing: str, asked: Mapping[str, object]) -> str:
    text = json.dumps([listing, sorted(asked.items())], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(value: object, kind: CursorKind) -> Place:
    if kind is CursorKind.NUMBER and type(value) is int and -_MOST <= value < _MOST:
        return value
    if kind is CursorKind.TEXT and isinstance(value, str) and "\x00" not in value:
        # Half of a surrogate pair is no text, for Postgres neither: it raises a ValueError here.
        value.encode()
        return value
    if kind is CursorKind.INSTANT and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        # Postgres' calendar is ours with room to spare, as long as the offset does not lead out of it.
        if instant.tzinfo is not None and 1 < instant.year < 9999:
            return instant
    raise ValueError(kind)
