"""The calendar in the console, against a real Postgres."""

from __future__ import annotations

import re

import pytest

from sequences.access.role import PeopleVisible, Role
from services.console import calendar
from services.enrolling.enroll import EntryRequest
from services.jobs.job import Job, JobProgress
from services.jobs.plan_again import PlanAgain
from services.reading import crowded, limits_ahead, mailbox_queues
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import plan
from tests.support.screens.written import publish_written


def days(html: str) -> dict[str, str]:
    found = parse(html).xpath("//ol[contains(@class, 'days')]/li")
    texts = [text_of(day).replace(" , ", ", ") for day in found]
    return {" ".join(text.split()[:3]): " ".join(text.split()[3:]) for text in texts}


async def test_few_are_named_with_both_clocks_and_many_are_a_number(console: ConsoleRig, runs: dict[str, str]) -> None:
    people = [run for person, run in runs.items() if person != "p3"]
    for number, run in enumerate(people):
        await plan(console.api, run, number if number < 2 else 24 + number, "America/New_York")
    week = days(await console.page("/calendar"))
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    assert list(week) == [f"{name} {day} May" for day, name in enumerate(names, start=3)]
    assert week["Tue 4 May"] == (
        "2 messages and actions Ann Ray 11:00 (05:00 there) See it one, Hello there "
        "Ben Ray 12:00 (06:00 there) See it one, Hello there"
    )
    assert week["Wed 5 May"].startswith("4 messages and actions Dan Ray 13:00 (07:00 there)")
    for number, run in enumerate(people):
        await plan(console.api, run, 24 + number, "America/New_York")
    assert days(await console.page("/calendar"))["Wed 5 May"] == (
        "6 messages and actions 6 people from 11:00 one, Hello there"
    )
    day = days(await console.page("/calendar?view=day&day=2027-05-05"))
    assert list(day) == ["Wed 5 May"]


