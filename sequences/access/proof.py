"""What asks once more who it is: a session may be hours old, and the one at the keyboard somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sequences.access.act import Act

if TYPE_CHECKING:
    from datetime import datetime

PROOF_GOOD_FOR: Final = timedelta(minutes=10)
ALWAYS: Final = frozenset(
    {
        Act.LIFT_SUPPRESSION,
        Act.EXPORT,
        Act.ERASE_PERSON,
        Act.MANAGE_OWN_SESSIONS,
        Act.MANAGE_TOKENS,
        Act.MANAGE_WEBHOOKS,
    }
)
"""Acts that cannot be taken back, and those that give out a new way in or a secret."""
ABOVE: Final = frozenset({Act.PUBLISH, Act.APPROVE, Act.ENROLL})
"""Acts that only matter with many people."""


def needs_proof(act: Act, people: int, most: int) -> bool:
    """Whether an act asks who it is.

    Args:
        act: what.
        people: how many it concerns.
        most: the organisation's limit for acts that only matter with many.
    """
    return act in ALWAYS or (act in ABOVE and people > most)


def is_proved(proved_at: datetime | None, now: datetime) -> bool:
    """Whether the user proved lately enough who they are."""
    return proved_at is not None and now - proved_at <= PROOF_GOOD_FOR
