"""A small world for the screens: two sequences, seven people, tasks. Everything happens around the rig's now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sequences.definition.model import SequenceDefinition
from sequences.runs.bulk import BulkOrder, BulkState, HoldScope
from services.enrolling.enroll import EntryRequest
from tests.support.rigs.api import ApiRig

MAIL = "i" + "a" * 20
"""Id of a mail of ``unmatched_mail``."""
NAMES = {"p1": "Ann", "p2": "Ben", "p3": "Cleo", "p4": "Dan", "p5": "Eve", "p6": "Fay", "p7": "Gus"}


class RecordedOrders:
    """``services.operations.bulk.BulkOrders`` that remembers its orders."""

    def __init__(self) -> None:
        self.taken: list[tuple[HoldScope, str, BulkOrder]] = []

    async def order(self, scope: HoldScope, key: str, order: BulkOrder) -> None:
        self.taken.append((scope, key, order))

    async def progress(self, scope: HoldScope, key: str) -> BulkState:
        return BulkState(scope, key, waiting=self.taken[-1][2])


async def make_world(api: ApiRig) -> dict[str, str]:
    """Makes it; the enrollments by person."""
    await api.execute(
        "INSERT INTO owner (id, first_name, last_name) VALUES ('o1', 'Lea', 'Dupont'), ('o2', 'Max', 'Moe')"
    )
    await publish(api, "hello", "Hello there")
    await publish(api, "quiet", "A quiet one")
    runs = {}
    for person, name in NAMES.items():
        owner = "o2" if person == "p2" else "o1"
        await api.person(person, first_name=name, last_name="Ray", owner_id=owner, email=f"{person}@client.example")
        accepted = await api.enrolling.enroll(EntryRequest("hello", f"n-{person}", person))
        runs[person] = accepted.enrollment
    await api.execute("UPDATE enrollment SET state = 'active'")
    # A version that everybody is older than, but for Gus.
    await publish(api, "hello", "Hello there", _SECOND)
    await api.execute("UPDATE enrollment SET version = 2 WHERE id = $1", runs["p7"])
    await api.execute("UPDATE enrollment SET state = 'finished', ended_at = $2 WHERE id = $1", runs["p3"], api.now)
    await api.execute(
        "UPDATE enrollment_step SET state = 'sent', decided_at = $2 WHERE enrollment_id = $1", runs["p3"], api.now
    )
    api.runs.started.clear()
    return runs


async def publish(api: ApiRig, sequence: str, called: str, *more: dict[str, str]) -> None:
    """A version of a sequence, with one step and those that are given."""
    steps = [{"id": "one", "email": "hello/one"}, *more]
    definition = {"sequence": sequence, "name": called, "record": "person", "steps": steps}
    async with api.database.transaction() as connection:
        await api.versions.publish(connection, SequenceDefinition.model_validate(definition), {}, api.now)


_SECOND = {"id": "two", "email": "hello/one", "when": "2 days after one"}


async def plan(api: ApiRig, enrollment: str, hours: float, timezone: str = "Europe/London") -> None:
    """When the run's first step is due, from now on."""
    await api.execute(
        "UPDATE enrollment_step SET due_at = $2, timezone = $3 WHERE enrollment_id = $1 AND step = 'one'",
        enrollment,
        api.now + timedelta(hours=hours),
        timezone,
    )


async def task(api: ApiRig, number: int, enrollment: str, person: str, hours: float | None, **more: Any) -> str:
    """A task that is due so many hours from now."""
    identity = f"f{number:026d}"
    due = None if hours is None else api.now + timedelta(hours=hours)
    values = {"title": f"Call {NAMES[person]}", "owner_id": "o1", "kind": "call", **more}
    await api.execute(
        "INSERT INTO task (id, title, kind, due_at, owner_id, person_id, enrollment_id, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        identity,
        values["title"],
        values["kind"],
        due,
        values["owner_id"],
        person,
        enrollment,
        api.now - timedelta(days=2),
    )
    return identity


async def unmatched_mail(api: ApiRig, sender: str = "p1@client.example", text: str = "Yes, please.") -> str:
    """A mail that matches no run."""
    head = b"From: ann@elsewhere.example\r\nSubject: =?utf-8?q?Re=3A_Caf=C3=A9_=3Cb=3Ejobs=3C/b=3E?=\r\n"
    await api.execute(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, reply_text, state) "
        "VALUES ($1, $1, 'email', $2, $3, 'human', $4, $5, $5, 'unmatched')",
        MAIL,
        api.now,
        head + b"\r\nYes, please.\r\n",
        sender,
        text,
    )
    return MAIL


async def unknown_send(api: ApiRig, enrollment: str) -> str:
    """A message of the run that may have gone out."""
    send = await api.sent(enrollment)
    await api.execute("UPDATE send SET state = 'unknown', reason = 'the <server> hung up' WHERE id = $1", send)
    await api.execute(
        "UPDATE enrollment_step SET state = 'unknown' WHERE enrollment_id = $1 AND step = 'one'", enrollment
    )
    return send


async def pause_by_hold(api: ApiRig, hold: str, enrollment: str) -> None:
    """The run was paused by the hold, which is there already."""
    await api.execute(
        "INSERT INTO enrollment_pause (enrollment_id, started_at, reason) VALUES ($1, $2, 'hold')", enrollment, api.now
    )
    await api.execute("INSERT INTO hold_run VALUES ($1, $2, $3)", enrollment, api.now, hold)


async def dead_follow_up(api: ApiRig, identity: str, enrollment: str) -> None:
    """A webhook of the run that was given up."""
    await api.execute(
        "INSERT INTO follow_up (id, enrollment_id, cause, event, position, kind, arguments, state, result, at) "
        "VALUES ($1, $2, 'raaaaaaaaaaaa', 'replied.positive', 0, 'webhook', $3, 'dead', 'it hung up', $4)",
        identity,
        enrollment,
        {"webhook": {"url": "https://crm.example/hook"}},
        api.now,
    )
