"""Whether a hit of a tracked link was a person's or a machine's. When in doubt it was a machine's: clicks stop runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_SECONDS_A_PERSON_NEEDS = timedelta(seconds=5)
_MACHINES = re.compile(
    r"bot|crawl|spider|preview|scan|proxy|monitor|fetch|curl|wget|python|httpx|java/|go-http|okhttp|libwww|headless|"
    r"barracuda|proofpoint|mimecast|messagelabs|safelinks|symantec|trend ?micro|slack|whatsapp|facebookexternalhit",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Hit:
    """One request to a tracked link; ``at`` is UTC."""

    at: datetime
    method: str
    user_agent: str
    address: str


def is_human(hit: Hit, sent_at: datetime | None) -> bool:
    """True when nothing about ``hit`` speaks of a machine.

    A scanner asks with HEAD, says what it is, says nothing at all, says only ``Mozilla/5.0`` (Apple's proxy), or comes
    within seconds of the send. ``sent_at`` is when the mail was handed over, UTC; a hit that seems to lie before it
    (two clocks) is not called too quick.
    """
    agent = hit.user_agent.strip()
    if hit.method.upper() != "GET" or not agent or agent == "Mozilla/5.0" or _MACHINES.search(agent):
        return False
    if sent_at is None:
        return False
    elapsed = hit.at - sent_at
    return not timedelta(0) <= elapsed < _SECONDS_A_PERSON_NEEDS
