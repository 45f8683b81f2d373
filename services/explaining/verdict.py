"""The one sentence that an explanation comes down to. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sequences.auto_enroll.messages import Refusal, Refused
from sequences.enrolling.refusals import can_pass, sentence, words
from services.explaining.answer import EntryAnswer

if TYPE_CHECKING:
    from services.explaining.answer import Explanation

_VIA = {"hand": "by hand", "hook": "over HTTP", "rule": "by rule", "sequence": "by another sequence"}


def via_words(via: str) -> str:
    """How somebody entered, in words."""
    return _VIA.get(via, via)


def day(instant: datetime) -> str:
    """A date as people write it, in UTC."""
    return f"{instant:%-d %b %Y}"


def value_words(found: str, *, clock: bool = False) -> str:
    """A value as people read it: an instant as its day (and clock, in UTC), anything else as it is."""
    try:
        instant = datetime.fromisoformat(found) if "T" in found else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        return found
    return f"{instant.astimezone(UTC):%a %d %b %Y %H:%M} UTC" if clock else day(instant.astimezone(UTC))


def entry_answer(found: Explanation) -> tuple[EntryAnswer, str]:
    """What everything that was found comes down to; the first that decides, in the order in which entering asks.

    Args:
        found: with everything but ``answer`` and ``verdict``.
    """
    who = found.person_name or found.person
    if found.record_type != "person" and found.record is not None:
        who += f" ({found.record_type} {found.record})"
    inside, outside = f"{who} is in {found.sequence}", f"{who} is not in {found.sequence}"
    if found.run is not None:
        since = f"since {day(found.run.enrolled_at)}, enrolled {via_words(found.run.via)}"
        return EntryAnswer.ENROLLED, f"{inside} {since}; the run is {found.run.state}."
    if found.record is None:
        return EntryAnswer.NO_RECORD, f"{outside}: it is about {found.record_type}s, and this person has none."
    if found.deleted:
        return EntryAnswer.REFUSED, f"{outside}: the record was deleted in the CRM."
    answer, why = _why_not(found)
    return answer, f"{outside}{why}"


def _why_not(found: Explanation) -> tuple[EntryAnswer, str]:
    rules, queue = found.rules, found.queue
    if queue is not None and queue.state == "held":
        batch = f"in a batch of {queue.records} that awaits approval"
        return EntryAnswer.HELD, f" yet: matched on {day(queue.since)} {batch}."
    if queue is not None:
        limit = rules.max_per_day
        turn = f"waits for its turn: {limit} a day are enrolled" if limit else "is enrolled within a minute"
        return EntryAnswer.WAITING, f" yet: matched on {day(queue.since)} and {turn}."
    if rules.state == "archived":
        return EntryAnswer.ARCHIVED, f": the sequence is archived; `relance unarchive {found.sequence}` takes it back."
    if rules.state == "none":
        return (
            EntryAnswer.NO_RULES,
            ": it has no rules; people are enrolled by hand, over HTTP or from another sequence.",
        )
    if rules.state == "off":
        return EntryAnswer.RULES_OFF, ": its rules are not switched on; publish it again."
    if rules.state == "broken":
        return EntryAnswer.BROKEN, f": its rules cannot be evaluated: {(rules.broken or 'no reason').rstrip('.')}."
    missing = [finding for finding in found.conditions if not finding.true]
    if missing:
        first = missing[0]
        count = f"{len(missing)} of {len(found.conditions)} conditions " + ("is" if len(missing) == 1 else "are")
        value = "nothing" if first.found is None else value_words(first.found)
        return EntryAnswer.CONDITIONS, f": {count} not met; {first.field} should be {first.wanted}, found {value}."
    if found.refused is not None:
        again = " This is checked again when it changes, and by the daily scan." if can_pass(found.refused) else ""
        return (
            EntryAnswer.REFUSED,
            f": every condition is met, but refused: {_refusal_words(found)}.{_before(found)}{again}",
        )
    return _met(found)


def _before(found: Explanation) -> str:
    """When it was refused for what stands in the way now."""
    before = found.refused_before
    if before is None or before.reason != found.refused:
        return ""
    first, last = day(before.first_at), day(before.at)
    return f" Refused on {last}." if first == last else f" Refused since {first}, last on {last}."


def _by_hand(found: Explanation) -> str:
    about = f" --record {found.record}" if found.record_type != "person" else ""
    return f"`relance enroll {found.sequence} {found.person}{about}`"


def _refusal_words(found: Explanation) -> str:
    """The refusal in its words, and what exactly it is about in those of people."""
    detail = found.refused_detail or ""
    match found.refused:
        case Refused.WINDOW:
            until = next((window.until for window in found.windows if window.blocks and window.until), None)
            detail = f"until {day(until)}" if until else detail
        case Refused.ONCE:
            first = min((window.opened_at for window in found.windows), default=None)
            detail = f"on {day(first)}" if first else detail
        case Refused.SUPPRESSED:
            detail = ", ".join(f"{each.reason} since {day(each.since)}" for each in found.suppressions) or detail
        case Refused.UNREACHABLE:
            # Its words say what the detail says.
            return words(Refusal(Refused.UNREACHABLE, detail))
        case _:
            pass
    return sentence(Refusal(found.refused or "", detail))


def _met(found: Explanation) -> tuple[EntryAnswer, str]:
    before = found.refused_before
    said = ""
    if before is not None:
        why = words(Refusal(before.reason, before.detail, before.fields))
        said = f" Refused on {day(before.at)}: {why}; that no longer applies."
    if found.unwatched_changes:
        return EntryAnswer.CHANGE_WAITS, f" yet: every condition is met, and a change waits for the watcher.{said}"
    since = found.rules.since
    if found.edge is not None and since is not None and found.edge > since:
        return (
            EntryAnswer.NEXT_SCAN,
            f" yet: every condition is met since {day(found.edge)}; the next scan finds it.{said}",
        )
    if before is not None and before.state == "standing" and can_pass(before.reason):
        last = f"The daily scan checks again; {_by_hand(found)} does not wait for it."
        return EntryAnswer.NEXT_SCAN, f" yet: every condition is met.{said} {last}"
    existing = f"`relance scan {found.sequence} --existing`"
    if before is not None:
        last = f"Only a new match enrolls it, or a person: {_by_hand(found)}, or {existing} for everyone who matches."
        return EntryAnswer.REFUSED_BEFORE, f": every condition is met.{said} {last}"
    return (
        EntryAnswer.NOTHING_HAPPENED,
        ": every condition is met, but nothing that the rules read changed since they were switched on"
        + (f" on {day(since)}" if since else "")
        + f"; {existing} enrolls those as well.",
    )
