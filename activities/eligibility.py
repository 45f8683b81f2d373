"""Whether a record may enter a sequence now, and what would not reach it. Asked by hand and by rule alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from activities.composing import address_problem
from activities.preflight import Lack, Preflight, plain_preflight
from adapters.postgres import queries
from sequences.compile import channel_of
from sequences.entry import caused_by_itself
from sequences.rule_runs import Refused
from sequences.timing import Channel
from sequences.verdicts import stop_reason

if TYPE_CHECKING:
    from adapters.postgres.versions import Version
    from sequences.record_view import RecordView


@dataclass(frozen=True)
class Refusal:
    """Why not.

    Attributes:
        reason: a value of ``Refused``.
        detail: for people; no personal data.
    """

    reason: str
    detail: str


def cycle_refusal(version: Version, lineage: tuple[str, ...]) -> Refusal | None:
    """Refuses a sequence that would enroll somebody because of what it caused itself (design section 7)."""
    if not caused_by_itself(version.definition, lineage):
        return None
    return Refusal(Refused.CYCLE, f"it comes from this sequence itself: {' > '.join(lineage)}")


class Eligibility:
    """Everything that forbids an entry, except windows, holds and daily shares: those are the rules' own."""

    def __init__(self, phone_region: str, preflight: Preflight | None = None) -> None:
        self._region = phone_region
        self._preflight = preflight or plain_preflight()

    async def refusal(
        self, connection: Any, version: Version, view: RecordView, record: str, *, by_rule: bool = False
    ) -> Refusal | None:  # fmt: skip
        """Why the record may not enter, the first reason that applies, or None.

        Args:
            connection: to read suppressions.
            version: that it would enter.
            view: of the record.
            record: its id.
            by_rule: the statement that found the record has looked for an open run already.
        """
        definition = version.definition
        if view.deleted:
            return Refusal(Refused.DELETED, "the record was deleted in the CRM")
        if not by_rule:
            found = await queries.row(connection, "open_enrollment", sequence=version.sequence, record_id=record)
            if found is not None:
                return Refusal(Refused.ALREADY_ENROLLED, "this record has an open run in this sequence")
        reason = stop_reason(definition.stop_when, view)
        if reason is not None:
            return Refusal(Refused.STOP_WHEN, f"the record already meets {reason}")
        return (
            await self._unreachable(connection, version, view)
            or await _unanswered(connection, view)
            or self._unwritable(version, view)
        )

    def lacks(self, version: Version, view: RecordView) -> tuple[Lack, ...]:
        """Messages that could not be written for the record as it is now, in the order of the steps."""
        channels = {channel_of(step) for step in version.definition.steps}
        gone = frozenset(each for each in channels if address_problem(view.person, each, self._region))
        return self._preflight.lacks(version, view, gone)

    def _unwritable(self, version: Version, view: RecordView) -> Refusal | None:
        """Later messages may wait for their fields: who is met on the first day is known the day before."""
        lacks = self.lacks(version, view)
        if not any(lack.first for lack in lacks):
            return None
        return Refusal(Refused.MISSING_FIELD, "; ".join(map(str, lacks)))

    def warnings(self, version: Version, view: RecordView) -> list[str]:
        """Steps that cannot go as the record is now, such as ``good-luck: no_phone``."""
        found = []
        for step in version.definition.steps:
            problem = address_problem(view.person, channel_of(step), self._region)
            if problem is not None:
                found.append(f"{step.id}: {problem}")
        return [*found, *(f"{lack.step}: {Refused.MISSING_FIELD} ({lack.what})" for lack in self.lacks(version, view))]

    async def _unreachable(self, connection: Any, version: Version, view: RecordView) -> Refusal | None:
        channels = {channel_of(step) for step in version.definition.steps} - {Channel.ACTION}
        suppressed = await self._suppressed(connection, view)
        blocked = {channel: suppressed.get(channel.value) or suppressed.get("all") for channel in channels}
        if channels and all(blocked.values()):
            return Refusal(Refused.SUPPRESSED, ", ".join(sorted({str(why) for why in blocked.values()})))
        if "all" in suppressed:
            return Refusal(Refused.SUPPRESSED, suppressed["all"])
        problems = {channel: address_problem(view.person, channel, self._region) for channel in channels}
        if channels and all(problems[channel] or blocked[channel] for channel in channels):
            return Refusal(Refused.UNREACHABLE, ", ".join(sorted({str(why) for why in problems.values() if why})))
        return None

    async def _suppressed(self, connection: Any, view: RecordView) -> dict[str, str]:
        rows = await queries.rows(
            connection, "suppressions_of", person_id=view.person_id, email=view.person.get("email"),
            phone=view.person.get("phone"),
        )  # fmt: skip
        return {row["channel"]: f"{row['reason']} since {row['since']:%Y-%m-%d}" for row in rows}


async def _unanswered(connection: Any, view: RecordView) -> Refusal | None:
    """Whoever wrote to us is not written to by a machine before somebody, or the model, has read it."""
    row = await queries.row(
        connection, "waiting_answer", person_id=view.person_id, email=view.person.get("email")
    )  # fmt: skip
    if row is None:
        return None
    waits = "to be given to its run" if row["unmatched"] else "to be handled"
    return Refusal(Refused.ANSWERED, f"an answer of this person waits {waits}, since {row['received_at']:%Y-%m-%d}")
