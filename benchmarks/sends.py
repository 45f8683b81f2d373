"""E-mails per second from a written mail to "sent": ``python -m benchmarks.sends [--mails N] [--rounds N]``.

Ours stores the mail and claims it, talks to the embedded SMTP sink and settles the row: two transactions a mail, so
that no mail goes twice. The baseline sends the same bytes over as many kept ``aiosmtplib`` connections and remembers
nothing.
"""

from __future__ import annotations

import asyncio
import functools
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiosmtplib

from adapters.clock import utc_now
from adapters.mail.outgoing.pool import SmtpSettings
from adapters.postgres import migrations
from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.postgres.versions import Versions
from adapters.settings import Settings
from adapters.templates.renderer import Renderer
from benchmarks.report import Report, at_least_one, median, options, ratio
from benchmarks.stack import TEMPLATE, add_people, at_once, settings_of, values_for
from sequences.checking import load_file
from sequences.sending.send_obstacles import Settled, Span
from services.runs.planning import Planning
from services.sending.attempt import Attempt, Claimer
from services.sending.carriers import carriers_of
from services.sending.compose_email import Composer
from services.sending.hand_over import Sending
from services.sending.settle_send import SettleSend
from starter.composition import organisation_of
from starter.limits import slots_of
from starter.local.mail_capture import MailCapture
from starter.local.postgres import LocalPostgres
from starter.transports import email_transport, sms_transport

_SEQUENCE = """
sequence: bench-sends
name: Sends
record: person
frequency_cap: exempt
steps:
  - {id: one, email: bench/hello}
"""
_ENROLLMENTS = """
INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, state,
                        enrolled_at, started_at)
SELECT 'ebench' || lpad(n::text, 8, '0'), 'bench-' || n, 'bench-sends', 1, 'person', 'bench-p' || n, 'bench-p' || n,
       'bench-owner', 'hand', 'active', $3, $3
FROM generate_series($1::int, $2::int) AS n
RETURNING id
"""
_SENT = "SELECT count(*) FROM send WHERE state = 'sent'"
_AT_ONCE = 32
_CONNECTIONS = SmtpSettings(host="localhost", port=25).max_connections


class _Outbox:
    """Our side: mails written beforehand, then stored and sent against the clock."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database = database
        self._planning = Planning(Records(settings.organisation_timezone), Versions())
        self._composer = Composer(Renderer(), organisation_of(settings))
        self.email = email_transport(settings)
        self.sms = sms_transport(settings)
        slots = slots_of(settings)
        self._sending = Sending(database, carriers_of(self._composer, self.email, self.sms), slots)
        self._settling = SettleSend(slots)
        self._people = 0

    async def prepare(self, mails: int) -> list[Attempt]:
        """People, active enrollments and one written mail each."""
        first, self._people = self._people + 1, self._people + mails
        await add_people(self.database.pool, first, self._people)
        rows = await self.database.pool.fetch(_ENROLLMENTS, first, self._people, utc_now())
        attempts = []
        async with self.database.transaction() as connection:
            for row in rows:
                found = await self._planning.look(connection, row["id"])
                assert found is not None
                context, whole = found
                step = context.version.step("one")
                message = await self._composer.compose(connection, context, step, utc_now(), ())
                claimer = Claimer(context.run.id)
                attempts.append(
                    Attempt(
                        context,
                        step,
                        message.sender,
                        Span(),
                        claimer,
                        utc_now(),
                        whole=whole,
                        timezone="Europe/London",
                        message=message,
                    )
                )
        return attempts

    async def send(self, attempts: list[Attempt]) -> float:
        """Mails per second."""
        began = time.perf_counter()
        await at_once(_AT_ONCE, [functools.partial(self._one, attempt) for attempt in attempts])
        return len(attempts) / (time.perf_counter() - began)

    async def _one(self, attempt: Attempt) -> None:
        tried = await self._sending.hand_over(attempt)
        # A step's own statement settles more than the send. This is the one of the send alone.
        async with self.database.statement() as connection:
            outcome = await self._settling.settle(connection, attempt, tried)
        if not isinstance(outcome, Settled) or outcome.state != "sent":
            raise RuntimeError("a mail was not sent")


async def _bare(mails: list[tuple[str, bytes]], port: int) -> float:
    """Mails per second over kept connections."""
    clients = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) for _ in range(_CONNECTIONS)]
    for client in clients:
        await client.connect()
    waiting = iter(mails)

    async def take(client: aiosmtplib.SMTP) -> None:
        for recipient, content in waiting:
            await client.sendmail("bench@relance.example", [recipient], content)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(take(client))
    spent = time.perf_counter() - began
    for client in clients:
        await client.quit()
    return len(mails) / spent


async def _open(stack: AsyncExitStack) -> tuple[_Outbox, MailCapture]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relance-bench-")))
    postgres = await stack.enter_async_context(LocalPostgres(folder))
    mail = MailCapture(folder / "mail")
    await mail.start()
    stack.push_async_callback(mail.stop)
    await migrations.apply(postgres.url)
    database = await Database.connect(postgres.url)
    stack.push_async_callback(database.close)
    definition = load_file(_SEQUENCE, "bench.yaml").sequence
    async with database.transaction() as connection:
        await Versions().publish(connection, definition, {TEMPLATE.name: TEMPLATE.to_json()}, utc_now())
    outbox = _Outbox(settings_of(values_for(postgres.url, mail.port)), database)
    stack.push_async_callback(outbox.email.aclose)
    stack.push_async_callback(outbox.sms.aclose)
    return outbox, mail


async def measure(mails: int, rounds: int) -> Report:
    """Goes ``rounds`` rounds after a short one to warm up; every mail must have arrived once."""
    report = Report(f"{mails} mails a round, {rounds} rounds, {_CONNECTIONS} SMTP connections")
    ours: list[float] = []
    baseline: list[float] = []
    async with AsyncExitStack() as stack:
        outbox, mail = await _open(stack)
        await outbox.send(await outbox.prepare(_AT_ONCE))
        for _ in range(rounds):
            attempts = await outbox.prepare(mails)
            ours.append(await outbox.send(attempts))
            written = [attempt.message for attempt in attempts if attempt.message is not None]
            baseline.append(await _bare([(each.recipient, each.content) for each in written], mail.port))
        await _check(outbox.database.pool, mail, mails, rounds)
    report.add("ours, median", median(ours), "mails/s", "store and claim, SMTP, settle")
    report.add("bare, median", median(baseline), "mails/s", "the same bytes, aiosmtplib alone")
    shares = [ratio(mine, theirs) or 0.0 for mine, theirs in zip(ours, baseline, strict=True)]
    report.add("ours / bare, median of the rounds", median(shares), "ratio")
    return report


async def _check(pool: Any, mail: MailCapture, mails: int, rounds: int) -> None:
    sent = await pool.fetchval(_SENT)
    arrived = len(await asyncio.to_thread(lambda: list(mail.folder.glob("*.eml"))))
    wanted = _AT_ONCE + rounds * mails
    if (sent, arrived) != (wanted, wanted + rounds * mails):
        raise RuntimeError(f"{sent} of {wanted} mails were sent, {arrived} arrived from both sides")


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--mails", type=at_least_one, default=500, help="mails a round (500)")
    parser.add_argument("--rounds", type=at_least_one, default=3)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.mails, chosen.rounds)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
