"""``POST /unmatched/{id}/attach``: the run hears of it as of any reply."""

from __future__ import annotations

from tests.support.rigs.api import BEARER, ApiRig
from tests.support.rigs.inbound import reply, serving

AUTH = {"Authorization": f"Bearer {BEARER}"}


async def test_an_attached_reply_reaches_its_run(api: ApiRig, database_url: str) -> None:
    enrollment = await api.enrolled()
    async with serving(api, database_url) as rig, rig.dispatching() as dispatcher:
        await rig.http.post("/inbound/mime", content=reply(), headers=AUTH)
        [waiting] = (await rig.http.get("/unmatched", headers=AUTH)).json()["items"]
        assert rig.runs.reactions == []
        path = f"/unmatched/{waiting['id']}/attach"
        assert (await rig.http.post(path, json={"enrollment": enrollment})).status_code == 401
        done = await rig.http.post(path, json={"enrollment": enrollment}, headers=AUTH)
        again = await rig.http.post(path, json={"enrollment": enrollment}, headers=AUTH)
        assert (done.json()["kind"], done.json()["repeated"], again.json()["repeated"]) == ("replied", False, True)
        dispatcher.wake()

        async def told() -> bool:
            return len(rig.runs.reactions) == 1

        await rig.until(told)
        [(_, reaction)] = rig.runs.reactions
        assert (reaction.id, reaction.kind) == (done.json()["reaction"], "replied")
        assert (await rig.http.get("/unmatched", headers=AUTH)).json()["items"] == []


async def test_what_does_not_exist_and_what_is_no_id(api: ApiRig, database_url: str) -> None:
    async with serving(api, database_url) as rig:
        missing = await rig.http.post(
            f"/unmatched/i{'a' * 26}/attach", json={"enrollment": "e" + "a" * 26}, headers=AUTH
        )
        assert missing.status_code == 404
        assert (await rig.http.post("/unmatched/x/attach", json={"enrollment": "e1"}, headers=AUTH)).status_code == 422


async def test_a_message_is_dismissed(api: ApiRig, database_url: str) -> None:
    async with serving(api, database_url) as rig:
        await rig.http.post("/inbound/mime", content=reply(), headers=AUTH)
        [waiting] = (await rig.http.get("/unmatched", headers=AUTH)).json()["items"]
        path = f"/unmatched/{waiting['id']}/dismiss"
        assert (await rig.http.post(path)).status_code == 401
        assert (await rig.http.post(path, headers=AUTH)).json() == {"inbound": waiting["id"], "repeated": False}
        assert (await rig.http.post(path, headers=AUTH)).json()["repeated"]
        assert (await rig.http.get("/unmatched", headers=AUTH)).json()["items"] == []
