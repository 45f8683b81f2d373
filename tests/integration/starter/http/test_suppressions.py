"""``POST /suppressions/{id}/lift``: one may be contacted again, with a reason."""

from __future__ import annotations

from tests.support.rigs.api import ApiRig


async def _standing(api: ApiRig) -> list[int]:
    return [each["id"] for each in (await api.ask("GET", "/suppressions")).json()["items"]]


async def test_one_is_lifted_once_and_others_stay(api: ApiRig) -> None:
    for channel in ("all", "email"):
        await api.execute(
            "INSERT INTO suppression (address, channel, reason, source, since) "
            "VALUES ('ann@client.example', $1, 'by_hand', 'CLI', $2)",
            channel,
            api.now,
        )
    newest, oldest = await _standing(api)
    path = f"/suppressions/{oldest}/lift"
    assert (await api.http.post(path, json={"reason": "she called"})).status_code == 401
    for refused in ({}, {"reason": ""}, {"reason": "x" * 201}):
        assert (await api.ask("POST", path, json=refused)).status_code == 422
    assert (await api.ask("POST", path, json={"reason": "  "})).status_code == 409
    done = await api.ask("POST", path, json={"reason": "she called", "by": "Dana"})
    assert done.json() == {"id": oldest, "repeated": False}
    assert (await api.ask("POST", path, json={"reason": "again"})).json() == {"id": oldest, "repeated": True}
    (kept,) = await api.fetch("SELECT suppression_id, lifted_by, reason FROM suppression_lift")
    assert (kept["suppression_id"], kept["lifted_by"], kept["reason"]) == (oldest, "Dana", "she called")
    assert await _standing(api) == [newest]
    assert (await api.ask("POST", "/suppressions/99999/lift", json={"reason": "x"})).status_code == 404
