"""The first page against a small world, number by number."""

from datetime import date, timedelta
from unittest.mock import ANY

from sequences.access.viewer import Viewer
from services.console.looking import looking
from services.console.today import ClosedDay, FirstSteps, MailboxBackOff, Outage, Standstill, Today, today
from services.enrolling.enroll import EntryRequest
from tests.support.held_replies import activities_of, held_reply
from tests.support.rigs.api import ApiRig
from tests.support.viewers import ADMIN, DANA, OWN

HOUR = timedelta(hours=1)


async def look(api: ApiRig, viewer: Viewer = ADMIN, *, mine: bool = False) -> Today:
    async with looking(api.database) as connection:
        return await today(connection, viewer, api.now, mine=mine)


async def run_of(api: ApiRig, person: str, owner: str | None, due_in: timedelta, state: str = "active") -> str:
    """A run of "hello" with one planned step."""
    await api.person(person, owner_id=owner, last_name=person.upper())
    run = (await api.enrolling.enroll(EntryRequest("hello", f"n-{person}", person))).enrollment
    await api.execute("UPDATE enrollment SET state = $2 WHERE id = $1", run, state)
    await api.execute("UPDATE enrollment_step SET due_at = $2 WHERE enrollment_id = $1", run, api.now + due_in)
    return run


async def test_an_empty_world(api: ApiRig) -> None:
    found = await look(api)
    assert (found.replies, found.unmatched, found.batches, found.unknown, found.due, found.goes, found.waits) == (
        0,
    ) * 7
    assert found.nothing_waits
    assert found.nothing_stands_still


async def test_what_goes_and_what_waits_in_the_next_24_hours(api: ApiRig) -> None:
    await api.publish()
    soon = await run_of(api, "p1", "o1", 2 * HOUR)
    await run_of(api, "p2", "o2", 1 * HOUR)
    await run_of(api, "p3", "o1", 25 * HOUR)
    await run_of(api, "p4", "o1", 3 * HOUR, "paused")
    await run_of(api, "p5", "o2", 3 * HOUR, "held")
    found = await look(api)
    assert (found.goes, found.waits) == (2, 2)
    assert [(each.person_name, each.due_at) for each in found.first] == [
        ("Alex P2", api.now + HOUR),
        ("Alex P1", api.now + 2 * HOUR),
    ]
    assert (found.first[1].enrollment_id, found.first[1].step, found.first[1].sequence_name) == (soon, "one", "Hello")
    # Whose: one's own, or all whom one sees.
    own = await look(api, DANA, mine=True)
    assert (own.whose.mine, own.goes, own.waits) == (True, 1, 1)
    assert (await look(api, OWN)).goes == 1
    assert (await look(api, DANA)).goes == 2
    # An admin without people of their own sees everybody's.
    everybody = await look(api, ADMIN, mine=True)
    assert (everybody.whose.mine, everybody.whose.owns_nobody, everybody.goes) == (False, True, 2)
    # A hold over everything: nothing goes, and the page says why.
    await api.execute(
        "INSERT INTO hold (id, scope, key, reason, since, rate) "
        "VALUES ('h2345678900', 'sequence', 'hello', 'holidays', $1, 10)",
        api.now,
    )
    await api.execute(
        "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ('h2345678901', 'owner', 'o2', 'ill', $1, 10)",
        api.now,
    )
    found = await look(api)
    assert (found.goes, found.waits, found.first) == (0, 4, ())
    assert found.standstills == (
        Standstill(ANY, "sequence", "hello", "Hello", "holidays", api.now, 0),
        Standstill(ANY, "owner", "o2", "Kim Lee", "ill", api.now, 0),
    )
    assert [each.key for each in (await look(api, OWN)).standstills] == ["hello"]


async def test_replies_that_need_review(api: ApiRig) -> None:
    run, reply = await held_reply(api, activities_of(api))
    assert (await look(api)).replies == 1
    await api.execute("UPDATE enrollment SET owner_id = 'o2' WHERE id = $1", run)
    assert ((await look(api, OWN)).replies, (await look(api, DANA)).replies) == (0, 1)
    await api.execute(
        "INSERT INTO waiting_review (reaction_id, label, reviewer, user_id, said_at, due_at) "
        "VALUES ($1, 'positive', 'Dana', 'u1', $2, $2)",
        reply,
        api.now,
    )
    assert (await look(api)).replies == 0
    await api.execute(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, state) "
        "VALUES ('i9', 'i9', 'email', $1, 'x', 'human', 'unmatched')",
        api.now,
    )
    assert (await look(api)).unmatched == 1


