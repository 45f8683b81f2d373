"""``POST /unmatched/{id}/attach``: the run hears of it as of any reply."""

from __future__ import annotations

from tests.integration.conftest import BEARER, Hub
from tests.integration.conftest import hub as hub  # noqa: PLC0414 - a fixture
from tests.support.inbound_house import reply, serving

AUTH = {"Authorization": f"Bearer {BEARER}"}


async def test_an_attached_reply_reaches_its_run(hub: Hub, database_url: str) -> None:
    enrollment = await hub.enrolled()
    async with serving(hub, database_url) as house, house.dispatching() as dispatcher:
        await house.http.post("/inbound/mime", content=reply(), headers=AUTH)
        [waiting] = (await house.http.get("/unmatched", headers=AUTH)).json()["items"]
        assert house.runs.reactions == []
        path = f"/unmatched/{waiting['id']}/attach"
        assert (await house.http.post(path, json={"enrollment": enrollment})).status_code == 401
        done = await house.http.post(path, json={"enrollment": enrollment}, headers=AUTH)
        again = await house.http.post(path, json={"enrollment": enrollment}, headers=AUTH)
        assert (done.json()["kind"], done.json()["repeated"], again.json()["repeated"]) == ("replied", False, True)
        dispatcher.wake()

        async def told() -> bool:
            return len(house.runs.reactions) == 1

        await house.until(told)
        [(_, reaction)] = house.runs.reactions
        assert (reaction.id, reaction.kind) == (done.json()["reaction"], "replied")
        assert (await house.http.get("/unmatched", headers=AUTH)).json()["items"] == []


async def test_what_does_not_exist_and_what_is_no_id(hub: Hub, database_url: str) -> None:
    async with serving(hub, database_url) as house:
        missing = await house.http.post(
            f"/unmatched/i{'a' * 26}/attach", json={"enrollment": "e" + "a" * 26}, headers=AUTH
        )
        assert missing.status_code == 404
        assert (
            await house.http.post("/unmatched/x/attach", json={"enrollment": "e1"}, headers=AUTH)
        ).status_code == 422


async def test_a_message_is_dismissed(hub: Hub, database_url: str) -> None:
    async with serving(hub, database_url) as house:
        await house.http.post("/inbound/mime", content=reply(), headers=AUTH)
        [waiting] = (await house.http.get("/unmatched", headers=AUTH)).json()["items"]
        path = f"/unmatched/{waiting['id']}/dismiss"
        assert (await house.http.post(path)).status_code == 401
        assert (await house.http.post(path, headers=AUTH)).json() == {"inbound": waiting["id"], "repeated": False}
        assert (await house.http.post(path, headers=AUTH)).json()["repeated"]
        assert (await house.http.get("/unmatched", headers=AUTH)).json()["items"] == []
