"""Looks again at who was refused for what can pass: an address, a field, an owner, a stop rule, a suppression."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.auto_enroll.messages import FINAL, Refused
from sequences.enrolling.refusals import source_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.rules.evaluator import ActiveRule, Rules
    from sequences.auto_enroll.messages import Match
    from services.enrolling.eligibility import Eligibility

_FINAL = sorted(FINAL)


async def touched(connection: Connection, changed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Records of standing refusals about which something changed, by sequence.

    Args:
        connection: in a transaction.
        changed: ``person | placement | client | owner`` to ids.
    """
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    persons, placements = list(changed.get("person", ())), list(changed.get("placement", ()))
    clients, owners = list(changed.get("client", ())), list(changed.get("owner", ()))
    rows: list[queries.RefusedTouchedRow] = []
    if persons or placements:
        rows += await queries.refused_touched(connection, persons=persons, placements=placements, final=_FINAL)
    if clients or owners:
        rows += await queries.refused_touched_by_links(connection, clients=clients, owners=owners, final=_FINAL)
    for row in rows:
        found[row.sequence][row.record_id] = None
    return {sequence: sorted(records) for sequence, records in found.items()}


async def page_of_refused(connection: Connection, sequence: str, after: str, limit: int, now: datetime) -> list[str]:
    """The next records of standing refusals, by id, but for those that were refused at this very instant."""
    rows = await queries.refused_page(connection, sequence=sequence, after=after, limit=limit, at=now, final=_FINAL)
    return list(rows)


class Again:
    """Who was refused enters as if everything had been told at once, when the rule is still true.

    Nobody enters again because of what the sequence itself caused: what a refusal waited for counts like what the rule
    reads.
    """

    def __init__(self, rules: Rules, eligibility: Eligibility) -> None:
        self._rules = rules
        self._eligibility = eligibility

    async def matches(
        self, connection: Connection, rule: ActiveRule, now: datetime, records: Sequence[str]
    ) -> list[Match]:
        """Those of the records for which the rule is true now, also when their person is not known yet."""
        found = await self._rules.of_records(connection, rule, now, records)
        unknown = await self._rules.without_person(connection, rule, now, records)
        return [*found, *unknown]

    async def judged(
        self, connection: Connection, rule: ActiveRule, matches: Sequence[Match], now: datetime
    ) -> list[Match]:
        """The matches, each with what still stands against it, if anything does.

        They count for ``hold_above`` only when nothing does: who was refused yesterday and is refused today made no
        batch larger.

        Args:
            connection: in a transaction.
            rule: with its version.
            matches: of ``matches``.
            now: UTC; of the look.
        """
        if not matches:
            return []
        causes = await self._causes(connection, rule, [match.record_id for match in matches])
        found = [
            replace(
                match,
                again=True,
                lineage=tuple(dict.fromkeys((*match.lineage, *causes.get(match.record_id, ())))),
            )
            for match in matches
        ]
        judged = await self._eligibility.of_matches(connection, rule.version, found, now)
        return [
            match if result.refusal is None else match.refused_for(result.refusal)
            for match, result in zip(found, judged, strict=True)
        ]

    async def passed(
        self, connection: Connection, rule: ActiveRule, records: Sequence[str], matches: Sequence[Match]
    ) -> None:
        """Of whom the rule is not true any more, the refusals are over."""
        true = {match.record_id for match in matches}
        over = [record for record in records if record not in true]
        if over:
            await queries.refusals_passed(connection, sequence=rule.version.sequence, records=over)

    async def _causes(self, connection: Connection, rule: ActiveRule, records: list[str]) -> dict[str, tuple[str, ...]]:
        """The sequences whose automation wrote last what each record waited for."""
        definition = rule.version.definition
        rows = await queries.refused_waits_for(
            connection,
            sequence=definition.sequence,
            record_type=definition.record,
            records=records,
            final=_FINAL,
        )
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for row in rows:
            fields = set(row.fields)
            if row.reason == Refused.STOP_WHEN:
                # A newer version may stop on more.
                fields |= set(definition.stop_when)
            for field in sorted(fields):
                for holder, name in source_fields(field, definition.record):
                    found[row.record_id].update(
                        dict.fromkeys((row.person if holder == "person" else row.placement).get(name) or ())
                    )
        return {record: tuple(names) for record, names in found.items()}