async def test_first_steps_are_shown_until_somebody_was_enrolled(api: ApiRig) -> None:
    assert (await look(api)).first_steps == FirstSteps(people=False, mailboxes=False, published=False)
    await api.publish()
    await api.person("p1")
    assert (await look(api)).first_steps == FirstSteps(people=True, mailboxes=False, published=True)
    await api.enrolled("p2")
    assert (await look(api)).first_steps is None


async def test_tasks_that_are_due(api: ApiRig) -> None:
    run = await api.enrolled()
    # It is 10:00 in London: 22:59 UTC is today there, 23:00 tomorrow.
    for number, (owner, due, state) in enumerate(
        [
            ("o1", api.now - HOUR, "open"),
            ("o2", api.now.replace(hour=22, minute=59), "open"),
            (None, None, "open"),
            ("o1", api.now.replace(hour=23), "open"),
            ("o1", api.now - HOUR, "done"),
            # 22:59 UTC of yesterday was yesterday there, 23:00 is today.
            ("o1", api.now.replace(hour=22, minute=59) - 24 * HOUR, "open"),
            (None, api.now.replace(hour=23) - 24 * HOUR, "open"),
        ]
    ):
        await api.execute(
            "INSERT INTO task (id, title, owner_id, due_at, person_id, enrollment_id, state, created_at) "
            "VALUES ($1, 'Call', $2, $3, 'p1', $4, $5, $6)",
            f"t{number}",
            owner,
            due,
            run,
            state,
            api.now,
        )
    assert ((await look(api, DANA)).due, (await look(api, DANA)).overdue) == (5, 1)
    own = await look(api, DANA, mine=True)
    assert (own.due, own.overdue) == (4, 1)


async def test_what_stands_still(api: ApiRig) -> None:
    await api.execute(
        "INSERT INTO mailbox_back_off (channel, address, since, until, code) VALUES "
        "('email', 'dana@agency.example', $1, $2, '451'), ('email', 'dana@agency.example', $3, $4, '421'),"
        "('email', 'kim@agency.example', $1, $3, '451')",
        api.now - HOUR,
        api.now + HOUR,
        api.now - HOUR / 2,
        api.now + 2 * HOUR,
    )
    await api.execute(
        "INSERT INTO closed_day (day, owner_id, since) VALUES ('2027-05-04', NULL, $1), "
        "('2027-05-05', 'o2', $1), ('2027-06-01', NULL, $1)",
        api.now,
    )
    await api.execute(
        "INSERT INTO outage (service, since, seen_at, stage, code, reason) "
        "VALUES ('mail server', $1, $1, 'connect', NULL, 'refused')",
        api.now,
    )
    found = await look(api)
    assert found.back_offs == (
        MailboxBackOff("email", "dana@agency.example", api.now - HOUR, api.now + 2 * HOUR, "421"),
    )
    assert found.closed_days == (ClosedDay(date(2027, 5, 4), None, None), ClosedDay(date(2027, 5, 5), "o2", "Kim Lee"))
    assert found.outages == (Outage("mail server", api.now, "connect, refused"),)
    assert not found.nothing_stands_still
    assert [each.owner_id for each in (await look(api, OWN)).closed_days] == [None]


async def test_unknown_sends_and_batches(api: ApiRig) -> None:
    run = await api.enrolled()
    send = await api.sent(run)
    await api.execute("UPDATE send SET state = 'unknown' WHERE id = $1", send)
    await api.execute(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at) "
        "VALUES ('b2345678901', 'hello', 1, 'scan', 'held', 2, $1)",
        api.now,
    )
    await api.execute(
        "INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at) VALUES "
        "('hello', 'p2', 'p2', 'b2345678901', 'held', $1), ('hello', 'p3', 'p3', 'b2345678901', 'held', $1),"
        "('hello', 'p4', 'p4', NULL, 'waiting', $1)",
        api.now,
    )
    found = await look(api)
    assert (found.unknown, found.batches, found.matches) == (1, 1, 2)
    assert not found.nothing_waits
    await api.execute("UPDATE send SET resolution = 'assumed_sent' WHERE id = $1", send)
    assert (await look(api)).unknown == 0
