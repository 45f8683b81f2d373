"""What publishing means for auto-enrollment: what would be switched on, and switching it on.

Everything of one sequence happens in one transaction: the version, its rules, the length of open windows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.auto_enroll.messages import Origin
from sequences.definition.model import fingerprint
from sequences.errors import UnavailableError
from sequences.sending.wording import templates_of
from services.auto_enroll import batches
from services.enrolling.archived import refuse_if_archived
from services.enrolling.window_ledger import WindowLedger
from services.mailboxes.directory import KnownMailboxes
from services.publishing import lint
from services.publishing.check_and_publish import publish_in
from services.publishing.forms import publish_forms
from services.publishing.preview import preview, unpublished

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.versions import Version, Versions
    from sequences.auto_enroll.lint import LintFinding
    from sequences.definition.model import SequenceDefinition as Definition
    from sequences.records.catalogue import FieldType
    from services.operations.scan_orders import RuleOrders
    from services.publishing.check_and_publish import CheckedFile
    from services.publishing.preview import Asking, RulePreview

_log = logging.getLogger("relance.publishing")


@dataclass(frozen=True)
class Plan:
    """What publishing a file would do.

    Attributes:
        definition: of the file.
        changes: it becomes a new version, or rules are switched on or off.
        preview: who would enter; None without rules, or when nothing changes.
    """

    checked: CheckedFile
    definition: Definition
    changes: bool
    preview: RulePreview | None


@dataclass
class Published:
    """What publishing a file did.

    Attributes:
        rules: ``on``, ``off`` (it had some before) or ``none``.
        windows_changed: open windows that got the length of this version.
        schedule: of the daily scan: ``ensured``, ``removed``, ``later`` (Temporal is away) or None without rules.
        scan: of those who match already: ``started``, ``not started`` (Temporal is away), or None.
        forms: forms that were published with it, with their new versions.
    """

    file: str
    sequence: str
    version: int
    new: bool
    auto_enroll: bool
    rules: str
    windows_changed: int = 0
    schedule: str | None = None
    scan: str | None = None
    enroll_existing: bool = False
    preview: RulePreview | None = None
    findings: list[LintFinding] = field(default_factory=list)
    forms: dict[str, int] = field(default_factory=dict)


async def plans(
    asking: Asking, connection: Connection, checked: Iterable[CheckedFile], now: datetime, *, always_preview: bool
) -> list[Plan]:
    """What publishing each file would do. Reads only.

    Args:
        asking: what a preview needs.
        connection: in a transaction.
        checked: good files.
        now: UTC.
        always_preview: also when nothing changes: somebody wants to know, or to enroll the existing ones.
    """
    found = []
    for item in checked:
        definition = item.sequence
        assert definition is not None
        newest = await queries.newest_version(connection, sequence=definition.sequence)
        state = await queries.rule_state_row(connection, sequence=definition.sequence)
        used = templates_of(definition)
        templates = {name: item.templates[name].to_json() for name in sorted(used) if name in item.templates}
        changes = (
            newest is None
            or newest.fingerprint != fingerprint(definition)
            or newest.templates != templates
            or (state is not None) != (definition.auto_enroll is not None)
            or (state is not None and state.version != newest.version)
        )
        shown = (
            await preview(asking, connection, unpublished(definition, templates), now)
            if changes or always_preview
            else None
        )
        found.append(Plan(item, definition, changes, shown))
    return found


async def look(
    connection: Connection, definitions: Sequence[Definition], custom: dict[str, FieldType]
) -> list[LintFinding]:
    """What is odd about these definitions beside all that is published."""
    return lint.lint(
        await lint.published(connection),
        definitions,
        custom,
        await lint.receivers(connection),
        await KnownMailboxes().read(connection),
    )


async def publish_all(
    database: Database, versions: Versions, planned: Iterable[Plan], now: datetime, *, existing: frozenset[str]
) -> list[Published]:
    """Publishes each file and switches its rules on or off, one transaction a file.

    Args:
        database: Postgres.
        versions: where versions are kept.
        planned: by ``plans``.
        now: UTC.
        existing: sequences whose rules are to take in those who match already.
    """
    done = []
    for plan in planned:
        async with database.transaction() as connection:
            forms = await publish_forms(connection, plan.checked.forms.values(), now)
            version, new = await publish_in(connection, versions, plan.checked, now)
            rules, windows = await switch(connection, version, now)
        name = version.sequence
        done.append(
            Published(
                plan.checked.file,
                name,
                version.version,
                new,
                plan.definition.auto_enroll is not None,
                rules,
                windows,
                enroll_existing=name in existing and rules == "on",
                preview=plan.preview,
                forms={form.form: form.version for form, fresh in forms if fresh},
            )
        )
    return done


async def switch(connection: Connection, version: Version, now: datetime) -> tuple[str, int]:
    """Switches the rules of the newest version on, or off when it has none; in the transaction that publishes it.

    Returns:
        ``on | off | none``, and how many open windows got another length.

    Raises:
        RefusedError: the sequence is archived, and nothing of it is published.
    """
    await refuse_if_archived(connection, version.sequence)
    before = await queries.rule_state_row(connection, sequence=version.sequence)
    on = await batches.switch_on(connection, version, now)
    windows = await WindowLedger().apply_new_length(connection, version.definition, now)
    if on is not None:
        return "on", windows
    return "off" if before is not None else "none", windows


async def apply_to_temporal(orders: RuleOrders | None, done: Iterable[Published]) -> None:
    """Ensures the schedule of the scans and starts those that are wanted; notes on each what happened.

    What cannot be done while Temporal is away: the schedule is ensured again when ``relance serve`` starts.
    """
    for each in done:
        if each.rules == "none":
            continue
        # What cannot be told now stands so.
        each.schedule, each.scan = "later", "not started" if each.enroll_existing else None
        if orders is None:
            continue
        try:
            await orders.ensure_schedule(each.sequence, wanted=each.rules == "on")
            each.schedule = "ensured" if each.rules == "on" else "removed"
            if each.enroll_existing:
                await orders.start_scan(each.sequence, Origin.EXISTING)
                each.scan = "started"
        except UnavailableError as error:
            _log.warning("%s; publishing went on", error)
