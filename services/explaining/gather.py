"""Gathers why somebody is or is not in a sequence. Reads only; the evaluator is the one that enrolls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from adapters.postgres.records import Records, column_of
from adapters.postgres.rules.evaluator import Rules
from adapters.postgres.versions import Versions
from sequences.auto_enroll.conditions import fields_read
from sequences.auto_enroll.finding import edge
from sequences.enrolling.refusals import can_pass
from sequences.errors import NotFoundError, RefusedError
from sequences.runs.bulk import HoldScope
from services.auto_enroll.look_again import Again
from services.enrolling.eligibility import Eligibility, address_keys
from services.explaining.answer import (
    EntryAnswer,
    ExplainedRun,
    ExplainedSuppression,
    Explanation,
    Hold,
    Queued,
    RefusalLine,
    RuleState,
    WrittenField,
)
from services.explaining.verdict import entry_answer
from services.orders.move_window import window_of
from services.publishing.preview import rule_of
from services.runs.run_row import CLOSED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

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
        region: the country in which phone numbers without one are read.
    """

    records: Records
    versions: Versions
    rules: Rules
    region: str

    async def explain(
        self, connection: Any, sequence: str, person: str, now: datetime, *, record: str | None = None
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
        row = await queries.row(connection, "person_row", id=person)
        if row is None:
            raise NotFoundError(await _unknown(connection, person))
        definition = version.definition
        runs = await queries.rows(connection, "explain_runs", sequence=sequence, person_id=person)
        about, others = await _record_of(connection, definition.record, person, record, runs)
        view = await self.records.view(connection, definition.record, about) if about else None
        person_view = view or await self.records.view(connection, "person", person)
        mine = [_run(each) for each in runs if each["record_id"] == about or about is None]
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
            holds=tuple(await _holds(connection, sequence, person_view.owner_id if view is None else view.owner_id)),
        )
        if view is not None and about is not None:
            found = await self._about_record(connection, found, version, rule, view, now)
        answer, verdict = entry_answer(found)
        return replace(found, answer=answer, verdict=verdict)

    async def _rule_state(
        self, connection: Any, version: Version, now: datetime
    ) -> tuple[RuleState, ActiveRule | None]:
        wanted = version.definition.auto_enroll
        if wanted is None:
            return RuleState("none"), None
        row = await queries.row(connection, "explain_rules_on", sequence=version.sequence)
        rule = rule_of(self.rules, version, row["since"] if row else now)
        broken = (row["broken"] if row else None) or rule.broken
        return (
            RuleState(
                state="broken" if broken else "on" if row else "off",
                since=row["since"] if row else None,
                scanned_at=row["scanned_at"] if row else None,
                broken=broken,
                window=str(wanted.prevent_reenrollment_within) if wanted.prevent_reenrollment_within else None,
                protection=wanted.cycle_protection,
                hold_above=wanted.hold_above,
                max_per_day=wanted.max_per_day,
            ),
            rule,
        )

    async def _about_record(
        self,
        connection: Any,
        found: Explanation,
        version: Version,
        rule: ActiveRule | None,
        view: RecordView,
        now: datetime,
    ) -> Explanation:
        record = view.record_id
        found = replace(
            found,
            queue=_queued(await queries.row(connection, "explain_queue", sequence=version.sequence, record_id=record)),
            refusals=tuple(
                RefusalLine(**row | {"fields": tuple(row["fields"])})
                for row in await queries.rows(
                    connection, "explain_refusals", sequence=version.sequence, person_id=found.person, record_id=record
                )
            ),
        )
        by_rule = next((each for each in found.refusals if each.via == "rule"), None)
        before = by_rule if by_rule is not None and by_rule.state != "entered" else None
        again = before is not None and before.state == "standing" and can_pass(before.reason)
        wanted = version.definition.auto_enroll
        if wanted is None or rule is None or rule.compiled is None:
            return found
        conditions = tuple(await self.rules.findings(connection, rule, now, record))
        refused, detail = await self._refusal(connection, version, rule, view, now, again=again)
        return replace(
            found,
            conditions=conditions,
            refused=refused,
            refused_detail=detail,
            refused_before=before,
            written=tuple(await _written(connection, wanted, version.sequence, view)),
            unwatched_changes=await queries.value(
                connection,
                "explain_unwatched",
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
        self, connection: Any, version: Version, rule: ActiveRule, view: RecordView, now: datetime, *, again: bool
    ) -> tuple[str | None, str | None]:
        """What stands in the way of a record for which the rule is true; (None, None) when nothing does."""
        matches = await self.rules.of_records(connection, rule, now, [view.record_id])
        if not matches:
            return None, None
        if matches[0].refused is not None:
            return matches[0].refused.value, matches[0].detail or None
        # What needs more than SQL, asked as entering asks it.
        if again:
            judged = await Again(self.rules, self.records, Eligibility(self.region)).judged(
                connection, rule, matches, now
            )
            refused = judged[0].refused
            return (refused.value, judged[0].detail or None) if refused is not None else (None, None)
        found = await Eligibility(self.region).refusal(connection, version, view, view.record_id, by_rule=True, now=now)
        return (str(found.reason), found.detail) if found is not None else (None, None)


def explainer(settings: Settings, versions: Versions | None = None) -> Explainer:
    """As the settings say."""
    known = versions or Versions()
    rules = Rules(known, settings.catalogue())
    region = settings.phone_region
    return Explainer(Records(settings.organisation_timezone, region), known, rules, region)


async def _record_of(
    connection: Any, kind: str, person: str, given: str | None, runs: Iterable[queries.Row]
) -> tuple[str | None, tuple[str, ...]]:
    """The record that is meant, and the others that could have been."""
    if kind == "person":
        if given not in (None, person):
            raise RefusedError("record: this sequence is about people; leave the record out")
        return person, ()
    placements = [row["id"] for row in await queries.rows(connection, "explain_placements", person_id=person)]
    if given is not None and given not in placements:
        known = f"; there are {', '.join(placements)}" if placements else ""
        raise NotFoundError(f"this person has no placement with the id {given}{known}")
    running = [run["record_id"] for run in runs if run["state"] not in CLOSED and run["record_id"] in placements]
    about = given or next(iter(running), None) or next(iter(placements), None)
    return about, tuple(each for each in placements if each != about)


async def _unknown(connection: Any, person: str) -> str:
    named = await queries.rows(connection, "explain_placements", person_id=person)
    if not named:
        return f"there is no person with the id {person}; `relance people` lists them"
    about = ", ".join(row["id"] for row in named)
    return f"the CRM has not told the person {person} yet; placement {about} waits for them and is looked at then"


async def _windows(
    connection: Any, sequence: str, person: str, record: str | None, now: datetime
) -> tuple[Window, ...]:
    rows = await queries.rows(connection, "explain_windows", sequence=sequence, person_id=person)
    # A window of the scope "record" speaks of its record alone.
    return tuple(window_of(row, now) for row in rows if row["scope"] == "person" or row["record_id"] == record)


async def _suppressions(connection: Any, view: RecordView, region: str) -> tuple[ExplainedSuppression, ...]:
    rows = await queries.rows(
        connection, "suppressions_of", person_id=view.person_id, **address_keys(view.person, region)
    )
    return tuple(ExplainedSuppression(row["channel"], row["reason"], row["since"]) for row in rows)


async def _holds(connection: Any, sequence: str, owner: str | None) -> list[Hold]:
    found = []
    for scope, key in ((HoldScope.SEQUENCE, sequence), (HoldScope.OWNER, owner)):
        row = await queries.row(connection, "standing_hold", scope=scope, key=key) if key else None
        if row is not None:
            found.append(Hold(scope.value, row["key"], row["reason"], row["since"]))
    return found


async def _written(connection: Any, wanted: AutoEnroll, sequence: str, view: RecordView) -> list[WrittenField]:
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


def _queued(row: queries.Row | None) -> Queued | None:
    if row is None:
        return None
    return Queued(row["state"], row["at"], row["batch_id"], row["records"], row["origin"])


def _run(row: queries.Row) -> ExplainedRun:
    return ExplainedRun(
        enrollment=row["id"],
        version=row["version"],
        record=row["record_id"],
        via=row["via"],
        lineage=tuple(row["lineage"]),
        state=row["state"],
        reason=row["reason"],
        enrolled_at=row["enrolled_at"],
        ended_at=row["ended_at"],
        waits=tuple(row["waits"]),
        next_step=row["next_step"],
        next_due_at=row["next_due_at"],
        next_reason=row["next_reason"],
    )
