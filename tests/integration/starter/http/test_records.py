"""One record of each kind, with everything that the mirror and our own tables know of it."""

import pytest
import pytest_asyncio

from tests.support.rigs.api import ApiRig
from tests.support.rigs.lists import ListRig, run_id


@pytest_asyncio.fixture
async def rig(api: ApiRig) -> ListRig:
    rig = ListRig(api, api.ask)
    await rig.furnish()
    return rig


async def test_a_person_comes_with_fields_runs_lists_and_suppressions(rig: ListRig, api: ApiRig) -> None:
    await api.hook(
        {
            "event_id": "e1",
            "changes": [
                {"entity": "person", "id": "p1", "fields": {"city": "Leeds", "job_title": "Nurse"}},
                {"entity": "event", "person": "p1", "event": "interviewed", "at": "2026-03-02T10:00:00Z"},
            ],
        }
    )
    # Whoever writes by SQL may leave other things there than texts.
    await api.execute('UPDATE person SET custom = \'{"badge": 7, "skills": ["icu"]}\' WHERE id = \'p1\'')
    person = await rig.ask("/people/p1")
    assert (person["id"], person["city"], person["job_title"], person["owner_id"]) == ("p1", "Leeds", "Nurse", "dana")
    assert person["custom"] == {"badge": 7, "skills": ["icu"]}
    assert person["last"]["interviewed"].startswith("2026-03-02T10:00:00")
    assert person["last"]["placed"] is None
    assert (person["open_runs"], person["suppressed"], person["deleted_at"]) == (1, True, None)
    assert [run["id"] for run in person["runs"]] == [run_id(3), run_id(1)]
    assert {each["reason"] for each in person["suppressions"]} == {"opt_out", "bounced-3"}
    assert person["placements"] == ["pl-p1"]
    assert len(person["lists"]) == 2
    # What the list says of a person is the same.
    (line,) = [row for row in (await rig.ask("/people"))["items"] if row["id"] == "p1"]
    assert line == {name: person[name] for name in line}


async def test_a_deleted_or_merged_person_is_still_found(rig: ListRig, api: ApiRig) -> None:
    await api.execute("UPDATE person SET merged_into = 'p1' WHERE id = 'p9'")
    person = await rig.ask("/people/p9")
    assert (person["merged_into"], person["deleted_at"] is not None) == ("p1", True)
    assert (person["runs"], person["suppressions"], person["lists"]) == ([], [], [])


async def test_a_lifted_suppression_is_not_shown_with_the_person(rig: ListRig, api: ApiRig) -> None:
    await api.execute("UPDATE suppression SET lifted_at = now() WHERE person_id = 'p1'")
    person = await rig.ask("/people/p1")
    # What stands against the address alone names nobody, and keeps mail from them all the same.
    assert (person["suppressions"], person["suppressed"]) == ([], True)
    lifted = (await rig.ask("/suppressions", state="lifted"))["items"]
    assert {row["person_id"] for row in lifted} == {"p1"}
    await api.execute("UPDATE suppression SET lifted_at = now() WHERE person_id IS NULL")
    assert not (await rig.ask("/people/p1"))["suppressed"]


async def test_other_records(rig: ListRig) -> None:
    placement = await rig.ask("/placements/pl-p1")
    assert (placement["person_id"], placement["status"], placement["custom"]) == ("p1", "Ended", {"badge": "7"})
    assert (await rig.ask("/clients/c1"))["name"] == "One"
    owner = await rig.ask("/owners/dana")
    assert (owner["first_name"], owner["notify_by"]) == ("Dana", "none")
    task = (await rig.ask("/tasks"))["items"][0]
    assert await rig.ask(f"/tasks/{task['id']}") == task
    lead = (await rig.ask("/leads"))["items"][0]
    assert await rig.ask(f"/leads/{lead['id']}") == lead
    message = (await rig.ask("/unmatched"))["items"][0]
    assert await rig.ask(f"/unmatched/{message['id']}") == message
    delivery = (await rig.ask("/deliveries"))["items"][0]
    assert await rig.ask(f"/deliveries/{delivery['id']}") == delivery


@pytest.mark.parametrize("kind", ["people", "placements", "clients", "owners", "tasks", "leads"])
async def test_what_is_not_there_is_404_and_what_can_be_no_id_is_422(api: ApiRig, kind: str) -> None:
    answer = await api.ask("GET", f"/{kind}/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    answer = await api.ask("GET", f"/{kind}/no%20id")
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert (await api.http.get(f"/{kind}/nothing")).status_code == 401


async def test_a_message_that_was_given_to_a_run_says_so(rig: ListRig, api: ApiRig) -> None:
    message = (await rig.ask("/unmatched"))["items"][0]["id"]
    await api.execute("UPDATE inbound SET state = 'matched' WHERE id = $1", message)
    assert (await rig.ask(f"/unmatched/{message}"))["state"] == "matched"
    assert message not in {row["id"] for row in (await rig.ask("/unmatched"))["items"]}


async def test_sequences_and_their_versions(rig: ListRig, api: ApiRig) -> None:
    listed = {row["sequence"]: row for row in (await rig.ask("/sequences"))["items"]}
    assert (listed["hello"]["version"], listed["hello"]["name"], listed["hello"]["open_runs"]) == (
        3,
        "hello 3",
        2,
    )
    assert (listed["onboarding"]["record"], listed["onboarding"]["rules_on"]) == ("placement", False)
    versions = (await rig.ask("/sequences/hello/versions"))["items"]
    assert [row["version"] for row in versions] == [3, 2, 1]
    assert [row["open_runs"] for row in versions] == [0, 0, 2]
    assert versions[2]["definition"]["steps"][0]["id"] == "one"
    assert (await api.ask("GET", "/sequences/nothing/versions")).status_code == 404
