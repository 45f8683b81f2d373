"""Gathers why somebody is or is not in a sequence. Reads only; the evaluator is the one that enrolls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.record_columns import column_of
from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import Rules
from adapters.postgres.versions import Versions
from sequences.auto_enroll.conditions import fields_read
from sequences.auto_enroll.finding import edge
from sequences.enrolling.refusals import can_pass
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.auto_enroll.look_again import Again
from services.enrolling.eligibility import Eligibility, address_keys, eligibility_of
from services.explaining.answer import (
    EntryAnswer,
    ExplainedRun,
    ExplainedSuppression,
    Explanation,
    Queued,
    RefusalLine,
    RuleState,
    WrittenField,
)
from services.explaining.verdict import entry_answer
from services.operations.move_window import window_of
from services.publishing.preview import rule_of
from services.reading.holds import holds_over
from services.runs.run_row import CLOSED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.rules.evaluator import ActiveRule
    from adapters.postgres.versions import Version
    from adapters.settings import Settings
    from sequences.definition.rules import AutoEnroll
    from sequences.records.record_view import RecordView
    from services.explaining.answer import Window


@dataclass(frozen=True)
class Explainer:
    """Asks everything that decides about entering.

    Attributes:
        rules: the evaluator.
        eligibility: what lets people in.
        region: the country in which phone numbers without one are read.
    """

    records: Records
    versions: Versions
    rules: Rules
    eligibility: Eligibility
    region: str

    async def explain(
        self, connection: Connection, sequence: str, person: str, now: datetime, *, record: str | None = None
    ) -> Explanation:
        """Why ``person`` is or is not in ``sequence``.

        Args:
            connection: in a transaction.
            sequence: its name.
            person: id.
            now: UTC.
            record: id of the placement; by default the one with an open run, else the newest.

        Raises:
            NotFoundError: no such sequence, person or placement.
            RefusedError: the record is another person's.
        """
        version = await self.versions.get(connection, sequence)
        row = await queries.person_row(connection, id=person)
        if row is None:
            raise NotFoundError(await _unknown(connection, person))
        definition = version.definition
        runs = await queries.explain_runs(connection, sequence=sequence, person_id=person)
        about, others = await _record_of(connection, definition.record, person, record, runs)
        view = await self.records.view(connection, definition.record, about) if about else None
        person_view = view or await self.records.view(connection, "person", person)
        mine = [_run(each) for each in runs if each.record_id == about or about is None]
        state, rule = await self._rule_state(connection, version, now)
        found = Explanation(
            answer=EntryAnswer.NO_RECORD,
            verdict="",
            sequence=sequence,
            name=definition.name,
            version=version.version,
            record_type=definition.record,
            record=about,
            person=person,
            person_name=person_view.person["full_name"],
            deleted=person_view.deleted,
            rules=state,
            run=next((each for each in mine if each.state not in CLOSED), None),
            past_runs=tuple(each for each in mine if each.state in CLOSED),
            windows=await _windows(connection, sequence, person, about, now),
            suppressions=await _suppressions(connection, person_view, self.region),
            other_records=others,
            holds=await holds_over(connection, sequence, person_view.owner_id if view is None else view.owner_id),
        )
        if view is not None and about is not None:
            found = await self._about_record(connection, found, view, rule, now)
        answer, verdict = entry_answer(found)
        return replace(found, answer=answer, verdict=verdict)

    async def _rule_state(
        self, connection: Connection, version: Version, now: datetime
    ) -> tuple[RuleState, ActiveRule | None]:
        wanted = version.definition.auto_enroll
        archived = await queries.archived_at(connection, sequence=version.sequence)
        if wanted is None:
            return RuleState("archived" if archived else "none"), None
        row = await queries.explain_rules_on(connection, sequence=version.sequence)
        rule = rule_of(self.rules, version, row.since if row else now)
        broken = (row.broken if row else None) or rule.broken
        return (
            RuleState(
                state="archived" if archived else "broken" if broken else "on" if row else "off",
                since=row.since if row else None,
                scanned_at=row.scanned_at if row else None,
                broken=broken,
                window=str(wanted.prevent_reenrollment_within) if wanted.prevent_reenrollment_within else None,
                protection=wanted.cycle_protection,
                hold_above=wanted.hold_above,
                max_per_day=wanted.max_per_day,
            ),
            rule,
        )

    async def _about_record(
        self, connection: Connection, found: Explanation, view: RecordView, rule: ActiveRule | None, now: datetime
    ) -> Explanation:
        sequence, record = found.sequence, view.record_id
        found = replace(
            found,
            queue=_queued(await queries.explain_queue(connection, sequence=sequence, record_id=record)),
            refusals=tuple(
                _refusal_line(row)
                for row in await queries.explain_refusals(
                    connection, sequence=sequence, person_id=found.person, record_id=record
                )
            ),
        )
        by_rule = next((each for each in found.refusals if each.via == "rule"), None)
        before = by_rule if by_rule is not None and by_rule.state != "entered" else None
        again = before is not None and before.state == "standing" and can_pass(before.reason)
        wanted = rule.version.definition.auto_enroll if rule is not None else None
        if wanted is None or rule is None or rule.compiled is None:
            return found
        conditions = tuple(await self.rules.findings(connection, rule, now, record))
        refused, detail = await self._refusal(connection, rule, view, now, again=again)
        return replace(
            found,
            conditions=conditions,
            refused=refused,
            refused_detail=detail,
            refused_before=before,
            written=tuple(await _written(connection, wanted, sequence, view)),
            unwatched_changes=await queries.explain_unwatched(
                connection,
                fields=sorted(rule.compiled.fields),
                again=again,
                person_id=found.person,
                record_id=record,
                client_id=view.client.get("id"),
                owner_id=view.owner_id,
            ),
            edge=edge(wanted, view.person.get, now),
        )

    async def _refusal(
        self, connection: Connection, rule: ActiveRule, view: RecordView, now: datetime, *, again: bool
    ) -> tuple[str | None, str | None]:
        """What stands in the way of a record for which the rule is true; (None, None) when nothing does."""
        matches = await self.rules.of_records(connection, rule, now, [view.record_id])
        if not matches:
            return None, None
        match = matches[0]
        if again:
            (match,) = await Again(self.rules, self.eligibility).judged(connection, rule, matches, now)
        refusal = (await self.eligibility.of_match(connection, rule.version, match, now)).refusal
        return (str(refusal.reason), refusal.detail or None) if refusal is not None else (None, None)


def explainer(settings: Settings, versions: Versions | None = None) -> Explainer:
    """As the settings say."""
    known = versions or Versions()
    rules = Rules(known, settings.catalogue())
    region = settings.phone_region
    records = Records(settings.organisation_timezone, region)
    return Explainer(records, known, rules, eligibility_of(settings, records), region)


async def _record_of(
    connection: Connection, kind: str, person: str, given: str | None, runs: Iterable[queries.ExplainRunsRow]
) -> tuple[str | None, tuple[str, ...]]:
    """The record that is meant, and the others that could have been."""
    if kind == "person":
        if given not in (None, person):
            raise RefusedError(RequestRefused.INVALID, "record: this sequence is about people; omit the record")
        return person, ()
    placements = await queries.explain_placements(connection, person_id=person)
    if given is not None and given not in placements:
        known = f"; known: {', '.join(placements)}" if placements else ""
        raise NotFoundError(f"this person has no placement with the id {given}{known}")
    running = [run.record_id for run in runs if run.state not in CLOSED and run.record_id in placements]
    about = given or next(iter(running), None) or next(iter(placements), None)
    return about, tuple(each for each in placements if each != about)


async def _unknown(connection: Connection, person: str) -> str:
    named = await queries.explain_placements(connection, person_id=person)
    if not named:
        return f"no person has the id {person}; `relance people` lists them"
    about = ", ".join(named)
    return f"the CRM has not sent the person {person} yet; placement {about} waits and is checked when it does"


async def _windows(
    connection: Connection, sequence: str, person: str, record: str | None, now: datetime
) -> tuple[Window, ...]:
    rows = await queries.explain_windows(connection, sequence=sequence, person_id=person)
    # A window of the scope "record" speaks of its record alone.
    return tuple(window_of(row, now) for row in rows if row.scope == "person" or row.record_id == record)


async def _suppressions(connection: Connection, view: RecordView, region: str) -> tuple[ExplainedSuppression, ...]:
    keys = address_keys(view.person, region)
    rows = await queries.suppressions_of(connection, person_id=view.person_id, email=keys["email"], phone=keys["phone"])
    return tuple(ExplainedSuppression(row.channel, row.reason, row.since) for row in rows)


async def _written(connection: Connection, wanted: AutoEnroll, sequence: str, view: RecordView) -> list[WrittenField]:
    """The fields of the rule whose last write was automation's. Only people and placements remember it."""
    marks = {"person": view.person["field_lineage"], "placement": view.placement.get("field_lineage") or {}}
    found = []
    for field in sorted(fields_read(wanted)):
        group, _, name = field.partition(".")
        if group == "custom":
            # The placement's own value counts first, as in the evaluator.
            own = (view.placement.get("custom") or {}).get(name) is not None
            lineage = marks["placement" if own else "person"].get(field)
        else:
            column = column_of(group, name) if group in marks else None
            lineage = marks.get(group, {}).get(column or name)
        if lineage:
            found.append(
                WrittenField(field, tuple(lineage), sequence in lineage and wanted.cycle_protection == "lineage")
            )
    return found


def _queued(row: queries.ExplainQueueRow | None) -> Queued | None:
    if row is None:
        return None
    return Queued(row.state, row.at, row.batch_id, row.records, row.origin)


def _refusal_line(row: queries.ExplainRefusalsRow) -> RefusalLine:
    return RefusalLine(
        reason=row.reason,
        detail=row.detail,
        via=row.via,
        times=row.times,
        first_at=row.first_at,
        at=row.at,
        state=row.state,
        fields=tuple(row.fields),
    )


def _run(row: queries.ExplainRunsRow) -> ExplainedRun:
    return ExplainedRun(
        enrollment=row.id,
        version=row.version,
        record=row.record_id,
        via=row.via,
        lineage=tuple(row.lineage),
        state=row.state,
        reason=row.reason,
        enrolled_at=row.enrolled_at,
        ended_at=row.ended_at,
        waits=tuple(row.waits),
        next_step=row.next_step,
        next_due_at=row.next_due_at,
        next_reason=row.next_reason,
    )
