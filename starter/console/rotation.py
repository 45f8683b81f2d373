"""How long a former secret goes on, as the forms that rotate one offer it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS: Final = ("24", "168", "0")
"""Choices of the forms, the first one by default."""


def posted_grace(form: Mapping[str, str]) -> timedelta:
    """What a form says; the default if it says something that is not offered."""
    hours = form.get("hours", "")
    return timedelta(hours=int(hours if hours in HOURS else HOURS[0]))
