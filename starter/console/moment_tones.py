"""Whether something in the story of a person is good news, bad news, or wants to be looked at."""

from __future__ import annotations

from typing import Final

_TONES: Final = {
    "sent": "good",
    "enrolled": "good",
    "refused": "bad",
    "failed": "bad",
    "suppression": "bad",
    "stopped": "bad",
    "unknown": "warn",
    "paused": "warn",
    "reaction": "warn",
}
_GOOD: Final = ("replied.positive", "a meeting was booked", "form_submitted", "liked")
_BAD: Final = ("replied.negative", "bounced", "complained", "unsubscribed", "disliked")
"""How those begin that came back, as ``services.reading.run_story_words`` writes them."""


def tone_of(kind: str, what: str) -> str:
    """The tone of a moment: ``good``, ``warn``, ``bad``, or empty where it is none of them.

    Args:
        kind: of the moment.
        what: what it says, as it is stored.

    >>> tone_of("reaction", "replied.positive to invite"), tone_of("reaction", "out_of_office"), tone_of("decision", "")
    ('good', 'warn', '')
    """
    if kind == "reaction" and what.startswith(_GOOD):
        return "good"
    if kind == "reaction" and what.startswith(_BAD):
        return "bad"
    return _TONES.get(kind, "")
