"""Hits are judged a while after they came, from Postgres: durable, by any number of judges, once each."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sequences import ids
from sequences.reactions.click_judgement import JUDGED_AFTER
from sequences.tokens import TokenKind
from services.intake.judge_clicks import HitJudging
from tests.support import by_name as queries
from tests.support.rigs.api import BROWSER, ApiRig

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
SCANNER, HOME = "203.0.113.9", "198.51.100.7"


async def mail(api: ApiRig, number: str = "p1", links: int = 3) -> tuple[str, str, list[Any]]:
    """A mail of an hour ago with links and, last, the honeypot: its run and the paths."""
    enrollment = await api.enrolled(number)
    send = await api.sent(enrollment)
    paths = []
    async with api.database.transaction() as connection:
        for position in range(links + 1):
            link = ids.link_id(send, position)
            target = f"https://agency.example/{position}" if position < links else None
            await queries.run(connection, "add_send_link", id=link, send_id=send, position=position, target=target)
            paths.append(f"/c/{api.token(TokenKind.CLICK, link)}")
    return enrollment, send, paths


async def hit(
    api: ApiRig, path: str, *, agent: str = BROWSER, address: str = HOME, method: str = "GET", **headers: Any
) -> Any:
    # The server believes a proxy on its own machine, as uvicorn does by default.
    sent = {"User-Agent": agent, "X-Forwarded-For": address, **headers}
    return await api.http.request(method, path, headers=sent)


async def judged(api: ApiRig) -> list[tuple[Any, Any]]:
    api.now += JUDGED_AFTER
    await HitJudging(api.database).judge_due(api.now)
    return [(row["verdict"], row["reasons"]) for row in await api.fetch("SELECT * FROM hit ORDER BY id")]


async def clicks(api: ApiRig, enrollment: Any) -> list[Any]:
    return [row for row in await api.rows("reactions_of", enrollment_id=enrollment) if row["kind"] == "clicked"]


async def test_a_scanners_burst_is_no_reaction_and_a_person_who_comes_later_is(api: ApiRig) -> None:
    enrollment, send, paths = await mail(api)
    for path in paths:
        await hit(api, path, agent=EDGE, address=SCANNER)
        api.now += timedelta(milliseconds=300)
    found = await judged(api)
    assert [verdict for verdict, _ in found] == ["machine"] * 4
    assert "honeypot" in found[3][1]
    assert {"burst", "with_honeypot"} <= set(found[0][1])
    assert await clicks(api, enrollment) == []
    pressed = api.now
    await hit(api, paths[0])
    assert (await judged(api))[4] == ("human", [])
    (reaction,) = await clicks(api, enrollment)
    assert (reaction["received_at"], reaction["send_id"], reaction["holds"]) == (pressed, send, True)
    assert reaction["detail"] == {"link": ids.link_id(send, 0)}


async def test_the_rest_of_a_burst_is_waited_for(api: ApiRig) -> None:
    enrollment, _, paths = await mail(api)
    await hit(api, paths[0])
    api.now += JUDGED_AFTER - timedelta(seconds=1)
    assert await HitJudging(api.database).judge_due(api.now) is False
    assert [row["verdict"] for row in await api.rows("hits_of", id=enrollment)] == ["waiting"]
    assert await clicks(api, enrollment) == []


async def test_the_honeypot_answers_as_if_it_were_nothing_and_notes_a_machine(api: ApiRig) -> None:
    _, _, paths = await mail(api)
    for method in ("GET", "HEAD"):
        answer = await hit(api, paths[-1], method=method)
        assert (answer.status_code, "location" in answer.headers) == (404, False)
    unknown = await api.http.get(f"/c/{api.token(TokenKind.CLICK, 'lnothing12345')}")
    assert (await hit(api, paths[-1])).text == unknown.text
    assert {verdict for verdict, _ in await judged(api)} == {"machine"}


async def test_one_address_at_two_peoples_mails_is_a_machine(api: ApiRig) -> None:
    first, _, mine = await mail(api, "p1")
    second, _, theirs = await mail(api, "p2")
    await hit(api, mine[0], address=SCANNER)
    api.now += timedelta(seconds=8)
    await hit(api, theirs[1], address=SCANNER, agent=EDGE)
    assert await judged(api) == [("machine", ["across_recipients"])] * 2
    assert await clicks(api, first) + await clicks(api, second) == []


@pytest.mark.parametrize(
    "headers",
    [{"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"X-Moz": "prefetch"}, {"X-Purpose": "preview"}],
)
async def test_a_page_that_was_loaded_ahead_was_not_asked_for_by_a_person(api: ApiRig, headers: dict[str, str]) -> None:
    _, _, paths = await mail(api)
    assert (await hit(api, paths[0], **headers)).status_code == 302
    assert await judged(api) == [("machine", ["prefetch"])]


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "PUT", "DELETE"])
async def test_a_method_that_no_browser_uses_is_noted_and_refused(api: ApiRig, method: str) -> None:
    _, _, paths = await mail(api)
    answer = await hit(api, paths[0], method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert await judged(api) == [("machine", ["method"])]


async def test_many_judges_judge_every_hit_once_and_make_one_reaction(api: ApiRig) -> None:
    runs = []
    for number in range(6):
        enrollment, _, paths = await mail(api, f"p{number}")
        runs.append(enrollment)
        for again in range(5):
            await hit(api, paths[0], address=f"198.51.100.{number + 1}")
            api.now += timedelta(seconds=3 + again)
    api.now += JUDGED_AFTER
    await asyncio.gather(*(HitJudging(api.database).judge_due(api.now) for _ in range(5)))
    rows = await api.fetch("SELECT verdict, judged_at FROM hit")
    assert [(row["verdict"], row["judged_at"]) for row in rows] == [("human", api.now)] * 30
    assert [len(await clicks(api, run)) for run in runs] == [1] * 6


async def test_a_judge_that_dies_leaves_the_hits_to_the_next(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    enrollment, _, paths = await mail(api)
    await hit(api, paths[0])
    api.now += JUDGED_AFTER
    dying = HitJudging(api.database)

    async def dies(*_: object, **__: object) -> None:
        raise ConnectionResetError("the process was killed here")

    monkeypatch.setattr(dying, "_follow", dies)
    with pytest.raises(ConnectionResetError):
        await dying.judge_due(api.now)
    assert [row["verdict"] for row in await api.rows("hits_of", id=enrollment)] == ["waiting"]
    assert await judged(api) == [("human", [])]
    assert len(await clicks(api, enrollment)) == 1


async def test_the_dispatcher_judges_and_tells_the_run(api: ApiRig) -> None:
    _, _, paths = await mail(api)
    await hit(api, paths[0])
    api.now += JUDGED_AFTER
    async with api.dispatching():

        async def told() -> bool:
            return [told.kind for _, told in api.runs.reactions] == ["clicked"]

        await api.until(told)


async def test_a_machines_hit_proves_that_an_unknown_mail_had_gone_out(api: ApiRig) -> None:
    _, send, paths = await mail(api)
    await api.execute("UPDATE send SET state = 'unknown' WHERE id = $1", send)
    await hit(api, paths[0], agent="")
    await judged(api)
    row = await api.row("send_row", id=send)
    assert (row["state"], row["reason"]) == ("sent", "proved by what came back")


async def test_a_target_beyond_ascii_is_redirected_to(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    link = await api.link(await api.sent(enrollment), target="https://agency.example/caf\u00e9?q=\u2713")
    answer = await hit(api, f"/c/{api.token(TokenKind.CLICK, link)}")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://agency.example/caf%C3%A9?q=%E2%9C%93")
