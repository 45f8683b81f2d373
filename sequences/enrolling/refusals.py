"""Refusals of an entry: which can pass and are looked at again, what each waits for, and their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sequences.auto_enroll.messages import FINAL, Refusal, Refused
from sequences.reactions.soft_bounces import SOFT_BOUNCES

UNKNOWN: Final = "unknown"
"""Of a file or list: there is no such person or placement."""
REPEATED: Final = "repeated"
"""Of a file or list: the same id stands further up."""
MOST_REASONS: Final = 4
"""More than these in one line are counted together."""

REASON_WORDS: Final[Mapping[str, str]] = {
    Refused.WINDOW: "inside the re-enrollment window",
    Refused.ONCE: "already enrolled once, and a record is enrolled only once",
    Refused.CYCLE: "caused by this sequence itself",
    Refused.ALREADY_ENROLLED: "already has an open run of this sequence",
    Refused.SUPPRESSED: "must not be contacted",
    Refused.DELETED: "deleted in the CRM",
    Refused.STOP_WHEN: "meets a stop rule",
    Refused.UNREACHABLE: "no usable address",
    Refused.MISSING_FIELD: "a field that the first message needs is empty",
    Refused.SAME_ADDRESS: "another person already gets or got this sequence at the same address",
    Refused.ANSWERED: "an answer waits to be handled",
    Refused.NO_PERSON: "the CRM has not sent the person yet",
    Refused.HELD: "awaits approval",
    Refused.MAX_PER_DAY: "waits for its day",
    UNKNOWN: "no such record",
    REPEATED: "listed twice",
}
"""Every reason, as every page, command, answer and notification says it."""
_ADDRESS_WORDS: Final[Mapping[str, str]] = {
    "no_email": "no e-mail address",
    "invalid_email": "an unusable e-mail address",
    "the sender's address": "the e-mail address of the owner cannot be used as a sender",
    SOFT_BOUNCES: "an e-mail address that returned mail too often",
    "no_phone": "no phone number",
    "invalid_phone": "a phone number that cannot be reached",
}
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {"full_name": ("first_name", "last_name")}
"""Fields that are made of others."""


def can_pass(reason: str) -> bool:
    """Whether a refusal is looked at again when something changes, and by the daily scan."""
    return reason not in FINAL


def address_words(problem: str) -> str:
    """What is wrong with the addresses of somebody, as people read it.

    Args:
        problem: of ``sequences.sending.addresses.address_problem``, or several of them.
    """
    known = [words for each, words in _ADDRESS_WORDS.items() if each in problem]
    return ", ".join(known) or REASON_WORDS[Refused.UNREACHABLE]


def words(refusal: Refusal) -> str:
    """A refusal as people read it, short enough for a list; no personal data."""
    if refusal.reason == Refused.UNREACHABLE:
        return address_words(refusal.detail)
    if refusal.reason == Refused.MISSING_FIELD and refusal.fields:
        return f"{', '.join(refusal.fields)} missing"
    return REASON_WORDS.get(refusal.reason, refusal.reason.replace("_", " "))


def sentence(refusal: Refusal) -> str:
    """A refusal with what exactly it is about: ``must not be contacted (opt_out since 2027-02-03)``."""
    return f"{words(refusal)} ({refusal.detail})" if refusal.detail else words(refusal)


def plain_sentence(refusal: Refusal) -> str:
    """As ``sentence``, without a detail that the words already say: ``no e-mail address``."""
    return words(refusal) if refusal.reason == Refused.UNREACHABLE else sentence(refusal)


def counted(refusals: Iterable[Refusal]) -> str:
    """How many for which reason, the most frequent first: ``60 no e-mail address, 10 owner.full_name missing``."""
    found = Counter(words(each) for each in refusals).most_common()
    shown = [f"{number} {reason}" for reason, number in found[:MOST_REASONS]]
    if rest := sum(number for _, number in found[MOST_REASONS:]):
        shown.append(f"{rest} for other reasons")
    return ", ".join(shown)


def worth_telling(refusals: Sequence[Refusal], *, entered: int) -> bool:
    """Whether the owner hears of them: beside those who entered, or when several could enter if something were mended.

    A single one is not told alone: most CRMs make a contact first and fill in its address a moment later.
    """
    return bool(refusals) if entered else sum(can_pass(each.reason) for each in refusals) > 1


def source_fields(field: str, record: str) -> tuple[tuple[str, str], ...]:
    """Where the lineage of what a refusal waits for is kept: ``(person | placement, field of the lineage)``.

    Args:
        field: of the catalogue.
        record: ``person | placement``; a placement's own custom value and links count beside its person's.
    """
    group, _, name = field.partition(".")
    holders = ("person",) if record == "person" else ("person", "placement")
    if group == "custom":
        return tuple((holder, field) for holder in holders)
    if group in ("owner", "client"):
        # Nothing automated writes these; the link to them, it may.
        return tuple((holder, f"{group}_id") for holder in holders)
    if group not in holders:
        return ()
    linked = f"{name}_id" if name in ("owner", "client", "person") else name
    return tuple((group, each) for each in _PARTS.get(name, (linked,)))
