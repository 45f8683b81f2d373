"""The picture of a mail: the same answer to everybody, and an open only where a person seems to have looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sequences import ids
from sequences.statistics.outcomes import By
from sequences.tokens import TokenKind
from services.intake.judge_clicks import HitJudging
from services.reading.statistics import StatisticsRequest, statistics
from tests.support.rigs.api import BROWSER, ApiRig

AGENT = {"User-Agent": BROWSER}
GIF = b"GIF89a\x01\x00\x01\x00"


async def mail_with_picture(api: ApiRig) -> tuple[str, str, str]:
    """A mail that counts opens, sent a minute ago, and the path of its picture."""
    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    await api.execute("UPDATE send SET claimed_at = $2 WHERE id = $1", send, api.now - timedelta(minutes=1))
    picture = ids.link_id(send, 7)
    await api.execute(
        "INSERT INTO send_link (id, send_id, position, target) VALUES ($1, $2, 7, 'open:')", picture, send
    )
    return enrollment, send, f"/o/{api.token(TokenKind.OPEN, picture)}"


async def judged(api: ApiRig) -> list[Any]:
    api.now += timedelta(seconds=30)
    await HitJudging(api.database).judge_due(api.now)
    return [row["verdict"] for row in await api.fetch("SELECT verdict FROM hit ORDER BY id")]


async def reactions(api: ApiRig, enrollment: str) -> list[Any]:
    rows = await api.rows("reactions_of", enrollment_id=enrollment)
    return [(row["kind"], row["holds"], row["handled_at"] is not None, row["delivered_at"] is not None) for row in rows]


def is_picture(answer: Any) -> bool:
    headers = answer.headers
    assert headers["content-type"] == "image/gif"
    assert "no-store" in headers["cache-control"]
    assert headers["content-length"] == "43"
    return bool(answer.status_code == 200 and (answer.content.startswith(GIF) or answer.request.method == "HEAD"))


async def test_a_likely_open_is_reported_and_no_run_hears_of_it(api: ApiRig) -> None:
    enrollment, _, path = await mail_with_picture(api)
    for _ in range(3):
        assert is_picture(await api.http.get(path, headers=AGENT))
    assert await judged(api) == ["human"] * 3
    assert await reactions(api, enrollment) == [("opened", False, True, True)]
    found = await statistics(api.database, StatisticsRequest(By.SEQUENCE))
    assert (found.rows[0].people["opened"], found.rows[0].people["sent_with_pixel"]) == (1, 1)
    assert found.rows[0].people["clicked"] == found.rows[0].people["sent_with_link"] == 0
    story = (await api.ask("GET", f"/enrollments/{enrollment}")).json()["moments"]
    assert "likely opened one" in [moment["what"] for moment in story]


async def test_a_sequence_with_a_rule_for_opens_hears_of_it(api: ApiRig) -> None:
    enrollment, _, path = await mail_with_picture(api)
    await api.execute(
        "UPDATE sequence_version SET definition = definition || $1::text::jsonb",
        '{"reactions": [{"on": "opened", "do": [], "then": null}]}',
    )
    await api.http.get(path, headers=AGENT)
    await judged(api)
    assert await reactions(api, enrollment) == [("opened", False, False, False)]


@pytest.mark.parametrize(
    "agent", ["", "Mozilla/5.0", "Mozilla/5.0 Firefox/11.0 (via ggpht.com GoogleImageProxy)", "curl/8"]
)
async def test_a_machines_load_is_no_open(api: ApiRig, agent: str) -> None:
    enrollment, _, path = await mail_with_picture(api)
    assert is_picture(await api.http.get(path, headers={"User-Agent": agent}))
    assert await judged(api) == ["machine"]
    assert await reactions(api, enrollment) == []


async def test_other_methods_and_tokens_that_are_none_leave_nothing(api: ApiRig) -> None:
    _, send, path = await mail_with_picture(api)
    assert is_picture(await api.http.head(path, headers=AGENT))
    assert (await api.http.post(path, headers=AGENT)).status_code == 405
    forged = path[:-4] + ("aaaa" if not path.endswith("aaaa") else "bbbb")
    a_click = f"/o/{api.token(TokenKind.CLICK, ids.link_id(send, 7))}"
    unknown = f"/o/{api.token(TokenKind.OPEN, ids.link_id(send, 8))}"
    for each in (forged, a_click, unknown, "/o/x", "/o/%00", f"/o/{'a' * 3000}"):
        assert is_picture(await api.http.get(each, headers=AGENT))
    assert await api.fetch("SELECT id FROM hit") == []


async def test_a_picture_is_no_link_and_a_link_no_picture(api: ApiRig) -> None:
    _, send, _ = await mail_with_picture(api)
    as_link = f"/c/{api.token(TokenKind.CLICK, ids.link_id(send, 7))}"
    assert (await api.http.get(as_link, headers=AGENT)).status_code == 404
    link = await api.link(send)
    assert is_picture(await api.http.get(f"/o/{api.token(TokenKind.OPEN, link)}", headers=AGENT))
    assert [row["link_id"] for row in await api.fetch("SELECT link_id FROM hit")] == [ids.link_id(send, 7)]


async def test_a_flood_leaves_few_rows(api: ApiRig) -> None:
    _, _, path = await mail_with_picture(api)
    for _ in range(55):
        assert is_picture(await api.http.get(path, headers={"User-Agent": "x" * 5000}))
    assert len(await api.fetch("SELECT id FROM hit")) == 50
