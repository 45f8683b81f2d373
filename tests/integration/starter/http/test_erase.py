"""Erasing a person over HTTP, and by the CRM's hook: a job carries it out, and asking again says what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.erasing import carry_out, everything, where_it_says
from tests.support.rigs.api import ApiRig


async def test_from_the_answer_on_nobody_writes_and_a_job_erases(api: ApiRig) -> None:
    await api.enrolled("p1", state="finished")
    assert (await api.ask("POST", "/people/nobody/erase")).status_code == 404
    asked = await api.ask("POST", "/people/p1/erase")
    assert asked.status_code == 202
    answer = asked.json()
    assert (answer["person"], answer["erased"], answer["report"]) == ("p1", False, None)
    rows = await api.fetch("SELECT channel, reason FROM suppression WHERE person_id = 'p1'")
    assert [(row["channel"], row["reason"]) for row in rows] == [("all", "erased")]
    # Pressed twice it is one job.
    assert (await api.ask("POST", "/people/p1/erase")).json()["job"] == answer["job"]
    assert (await carry_out(api, answer["job"])).startswith("erased: ")
    done = await api.ask("POST", "/people/p1/erase", json={"may_be_contacted_again": True})
    assert (done.status_code, done.json()["erased"], done.json()["job"]) == (200, True, None)
    assert done.json()["report"]["may_be_contacted_again"] is False
    assert where_it_says(await everything(api), "p1@client.example") == set()
    shown = (await api.ask("GET", "/people/p1")).json()
    assert shown["email"] is None


async def test_what_came_back_since_is_erased_too(api: ApiRig) -> None:
    await api.person("p1")
    job = (await api.ask("POST", "/people/p1/erase")).json()["job"]
    await carry_out(api, job)
    await api.person("p1", email="again@client.example")
    api.now += timedelta(minutes=1)
    again = (await api.ask("POST", "/people/p1/erase")).json()
    assert again["job"] not in (None, job)
    await carry_out(api, again["job"])
    assert where_it_says(await everything(api), "again@client.example") == set()


async def test_the_hook_erases_who_is_deleted(api: ApiRig) -> None:
    await api.person("p1")
    item: dict[str, Any] = {"entity": "person", "id": "p1", "deleted": True, "erase": True}
    answer = (await api.hook({"event_id": "e1", "changes": [item]})).json()["results"][0]
    assert answer["status"] == "deleted"
    await carry_out(api, answer["erasing"])
    assert where_it_says(await everything(api), "p1@client.example") == set()
    # The same event again gets the same answer.
    assert (await api.hook({"event_id": "e1", "changes": [item]})).json()["results"][0] == answer
    rows = await api.fetch("SELECT way, act FROM audit_event WHERE act = 'person_erased'")
    assert [(row["way"], row["act"]) for row in rows] == [("crm", "person_erased")]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({"entity": "person", "id": "p1", "erase": True}, "erase: only together with deleted: true"),
        ({"entity": "placement", "id": "l1", "deleted": True, "erase": True}, "erase: only a person can be erased"),
        ({"entity": "person", "id": "p1", "deleted": True, "erase": "yes"}, "erase: true or false"),
    ],
)
async def test_an_item_that_makes_no_sense_is_refused(api: ApiRig, item: dict[str, Any], why: str) -> None:
    answer = (await api.hook({"event_id": "e1", "changes": [item]})).json()["results"][0]
    assert answer["status"] == "refused"
    assert why in answer["reason"]
