from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sequences.definition.until_text import read_until
from sequences.errors import DefinitionError

START = datetime(2027, 6, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("3 hours", START + timedelta(hours=3)),
        ("2027-07-01", datetime(2027, 7, 1, tzinfo=UTC)),
        ("2027-07-01T10:00:00+02:00", datetime(2027, 7, 1, 8, tzinfo=UTC)),
    ],
)
def test_until_when(text: str, instant: datetime) -> None:
    assert read_until(text, START, "it") == instant


@pytest.mark.parametrize("text", ["", "soon", "2027-07-01T10:00:00", "2027-13-01", "9999999 days"])
def test_until_when_nobody_knows(text: str) -> None:
    with pytest.raises(DefinitionError, match="cannot be the end of it"):
        read_until(text, START, "the end of it")