async def test_what_the_limit_of_one_person_puts_off_says_so(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = console.api
    await api.execute("UPDATE enrollment SET state = 'stopped' WHERE id <> $1", runs["p1"])
    other = (await api.enrolling.enroll(EntryRequest("quiet", "n-quiet", "p1"))).enrollment
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", other)
    # Two of a day: the later one waits for midnight in London. What is due the next day goes.
    await plan(api, runs["p1"], 1)
    await plan(api, other, 2)
    week = days(await console.page("/calendar"))
    assert week["Tue 4 May"] == (
        "2 messages and actions Ann Ray 12:00 (11:00 there) See it one, Hello there "
        "Ann Ray 13:00 (12:00 there) See it goes later not before Wed 5 May 2027, 01:00 one, A quiet one"
    )
    assert "gets only so many messages a day" in await console.text("/calendar?view=day&day=2027-05-04")
    people = await console.text("/calendar/people?day=2027-05-04&sequence=quiet&step=one")
    assert "Ann Ray 13:00 (12:00 there) goes later not before Wed 5 May 2027, 01:00" in people
    assert "goes later" not in await console.text("/calendar/people?day=2027-05-04&sequence=hello&step=one")
    await plan(api, other, 24)
    assert "goes later" not in await console.text("/calendar")
    # A message that went out this morning counts too.
    await api.sent(runs["p1"])
    await api.execute("UPDATE enrollment_step SET state = 'sent' WHERE enrollment_id = $1", runs["p1"])
    await plan(api, other, 2)
    assert "goes later" in await console.text("/calendar")
    # Where very much is planned nothing is said.
    monkeypatch.setattr(crowded, "MOST", 1)
    assert "goes later" not in await console.text("/calendar")


async def fill_mailbox(console: ConsoleRig) -> None:
    """What the organisation's mailbox may send today has gone."""
    api = console.api
    address = api.settings.sender_address.lower()
    await api.execute("INSERT INTO mailbox (channel, address, started_on) VALUES ('email', $1, '2027-01-01')", address)
    await api.execute(
        "INSERT INTO mailbox_day (channel, address, day, used, next_at) VALUES ('email', $1, $2, 2000, $3)",
        address,
        api.now.date(),
        api.now,
    )


async def test_what_a_full_mailbox_puts_off_says_so_in_every_view(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, run in enumerate(runs.values()):
        await plan(console.api, run, 1 + number / 10)
    assert "later" not in (await console.text("/calendar")).replace("Later", "")
    await fill_mailbox(console)
    why = "A mailbox sends only so many messages a day."
    # Cleo's run is over. Those of an hour from now go at midnight: the organisation's, which is London's.
    week = await console.page("/calendar")
    assert days(week)["Tue 4 May"] == "6 messages and actions 6 people 6 go later from 12:00 one, Hello there"
    assert why in text_of(parse(week))
    for view, shown in (
        ("day", "6 people 6 go later"),
        ("month", "6 messages and actions 6 go later 6 one 6 go later"),
    ):
        assert shown in await console.text(f"/calendar?view={view}")
    people = await console.text("/calendar/people?day=2027-05-04&sequence=hello&step=one")
    assert "Ann Ray 12:00 (11:00 there) goes later not before Wed 5 May 2027, 0" in people
    assert why in people
    assert "go later" not in await console.text("/calendar?sequence=quiet")
    await plan(console.api, runs["p1"], 25)
    assert (await console.text("/calendar")).count("goes later") == 5
    console.see(role=Role.RECRUITER, owner_id="o2", people_visible=PeopleVisible.OWN)
    assert "Ben Ray 12:06 (11:06 there) See it goes later not before Wed 5 May" in await console.text("/calendar")


async def test_where_much_is_planned_the_page_shows_first_and_then_asks_what_goes_later(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await plan(console.api, runs["p1"], 1)
    await fill_mailbox(console)
    monkeypatch.setattr(limits_ahead, "LITTLE", 1)
    path = "/calendar/people?day=2027-05-04&sequence=hello&step=one"
    for page in ("/calendar", "/calendar?view=month", path):
        (asks,) = parse(await console.page(page)).xpath("//*[@id='list']/@hx-get")
        assert "go" not in days(await console.page(page)).get("Tue 4 May", "")
        shown = await console.fragment(asks.removeprefix("/console"))
        assert "goes later" in shown or "go later" in shown
        (whole,) = parse(f"<main>{shown}</main>").xpath("//*[@id='list']")
        assert whole.get("hx-get") is None
        assert "later=1" not in shown
    monkeypatch.setattr(mailbox_queues, "MOST", 1)
    assert "So much is planned until then" in await console.text("/calendar?later=1")


async def test_a_day_is_the_viewers(console: ConsoleRig, runs: dict[str, str]) -> None:
    # 22:30 UTC on Tuesday is Wednesday in Paris, and still Tuesday for the recipient in London.
    await plan(console.api, runs["p1"], 13.5)
    week = days(await console.page("/calendar"))
    assert "Ann Ray 00:30 (Tue 4 May, 23:30 there)" in week["Wed 5 May"]


async def test_what_waits_says_so_and_filters_are_in_the_address(console: ConsoleRig, runs: dict[str, str]) -> None:
    await plan(console.api, runs["p1"], 1)
    await console.api.execute("UPDATE enrollment SET state = 'finished' WHERE id <> $1", runs["p1"])
    await console.api.execute("UPDATE enrollment SET state = 'paused' WHERE id = $1", runs["p1"])
    assert "Ann Ray waits" in await console.text("/calendar")
    assert "Nothing is planned" in await console.text("/calendar?sequence=quiet")
    assert "Nothing is planned this week." in await console.text("/calendar?day=2027-06-01")
    assert "Ann Ray" in await console.text("/calendar?day=nonsense&view=nonsense")
    console.see(role=Role.RECRUITER, owner_id="o2", people_visible=PeopleVisible.OWN)
    assert "Ann Ray" not in await console.text("/calendar")


async def test_a_month_has_numbers_that_lead_to_everybody(console: ConsoleRig, runs: dict[str, str]) -> None:
    for number, run in enumerate(runs.values()):
        await plan(console.api, run, 24 + number / 10, "America/New_York")
    month = days(await console.page("/calendar?view=month"))
    # Whole weeks: May 2027 begins on a Saturday.
    assert (len(month), next(iter(month)), list(month)[-1]) == (42, "Mon 26 Apr", "Sun 6 Jun")
    assert month["Wed 5 May"] == "6 messages and actions 6 one Hello there"
    assert "May 2027" in await console.text("/calendar?view=month")
    page = parse(await console.page("/calendar?view=month&day=2027-12-31"))
    links = page.xpath("//div[@class='acts']/a/@href")
    assert [link for link in links if "day=" in link] == [
        "/console/calendar?view=month&day=2027-11-01",
        "/console/calendar?view=month&day=2028-01-01",
    ]
    listed = await console.page("/calendar/people?day=2027-05-05&sequence=hello&step=one")
    assert [cells(listed, name)[1] for name in ("Ann", "Ben")] == ["11:00 (05:00 there)", "11:06 (05:06 there)"]
    assert "Nobody gets this step" in await console.text("/calendar/people?day=2027-05-06&sequence=hello&step=one")
    await console.page("/calendar/people?day=soon&sequence=hello&step=one", 422)
    console.see(role=Role.RECRUITER, owner_id="o2", people_visible=PeopleVisible.OWN)
    mine = parse(await console.page("/calendar/people?day=2027-05-05&sequence=hello&step=one"))
    assert len(mine.xpath("//tbody/tr")) == 1


async def test_of_very_many_days_have_their_numbers_alone_and_a_day_those_of_its_steps(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "MOST_STEPS", 5)
    for run in runs.values():
        await plan(console.api, run, 24, "America/New_York")
    # Cleo's run has finished: its step is decided, so it counts for nothing here either.
    assert days(await console.page("/calendar?view=month"))["Wed 5 May"] == "6 messages and actions"
    assert "6 one" in days(await console.page("/calendar?view=month&sequence=hello"))["Wed 5 May"]
    week = days(await console.page("/calendar"))
    assert (week["Wed 5 May"], week["Thu 6 May"]) == ("6 messages and actions", "Nothing is planned.")
    await console.api.execute("UPDATE enrollment SET state = 'paused' WHERE id = $1", runs["p1"])
    assert days(await console.page("/calendar?view=day&day=2027-05-05"))["Wed 5 May"] == (
        "6 messages and actions 6 people 1 waits from 11:00 one, Hello there"
    )


async def test_a_day_of_a_week_has_some_lines_and_leads_to_all_of_them(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(calendar.LINES_OF_A_DAY, "week", 2)
    for each in list(runs)[:4]:
        await plan(console.api, runs[each], 24, "America/New_York")
    named = re.compile("one, Hello there")
    week, day = [await console.page(f"/calendar?view={view}&day=2027-05-05") for view in ("week", "day")]
    assert len(named.findall(days(week)["Wed 5 May"])) == 2
    number = len(named.findall(days(day)["Wed 5 May"]))
    assert number > 2
    more = parse(week).xpath(f"//a[normalize-space() = '{number - 2} more']/@href")
    assert "/console/calendar?view=day&day=2027-05-05" in more
    assert " more" not in days(day)["Wed 5 May"]


async def test_an_entry_shows_its_message_as_it_will_be(console: ConsoleRig) -> None:
    api = console.api
    await api.execute("INSERT INTO owner (id, first_name, email) VALUES ('o1', 'Lea', 'lea@agency.example')")
    await publish_written(api)
    await api.person("p1", first_name="Ann", last_name="Ray", owner_id="o1", job_title="welder")
    run = (await api.enrolling.enroll(EntryRequest("hello", "n1", "p1"))).enrollment
    assert f"/console/calendar/message/{run}/one" in await console.page("/calendar")
    part = await console.fragment(f"/calendar/message/{run}/one")
    assert "Hello Ann" in part
    assert "Dear Ann," in part
    # As the mail shows it, in a frame in which nothing runs and nothing is loaded.
    (frame,) = parse(part).xpath("//iframe")
    assert frame.get("sandbox") == ""
    html = await console.http.get(frame.get("src"))
    assert "<p>Dear Ann,</p>" in html.text
    assert html.headers["content-security-policy"].endswith("frame-ancestors 'self'; sandbox")
    task = await console.fragment(f"/calendar/message/{run}/ring")
    assert "A task for a person: Call Ann" in task
    await api.execute("UPDATE person SET job_title = NULL")
    assert "cannot be written now" in await console.text(f"/calendar/message/{run}/two")
    await api.execute("UPDATE person SET first_name = NULL, email = NULL")
    said = await console.text(f"/calendar/message/{run}/one")
    assert "cannot be written now: no e-mail address, so nothing would be sent." in said
    # It is handed out like this, too.
    assert "Call {{ person.first_name }}" in await console.text(f"/calendar/message/{run}/ring")
    await api.execute("UPDATE person SET first_name = 'Ann', email = 'p1@client.example'")
    await console.page(f"/calendar/message/{run}/three", 404)
    console.see(role=Role.AUDITOR)
    masked = await console.text(f"/calendar/message/{run}/one")
    assert ("Dear Ann" in masked, "Your role does not read messages." in masked) == (False, True)
    assert (await console.http.get(frame.get("src"))).text == ""
    console.see(role=Role.RECRUITER, owner_id="o2", people_visible=PeopleVisible.OWN)
    await console.page(f"/calendar/message/{run}/one", 403)
    assert (await console.http.get(frame.get("src"))).status_code == 403


async def test_days_are_closed_and_opened(console: ConsoleRig, runs: dict[str, str]) -> None:
    await plan(console.api, runs["p1"], 24)
    done = await console.act("/calendar/closed/close", key="k1", first="2027-05-05", last="2027-05-06")
    assert done.headers["location"] == "/console/calendar/closed?said=days_closed"
    assert "Wed 5 May 2027 to Thu 6 May 2027 everybody" in await console.text("/calendar/closed")
    assert days(await console.page("/calendar?view=month"))["Thu 6 May"] == "closed for everyone"
    (row,) = await console.api.fetch("SELECT kind, request FROM job")
    assert (row["kind"], row["request"]["days"]) == ("plan_again", "2027-05-05..2027-05-06")
    work = PlanAgain(console.api.database)
    for _ in range(2):
        came = await work.carry_out(Job("j1", row["kind"], "", row["request"], 0), JobProgress())
        assert came.result == "1 run will be planned again"
    # Carried out twice, it asks once.
    (asked,) = await console.api.fetch("SELECT count(*) AS n FROM reaction WHERE kind = 'field_changed'")
    assert asked["n"] == 1
    again = await console.act("/calendar/closed/close", key="k2", first="2027-05-05")
    assert again.headers["location"].endswith("=same")
    done = await console.act("/calendar/closed/open", key="k3", first="2027-05-05", last="2027-05-06")
    assert done.headers["location"].endswith("said=days_opened")
    assert "No days are closed." in await console.text("/calendar/closed")
    wrong = await console.act("/calendar/closed/close", key="k4", first="2027-05-05", last="2027-05-01")
    assert (wrong.status_code, "ends before it begins" in wrong.text) == (422, True)
    assert (await console.act("/calendar/closed/close", key="k5", first="2027-05-05", owner="o9")).status_code == 422
    console.see(role=Role.RECRUITER)
    assert (await console.act("/calendar/closed/close", key="k6", first="2027-05-05")).status_code == 403
    assert "Close days" not in await console.text("/calendar/closed")
