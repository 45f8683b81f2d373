"""Records of the CRM come in by the same way as its hook: rows first."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from sequences.crm.echoes import OwnCrmWrite, comes_from_erasing, read_back
from sequences.crm.occasions import ERASED
from sequences.crm.reading import in_order, items_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sequences.crm.records import CrmKey, CrmRecord
    from services.crm.connected import ConnectedCrm
    from services.records.crm import CrmIntake

_AT_ONCE: Final = 500
"""Items of one event: each locks its record until it commits."""
_REFUSED: Final = "refused"


@dataclass(frozen=True)
class ApplyRecords:
    """Takes records in.

    Attributes:
        connected: the CRM.
        intake: as of the hook.
    """

    connected: ConnectedCrm
    intake: CrmIntake

    async def apply(self, records: Sequence[CrmRecord]) -> int:
        """Stores what they say; returns how many items were refused. The same records again change nothing.

        Raises:
            UnavailableError: Postgres could not give the locks; trying again may help.
        """
        if not records:
            return 0
        own = await self._own(records)
        records = [record for record in records if not comes_from_erasing(own[record.key], record)]
        now = self.connected.clock()
        items: list[dict[str, Any]] = []
        for record in records:
            items += items_of(self.connected.mapping, record, self.connected.known, now, own[record.key])
        items = in_order(items)
        refused: list[str] = []
        for begin in range(0, len(items), _AT_ONCE):
            chunk = items[begin : begin + _AT_ONCE]
            answer = await self.intake.receive(_event_id(self.connected.name, chunk), chunk)
            refused += [str(result["reason"]) for result in answer["results"] if result["status"] == _REFUSED]
        # Only now: until the rows are there, what was written to the CRM has to be recognised.
        seen = [each for record in records for each in read_back(own[record.key], record)]
        async with self.connected.database.transaction() as connection:
            if seen:
                await queries.crm_writes_read_back(connection, ids=seen, at=now)
            if refused:
                await queries.crm_records_refused(
                    connection, name=self.connected.name, refused=len(refused), reason=refused[-1][:500], at=now
                )
        return len(refused)

    async def _own(self, records: Sequence[CrmRecord]) -> Mapping[CrmKey, list[OwnCrmWrite]]:
        from_key = {(record.key.entity, record.key.id): record.key for record in records}
        async with self.connected.database.statement() as connection:
            rows = await queries.own_crm_writes(
                connection,
                crm=self.connected.name,
                entities=[entity for entity, _ in from_key],
                records=[identity for _, identity in from_key],
            )
        found: dict[CrmKey, list[OwnCrmWrite]] = defaultdict(list)
        for row in rows:
            waits, of_erased = row.state == "waiting", row.occasion == ERASED
            if waits and not of_erased and (row.kind != "fields" or row.body.get("only_if_blank")):
                # What may be left alone replaces nothing yet.
                continue
            fields = row.body.get("fields", {}) if waits else row.written or {}
            found[from_key[row.entity, row.record]].append(
                OwnCrmWrite(
                    row.id,
                    tuple(row.lineage),
                    fields if row.kind == "fields" else {},
                    None if waits else row.settled_at,
                    row.read_back_at is not None,
                    of_erased,
                )
            )
        return found


def _event_id(name: str, items: Sequence[dict[str, Any]]) -> str:
    """The same for the same content: a page that is read again is an event that is known."""
    digest = hashlib.sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()
    return f"crm:{name}:{digest[:40]}"
