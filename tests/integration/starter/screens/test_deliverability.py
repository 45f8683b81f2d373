"""Mailboxes: what they may send, when the next message goes, and what came back of what they sent."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sequences.sending.slots import Limits
from services.console.deliverability import deliverability
from services.console.looking import looking
from services.sending.slots import Slots
from tests.support.screens.html import cells
from tests.support.screens.rig import ConsoleRig

LIMITED = Slots({"email": Limits(per_minute=30, per_day=200), "sms": None}, ZoneInfo("UTC"), lambda: 0.0)


async def test_nothing_was_sent(console: ConsoleRig) -> None:
    text = await console.text("/deliverability?numbers=1")
    assert "Nothing was sent in this span" in text
    assert "Nobody is suppressed." in text


async def test_what_came_back_is_counted_for_its_mailbox(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for person in ("p1", "p2", "p3", "p4"):
        await api.sent(runs[person])
    await api.execute(
        "UPDATE send SET undelivered_at = $2 WHERE enrollment_id = ANY($1)", [runs["p1"], runs["p2"]], api.now
    )
    for person, kind in (("p1", "bounced"), ("p3", "complained"), ("p3", "unsubscribed"), ("p4", "unsubscribed")):
        await api.reaction(f"{person}{kind}", runs[person], kind)
    await api.execute("UPDATE reaction r SET send_id = s.id FROM send s WHERE s.enrollment_id = r.enrollment_id")
    line = cells(await console.page("/deliverability?numbers=1"), "us")
    assert line[3:] == ["4", "1 of 4", "1 of 4", "1 of 4", "2 of 4"]
    # Older messages are in the longer span only.
    await api.execute("UPDATE send SET planned_at = planned_at - interval '10 days', claimed_at = NULL")
    assert "Nothing was sent" in await console.text("/deliverability?days=nonsense&numbers=1")
    assert cells(await console.page("/deliverability?days=30&numbers=1"), "us")[3] == "4"


async def test_a_mailbox_that_waits_says_what_its_server_said(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    await api.execute(
        "INSERT INTO mailbox_back_off (channel, address, since, until, code) "
        "VALUES ('email', 'us@agency.example', $1, $2, '421 4.7.0')",
        api.now - timedelta(minutes=1),
        api.now + timedelta(minutes=9),
    )
    first = await console.page("/deliverability")
    line = cells(first, "us@agency")
    assert line[3:] == ["…"] * 5
    assert 'hx-get="/console/deliverability?numbers=1"' in first
    part = await console.fragment("/deliverability?numbers=1")
    assert cells(part, "us@agency")[3:] == ["0", "–", "–", "–", "–"]
    assert line[2].startswith("Tue 4 May 2027, 11:09 waits: its server said 421 4.7.0")


async def test_limits_and_the_next_slot(console: ConsoleRig) -> None:
    api = console.api
    today = api.now.date()
    await api.execute(
        "INSERT INTO mailbox VALUES ('email', 'full@agency.example', $1), ('email', 'us@agency.example', $1)", today
    )
    await api.execute(
        "INSERT INTO mailbox_day VALUES ('email', 'full@agency.example', $1, 200, $2), "
        "('email', 'us@agency.example', $1, 3, $3)",
        today,
        api.now,
        api.now + timedelta(seconds=40),
    )
    async with looking(api.database) as connection:
        found = await deliverability(connection, LIMITED, 7, api.now)
    full, ours = found.mailboxes
    assert (full.today, full.cap, full.per_minute, full.warming_up) == (200, 200, 30, False)
    # It has sent its day's share: the next message goes tomorrow.
    assert full.next_at is not None
    assert full.next_at.date() == today + timedelta(days=1)
    assert (ours.today, ours.next_at) == (3, api.now + timedelta(seconds=40))
