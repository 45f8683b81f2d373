"""Auto-enrollment on a real Postgres, up to the rows: what Temporal would be told is written down instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from adapters.postgres.database import Database
from adapters.postgres.records import ChangeOrigin, Records
from adapters.postgres.rules.evaluator import ActiveRule, Rules
from adapters.postgres.versions import Version, Versions
from sequences.auto_enroll.messages import Entered, Origin, ScanCall, ScanPage, WatchCall, WatchResult
from sequences.definition.model import SequenceDefinition
from services.auto_enroll import batches
from services.auto_enroll.batches import Occasion
from services.auto_enroll.wiring import AutoEnrollment, RuleParts, auto_enrollment
from services.enrolling.eligibility import Eligibility
from services.records.record_changes import RecordChanges
from tests.support import by_name as queries

if TYPE_CHECKING:
    from collections.abc import Sequence as Many

NOW = datetime(2027, 3, 31, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/London")


@dataclass
class RuleRig:
    database: Database
    versions: Versions
    changes: RecordChanges
    rules: Rules
    activities: AutoEnrollment

    @classmethod
    def over(cls, database: Database, *, page: int = 3, zone: ZoneInfo = ZONE) -> RuleRig:
        records, versions = Records("UTC"), Versions()
        changes, rules = RecordChanges(records), Rules(versions)
        activities = auto_enrollment(
            RuleParts(
                database=database,
                records=records,
                rules=rules,
                changes=changes,
                eligibility=Eligibility(records, "GB", token_keys=(b"token-key-for-tests",)),
                zone=zone,
                page=page,
            )
        )
        return cls(database, versions, changes, rules, activities)

    async def publish(
        self,
        name: str = "s",
        *,
        at: datetime = NOW,
        record: str = "person",
        stop: dict[str, Any] | None = None,
        steps: list[dict[str, Any]] | None = None,
        **rules: Any,
    ) -> Version:
        """A sequence about candidates, unless the rules say otherwise; ``rules=None`` has none."""
        content: dict[str, Any] = {"sequence": name, "name": name.title(), "record": record}
        content["steps"] = steps or [{"id": "one", "email": "hello/one"}]
        if stop:
            content["stop_when"] = stop
        if rules != {"rules": None}:
            content["auto_enroll"] = {"real": {"person.status": ["Hot"]}} | rules
        async with self.database.transaction() as connection:
            version, _ = await self.versions.publish(connection, SequenceDefinition.model_validate(content), {}, at)
            await batches.switch_on(connection, version, at)
        return version

    async def person(self, number: int | str, at: datetime = NOW, **values: Any) -> str:
        person = str(number) if isinstance(number, str) else f"p{number:03d}"
        fresh = {"first_name": "Alex", "email": f"{person}@client.example", "owner_id": "dana", "status": "Hot"}
        await self.write("person", person, at, **(fresh | values))
        return person

    async def write(
        self,
        entity: str,
        identity: str,
        at: datetime = NOW,
        origin: str = "crm",
        lineage: Many[str] = (),
        **values: Any,
    ) -> None:
        async with self.database.transaction() as connection:
            await self.changes.write(
                connection, entity, identity, values, ChangeOrigin(origin, at, lineage=list(lineage))
            )

    async def rule(self, name: str = "s") -> ActiveRule:
        async with self.database.transaction() as connection:
            return next(rule for rule in await self.rules.active(connection) if rule.version.sequence == name)

    async def enter(
        self, records: Many[str], nonce: str = "n", now: datetime = NOW, name: str = "s", origin: Origin = Origin.CHANGE
    ) -> Entered:
        rule = await self.rule(name)
        async with self.database.transaction() as connection:
            matches = await self.rules.of_records(connection, rule, now, records)
            return await self.activities.entering.enter(connection, rule, matches, Occasion(origin, nonce, now))

    async def watch(self, now: datetime = NOW) -> WatchResult:
        return await self.activities.watching.watch_changes(WatchCall(0, now))

    async def scan(self, name: str = "s", origin: Origin = Origin.EXISTING, now: datetime = NOW) -> list[ScanPage]:
        call = ScanCall(name, origin.value, now)
        batch = (await self.activities.scanning.begin_scan(call)).batch
        pages = [await self.activities.scanning.scan_page(ScanCall(name, origin.value, now, "", batch))]
        while pages[-1].after is not None:
            call = ScanCall(name, origin.value, now, pages[-1].after, batch)
            pages.append(await self.activities.scanning.scan_page(call))
        return pages

    async def fetch(self, text: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.database.pool.fetch(text, *values)]

    async def opening(self) -> list[str]:
        """Windows that wait for the outbox."""
        rows = await self.fetch("SELECT id FROM reenrollment_window WHERE state = 'opening' ORDER BY 1")
        return [row["id"] for row in rows]

    async def enrolled(self, name: str = "s") -> list[str]:
        rows = await self.fetch("SELECT record_id FROM enrollment WHERE sequence = $1 ORDER BY 1", name)
        return [row["record_id"] for row in rows]

    async def refusals(self, name: str = "s") -> dict[str, tuple[str, int]]:
        rows = await self.fetch("SELECT record_id, reason, times FROM refusal WHERE sequence = $1 ORDER BY id", name)
        return {row["record_id"]: (row["reason"], row["times"]) for row in rows}

    async def queued(self, name: str = "s") -> dict[str, str]:
        rows = await self.fetch("SELECT record_id, state FROM rule_queue WHERE sequence = $1 ORDER BY 1", name)
        return {row["record_id"]: row["state"] for row in rows}

    async def told(self) -> list[tuple[str, str, int | None]]:
        rows = await self.fetch("SELECT owner_id, kind, records FROM notification ORDER BY kind, owner_id")
        return [(row["owner_id"], row["kind"], row["records"]) for row in rows]

    async def decide(self, what: str, key: str, now: datetime = NOW) -> int:
        async with self.database.transaction() as connection:
            return await getattr(batches, what)(connection, key, "dana", now)  # type: ignore[no-any-return]

    async def run(self, name: str, **values: object) -> int:
        async with self.database.statement() as connection:
            return await queries.run(connection, name, **values)
