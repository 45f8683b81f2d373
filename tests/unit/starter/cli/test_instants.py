from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from starter.cli.instants import instant, moment_since

NOW = datetime(2027, 5, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, None),
        ("2027-05-04", datetime(2027, 5, 4, tzinfo=UTC)),
        ("2027-05-04T09:00:00+02:00", datetime(2027, 5, 4, 7, tzinfo=UTC)),
        ("7 days", datetime(2027, 5, 24, 9, tzinfo=UTC)),
        ("3 months", datetime(2027, 2, 28, 9, tzinfo=UTC)),
    ],
)
def test_since_when(text: str | None, found: datetime | None) -> None:
    assert moment_since("--since", text, NOW) == found


@pytest.mark.parametrize("text", ["soon", "2027-05-04T09:00", "2027-13-01", "9999-12-31T23:00:00-23:00", "9999 years"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="not a date"):
        moment_since("--since", text, NOW)
    with pytest.raises(typer.BadParameter, match="takes a date"):
        instant("--since", text)
