"""Writes to the CRM what waits for it: each with tries, an end and a last word. No run waits for any of it."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.crm.writing import CrmWrite
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError
from sequences.sending.deliveries import lasts_words, next_try

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.crm.connected import ConnectedCrm

_AT_ONCE: Final = 5
_CLAIM: Final = timedelta(minutes=15)
"""Longer than so many writes take, each with three requests that last as long as they may: who has not ended by then is
dead."""
CRM_PROBLEM: Final = "crm_problem"
"""Kind of the notification that something could not be written to the CRM."""

_log = logging.getLogger("relance.crm")


@dataclass(frozen=True)
class SendCrmWrites:
    """Writes.

    Attributes:
        connected: the CRM.
        lasts: from the first try of a write to its end; time in which the CRM is away does not count as a try.
        operator: id of the owner who hears of what could not be written.
    """

    connected: ConnectedCrm
    lasts: timedelta
    operator: str

    async def send(self) -> bool:
        """Writes what is due, up to a page of it; whether there may be more at once."""
        connected = self.connected
        if not await connected.may_ask():
            return False
        now = connected.clock()
        async with connected.database.transaction() as connection:
            rows = await queries.claim_crm_writes(
                connection, crm=connected.name, now=now, again_at=now + _CLAIM, limit=_AT_ONCE
            )
        for position, row in enumerate(rows):
            try:
                await self._try(row)
            except (CrmAwayError, CrmAccessError) as error:
                await connected.fails(error)
                uncertain = row.was_uncertain or (isinstance(error, CrmAwayError) and error.uncertain)
                await self._give_back(row, str(error), uncertain=uncertain)
                for other in rows[position + 1 :]:
                    await self._give_back(other, str(error), uncertain=other.was_uncertain)
                return False
        if rows:
            await connected.works(read=False)
        return bool(rows)

    async def _try(self, row: queries.ClaimCrmWritesRow) -> None:
        """One try.

        Raises:
            CrmAwayError: nothing can be written now.
            CrmAccessError: likewise.
        """
        connected = self.connected
        try:
            # Also one that is tried for the first time after a restart: another process may have died in the middle.
            done = await connected.crm.write(CrmWrite.model_validate(row.body), row.id, maybe_done=row.was_uncertain)
        except CrmRefusedError as error:
            await self._die(row, str(error))
        except CrmAwayError as error:
            if error.whole:
                raise
            await self._again(row, str(error), error.retry_after, uncertain=row.was_uncertain or error.uncertain)
        except CrmAccessError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours has an end too: it counts as a try
            _log.exception("the write %s failed", row.id)
            await self._again(row, f"it failed on our side ({type(error).__name__})", None, uncertain=True)
        else:
            async with connected.database.statement() as connection:
                await queries.crm_written(
                    connection,
                    id=row.id,
                    at=connected.clock(),
                    made=done.made,
                    written=dict(done.fields) if row.kind == "fields" else None,
                    result="written" if done.made or done.fields else "nothing to write: the fields have values",
                )

    async def _again(self, row: queries.ClaimCrmWritesRow, words: str, asked: float | None, *, uncertain: bool) -> None:
        now = self.connected.clock()
        since: datetime = row.tried_since or now
        wait = timedelta(seconds=asked) if asked is not None else None
        again = next_try(row.tries, now, since + self.lasts, seed=row.id, asked=wait)
        if again is None:
            await self._die(row, f"given up after {lasts_words(self.lasts)}: {words}")
            return
        async with self.connected.database.statement() as connection:
            await queries.put_off_crm_write(
                connection, id=row.id, next_try_at=again, uncertain=uncertain, result=words, unused=False
            )

    async def _give_back(self, row: queries.ClaimCrmWritesRow, words: str, *, uncertain: bool) -> None:
        """The CRM is away: it says nothing of this write, which is tried as soon as the CRM is back."""
        async with self.connected.database.statement() as connection:
            await queries.put_off_crm_write(
                connection,
                id=row.id,
                next_try_at=self.connected.clock(),
                uncertain=uncertain,
                result=words,
                unused=True,
            )

    async def _die(self, row: queries.ClaimCrmWritesRow, words: str) -> None:
        now = self.connected.clock()
        async with self.connected.database.transaction() as connection:
            await queries.crm_write_died(connection, id=row.id, at=now, result=words)
            await self._notify(connection, now)
        _log.warning("the write %s to the CRM is dead (%s)", row.id, words)

    async def _notify(self, connection: Connection, now: datetime) -> None:
        """Once an hour, however many they are: the list has them all."""
        if not self.operator:
            return
        digest = hashlib.sha256(f"{self.connected.name}\x1f{now:%Y-%m-%dT%H}".encode()).hexdigest()[:24]
        await queries.add_notification(
            connection,
            id=f"ncrm{digest}",
            owner_id=self.operator,
            kind=CRM_PROBLEM,
            title="something could not be written to the CRM; `relance crm writes --dead` lists it",
            enrollment_id=None,
            person_id=None,
            created_at=now,
        )
