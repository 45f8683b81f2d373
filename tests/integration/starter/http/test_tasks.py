"""What is done with a task over HTTP, against a real Postgres."""

from collections.abc import Callable
from typing import Any

from tests.support.rigs.api import ApiRig

TASK = "f" + "a" * 26


async def test_a_task_is_done_snoozed_and_assigned(api: ApiRig, asking: Callable[..., Any]) -> None:
    await api.execute("INSERT INTO owner (id) VALUES ('lee') ON CONFLICT DO NOTHING")
    await api.execute(
        "INSERT INTO task (id, title, person_id, enrollment_id, created_at) VALUES ($1, 'Call', 'p1', 'e1', now())",
        TASK,
    )
    async with asking(bulk=object()) as ask:
        snoozed = await ask("POST", f"/tasks/{TASK}/snooze", json={"until": "2027-06-01"})
        assert (snoozed.status_code, snoozed.json()["due_at"]) == (200, "2027-06-01T00:00:00Z")
        assigned = await ask("POST", f"/tasks/{TASK}/assign", json={"owner": "lee"})
        assert (assigned.json()["owner_id"], assigned.json()["changed"]) == ("lee", True)
        assert (await ask("POST", f"/tasks/{TASK}/assign", json={"owner": "nobody"})).status_code == 404
        done = await ask("POST", f"/tasks/{TASK}/done", json={"by": "Lee"})
        assert done.json() == {
            "id": TASK,
            "state": "done",
            "owner_id": "lee",
            "due_at": "2027-06-01T00:00:00Z",
            "changed": True,
            "told": False,
        }
        assert (await ask("POST", f"/tasks/{TASK}/done", json={})).json()["changed"] is False
        refused = await ask("POST", f"/tasks/{TASK}/snooze", json={"until": "2027-06-02"})
        assert (refused.status_code, refused.json()["reason"]) == (409, "task_closed")
        (listed,) = (await ask("GET", "/tasks?state=done")).json()["items"]
        assert (listed["decided_by"], listed["kind"], listed["step"]) == ("Lee", "other", None)
        assert (await ask("POST", f"/tasks/{TASK}/snooze", json={"until": "soon"})).status_code == 422
        assert (await ask("POST", "/tasks/nothing/done", json={})).status_code == 404
        assert (await ask("POST", f"/tasks/{TASK}/done", json={}, proof=False)).status_code == 401
