"""Publishes a draft as ``relance publish`` publishes files: a look first, then a new version with its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.errors import RefusedError, RequestRefused
from services.drafts.check_draft import check_draft
from services.drafts.draft import discard_draft, find_draft
from services.publishing import lint, switch_rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.versions import Versions
    from sequences.auto_enroll.lint import LintFinding
    from sequences.records.catalogue import FieldType
    from services.drafts.check_draft import CheckedDraft
    from services.operations.scan_orders import RuleOrders
    from services.publishing.preview import Asking
    from services.publishing.switch_rules import Plan, Published


@dataclass(frozen=True)
class Publishing:
    """What publishes drafts.

    Attributes:
        versions: of sequences.
        asking: what a look at the rules needs.
        custom: the organisation's own fields.
        rules: reaches Temporal; None: the schedule is ensured when ``relance serve`` starts.
    """

    versions: Versions
    asking: Asking
    custom: Mapping[str, FieldType]
    rules: RuleOrders | None = None

    async def look(self, connection: Connection, sequence: str, now: datetime) -> DraftPlan:
        """What publishing the draft would do; reads only.

        Raises:
            NotFoundError: there is neither a draft nor a version.
        """
        draft = await find_draft(connection, self.versions, sequence)
        checked = await check_draft(connection, draft, self.custom)
        if not checked.good:
            return DraftPlan(checked, None, ())
        (plan,) = await switch_rules.plans(self.asking, connection, [checked.checked], now, always_preview=False)
        found = await switch_rules.look(connection, [plan.definition], dict(self.custom)) if plan.changes else []
        return DraftPlan(checked, plan, tuple(found))

    async def publish(self, database: Database, wanted: PublishDraft, now: datetime) -> Published:
        """Publishes the draft that somebody looked at, and drops it.

        Raises:
            NotFoundError: there is neither a draft nor a version.
            RefusedError: it has an error, or is not the one any more that was looked at.
        """
        async with database.transaction() as connection:
            planned = await self.look(connection, wanted.sequence, now)
        if planned.checked.draft.mark != wanted.mark:
            detail = "somebody changed the draft meanwhile; look at it again before you publish"
            raise RefusedError(RequestRefused.CHANGED_MEANWHILE, detail)
        if planned.plan is None or planned.broken:
            raise RefusedError(RequestRefused.INVALID, "the draft has an error, so it was not published")
        existing = frozenset([wanted.sequence] if wanted.enroll_existing else [])
        (done,) = await switch_rules.publish_all(database, self.versions, [planned.plan], now, existing=existing)
        if done.rules != "none":
            await switch_rules.apply_to_temporal(self.rules, [done])
        async with database.transaction() as connection:
            await discard_draft(connection, wanted.sequence, wanted.mark)
        return done


@dataclass(frozen=True)
class PublishDraft:
    """What somebody decided after a look.

    Attributes:
        mark: of the draft that they saw.
        enroll_existing: people who already match its rules are enrolled now.
    """

    sequence: str
    mark: str
    enroll_existing: bool = False


@dataclass(frozen=True)
class SaidOnce:
    """Findings that say the same, as loops do.

    Attributes:
        first: of them.
        paths: of all of them, where they are loops.
    """

    first: LintFinding
    paths: tuple[str, ...]


@dataclass(frozen=True)
class DraftPlan:
    """What publishing a draft would do.

    Attributes:
        plan: None: it has an error.
        findings: what is odd about its rules beside all that is published.
    """

    checked: CheckedDraft
    plan: Plan | None
    findings: tuple[LintFinding, ...]

    @property
    def said_once(self) -> tuple[SaidOnce, ...]:
        """What was found, each message once, in their order."""
        alike: dict[tuple[str, str, str], list[LintFinding]] = {}
        for each in self.findings:
            alike.setdefault((each.severity, each.message, each.advice), []).append(each)
        return tuple(
            SaidOnce(found[0], tuple(dict.fromkeys(each.path for each in found if each.path)))
            for found in alike.values()
        )

    @property
    def broken(self) -> bool:
        """Its rules keep it from being published."""
        shown = self.plan.preview if self.plan else None
        return lint.has_errors(self.findings) or (shown is not None and shown.broken is not None)
