"""How often an address may return mail before nothing goes there any more: repeated soft bounces add up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sequences.errors import SettingsError

SOFT_BOUNCES: Final = "soft_bounces"
"""Reason of a suppression of an address that returned mail too often. Another address of its person is not meant."""

_WRITTEN = re.compile(r"(\d{1,3}) in (\d{1,3}) days?")


@dataclass(frozen=True, slots=True)
class BounceLimit:
    """So many mails that did not arrive, of all sequences, within so many days.

    Attributes:
        most: the mail with which it is reached.
        days: counted back from the newest.
    """

    most: int = 5
    days: int = 14


DEFAULT_LIMIT: Final = BounceLimit()


def parse_bounce_limit(text: str) -> BounceLimit | None:
    """Reads ``5 in 14 days``, or ``none`` for as many as there are.

    Raises:
        SettingsError: it is neither, or a number is 0.
    """
    words = " ".join(text.lower().split())
    if words == "none":
        return None
    found = _WRITTEN.fullmatch(words)
    if found is None or not int(found[1]) or not int(found[2]):
        raise SettingsError(f"{text!r} is not a limit for soft bounces: write it as '5 in 14 days', or 'none'")
    return BounceLimit(int(found[1]), int(found[2]))
