"""From a hook's answer to the run's beginning: ``python -m benchmarks.hook_to_start [--rate N] [--seconds N]``.

Every change is a signed ``POST /hooks/crm`` of its own to the real app (in this process, without a socket) about a new
person for whom one rule is true. Measured is the time from the moment its answer is there until ``started_at`` of the
run, when the dispatcher has started it: watcher, window and start lie between. One machine, one clock. Beside it, the
time until the enrollment is a row: what the rules take, without Temporal's share of starting two workflows for each.
Changes are sent when their time has come, whether or not earlier ones are answered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime

import httpx

from adapters.clock import utc_now
from benchmarks.published import by_rule
from benchmarks.report import Report, at_least_one, options, percentile
from benchmarks.rule_starts import publish_with_rules
from benchmarks.stack import House, open_house, until
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.http.security import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign_hook

_LONGEST = 900.0
_WARM_UP = 10
_EVERY = 0.05


class _Crm:
    """Sends signed changes and remembers when each was answered."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self._key = house.services.settings.hook_keys()[0]
        self._client = client
        self.answered: dict[str, datetime] = {}
        self.took: list[float] = []

    async def change(self, number: int) -> None:
        person = f"hooked-{number}"
        fields = {"first_name": "Alex", "email": f"{person}@client.example", "status": "Hot", "owner": "bench-owner"}
        request = {"event_id": f"ev-{number}", "changes": [{"entity": "person", "id": person, "fields": fields}]}
        began = time.perf_counter()
        body = json.dumps(request).encode()
        stamp = int(utc_now().timestamp())
        headers = {TIMESTAMP_HEADER: str(stamp), SIGNATURE_HEADER: sign_hook(self._key, stamp, body)}
        answer = await self._client.post("/hooks/crm", content=body, headers=headers)
        self.took.append(time.perf_counter() - began)
        self.answered[person] = utc_now()
        if answer.status_code != 200 or answer.json()["refused"]:
            raise RuntimeError(f"the hook answered {answer.status_code}")


async def _see(house: House, seen: dict[str, datetime]) -> None:
    """Writes down when each enrollment was there to be read, to the interval's precision."""
    while True:
        rows = await house.services.database.pool.fetch("SELECT record_id FROM enrollment")
        now = utc_now()
        for row in rows:
            seen.setdefault(row["record_id"], now)
        await asyncio.sleep(_EVERY)


async def _begun(house: House, people: int) -> dict[str, datetime]:
    async def met() -> bool:
        if await house.count("SELECT count(*) FROM refusal"):
            raise RuntimeError("somebody was refused; everybody should enter")
        return await house.count("SELECT count(*) FROM enrollment WHERE started_at IS NOT NULL") >= people

    await until(met, seconds=_LONGEST)
    rows = await house.services.database.pool.fetch("SELECT record_id, started_at FROM enrollment")
    return {row["record_id"]: row["started_at"] for row in rows}


async def measure(rate: int, seconds: int) -> Report:
    """Sends ``rate * seconds`` changes, evenly spread."""
    report = Report(f"hook to begun run, {rate} changes a second for {seconds} s")
    async with open_house() as house:
        await publish_with_rules(house, by_rule("bench-hook"))
        # Their owner, whom the template names: who lacks a field of the first mail is refused.
        await house.add_people(1, 1)
        app = create_app(ways_of(house.services, house.dispatcher.wake))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://house.example") as client:
            crm = _Crm(house, client)
            for number in range(_WARM_UP):
                await crm.change(-1 - number)
            await _begun(house, _WARM_UP)
            crm.took.clear()
            seen: dict[str, datetime] = {}
            seeing = asyncio.create_task(_see(house, seen))
            async with asyncio.TaskGroup() as group:
                began = time.perf_counter()
                for number in range(rate * seconds):
                    await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                    group.create_task(crm.change(number))
            sent = time.perf_counter() - began
        try:
            started = await _begun(house, _WARM_UP + rate * seconds)
        finally:
            seeing.cancel()
    people = [f"hooked-{number}" for number in range(rate * seconds)]
    decided = [(seen[person] - crm.answered[person]).total_seconds() for person in people]
    waits = [(started[person] - crm.answered[person]).total_seconds() for person in people]
    report.add("changes sent", rate * seconds / sent, "changes/s", f"{rate * seconds} in {sent:.0f} s")
    report.add("hook answers, p95", 1000 * percentile(crm.took, 95), "ms", "signed, committed")
    for percent in (50, 95, 99):
        note = f"the row is there; looked for every {1000 * _EVERY:.0f} ms"
        report.add(f"answer to enrollment, p{percent}", percentile(decided, percent), "s", note)
    for percent in (50, 95, 99):
        report.add(f"answer to begun run, p{percent}", percentile(waits, percent), "s", "started_at less the answer")
    report.add("answer to begun run, longest", max(waits), "s")
    return report


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--rate", type=at_least_one, default=50, help="changes a second (50)")
    parser.add_argument("--seconds", type=at_least_one, default=60)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.rate, chosen.seconds)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
