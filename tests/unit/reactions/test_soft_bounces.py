"""How the limit of soft bounces is written."""

from __future__ import annotations

import pytest

from sequences.errors import SettingsError
from sequences.reactions.soft_bounces import BounceLimit, parse_bounce_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("5 in 14 days", BounceLimit()),
        (" 3  IN 1 day ", BounceLimit(3, 1)),
        ("10 in 365 days", BounceLimit(10, 365)),
        ("none", None),
        ("None", None),
    ],
)
def test_a_limit_is_read(text: str, limit: BounceLimit | None) -> None:
    assert parse_bounce_limit(text) == limit


@pytest.mark.parametrize(
    "text", ["", "5", "5/14", "0 in 14 days", "5 in 0 days", "-1 in 3 days", "5 in 14 weeks", "off"]
)
def test_anything_else_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(SettingsError, match="5 in 14 days"):
        parse_bounce_limit(text)
