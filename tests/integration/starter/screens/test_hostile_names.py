"""Whatever people, owners, mails and lists are called: it is text on every screen."""

from __future__ import annotations

from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import unknown_send, unmatched_mail

_HOSTILE = """<xss onload="x">'{{7777*7777}}"""
_SCREENS = [
    "/sequences/hello?by=owner",
    "/sequences/hello?by=week",
    "/sequences/hello/people",
    "/sequences/hello/people?owner=o1&since=2020-01-01",
    "/statistics?by=owner&span=all",
    "/leads",
    "/lists",
    "/lists?list=%3Cxss%3E",
    "/deliverability?numbers=1",
    "/suppressions",
    "/suppressions?state=lifted",
    "/suppressions?q=%3Cxss%20onload=%22x%22%3E",
    "/unmatched",
    "/unmatched/" + "i" + "a" * 20,
    "/unmatched/" + "i" + "a" * 20 + "?q=xss",
    "/unknown",
]


async def test_nothing_of_it_is_markup(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    await unmatched_mail(api, sender=_HOSTILE, text=_HOSTILE)
    await unknown_send(api, runs["p2"])
    await api.execute("UPDATE send SET reason = $1, sender = $1, recipient = $1", _HOSTILE)
    await api.execute("UPDATE owner SET first_name = $1", _HOSTILE)
    await api.execute("UPDATE person SET first_name = $1, last_name = $1", _HOSTILE)
    await api.execute("UPDATE enrollment SET state = 'stopped', reason = $1 WHERE id = $2", _HOSTILE, runs["p1"])
    await api.execute(
        "INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at) "
        "VALUES ('l1', 'p1', $1, 'o1', $2, $3)",
        _HOSTILE,
        runs["p1"],
        api.now,
    )
    await api.execute(
        "INSERT INTO list_member VALUES ('<xss>', 'p1', $1, NULL), ($2, 'p1', $1, NULL)", api.now, _HOSTILE
    )
    await api.execute(
        "INSERT INTO suppression (address, channel, reason, source, since) VALUES ($1, 'all', $1, $1, $2)",
        _HOSTILE,
        api.now,
    )
    await api.execute(
        "WITH lifted AS (INSERT INTO suppression (address, channel, reason, source, since, lifted_at) "
        "VALUES ('a@b.example', 'all', 'by_hand', 'x', $2, $2) RETURNING id) "
        "INSERT INTO suppression_lift SELECT id, $2, $1, $1 FROM lifted",
        _HOSTILE,
        api.now,
    )
    for path in _SCREENS:
        page = await console.page(path)
        assert "<xss" not in page, path
        assert str(7777 * 7777) not in page, path
        assert ("&lt;xss" in page) or "/sequences/hello?by=week" in path, path
