"""Gathers what speaks against an entry, and asks ``sequences.enrolling.entry``: by hand and by rule alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.auto_enroll.messages import Refusal, Refused
from sequences.channels import CHANNELS
from sequences.email_address import email_key, phone_key
from sequences.enrolling.entry import ChannelFacts, EntryFacts, EntryLimits, by_hand, by_rule, first_refusal
from sequences.reactions.soft_bounces import SOFT_BOUNCES
from sequences.reactions.verdict import stop_reason
from sequences.sending.addresses import address_problem, field_in_the_way, sender_problem
from services.enrolling.preflight import Lack, Preflight, answers, plain_preflight
from services.organisation import renderer_of
from services.privacy.erased_addresses import Recognised, recognise_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version
    from adapters.settings import Settings
    from sequences.auto_enroll.messages import Match
    from sequences.records.record_view import RecordView, Values


def address_keys(person: Values, region: str) -> dict[str, str | None]:
    """The compared forms of a person's ``email`` and ``phone``, from what stands in the record now."""
    email, phone = person.get("email"), person.get("phone")
    return {
        "email": email_key(str(email)) if email else None,
        "phone": phone_key(str(phone), region) if phone else None,
    }


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
            return Refusal(Refused.SAME_ADDRESS)
        for each in addresses:
            self._taken.setdefault(each, person)
        return None


