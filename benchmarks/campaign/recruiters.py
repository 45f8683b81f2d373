"""The recruiters of a campaign: from where the mail of each leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Recruiter:
    """One of them.

    Attributes:
        id: of the owner.
        address: that mail to their people leaves from.
        box: folder in which what left from it is captured.
        transport: kind of the transport of their mailbox; empty: the mail server of the settings.
    """

    id: str
    address: str
    box: str
    transport: str = ""


DANA: Final = Recruiter("dana", "dana@agency.example", "mail")
MAX: Final = Recruiter("max", "max@agency.example", "mail-max", "smtp")
MIA: Final = Recruiter("mia", "mia@agency.example", "mail-mailgun", "mailgun")
SAM: Final = Recruiter("sam", "sam@agency.example", "mail-gmail", "gmail")
RECRUITERS: Final = (DANA, MAX, MIA, SAM)
BOXES: Final = tuple(each.box for each in RECRUITERS)
_SHARES: Final = (DANA, MAX, DANA, MIA, DANA, SAM)
"""Half of all mail goes by the mail server of the settings, in front of which is the wire."""


def recruiter_of(person: str) -> Recruiter:
    """Who writes to a person, by the number of the pseudonym."""
    return _SHARES[int(person[1:]) % len(_SHARES)]
