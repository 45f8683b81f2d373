"""The numbers of a sequence: what is counted, the people behind each number, and choosing a wording."""

from __future__ import annotations

import csv
import io

import pytest

from adapters.templates.source import TemplateSource
from sequences.access.role import PeopleVisible, Role
from sequences.definition.model import SequenceDefinition
from sequences.reactions.sentiment import Intent, Label
from services.operations.review import Opinion, review
from tests.support.held_replies import add_reply
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig


async def people_behind(console: ConsoleRig, html: str, row: str, column: int) -> list[str]:
    """The first cells of the list that a number of a table leads to."""
    lines = [line for line in parse(html).xpath("//tbody/tr") if text_of(line[0]).startswith(row)]
    (href,) = lines[0][column].xpath(".//a/@href")
    page = parse(await console.page(href.removeprefix("/console")))
    return sorted(text_of(cell) for cell in page.xpath("//tbody/tr/th"))


async def test_every_number_leads_to_its_people(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for person in ("p1", "p2", "p3"):
        await api.sent(runs[person])
    await api.reaction("k1", runs["p1"], "unsubscribed")
    steps = await console.page("/sequences/hello?version=1")
    assert cells(steps, "one") == ["one", "3", "3", "2", "0 of 3", "0 of 3", "0 of 3", "0 of 3", "0 of 3"]
    assert await people_behind(console, steps, "one", 2) == ["Ann Ray", "Ben Ray", "Cleo Ray"]
    owners = await console.page("/sequences/hello?by=owner")
    assert cells(owners, "Max Moe")[:3] == ["Max Moe", "1", "1"]
    assert await people_behind(console, owners, "Max", 2) == ["Ben Ray"]
    weeks = await console.page("/sequences/hello?by=week")
    assert cells(weeks, "Mon 3 May 2027")[:3] == ["Mon 3 May 2027", "7", "3"]
    assert len(await people_behind(console, weeks, "Mon 3 May 2027", 1)) == 7
    # The tiles too, and they are of all versions or of the one that is shown.
    tiles = parse(weeks).xpath("//dl[@class='tiles']//a/@href")
    assert "/console/sequences/hello/people?outcome=in_it_now" in tiles
    finished = await console.text("/sequences/hello/people?outcome=finished")
    assert "Cleo Ray" in finished
    assert "Ann Ray" not in finished


async def test_just_after_a_new_version_the_numbers_are_those_of_the_one_before(
    console: ConsoleRig, runs: dict[str, str]
) -> None:
    version = await newest_version(console)
    await console.api.publish(steps=[{"id": "another", "email": "hello/one"}])
    said = f"Nobody has entered version {version + 1} yet. These are the numbers of version {version}."
    shown = await console.page("/sequences/hello")
    assert said in text_of(parse(shown))
    assert cells(shown, "one")[0] == "one"
    # Who asks for the new one gets it, and so does who asks for a week in which nobody entered.
    for query in (f"version={version + 1}", "since=2029-01-01"):
        assert said not in await console.text(f"/sequences/hello?{query}")
    assert "one" in (await console.http.get("/console/sequences/hello/numbers.csv")).text


async def newest_version(console: ConsoleRig) -> int:
    (row,) = await console.api.fetch("SELECT max(version) AS n FROM sequence_version WHERE sequence = 'hello'")
    return int(row["n"])


async def test_filters_are_kept_on_the_way_to_the_people(console: ConsoleRig, runs: dict[str, str]) -> None:
    page = await console.page("/sequences/hello?version=1&since=2027-05-01&owner=o1")
    links = [link for link in parse(page).xpath("//main//a/@href") if "/people?" in link and "outcome=" in link]
    assert links
    assert all("since=2027-05-01" in link and "owner=o1" in link for link in links)
    assert "Nobody fits these filters." in await console.text("/sequences/hello?since=2029-01-01")
    assert (await console.http.get("/console/sequences/hello?since=nonsense")).status_code == 422
    for wrong in ("outcome=nonsense", "step=one", "variant=a&version=1", "week=x", "cursor=nonsense"):
        await console.page(f"/sequences/hello/people?{wrong}", 422)
    await console.page("/sequences/nothing/people", 404)


async def test_who_sees_their_own_people_is_told_that_the_number_counts_others_too(
    console: ConsoleRig, runs: dict[str, str]
) -> None:
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    text = await console.text("/sequences/hello/people")
    assert "Ann Ray" in text
    assert "Ben Ray" not in text
    assert "The number counts everybody's." in text


async def test_the_numbers_are_a_file_too(console: ConsoleRig, runs: dict[str, str]) -> None:
    answer = await console.http.get("/console/sequences/hello/numbers.csv?version=1")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="hello-step.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["version"], row["step"], row["entered"]) for row in rows] == [("1", "", "6"), ("1", "one", "0")]


async def replied(console: ConsoleRig) -> dict[str, list[str]]:
    """What each place says of the one who replied: of replies, of positive ones, and of wishes not to be contacted."""
    measures = ("replied", "replied_positive", "replied_neutral", "opted_out")
    answer = await console.http.get("/console/sequences/hello/numbers.csv?version=1")
    whole = next(row for row in csv.DictReader(io.StringIO(answer.text)) if not row["step"])
    lists = [parse(await console.page(f"/sequences/hello/people?outcome={each}")) for each in measures]
    mailbox = cells(await console.page("/deliverability?numbers=1"), "us")
    return {
        "file": [whole[each] for each in measures],
        "lists": [str(len(root.xpath("//tbody/tr"))) for root in lists],
        "sequences": cells(await console.page("/sequences?numbers=1"), "Hello there")[5:],
        "step": [each[0] for each in cells(await console.page("/sequences/hello?version=1"), "one")[4:8]],
        "mailbox": [mailbox[-1][0]],
    }


async def test_what_somebody_else_wrote_counts_nowhere(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    send = await api.sent(runs["p1"])
    reply = await add_reply(api, 1, runs["p1"], held=False)
    await api.execute("UPDATE reaction SET send_id = $2, opt_out = true WHERE id = $1", reply, send)
    before = await replied(console)
    assert before["file"] == before["lists"] == ["1", "1", "0", "1"]
    assert before["mailbox"] == ["1"]
    assert before["sequences"][:3] == ["1", "0", "1"]
    async with api.database.transaction() as connection:
        await review(connection, reply, Opinion(Label.NEUTRAL, not_theirs=True), api.now)
    after = await replied(console)
    assert after["file"] == after["lists"] == ["0", "0", "0", "0"]
    assert after["mailbox"] == ["0"]
    assert after["sequences"][:3] == ["0", "0", "0"]
    assert after["step"] == ["0"] * 4 != before["step"]
    # It was theirs after all: then it counts as they meant it.
    async with api.database.transaction() as connection:
        await review(connection, reply, Opinion(Label.NEGATIVE, Intent.OPT_OUT), api.now)
    again = await replied(console)
    assert again["file"] == again["lists"] == ["1", "0", "0", "1"]
    assert again["mailbox"] == ["1"]


async def with_wordings(console: ConsoleRig) -> None:
    variants = [{"name": "short", "subject": "Hi"}, {"name": "long", "subject": "Good morning"}]
    definition = {
        "sequence": "hello",
        "name": "Hello",
        "record": "person",
        "steps": [{"id": "one", "email": "hello/one", "variants": variants}],
    }
    templates = {"hello/one": TemplateSource("hello/one", "Hello", "Hello", None).to_json()}
    async with console.api.database.transaction() as connection:
        await console.api.versions.publish(
            connection, SequenceDefinition.model_validate(definition), templates, console.api.now
        )


async def test_comments_of_the_stored_file_stay(console: ConsoleRig, runs: dict[str, str]) -> None:
    await with_wordings(console)
    text = """sequence: hello
name: Hello
record: person
steps:
  - id: one  # the first word
    email: hello/one
    variants:
      - name: short
        subject: Hi
      - name: long
        subject: Good morning
"""
    await console.api.execute("INSERT INTO sequence_source (sequence, version, text) VALUES ('hello', 3, $1)", text)
    await console.act("/sequences/hello/choose", step="one", variant="short")
    (row,) = await console.api.fetch("SELECT text FROM sequence_source WHERE version = 4")
    assert "# the first word" in row["text"]
    assert "subject: Hi" in row["text"]
    assert "variants" not in row["text"]


async def test_a_lead_chooses_a_wording(console: ConsoleRig, runs: dict[str, str]) -> None:
    await with_wordings(console)
    await console.api.execute("UPDATE enrollment SET version = 3 WHERE id = $1", runs["p1"])
    await console.api.sent(runs["p1"])
    await console.api.execute("UPDATE send SET variant = 'short'")
    assert "compare the wordings" in await console.text("/sequences/hello")
    page = await console.page("/sequences/hello?by=variant")
    assert cells(page, "wording short Choose this one")[1:3] == ["1", "1"]
    assert "Keep the wording short?" in await console.fragment("/sequences/hello/choose?step=one&variant=short")
    done = await console.act("/sequences/hello/choose", step="one", variant="short")
    assert done.headers["location"] == "/console/sequences/hello?said=wording_chosen"
    # A second press publishes nothing.
    done = await console.act("/sequences/hello/choose", key="k2", step="one", variant="short")
    assert done.headers["location"] == "/console/sequences/hello?said=same"
    assert "Version 4" in await console.text("/sequences/hello")
    assert "Choose this one" not in await console.page("/sequences/hello?by=variant&version=3")
    assert (await console.act("/sequences/hello/choose", key="k3", step="none", variant="short")).status_code == 404


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.AUDITOR])
async def test_others_do_not_choose(console: ConsoleRig, runs: dict[str, str], role: Role) -> None:
    await with_wordings(console)
    console.see(role=role)
    assert "/choose" not in await console.page("/sequences/hello?by=variant")
    assert (await console.act("/sequences/hello/choose", step="one", variant="short")).status_code == 403
