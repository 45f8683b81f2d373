"""The list of sequences and the page of one, against a real Postgres."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.postgres import migrations
from sequences.access.role import PeopleVisible, Role
from sequences.errors import RefusedError, RequestRefused, UnavailableError
from sequences.runs.bulk import HoldScope
from services.enrolling.enroll import EntryRequest
from services.enrolling.enroll_many import EnrollingMany
from services.jobs.job import Job, JobProgress
from services.jobs.stop_runs import StopRuns
from services.publishing.switch_rules import switch
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import RecordedOrders, plan, publish
from tests.support.screens.written import SOURCE, publish_written


async def test_where_nothing_is_published_the_page_says_how(console: ConsoleRig) -> None:
    assert "or publish a file with relance publish" in await console.text("/sequences")


async def test_the_list_shows_each_and_its_numbers_come_after_it(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for hours, run in enumerate(runs.values(), start=1):
        await plan(api, run, hours)
    send = await api.sent(runs["p3"])
    assert send
    first = await console.page("/sequences")
    assert cells(first, "Hello") == [
        *("Hello there each person's owner", "Version 2 5 runs on older ones", "running people enter by hand", "6"),
        *("…", "…", "…", "…", "…"),
    ]
    part = await console.fragment("/sequences?numbers=1")
    # 09:00 UTC is 11:00 in Paris in May; Ann's is the earliest.
    assert cells(part, "Hello")[3:] == ["6", "1", "0", "0", "0", "sent Tue 4 May 2027, 10:00 due Tue 4 May 2027, 12:00"]
    assert cells(part, "A quiet")[3:] == ["0", "0", "0", "0", "0", "–"]
    # Without scripts the same address shows the whole page.
    assert cells(await console.page("/sequences?numbers=1"), "Hello")[3:] == cells(part, "Hello")[3:]


async def test_the_last_message_is_that_which_was_handed_over_last(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for hours, person in enumerate(("p1", "p2", "p3", "p4"), start=1):
        send = await api.sent(runs[person])
        at = api.now - timedelta(hours=hours)
        await api.execute("UPDATE send SET claimed_at = $2, decided_at = $2 WHERE id = $1", send, at)
    # Nobody knows whether that went out, and that did not.
    await api.execute("UPDATE send SET state = 'unknown' WHERE enrollment_id = $1", runs["p1"])
    await api.execute("UPDATE send SET state = 'failed' WHERE enrollment_id = $1", runs["p2"])
    assert cells(await console.fragment("/sequences?numbers=1"), "Hello")[8].startswith("sent Tue 4 May 2027, 08:00 ")
    # What came back later proves that it went, and when.
    await api.execute("UPDATE send SET state = 'sent', decided_at = $2 WHERE enrollment_id = $1", runs["p1"], api.now)
    assert cells(await console.fragment("/sequences?numbers=1"), "Hello")[8].startswith("sent Tue 4 May 2027, 10:00 ")


async def test_a_next_step_is_found_behind_thousands_of_another_sequence(
    console: ConsoleRig, runs: dict[str, str]
) -> None:
    api = console.api
    for sequence, name in (("able", "Able"), ("late", "Late")):
        await publish(api, sequence, name)
        accepted = await api.enrolling.enroll(EntryRequest(sequence, f"n-{sequence}", "p1"))
        await plan(api, accepted.enrollment, 48 if sequence == "able" else 15 * 24)
    thousands = (
        "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at) "
        "SELECT $1, 's' || n, n, 'planned', $2::timestamptz + make_interval(secs => n) FROM generate_series(2, $3) n"
    )
    for number in (10, 6_000):
        await api.execute("DELETE FROM enrollment_step WHERE position > 1")
        await api.execute(thousands, runs["p2"], api.now, number)
        part = await console.fragment("/sequences?numbers=1")
        assert cells(part, "Hello")[8] == "due Tue 4 May 2027, 11:00"
        assert cells(part, "Able")[8] == "due Thu 6 May 2027, 11:00"
        # What is due later than in two weeks is not looked for.
        assert cells(part, "Late")[8] == "–"


async def test_what_was_sent_before_an_upgrade_is_known_after_it(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    await api.sent(runs["p3"])
    before = cells(await console.fragment("/sequences?numbers=1"), "Hello")
    file = next(migrations.folder().glob("0380_*.sql")).read_text()
    _, there, back = file.replace("-- migrate: rollback", "-- migrate: apply").split("-- migrate: apply")
    await api.execute(back + there)
    # No row is written again for that: nothing is marked.
    assert await api.fetch("SELECT FROM run_outcome_mark") == []
    assert cells(await console.fragment("/sequences?numbers=1"), "Hello") == before


async def test_the_owner_of_a_sequence_is_its_assigned_by_user(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for sequence, name, owner in (("zulu", "Zulu", "o2"), ("able", "Able", "o1"), ("gone", "Gone", "o9")):
        await publish(api, sequence, name)
        await api.execute(
            "UPDATE sequence_version SET definition = definition || $2 WHERE sequence = $1",
            sequence,
            {"auto_enroll": {"assigned_by": owner, "prevent_reenrollment_within": "1 day"}},
        )

    async def shown(query: str) -> list[str]:
        page = parse(await console.page(f"/sequences?{query}"))
        return [text_of(row) for row in page.xpath("//tbody/tr/th")]

    # An owner that the CRM does not know has no name.
    both = [f"{name} each person's owner" for name in ("A quiet one", "Hello there")]
    assert await shown("") == [both[0], "Able Lea Dupont", "Gone o9", both[1], "Zulu Max Moe"]
    assert await shown("owner=o2") == ["Zulu Max Moe"]
    assert await shown("owner=o2&words=able") == []
    page = parse(await console.page("/sequences?owner=o2"))
    assert page.xpath("//select[@name='owner']/option/@value") == ["", "o1", "o2", "o9"]
    assert page.xpath("//select[@name='owner']/option[@selected]/@value") == ["o2"]


async def test_filters_and_sorting_are_in_the_address(console: ConsoleRig, runs: dict[str, str]) -> None:
    async def shown(query: str) -> list[str]:
        rows = parse(await console.page(f"/sequences?{query}")).xpath("//tbody/tr/th/a")
        return ["".join(row.itertext()).strip() for row in rows]

    assert await shown("") == ["A quiet one", "Hello there"]
    assert await shown("sort=-name") == ["Hello there", "A quiet one"]
    assert await shown("sort=-in_it") == ["Hello there", "A quiet one"]
    assert await shown("sort=in_it&words=QUIET") == ["A quiet one"]
    assert await shown("state=older") == ["Hello there"]
    assert await shown("cursor=quiet") == ["Hello there"]
    assert await shown("sort=nonsense&state=nonsense&cursor=nonsense") == ["A quiet one", "Hello there"]
    assert "No sequence fits these filters. Show all" in await console.text("/sequences?state=paused")


async def test_one_sequence_shows_its_numbers_people_and_versions(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    await plan(api, runs["p1"], -1)
    await api.sent(runs["p3"])
    page = await console.text("/sequences/hello?version=1")
    assert "In it now 6 (5 runs on older ones)" in page
    assert "Next step due Tue 4 May 2027, 10:00 , one" in page
    numbers = await console.page("/sequences/hello?version=1")
    assert cells(numbers, "one")[:5] == ["one", "1", "1", "0", "0 of 1"]
    people = await console.page("/sequences/hello?view=people")
    assert cells(people, "Ann Ray")[1:3] == ["active", "one, Tue 4 May 2027, 10:00"]
    assert "Cleo" not in people
    assert cells(await console.page("/sequences/hello?view=people&state=finished"), "Cleo")[1] == "finished"
    # The number of a version leads to its runs.
    versions = await console.page("/sequences/hello?view=versions")
    assert 'href="/console/sequences/hello?view=people&amp;version=2">1</a>' in versions
    newest = parse(await console.page("/sequences/hello?view=people&version=2")).xpath("//tbody/tr/th")
    assert [text_of(each) for each in newest] == ["Gus Ray"]
    versions = await console.page("/sequences/hello?view=versions")
    assert cells(versions, "Version 2")[2:] == ["1", "one, two new: two Compare with version 1"]
    assert cells(versions, "Version 1")[2:] == ["5", "one"]
    assert "Move open runs to the newest version" in versions
    assert "Nobody has entered this version yet." in await console.text("/sequences/quiet")


async def test_what_is_not_there_is_a_page_too(console: ConsoleRig, runs: dict[str, str]) -> None:
    assert "nothing" in await console.page("/sequences/nothing", 404)
    assert await console.page("/sequences/hello?version=9", 404)
    assert (await console.http.get("/console/sequences/Not%20a%20name")).status_code == 422
    assert await console.page("/sequences/hello?view=people&cursor=nonsense", 422)


async def test_people_are_those_whom_the_viewer_sees(console: ConsoleRig, runs: dict[str, str]) -> None:
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    people = await console.page("/sequences/hello?view=people&state=all")
    assert "Ann Ray" in people
    assert "Ben Ray" not in people
    # How many there are is no secret.
    assert "In it now 6" in await console.text("/sequences/hello?view=people")


async def test_a_sequence_is_paused_and_resumed(
    console: ConsoleRig, runs: dict[str, str], orders: RecordedOrders
) -> None:
    question = await console.fragment("/sequences/hello/pause")
    assert "6 runs are open." in question
    assert parse(question).xpath("//form/@action") == ["/console/sequences/hello/pause"]
    done = await console.act("/sequences/hello/pause", key="abc", reason="holidays")
    assert (done.status_code, done.headers["location"]) == (303, "/console/sequences/hello?said=sequence_paused")
    # The same form again is one order.
    await console.act("/sequences/hello/pause", key="abc", reason="holidays")
    assert [(scope, key, order.reason) for scope, key, order in orders.taken] == [
        (HoldScope.SEQUENCE, "hello", "holidays")
    ]
    text = await console.text("/sequences/hello?said=sequence_paused")
    assert "The sequence is paused: nothing of it is sent from now on." in text
    assert "Reason holidays" in text
    assert cells(await console.page("/sequences?state=paused"), "Hello")[2] == "paused holidays"
    done = await console.act("/sequences/hello/resume", mode="skip")
    assert (done.status_code, orders.taken[-1][2].mode) == (303, "skip")


async def test_a_pause_of_everything_shows_too(console: ConsoleRig, runs: dict[str, str]) -> None:
    await console.api.execute(
        "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ($1, 'everything', '', 'a wrong list', $2, 20)",
        "h" + "a" * 20,
        console.api.now,
    )
    assert cells(await console.page("/sequences"), "A quiet")[2] == "paused a wrong list"
    text = await console.text("/sequences/quiet")
    assert "Everything is paused, not this sequence alone." in text
    assert "Resume" not in text


async def test_only_leads_and_admins_pause(console: ConsoleRig, runs: dict[str, str], orders: RecordedOrders) -> None:
    for role in (Role.RECRUITER, Role.AUDITOR):
        console.see(role=role)
        assert "/pause" not in await console.page("/sequences/hello")
        assert (await console.http.get("/console/sequences/hello/pause")).status_code == 403
        assert (await console.act("/sequences/hello/pause")).status_code == 403
    assert orders.taken == []


async def test_pages_hold_fifty_each(console: ConsoleRig) -> None:
    for number in range(53):
        await publish(console.api, f"s{number:02d}", f"Sequence {number:02d}")
    first = parse(await console.page("/sequences"))
    assert len(first.xpath("//tbody/tr")) == 50
    (following,) = first.xpath("//a[@rel='next']/@href")
    second = parse((await console.http.get(following)).text)
    assert len(second.xpath("//tbody/tr")) == 3
    assert "53 sequences" in "".join(second.itertext())


async def test_the_next_step_is_looked_for_two_weeks_ahead(console: ConsoleRig, runs: dict[str, str]) -> None:
    await console.api.execute("UPDATE enrollment_step SET due_at = $1", console.api.now + timedelta(days=15))
    assert cells(await console.fragment("/sequences?numbers=1"), "Hello")[-1] == "–"
    assert "Next step due Wed 19 May 2027, 11:00" in await console.text("/sequences/hello")


async def test_two_versions_are_compared_line_by_line(console: ConsoleRig) -> None:
    await publish_written(console.api)
    await publish_written(console.api, SOURCE.replace("7 days", "9 days"), one="Subject: Hi\n\nDear you\n")
    page = await console.text("/sequences/hello/compare")
    assert "What changed from version 1 to version 2" in page
    assert "- when: 7 days after one" in page
    assert "+ when: 9 days after one" in page
    assert "+ Subject: Hi" in page
    # Comments are there too, since the file of a version is kept.
    assert "# a week later" in page
    assert "These two versions are the same." in await console.text("/sequences/hello/compare?from=2&to=2")
    assert "Compare with version 1" in await console.text("/sequences/hello?view=versions")
    await console.page("/sequences/hello/compare?from=1&to=9", 404)


async def test_settings_are_said_in_words(console: ConsoleRig, orders: RecordedOrders) -> None:
    await publish_written(console.api)
    await console.act("/sequences/hello/pause", key="abc", reason="holidays")
    text = await console.text("/sequences/hello?view=settings")
    assert "Hours 09:00-17:00, Monday to Friday, on the recipient's clock" in text
    assert "e-mail: 1 a day, of all sequences together" in text
    assert "From the owner" in text
    assert "paused now" in text
    assert "holidays" in text


async def test_nobody_enters_an_archived_sequence(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    assert "6 runs are open." in await console.fragment("/sequences/hello/archive")
    done = await console.act("/sequences/hello/archive", key="k1")
    assert done.headers["location"] == "/console/sequences/hello?said=sequence_archived"
    assert "Hello there" not in await console.text("/sequences")
    assert cells(await console.page("/sequences?state=archived"), "Hello")[2] == "Archived"
    assert "Nobody enters this sequence." in await console.text("/sequences/hello")
    await console.api.person("p9")
    assert "the sequence is archived" in await console.text("/people/p9?sequence=hello")
    await api.person("p8", first_name="Hal", owner_id="o1")
    with pytest.raises(RefusedError, match="is archived") as refused:
        await api.enrolling.enroll(EntryRequest("hello", "n-p8", "p8"))
    assert refused.value.reason == RequestRefused.ARCHIVED
    many = EnrollingMany(api.database, api.versions, api.enrolling)
    with pytest.raises(RefusedError, match="is archived"):
        await many.target("hello")
    # What was accepted before is answered again, and open runs go on.
    assert (await api.enrolling.enroll(EntryRequest("hello", "n-p1", "p1"))).repeated
    assert await api.fetch("SELECT FROM job") == []
    done = await console.act("/sequences/hello/unarchive", key="k2")
    assert done.headers["location"].endswith("said=sequence_unarchived")
    await api.enrolling.enroll(EntryRequest("hello", "n-p8", "p8"))
    assert (await console.act("/sequences/hello/unarchive", key="k3")).headers["location"].endswith("said=same")


async def test_an_archived_sequence_has_no_rules_and_its_runs_can_be_stopped(
    console: ConsoleRig, runs: dict[str, str]
) -> None:
    api = console.api
    ruled = SOURCE + "\nauto_enroll:\n  real:\n    person.status: [Ready]\n"
    await publish_written(api, ruled)
    async with api.database.transaction() as connection:
        await switch(connection, await api.versions.get(connection, "hello"), api.now)
    done = await console.act("/sequences/hello/archive", key="k1", runs="stop")
    (job,) = await api.fetch("SELECT * FROM job")
    assert done.headers["location"] == f"/console/jobs/{job['id']}?said=sequence_archived"
    assert await api.fetch("SELECT FROM rule_state") == []
    work, progress = StopRuns(api.database, api.runs, api.clock), JobProgress()
    came = await work.carry_out(Job(job["id"], job["kind"], job["subject"], {}, 0), progress)
    assert (came.result, progress.total) == ("6 runs stopped", 6)
    assert {command.reason for _, command in api.runs.commands} == {"the sequence was archived"}
    api.runs.down = True
    with pytest.raises(UnavailableError):
        await work.carry_out(Job(job["id"], job["kind"], job["subject"], {}, 0), progress)
    async with api.database.transaction() as connection:
        with pytest.raises(RefusedError, match="is archived"):
            await switch(connection, await api.versions.get(connection, "hello"), api.now)
    await console.act("/sequences/hello/unarchive", key="k2")
    assert len(await api.fetch("SELECT FROM rule_state")) == 1


async def test_a_new_sequence_begins_as_a_draft(console: ConsoleRig) -> None:
    await publish_written(console.api)
    assert 'href="/console/new-sequence"' in await console.page("/sequences")
    done = await console.act("/new-sequence", key="k1", title="First: steps", sequence="first-steps")
    assert done.headers["location"] == "/console/sequences/first-steps/edit?said=draft_begun"
    page = await console.page("/sequences/first-steps/edit")
    assert "First: steps" in page
    assert "first-steps/reminder" in page
    copied = await console.act("/new-sequence", key="k2", title="Hello again", sequence="hello-2", copy="hello")
    assert copied.headers["location"].startswith("/console/sequences/hello-2/edit")
    (row,) = await console.api.fetch("SELECT files FROM sequence_draft WHERE sequence = 'hello-2'")
    source = row["files"]["sequence.yaml"]
    assert "sequence: hello-2\nname: Hello again\n" in source
    # Everything else stays, comments too.
    assert "# a week later" in source
    assert "Dear {{ person.job_title }}" in row["files"]["hello/two.email.txt"]
    listed = await console.text("/sequences")
    assert "Drafts that are not published yet" in listed
    assert "first-steps changed" in listed
    # Without an id, the name makes one.
    named = await console.act("/new-sequence", key="k3a", title="Été: BD, spring!", sequence="")
    assert named.headers["location"].startswith("/console/sequences/ete-bd-spring/edit")
    for name in ("hello", "first-steps", "Not a name"):
        refused = await console.act("/new-sequence", key=f"k-{name}", title="x", sequence=name)
        assert refused.status_code == 422, name
    assert (await console.act("/new-sequence", key="k9", title="x", sequence="y", copy="none")).status_code == 422
    assert (await console.act("/new-sequence", key="k10", title="?!", sequence="")).status_code == 422


async def test_recruiters_draft_and_leads_archive(console: ConsoleRig, runs: dict[str, str]) -> None:
    console.see(role=Role.RECRUITER)
    assert (await console.act("/new-sequence", key="k1", title="x", sequence="mine")).status_code == 303
    assert (await console.act("/sequences/hello/archive", key="k2")).status_code == 403
    assert "/archive" not in await console.page("/sequences/hello")
    console.see(role=Role.AUDITOR)
    assert (await console.act("/new-sequence", key="k3", title="x", sequence="theirs")).status_code == 403
