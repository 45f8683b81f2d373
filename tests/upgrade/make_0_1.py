"""How `0.1.json.gz` and `0.1.temporal.db.gz` were made: an installation of 0.1 with open runs, frozen.

Not a test of this release: it runs in a checkout of 0.1 (the last commit before the 0.2 line), with 0.1's own rigs:

    cp tests/upgrade/make_0_1.py OLD/tests/flows/test_make_0_1.py
    cd OLD && RELANCE_UPGRADE_TO=DIR python -m pytest tests/flows/test_make_0_1.py

It plays people through the code of 0.1 on a real Temporal and a real Postgres, and copies both while runs are open.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sequences.runs.state import Command
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.auto_enroll import batches

if TYPE_CHECKING:
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig

TWO = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 7 days after one, email: bd/remind}\n"
)
CAPPED = TWO.replace("sequence: two", "sequence: capped").replace("frequency_cap: exempt\n", "")
ONE = (
    "sequence: one-only\nname: One\nrecord: person\nfrequency_cap: exempt\nsteps:\n  - {id: one, email: bd/introduce}\n"
)
CHAIN = (
    "sequence: chain\nname: Chain\nrecord: person\nsteps:\n  - id: go\n    do:\n      - enroll: target\n"
    '      - webhook: {url: "http://127.0.0.1:9/left"}\nreaction_period: 0 days\n'
)
TARGET = ONE.replace("one-only", "target")
ONBOARD = (
    "sequence: onb\nname: Onboarding\nrecord: placement\nday_zero: placement.start_date\n"
    "frequency_cap: exempt\nsteps:\n"
    "  - {id: week-before, when: 7 days before day zero, at: 09:00, email: onboarding/where-and-when}\n"
    "  - {id: after, when: 3 days after day zero, email: onboarding/are-you-ready}\n"
)
RULED = TWO.replace("sequence: two", "sequence: ruled") + (
    "auto_enroll:\n  real: {person.status: [Chase]}\n  prevent_reenrollment_within: 6 months\n"
)

TEXTS = (
    "sequence: texts\nname: Texts\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: hello, sms: onboarding/how-is-it-going}\n  - {id: later, when: 7 days after hello, email: bd/remind}\n"
)


async def _placement(flow: FlowRig, number: str, person: str, **more: object) -> None:
    await flow.person(person)
    values = {"person_id": person, "status": "On Assignment", "job_title": "Welder", "location": "Leeds", **more}
    await flow.write("placement", number, **values)


async def test_make(flow: FlowRig, temporal: LocalTemporal, scratch: Path) -> None:
    runs: dict[str, str] = {}

    async def enter(name: str, sequence: str, person: str, **more: Any) -> Any:
        accepted = await flow.enroll(sequence, person, **more)
        runs[name] = accepted.enrollment
        return accepted

    for name, text in (("two", TWO), ("capped", CAPPED), ("one-only", ONE), ("chain", CHAIN), ("target", TARGET)):
        await flow.publish(name, text)
    await flow.publish("onb", ONBOARD)

    # Somebody who has the first mail and waits for the second.
    await flow.person("waits")
    waits = await enter("waits", "two", "waits")
    await flow.until_step(waits, "one")
    # Somebody who was paused by hand.
    await flow.person("paused")
    paused = await enter("paused", "two", "paused")
    await flow.until_step(paused, "one")
    await flow.services.runs.command(paused.workflow_id, Command(id="pause-1", kind="pause", reason="on holiday"))
    # Somebody whose answer waits for a person to read it.
    await flow.person("held")
    held = await enter("held", "two", "held")
    await flow.until_step(held, "one")
    await flow.reply(held, "perhaps")
    await flow.until_state(held, "paused", "active")
    # Everything sent; open for late answers.
    await flow.person("reacting")
    reacting = await enter("reacting", "one-only", "reacting")
    await flow.until_step(reacting, "one")
    # A first mail that the frequency cap puts off: its words were frozen by 0.1 already.
    await flow.person("capped", first_name="Maiden", email="old@client.example")
    first = await enter("capped-first", "capped", "capped")
    await flow.until_step(first, "one")
    await flow.publish("capped-b", CAPPED.replace("sequence: capped", "sequence: capped-b"))
    second = await enter("capped-second", "capped-b", "capped")

    async def put_off() -> bool:
        steps = await flow.rows("steps_of", enrollment_id=second.enrollment)
        return bool(steps) and str(steps[0]["reason"]).startswith("frequency_cap")

    await flow.until(put_off)
    # A placement with its date, and one without: 0.1 skips the steps around a day that nobody knows.
    await _placement(flow, "pl-dated", "dated", start_date=date.today() + timedelta(days=20))  # noqa: DTZ011
    await enter("dated", "onb", "dated", record_id="pl-dated")
    await _placement(flow, "pl-undated", "undated")
    try:
        await enter("undated", "onb", "undated", record_id="pl-undated")
    except Exception as error:  # noqa: BLE001 - 0.1 may refuse it; then there is nothing to keep
        print("undated:", error)  # noqa: T201
    # A run that is over and whose follow-ups were never delivered.
    await flow.person("chained")
    chained = await enter("chained", "chain", "chained")
    await flow.until_state(chained, "finished")
    # A run whose workflow failed: an address that cannot be written to.
    await flow.person("broken", email="j\u00f6rg@client.example")
    await enter("broken", "two", "broken")
    # A run whose workflow was ended by hand.
    await flow.person("ended")
    ended = await enter("ended", "two", "ended")
    await flow.until_step(ended, "one")
    await flow.handle(ended).terminate("by hand")
    # Suppressions as 0.1 wrote them: of the person, and of an address as it was spelt.
    await flow.person("una", email="Shared@Client.example")
    una = await enter("una", "two", "una")
    await flow.until_step(una, "one")
    await flow.reply(una, "Please remove me from your list")
    await flow.until_state(una, "stopped")
    await flow.person("bounced", email="Bou.Nce@Client.example")
    bounced = await enter("bounced", "two", "bounced")
    await flow.until_step(bounced, "one")
    async with flow.services.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO suppression (person_id, address, channel, reason, source, since)"
            " VALUES (NULL, 'Bou.Nce@Client.example', 'email', 'bounced', 'r1', now())"
        )
    # A send of which nobody knows whether it went out.
    # Where it is noon now: texts keep to the day.
    shift = (24 - datetime.now(UTC).hour) % 24 - 12
    zone = f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"
    await flow.person("unknown", phone="+447400123456", timezone=zone)
    await flow.publish("texts", TEXTS)
    flow.texts.outcomes = [TransportOutcome(TransportVerdict.UNKNOWN, "http", reason="no answer")]
    unknown = await enter("unknown", "texts", "unknown")

    async def decided() -> bool:
        return (await flow.steps(unknown)).get("hello") not in (None, "planned")

    await flow.until(decided)
    # Somebody who entered by rule, behind a window; and somebody who was refused by rule for want of an address.
    await flow.person("nomail", email=None)
    await flow.person("ruled")
    await flow.publish("ruled", RULED)
    await _switch_on(flow)
    await flow.write("person", "ruled", status="Chase")
    await flow.write("person", "nomail", status="Chase")

    async def ruled() -> bool:
        rows = await flow.rows("enrollments", sequence="ruled", state=None, limit=10)
        refused = await flow.rows("refusals_of", person_id="nomail")
        if rows:
            runs["ruled"] = rows[0]["id"]
        return bool(rows) and rows[0]["state"] == "active" and bool(refused)

    await flow.until(ruled)

    target = Path(os.environ["RELANCE_UPGRADE_TO"])
    for queue in list(flow.workers):
        await flow.stop_worker(queue)
    # The rig gives everybody the same number; a no of one would be everybody's.
    await flow.services.database.pool.execute("UPDATE person SET phone = NULL WHERE phone = '+442071838750'")
    tables = [
        row["t"]
        for row in await flow.services.database.pool.fetch(
            "SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE '\\_pogo%' ORDER BY 1"
        )
    ]
    kept: dict[str, Any] = {}
    for table in tables:
        rows = await flow.services.database.pool.fetch(f'SELECT to_jsonb(x) AS row FROM "{table}" x')
        if rows:
            kept[table] = [row["row"] if not isinstance(row["row"], str) else json.loads(row["row"]) for row in rows]
    made = {"at": datetime.now(UTC).isoformat(), "runs": runs, "tables": kept}
    (target / "0.1.json.gz").write_bytes(gzip.compress(json.dumps(made).encode(), mtime=0))
    source = sqlite3.connect(temporal._folder / "temporal.db")
    copy = sqlite3.connect(target / "temporal.db")
    source.backup(copy)
    copy.execute("VACUUM")
    copy.close()
    (target / "0.1.temporal.db.gz").write_bytes(gzip.compress((target / "temporal.db").read_bytes(), mtime=0))


async def _switch_on(flow: FlowRig) -> None:
    async with flow.services.database.transaction() as connection:
        version = await flow.services.versions.get(connection, "ruled")
        await batches.switch_on(connection, version, datetime.now(UTC))
