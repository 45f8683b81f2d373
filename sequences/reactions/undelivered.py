"""A mail that reached nobody: in which words it is told, and which later steps make no sense without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sequences.channels import CHANNELS
from sequences.planning.values import AroundDayZero, OnDate

if TYPE_CHECKING:
    from sequences.planning.values import StepTiming

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mailbox_full": "mailbox full",
        "suspended": "mailbox disabled",
        "expired": "their server could not be reached in time",
        "name_server": "their server could not be found in time",
        "temporary": "their server deferred it until it gave up",
        "sender": "their server refuses our address",
        "authentication": "their server does not trust our domain",
        "reputation": "their server blocks ours",
        "content": "their server refuses the content",
        "policy": "refused by a rule of their server",
        "after_data": "refused after it was handed over",
        "filtered": "refused by a filter",
        "system": "their server has a fault",
    }
)
OUR_FAULT: Final = tuple(_WORDS[reason] for reason in ("sender", "authentication", "reputation", "content"))
"""Words for what is about us: it says nothing of the address, whoever else we write to hears the same."""
_REPORTS: Final = frozenset({"soft_bounce", "hard_bounce"})
_NEVER_WENT: Final = frozenset({"failed", "refused"})
_WENT: Final = frozenset({"sent", "unknown"})


def undelivered_words(reasons: Sequence[str], event: str, *, other: bool) -> str:
    """What a report says for good of a mail that did not arrive, in words for people; empty when it says no such thing.

    A delay is no end (RFC 3464 section 2.3.3): the server goes on trying. A dead address is another matter: it ends the
    run.

    Args:
        reasons: of the mail that was read, the reader's fixed words.
        event: what it means for our recipient.
        other: the report is about addresses that we did not write to, such as one that the mail was redirected to.
    """
    if event not in _REPORTS or "delayed" in reasons or (event == "hard_bounce" and not other):
        return ""
    found = next((_WORDS[reason] for reason in reasons if reason in _WORDS), "returned by their server")
    if other:
        return "it was forwarded to another address, which does not accept it"
    return found


def builds_on(
    timings: Sequence[StepTiming], step: str, states: Mapping[str, str], undelivered: Mapping[str, str]
) -> str:
    """The earlier mail without which a mail makes no sense, when none of the run's mails arrived; else empty.

    "Did you see my mail?" is asked of nobody who never got one. A step around day zero or on a fixed date speaks for
    itself and goes all the same.

    Args:
        timings: of all steps, in the order of the sequence.
        step: the e-mail step that is due.
        states: of the steps that are behind the run.
        undelivered: steps whose mail came back for good, with the reason.
    """
    own = next((each for each in timings if each.id == step and _may_come_back(each.channel)), None)
    if own is None or isinstance(own.when, AroundDayZero | OnDate):
        return ""
    mails = [each for each in timings if each.channel == own.channel]
    earlier = [each.id for each in mails[: mails.index(own)]]
    lost = [each for each in earlier if states.get(each) in _NEVER_WENT or each in undelivered]
    arrived = any(states.get(each) in _WENT and each not in undelivered for each in earlier)
    return "" if arrived or not lost else lost[-1]


def _may_come_back(channel: str) -> bool:
    return channel in CHANNELS and CHANNELS[channel].bounces