@dataclass(frozen=True)
class EligibilityResult:
    """A record with what was found about it.

    Attributes:
        refusal: why it does not enter, or None.
        view: of the record; None when there is no such record any more, or the statement that found it refused it.
        lacks: later messages that could not be written, of one that enters.
        recognised: erased people's addresses that the person has; who writes the refusal writes them out.
    """

    refusal: Refusal | None
    view: RecordView | None = None
    lacks: tuple[Lack, ...] = ()
    recognised: tuple[Recognised, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A record before a version that it would enter.

    Attributes:
        version: the newest of the sequence.
        view: of the record.
        at: when it would enter; UTC.
    """

    version: Version
    view: RecordView
    at: datetime


@dataclass(frozen=True)
class _Asked:
    """Who would enter, with what is known of its runs, its windows and its lineage."""

    candidate: Candidate
    known: EntryFacts


class Eligibility:
    """Everything that forbids an entry, except holds and daily shares: those are the rules' own."""

    def __init__(
        self,
        records: Records,
        phone_region: str,
        preflight: Preflight | None = None,
        token_keys: tuple[bytes, ...] = (),
    ) -> None:
        """``preflight`` None: without the organisation's own renderer; ``token_keys`` know erased addresses again."""
        self._records = records
        self._region = phone_region
        self._keys = token_keys
        self._preflight = preflight or plain_preflight()

    async def of_match(
        self, connection: Connection, version: Version, match: Match, now: datetime, *, among: OneEach | None = None
    ) -> EligibilityResult:
        """As ``of_matches``, for one."""
        return (await self.of_matches(connection, version, [match], now, among=among))[0]

    async def of_matches(
        self,
        connection: Connection,
        version: Version,
        matches: Sequence[Match],
        now: datetime,
        *,
        among: OneEach | None = None,
    ) -> list[EligibilityResult]:
        """Why matches do not enter by rule: what the statement that found them says, then what needs more than SQL.

        Args:
            connection: to read suppressions, answers and addresses; each of them in one statement for all.
            version: that they would enter.
            matches: with their lineage.
            now: UTC.
            among: those who would enter together with them.

        Returns:
            One for each, in their order.
        """
        wanted = {match.record_id: match.person_id for match in matches if match.refused is None}
        views = await self._records.views(connection, version.definition.record, wanted) if wanted else {}
        asked = [
            _Asked(Candidate(version, view, now), EntryFacts(lineage=match.lineage))
            for match in matches
            if match.refused is None and (view := views.get(match.record_id)) is not None
        ]
        judged = await self._judge(connection, version, asked, by_rule(version.definition))
        by_record = {each.candidate.view.record_id: found for each, found in zip(asked, judged, strict=True)}
        return [self._of_match(version, match, by_record.get(match.record_id), among) for match in matches]

    def _of_match(
        self, version: Version, match: Match, found: EligibilityResult | None, among: OneEach | None
    ) -> EligibilityResult:
        if match.refused is not None:
            return EligibilityResult(Refusal(match.refused, match.detail, match.waits_for))
        if found is None or found.view is None:
            # Its row was deleted by hand a moment ago.
            return EligibilityResult(Refusal(Refused.DELETED))
        if found.refusal is None and among is not None:
            refusal = among.refusal(match.person_id, self.addresses(version, found.view))
            return found if refusal is None else replace(found, refusal=refusal, lacks=())
        return found

    async def by_hand(
        self, connection: Connection, candidate: Candidate, *, lineage: tuple[str, ...] = (), again: bool = True
    ) -> EligibilityResult:
        """Why a record may not enter by hand, by hook or by a follow-up.

        Args:
            connection: to read runs, suppressions, answers and addresses.
            candidate: the record, and what it would enter.
            lineage: the chain of sequences that led here.
            again: also a record that was in the sequence before.
        """
        row = await queries.entered_by_hand(
            connection,
            sequence=candidate.version.sequence,
            record_id=candidate.view.record_id,
            person_id=candidate.view.person_id,
        )
        entered_at = row.entered_at if row else None
        known = EntryFacts(
            running=bool(row and row.running),
            entered=entered_at is not None,
            entered_at=entered_at,
            lineage=lineage,
        )
        limits = by_hand(candidate.version.definition, again=again)
        return (await self._judge(connection, candidate.version, [_Asked(candidate, known)], limits))[0]

    async def _judge(
        self, connection: Connection, version: Version, asked: Sequence[_Asked], limits: EntryLimits
    ) -> list[EligibilityResult]:
        """Adds what each record says for itself to what is known of its runs, its windows and its lineage.

        What costs more is asked later, and only of records that nothing forbids so far. It must come later in
        ``entry.ORDER`` as well: a fact that was not asked for counts as nothing against the entry.
        """
        if not asked:
            return []
        recognised = await self._recognised(connection, asked)
        known = await self._gathered(connection, version, asked, recognised)
        left = [place for place, facts in enumerate(known) if first_refusal(facts, limits) is None]
        addresses = {place: self.addresses(version, asked[place].candidate.view) for place in left}
        taken = await self._taken(connection, [asked[place].candidate for place in left], addresses.values())
        for place, is_taken in zip(left, taken, strict=True):
            fields = tuple(sorted(CHANNELS[channel].address.name for channel, _ in addresses[place]))
            known[place] = replace(known[place], taken=is_taken, address_fields=fields)
        return [
            replace(
                self._judged(each.candidate, facts, limits),
                recognised=recognised.get(each.candidate.view.person_id, ()),
            )
            for each, facts in zip(asked, known, strict=True)
        ]

    async def _recognised(
        self, connection: Connection, asked: Sequence[_Asked]
    ) -> Mapping[str, tuple[Recognised, ...]]:
        """Who comes again with an address that was erased, by person."""
        views = [each.candidate.view for each in asked]
        addresses = {view.person_id: address_keys(view.person, self._region).values() for view in views}
        return await recognise_many(connection, self._keys, addresses)

    async def _gathered(
        self,
        connection: Connection,
        version: Version,
        asked: Sequence[_Asked],
        recognised: Mapping[str, tuple[Recognised, ...]],
    ) -> list[EntryFacts]:
        definition = version.definition
        views = [each.candidate.view for each in asked]
        keys = [address_keys(view.person, self._region) for view in views]
        people = [view.person_id for view in views]
        emails, phones = [each["email"] for each in keys], [each["phone"] for each in keys]
        obstacles: dict[int, list[queries.EntryObstaclesRow]] = {}
        for row in await queries.entry_obstacles(
            connection, people=people, emails=emails, phones=phones, topic=definition.topic
        ):
            obstacles.setdefault(row.place, []).append(row)
        found = []
        for place, (each, view) in enumerate(zip(asked, views, strict=True), start=1):
            against = obstacles.get(place, ())
            closed, returns_mail = _closed(against, definition.topic)
            for erased in recognised.get(view.person_id, ()):
                for channel in CHANNELS:
                    if erased.closes(channel, definition.topic):
                        closed.setdefault("all" if erased.channel not in CHANNELS else channel, erased.words)
            found.append(
                replace(
                    each.known,
                    deleted=view.deleted,
                    suppressed=closed.get("all"),
                    answered=_answered(against),
                    stop_rule=stop_reason(definition.stop_when, view),
                    stop_fields=tuple(definition.stop_when),
                    channels=self._channels(version, view, closed, returns_mail),
                )
            )
        return found

    def _judged(self, candidate: Candidate, facts: EntryFacts, limits: EntryLimits) -> EligibilityResult:
        version, view = candidate.version, candidate.view
        refusal = first_refusal(facts, limits)
        lacks = self.lacks(version, view) if refusal is None else ()
        # Later messages may wait for their fields: who is met on the first day is known the day before.
        if any(lack.first for lack in lacks):
            missing = tuple(dict.fromkeys(name for lack in lacks if lack.first for name in lack.fields))
            facts = replace(facts, unwritable="; ".join(map(str, lacks)), missing=missing)
            refusal = first_refusal(facts, limits)
        return EligibilityResult(refusal, view, lacks if refusal is None else ())

    def addresses(self, version: Version, view: RecordView) -> frozenset[tuple[str, str]]:
        """Where the messages of a version would go: channel and address as it is compared."""
        found = set()
        for channel in _channels_of(version):
            address = CHANNELS[channel].address
            key = address.key(view.value(address.name), self._region)
            if key and address_problem(view, channel, self._region) is None:
                found.add((str(channel), key))
        return frozenset(found)

    def lacks(self, version: Version, view: RecordView) -> tuple[Lack, ...]:
        """Messages that could not be written for the record as it is now, in the order of the steps."""
        used = _channels_of(version) | {source.channel for _, source in answers(version)}
        gone = frozenset(each for each in used if address_problem(view, each, self._region))
        return self._preflight.lacks(version, view, gone)

    def warnings(self, version: Version, view: RecordView, lacks: Sequence[Lack]) -> list[str]:
        """Steps that cannot go as the record is now, such as ``good-luck: no_phone``; ``lacks`` are those found."""
        found = []
        for step in version.definition.steps:
            problem = address_problem(view, step.channel, self._region)
            if problem is not None:
                found.append(f"{step.id}: {problem}")
        return [*found, *(f"{lack.step}: {Refused.MISSING_FIELD} ({lack.what})" for lack in lacks)]

    def _channels(
        self, version: Version, view: RecordView, suppressed: dict[str, str], returns_mail: str | None
    ) -> dict[str, ChannelFacts]:
        found = {}
        for channel in _channels_of(version):
            spec = CHANNELS[channel]
            problem = address_problem(view, channel, self._region)
            field = field_in_the_way(view, channel, self._region)
            if problem is None and spec.bounces and returns_mail:
                problem = returns_mail
            elif problem is None and spec.from_owner:
                problem, field = _owner_cannot_write(version, view), "owner.email"
            found[channel] = ChannelFacts(suppressed.get(channel) or suppressed.get("all"), problem, field)
        return found

    async def _taken(
        self, connection: Connection, candidates: Sequence[Candidate], addresses: Iterable[frozenset[tuple[str, str]]]
    ) -> list[bool]:
        """Whether every address of a record gets the sequence for somebody else."""
        rows = [
            (candidate, channel, key)
            for candidate, among in zip(candidates, addresses, strict=True)
            for channel, key in sorted(among)
        ]
        if not rows:
            return [False] * len(candidates)
        definition, now = candidates[0].version.definition, candidates[0].at
        first = {str(step.channel): step.id for step in reversed(definition.steps)}
        found = await queries.addresses_in_sequence(
            connection,
            sequence=definition.sequence,
            people=[candidate.view.person_id for candidate, _, _ in rows],
            steps=[first[channel] for _, channel, _ in rows],
            channels=[channel for _, channel, _ in rows],
            keys=[key for _, _, key in rows],
            now=now,
        )
        taken = set(found)
        answers: dict[str, list[bool]] = {}
        for place, (candidate, _, _) in enumerate(rows, start=1):
            answers.setdefault(candidate.view.record_id, []).append(place in taken)
        return [all(answers.get(candidate.view.record_id, [False])) for candidate in candidates]


def eligibility_of(settings: Settings, records: Records) -> Eligibility:
    """As entering asks it: with the organisation's region and renderer."""
    return Eligibility(records, settings.phone_region, Preflight(renderer_of(settings)), settings.keys())


def _channels_of(version: Version) -> frozenset[str]:
    return frozenset(channel for step in version.definition.steps if (channel := step.channel) in CHANNELS)


def _closed(rows: Sequence[queries.EntryObstaclesRow], topic: str | None) -> tuple[dict[str, str], str | None]:
    """Why which channel is closed; and apart from that, that the address returned mail too often."""
    closed: dict[str, str] = {}
    returned: str | None = None
    for row in rows:
        if row.kind == "topic":
            closed.setdefault("all", f"left the topic {topic} on {row.since:%Y-%m-%d}")
        elif row.kind == "suppressed" and row.reason == SOFT_BOUNCES:
            returned = returned or f"{SOFT_BOUNCES} since {row.since:%Y-%m-%d}"
        elif row.kind == "suppressed":
            closed[str(row.channel)] = f"{row.reason} since {row.since:%Y-%m-%d}"
    return closed, returned


def _answered(rows: Sequence[queries.EntryObstaclesRow]) -> str | None:
    """An answer of this person that nobody, and no model, has read yet: no machine writes to them before that."""
    for row in rows:
        if row.kind in ("answer", "unmatched"):
            unmatched = "not matched to a run, " if row.kind == "unmatched" else ""
            return f"{unmatched}since {row.since:%Y-%m-%d}"
    return None


def _owner_cannot_write(version: Version, view: RecordView) -> str | None:
    """Why no mail can go out in the owner's name, where it would. One without address writes in the organisation's."""
    email = view.owner.get("email") if version.definition.sender == "owner" else None
    return sender_problem(str(email)) if email else None
