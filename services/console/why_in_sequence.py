"""Why a person is or is not in a sequence, as the page of a person shows it: a sentence, and what it rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sequences.auto_enroll.messages import Refusal
from sequences.enrolling.refusals import plain_sentence
from services.console.condition_words import ConditionWords, finding_words
from services.explaining.answer import EntryAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.explaining.answer import Explanation


_ENROLL: Final = re.compile(r"`relance enroll [^`]*`")
_SCAN: Final = re.compile(r"`relance scan [^`]* --existing`")


@dataclass(frozen=True)
class WhyInSequence:
    """The answer.

    Attributes:
        sentence: what it comes down to.
        may_enroll: the person is not in it, and could be enrolled by hand.
        name: of the sequence; empty: there is no such sequence, or no answer.
        has_rules: people enter it by rule.
        conditions: of the rule, each with what was found.
        refusal: what stands against it although every condition is met; empty: nothing.
        again: until when the re-enrollment window keeps the person out; None: it does not, or for ever.
        never: it does for ever.
        by: sequences that wrote what the rule reads, and so keep the person out.
        batch: that awaits approval, with the person in it.
        placement: that the answer is about; None: the sequence is about people, or the person has none.
    """

    sentence: str
    may_enroll: bool = False
    name: str = ""
    has_rules: bool = False
    conditions: tuple[ConditionWords, ...] = ()
    refusal: str = ""
    again: datetime | None = None
    never: bool = False
    by: tuple[str, ...] = ()
    batch: str | None = None
    placement: str | None = None


def why_in_sequence(found: Explanation, labels: Mapping[str, str]) -> WhyInSequence:
    """Reduces an explanation to what a page shows. Pure.

    Args:
        found: by ``services.explaining.gather``.
        labels: what fields are called.
    """
    closed = [window for window in found.windows if window.blocks]
    until = [window.until for window in closed if window.until is not None]
    never = len(until) < len(closed)
    return WhyInSequence(
        sentence=_in_words(found, labels),
        may_enroll=found.answer not in (EntryAnswer.ENROLLED, EntryAnswer.NO_RECORD) and not found.deleted,
        name=found.name,
        has_rules=found.rules.state != "none",
        conditions=tuple(finding_words(each, labels) for each in found.conditions),
        refusal=plain_sentence(Refusal(found.refused, found.refused_detail or "")) if found.refused else "",
        again=max(until, default=None) if not never else None,
        never=never,
        by=tuple(dict.fromkeys(name for each in found.written if each.blocks for name in each.by)),
        batch=found.queue.batch if found.queue is not None and found.queue.state == "held" else None,
        placement=found.record if found.record_type == "placement" else None,
    )


def _in_words(found: Explanation, labels: Mapping[str, str]) -> str:
    """The sentence of the command line with names instead of ids, and with what the page has instead of commands."""
    words = found.verdict.replace(f" in {found.sequence}", f" in {found.name}", 1)
    missed = next((each for each in found.conditions if not each.true), None)
    if missed is not None and found.answer is EntryAnswer.CONDITIONS:
        words = words.replace(
            f"; {missed.field} should be ", f"; {labels.get(missed.field, missed.field)} should be ", 1
        )
    return _SCAN.sub("a scan on the page of the rules", _ENROLL.sub("“Enroll by hand”", words))
