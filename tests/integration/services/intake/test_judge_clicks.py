"""Hits are judged a while after they came, from Postgres: durable, by any number of judges, once each."""

import asyncio
from datetime import timedelta

import pytest

from adapters.postgres import queries
from sequences import ids
from sequences.reactions.click_judgement import JUDGED_AFTER
from sequences.tokens import TokenKind
from services.intake.judge_clicks import HitJudging
from tests.integration.conftest import BROWSER

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
SCANNER, HOME = "203.0.113.9", "198.51.100.7"


async def mail(hub, number="p1", links=3):
    """A mail of an hour ago with links and, last, the honeypot: its run and the paths."""
    enrollment = await hub.enrolled(number)
    send = await hub.sent(enrollment)
    paths = []
    async with hub.database.transaction() as connection:
        for position in range(links + 1):
            link = ids.link_id(send, position)
            target = f"https://agency.example/{position}" if position < links else None
            await queries.run(connection, "add_send_link", id=link, send_id=send, position=position, target=target)
            paths.append(f"/c/{hub.token(TokenKind.CLICK, link)}")
    return enrollment, send, paths


async def hit(hub, path, *, agent=BROWSER, address=HOME, method="GET", **headers):
    # The server believes a proxy on its own machine, as uvicorn does by default.
    sent = {"User-Agent": agent, "X-Forwarded-For": address, **headers}
    return await hub.http.request(method, path, headers=sent)


async def judged(hub):
    hub.now += JUDGED_AFTER
    await HitJudging(hub.database).judge_due(hub.now)
    return [(row["verdict"], row["reasons"]) for row in await hub.fetch("SELECT * FROM hit ORDER BY id")]


async def clicks(hub, enrollment):
    return [row for row in await hub.rows("reactions_of", enrollment_id=enrollment) if row["kind"] == "clicked"]


async def test_a_scanners_burst_is_no_reaction_and_a_person_who_comes_later_is(hub):
    enrollment, send, paths = await mail(hub)
    for path in paths:
        await hit(hub, path, agent=EDGE, address=SCANNER)
        hub.now += timedelta(milliseconds=300)
    found = await judged(hub)
    assert [verdict for verdict, _ in found] == ["machine"] * 4
    assert "honeypot" in found[3][1]
    assert {"burst", "with_honeypot"} <= set(found[0][1])
    assert await clicks(hub, enrollment) == []
    pressed = hub.now
    await hit(hub, paths[0])
    assert (await judged(hub))[4] == ("human", [])
    (reaction,) = await clicks(hub, enrollment)
    assert (reaction["received_at"], reaction["send_id"], reaction["holds"]) == (pressed, send, True)
    assert reaction["detail"] == {"link": ids.link_id(send, 0)}


async def test_the_rest_of_a_burst_is_waited_for(hub):
    enrollment, _, paths = await mail(hub)
    await hit(hub, paths[0])
    hub.now += JUDGED_AFTER - timedelta(seconds=1)
    assert await HitJudging(hub.database).judge_due(hub.now) is False
    assert [row["verdict"] for row in await hub.rows("hits_of", id=enrollment)] == ["waiting"]
    assert await clicks(hub, enrollment) == []


async def test_the_honeypot_answers_as_if_it_were_nothing_and_notes_a_machine(hub):
    _, _, paths = await mail(hub)
    for method in ("GET", "HEAD"):
        answer = await hit(hub, paths[-1], method=method)
        assert (answer.status_code, "location" in answer.headers) == (404, False)
    unknown = await hub.http.get(f"/c/{hub.token(TokenKind.CLICK, 'lnothing12345')}")
    assert (await hit(hub, paths[-1])).text == unknown.text
    assert {verdict for verdict, _ in await judged(hub)} == {"machine"}


async def test_one_address_at_two_peoples_mails_is_a_machine(hub):
    first, _, mine = await mail(hub, "p1")
    second, _, theirs = await mail(hub, "p2")
    await hit(hub, mine[0], address=SCANNER)
    hub.now += timedelta(seconds=8)
    await hit(hub, theirs[1], address=SCANNER, agent=EDGE)
    assert await judged(hub) == [("machine", ["across_recipients"])] * 2
    assert await clicks(hub, first) + await clicks(hub, second) == []


@pytest.mark.parametrize(
    "headers",
    [{"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"X-Moz": "prefetch"}, {"X-Purpose": "preview"}],
)
async def test_a_page_that_was_loaded_ahead_was_not_asked_for_by_a_person(hub, headers):
    _, _, paths = await mail(hub)
    assert (await hit(hub, paths[0], **headers)).status_code == 302
    assert await judged(hub) == [("machine", ["prefetch"])]


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "PUT", "DELETE"])
async def test_a_method_that_no_browser_uses_is_noted_and_refused(hub, method):
    _, _, paths = await mail(hub)
    answer = await hit(hub, paths[0], method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert await judged(hub) == [("machine", ["method"])]


async def test_many_judges_judge_every_hit_once_and_make_one_reaction(hub):
    runs = []
    for number in range(6):
        enrollment, _, paths = await mail(hub, f"p{number}")
        runs.append(enrollment)
        for again in range(5):
            await hit(hub, paths[0], address=f"198.51.100.{number + 1}")
            hub.now += timedelta(seconds=3 + again)
    hub.now += JUDGED_AFTER
    await asyncio.gather(*(HitJudging(hub.database).judge_due(hub.now) for _ in range(5)))
    rows = await hub.fetch("SELECT verdict, judged_at FROM hit")
    assert [(row["verdict"], row["judged_at"]) for row in rows] == [("human", hub.now)] * 30
    assert [len(await clicks(hub, run)) for run in runs] == [1] * 6


async def test_a_judge_that_dies_leaves_the_hits_to_the_next(hub, monkeypatch):
    enrollment, _, paths = await mail(hub)
    await hit(hub, paths[0])
    hub.now += JUDGED_AFTER
    dying = HitJudging(hub.database)

    async def dies(*_: object, **__: object) -> None:
        raise ConnectionResetError("the process was killed here")

    monkeypatch.setattr(dying, "_follow", dies)
    with pytest.raises(ConnectionResetError):
        await dying.judge_due(hub.now)
    assert [row["verdict"] for row in await hub.rows("hits_of", id=enrollment)] == ["waiting"]
    assert await judged(hub) == [("human", [])]
    assert len(await clicks(hub, enrollment)) == 1


async def test_the_dispatcher_judges_and_tells_the_run(hub):
    _, _, paths = await mail(hub)
    await hit(hub, paths[0])
    hub.now += JUDGED_AFTER
    async with hub.dispatching():

        async def told() -> bool:
            return [told.kind for _, told in hub.runs.reactions] == ["clicked"]

        await hub.until(told)


async def test_a_machines_hit_proves_that_an_unknown_mail_had_gone_out(hub):
    _, send, paths = await mail(hub)
    await hub.execute("UPDATE send SET state = 'unknown' WHERE id = $1", send)
    await hit(hub, paths[0], agent="")
    await judged(hub)
    row = await hub.row("send_row", id=send)
    assert (row["state"], row["reason"]) == ("sent", "proved by what came back")


async def test_a_target_beyond_ascii_is_redirected_to(hub):
    enrollment = await hub.enrolled()
    link = await hub.link(await hub.sent(enrollment), target="https://agency.example/caf\u00e9?q=\u2713")
    answer = await hit(hub, f"/c/{hub.token(TokenKind.CLICK, link)}")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://agency.example/caf%C3%A9?q=%E2%9C%93")
