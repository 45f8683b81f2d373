"""Follow-ups that leave the house: other sequences and webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import httpx
from temporalio import activity

from activities.run_row import RunRow
from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.names import DELIVER_FOLLOW_UPS
from sequences.run import RunCall
from sequences.tokens import TokenKind, sign

if TYPE_CHECKING:
    from activities.enrolling import Enrolling
    from adapters.postgres.database import Database

_TIMEOUT_SECONDS = 20.0


class DeliveryActivities:
    """Delivers what waits in ``follow_up``; each row until it is done or refused for good."""

    def __init__(self, database: Database, enrolling: Enrolling, http: httpx.AsyncClient, secret: bytes) -> None:
        self._database = database
        self._enrolling = enrolling
        self._http = http
        self._secret = secret

    @activity.defn(name=DELIVER_FOLLOW_UPS)
    async def deliver_follow_ups(self, call: RunCall) -> None:
        """Delivers every pending follow-up of a run. Raises when one must be tried again; delivered ones stay so."""
        async with self._database.transaction() as connection:
            run = await RunRow.load(connection, call.enrollment)
            pending = await queries.rows(connection, "pending_follow_ups", enrollment_id=call.enrollment)
        for row in pending:
            if await self._overruled(row["id"]):
                continue
            if row["kind"] == "enroll":
                state, result = await self._enroll(run, row)
            else:
                state, result = await self._post(run, row)
            async with self._database.transaction() as connection:
                await queries.run(connection, "settle_follow_up", id=row["id"], state=state, result=result)

    async def _overruled(self, follow_up: str) -> bool:
        """Somebody reviewed the reply while an earlier follow-up of the run was under way."""
        async with self._database.statement() as connection:
            row = await queries.row(connection, "follow_up_row", id=follow_up)
        return row is None or row["state"] != "pending"

    async def _enroll(self, run: RunRow, row: queries.Row) -> tuple[str, str]:
        try:
            accepted = await self._enrolling.enroll(
                row["arguments"]["enroll"], run.person_id,
                record_id=run.record_id, via="sequence", nonce=row["id"], lineage=(*run.lineage, run.sequence),
            )  # fmt: skip
        except (RefusedError, NotFoundError) as error:
            return "failed", str(error)
        return "done", accepted.enrollment

    async def _post(self, run: RunRow, row: queries.Row) -> tuple[str, str]:
        """Posts the facts, with a token that the CRM hands back as ``echo`` in changes that this webhook led to."""
        facts = _facts(run, row) | {"echo": sign(TokenKind.ECHO, row["id"], self._secret)}
        body = json.dumps(facts, separators=(",", ":")).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Relance-Signature": f"sha256={signature}",
            "Idempotency-Key": row["id"],
        }
        try:
            answer = await self._http.post(
                row["arguments"]["webhook"]["url"], content=body, headers=headers, timeout=_TIMEOUT_SECONDS
            )
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"the webhook of follow-up {row['id']} did not answer ({type(error).__name__})"
            ) from None
        if answer.status_code >= 500 or answer.status_code in (408, 429):
            raise UnavailableError(f"the webhook of follow-up {row['id']} answered {answer.status_code}")
        return ("done" if answer.is_success else "failed"), f"HTTP {answer.status_code}"


def _facts(run: RunRow, row: queries.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "cause": row["cause"],
        "enrollment": run.id,
        "sequence": run.sequence,
        "version": run.version,
        "person": run.person_id,
        "record": run.record_id,
        "record_type": run.record_type,
        "lineage": [*run.lineage, run.sequence],
        "at": row["at"].isoformat(),
    }
