"""A person's page: one line of time of all runs, what forbids contacting them, and what others may see."""

from datetime import timedelta

import pytest

from sequences.access.viewer import Viewer
from sequences.errors import NotFoundError
from services.console import person as screen
from services.console.looking import looking
from services.console.person import AgainFrom, Contact, Forbidden, PersonAsked, PersonFacts, PersonPage, person
from services.console.run_stories import run_stories
from services.enrolling.enroll import EntryRequest
from services.reading.run_story import timeline
from tests.support.held_replies import activities_of, held_reply
from tests.support.rigs.api import ApiRig
from tests.support.viewers import ADMIN, DANA, OWN

DAY = timedelta(days=1)


async def look(api: ApiRig, viewer: Viewer = DANA, identity: str = "p1", cursor: str = "") -> PersonPage:
    async with looking(api.database) as connection:
        return await person(connection, api.versions, viewer, PersonAsked(identity, cursor), api.now)


async def facts(api: ApiRig, cursor: str = "") -> PersonFacts:
    found = (await look(api, cursor=cursor)).facts
    assert found is not None
    return found


async def test_nobody_of_that_id(api: ApiRig) -> None:
    with pytest.raises(NotFoundError):
        await look(api)


async def test_without_anything(api: ApiRig) -> None:
    await api.person(last_name="Example", company="Client", job_title="Welder", status="Hot", owner_id="o1")
    page = await look(api)
    assert (page.name, page.owner_name, page.contacts) == ("Alex Example", "Dana Reed", ())
    found = page.facts
    assert found is not None
    assert (found.email, found.work, found.status) == ("p1@client.example", "Welder at Client", "Hot")
    assert (found.forbidden, found.again, found.runs, found.planned, found.open_runs) == ((), (), (), (), 0)
    assert [each.what for each in found.past] == ["added to the CRM"]


async def test_all_runs_in_one_line_of_time(api: ApiRig) -> None:
    first, reply = await held_reply(api, activities_of(api), 5)
    await api.publish("other")
    second = (await api.enrolling.enroll(EntryRequest("other", "n2", "p1"))).enrollment
    await api.execute("UPDATE enrollment_step SET due_at = $2 WHERE enrollment_id = $1", second, api.now + 2 * DAY)
    await api.execute(
        "INSERT INTO person_event (id, person_id, kind, at, origin, recorded_at) VALUES "
        "('v2345678901', 'p1', 'last_interviewed', $1, 'crm', $1), "
        "('v2345678902', 'p1', 'last_replied', $1, 'relance', $1)",
        api.now - 9 * DAY,
    )
    found = await facts(api)
    assert [run.id for run in found.runs] in ([second, first], [first, second])
    assert found.open_runs == 2
    assert [(each.sequence, each.what, each.why) for each in found.past if each.kind == "event"] == [
        (None, "added to the CRM", "from an import"),
        (None, "interviewed", "says the CRM"),
    ]
    assert found.past[-1].kind == "event"
    replied = next(each for each in found.past if each.kind == "reaction")
    assert (replied.text, replied.ref, replied.sequence, replied.enrollment_id) == ("Perhaps", reply, "Hello", first)
    assert replied.what == "replied.positive"
    assert [each.at for each in found.past] == sorted((each.at for each in found.past), reverse=True)
    assert [each.at for each in found.planned] == sorted(each.at for each in found.planned)
    ahead = found.planned[-1]
    assert (ahead.at, ahead.what, ahead.sequence, ahead.timezone) == (
        api.now + 2 * DAY,
        "one is due",
        "Hello",
        "Europe/London",
    )
    assert {("hello", "Hello"), ("other", "Hello")} == set(found.sequences)
    # The stories are those of `relance show`.
    async with api.database.transaction() as connection:
        one_by_one = [await timeline(connection, each) for each in (first, second)]
        assert await run_stories(connection, api.versions, [first, second], "Alex") == tuple(one_by_one)
        assert await run_stories(connection, api.versions, ["e2345678901"], "Alex") == ()


async def test_why_they_are_not_contacted_and_when_they_may_enter_again(api: ApiRig) -> None:
    run = await api.enrolled()
    await api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p1', 'all', 'opt_out', 'r1', $1)",
        api.now - DAY,
    )
    await api.execute(
        "INSERT INTO suppression (address, channel, reason, source, since) "
        "VALUES ('p1@client.example', 'email', 'bounced', 'r2', $1)",
        api.now,
    )
    await api.execute("DELETE FROM reenrollment_window")
    await api.execute(
        "INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, "
        "until, state) "
        "VALUES ('w2345678901', 'hello', 'p1', 'p1', 'person', $1, 'rule', $2, $3, 'open')",
        run,
        api.now,
        api.now + 30 * DAY,
    )
    found = await facts(api)
    assert found.forbidden == (
        Forbidden("all", "opt_out", api.now - DAY, whole=True),
        Forbidden("email", "bounced", api.now, whole=False),
    )
    assert found.again == (AgainFrom("hello", "Hello", api.now + 30 * DAY),)


async def test_of_others_people_one_sees_that_they_were_contacted(api: ApiRig) -> None:
    run = await api.enrolled()
    await api.execute("UPDATE person SET owner_id = 'o2' WHERE id = 'p1'")
    await api.execute("UPDATE enrollment SET owner_id = 'o2' WHERE id = $1", run)
    await api.sent(run)
    contact = Contact(api.now - timedelta(hours=1), "email", "hello", "Hello", "o2", "Kim Lee")
    page = await look(api, OWN)
    assert (page.facts, page.name, page.owner_name, page.contacts) == (None, "Alex", "Kim Lee", (contact,))
    assert (await look(api, ADMIN)).facts is not None


async def test_older_runs_are_on_the_next_page(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "RUNS", 1)
    await api.enrolled()
    await api.publish("other")
    await api.enrolling.enroll(EntryRequest("other", "n2", "p1"))
    first = await facts(api)
    second = await facts(api, first.next or "")
    assert {first.runs[0].sequence, second.runs[0].sequence} == {"hello", "other"}
    assert second.next is None
