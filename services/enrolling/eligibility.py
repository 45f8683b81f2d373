"""Whether a record may enter a sequence now, and what would not reach it. Asked by hand and by rule alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.auto_enroll.cycle_protection import caused_by_itself
from sequences.auto_enroll.messages import Refused
from sequences.definition.compile import channel_of
from sequences.email_address import email_key, phone_key
from sequences.enrolling.refusals import ADDRESS_FIELDS
from sequences.planning.values import Channel
from sequences.reactions.soft_bounces import SOFT_BOUNCES
from sequences.reactions.verdict import stop_reason
from sequences.sending.addresses import address_problem, sender_problem
from services.enrolling.preflight import Lack, Preflight, plain_preflight

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.versions import Version
    from sequences.records.record_view import RecordView, Values


def address_keys(person: Values, region: str) -> dict[str, str | None]:
    """The compared forms of a person's ``email`` and ``phone``, from what stands in the record now."""
    email, phone = person.get("email"), person.get("phone")
    return {
        "email": email_key(str(email)) if email else None,
        "phone": phone_key(str(phone), region) if phone else None,
    }


SAME_ADDRESS = "another record with this address is or was in this sequence, and an address gets it once"


@dataclass(frozen=True)
class Refusal:
    """Why not.

    Attributes:
        reason: a value of ``Refused``.
        detail: for people; no personal data.
        fields: of the catalogue, that have to change before there is another answer; empty: not a matter of fields.
    """

    reason: str
    detail: str
    fields: tuple[str, ...] = ()


class OneEach:
    """Of several people with the same addresses who would enter together, the first one enters."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], str] = {}

    def refusal(self, person: str, addresses: frozenset[tuple[str, str]]) -> Refusal | None:
        """Refuses somebody all of whose addresses get the sequence for somebody before them; keeps those of others.

        Args:
            person: id.
            addresses: of ``Eligibility.addresses``.
        """
        if addresses and all(self._taken.get(each, person) != person for each in addresses):
            return Refusal(Refused.SAME_ADDRESS, SAME_ADDRESS)
        for each in addresses:
            self._taken.setdefault(each, person)
        return None


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
        self,
        connection: Any,
        version: Version,
        view: RecordView,
        record: str,
        *,
        by_rule: bool = False,
        now: datetime | None = None,
    ) -> Refusal | None:
        """Why the record may not enter, the first reason that applies, or None.

        Args:
            connection: to read suppressions.
            version: that it would enter.
            view: of the record.
            record: its id.
            by_rule: the statement that found the record has looked for an open run already.
            now: UTC; None asks nothing about other records with the same address.
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
            return Refusal(Refused.STOP_WHEN, f"the record already meets {reason}", tuple(definition.stop_when))
        return (
            await self._unreachable(connection, version, view)
            or (await self._same_address(connection, version, view, now) if now is not None else None)
            or await self._unanswered(connection, view)
            or self._unwritable(version, view)
        )

    def addresses(self, version: Version, view: RecordView) -> frozenset[tuple[str, str]]:
        """Where the messages of a version would go: channel and address as it is compared."""
        keys = address_keys(view.person, self._region)
        found = {Channel.EMAIL: keys["email"], Channel.SMS: keys["phone"]}
        return frozenset(
            (channel.value, key)
            for channel in {channel_of(step) for step in version.definition.steps} - {Channel.ACTION}
            if (key := found[channel]) and address_problem(view.person, channel, self._region) is None
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
        fields = tuple(dict.fromkeys(name for lack in lacks if lack.first for name in lack.fields))
        return Refusal(Refused.MISSING_FIELD, "; ".join(map(str, lacks)), fields)

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
        suppressed, returns_mail = await self._suppressed(connection, view)
        blocked = {channel: suppressed.get(channel.value) or suppressed.get("all") for channel in channels}
        if channels and all(blocked.values()):
            return Refusal(Refused.SUPPRESSED, ", ".join(sorted({str(why) for why in blocked.values()})))
        if "all" in suppressed:
            return Refusal(Refused.SUPPRESSED, suppressed["all"])
        problems = {channel: address_problem(view.person, channel, self._region) for channel in channels}
        fields = {channel: ADDRESS_FIELDS[channel] for channel in channels}
        if Channel.EMAIL in channels and problems[Channel.EMAIL] is None:
            problems[Channel.EMAIL] = returns_mail or _owner_cannot_write(version, view)
            fields[Channel.EMAIL] = ADDRESS_FIELDS[Channel.EMAIL] if returns_mail else "owner.email"
        if channels and all(problems[channel] or blocked[channel] for channel in channels):
            found = sorted({str(why) for why in problems.values() if why})
            waits_for = tuple(fields[channel] for channel in sorted(channels) if problems[channel])
            return Refusal(Refused.UNREACHABLE, ", ".join(found), waits_for)
        return None

    async def _same_address(self, connection: Any, version: Version, view: RecordView, now: datetime) -> Refusal | None:
        """Refuses somebody whose every address gets the sequence for somebody else (design section 8)."""
        addresses = self.addresses(version, view)
        for channel, key in addresses:
            first = next(step.id for step in version.definition.steps if channel_of(step) == channel)
            taken = await queries.value(
                connection,
                "address_in_sequence",
                sequence=version.sequence,
                step=first,
                channel=channel,
                key=key,
                person_id=view.person_id,
                now=now,
            )
            if not taken:
                return None
        fields = tuple(sorted(ADDRESS_FIELDS[Channel(channel)] for channel, _ in addresses))
        return Refusal(Refused.SAME_ADDRESS, SAME_ADDRESS, fields) if addresses else None

    async def _suppressed(self, connection: Any, view: RecordView) -> tuple[dict[str, str], str | None]:
        """Why which channel is closed; and apart from that, that the address returned mail too often."""
        rows = await queries.rows(
            connection, "suppressions_of", person_id=view.person_id, **address_keys(view.person, self._region)
        )
        found = {row["channel"]: f"{row['reason']} since {row['since']:%Y-%m-%d}" for row in rows if not _returns(row)}
        returned = next((f"{SOFT_BOUNCES} since {row['since']:%Y-%m-%d}" for row in rows if _returns(row)), None)
        return found, returned

    async def _unanswered(self, connection: Any, view: RecordView) -> Refusal | None:
        """Whoever wrote to us is not written to by a machine before somebody, or the model, has read it."""
        keys = address_keys(view.person, self._region)
        row = await queries.row(connection, "waiting_answer", person_id=view.person_id, **keys)
        if row is None:
            return None
        waits = "to be given to its run" if row["unmatched"] else "to be handled"
        return Refusal(Refused.ANSWERED, f"an answer of this person waits {waits}, since {row['received_at']:%Y-%m-%d}")


def _returns(row: queries.Row) -> bool:
    return bool(row["reason"] == SOFT_BOUNCES)


def _owner_cannot_write(version: Version, view: RecordView) -> str | None:
    """Why no mail can go out in the owner's name, where it would. One without address writes in the organisation's."""
    email = view.owner.get("email") if version.definition.sender == "owner" else None
    return sender_problem(str(email)) if email else None
