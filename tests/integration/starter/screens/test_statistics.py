"""All sequences beside each other, and each owner in each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.console import numbers
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig


async def test_sequences_and_owners_over_a_week_a_month_and_all_time(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for person in ("p1", "p2"):
        await api.sent(runs[person])
    await api.execute("UPDATE enrollment SET enrolled_at = $2 WHERE id = $1", runs["p2"], api.now - timedelta(days=10))
    await api.execute("UPDATE enrollment SET enrolled_at = $2 WHERE id = $1", runs["p3"], api.now - timedelta(days=90))
    await api.execute("INSERT INTO run_outcome_mark SELECT id FROM enrollment")
    month = await console.page("/statistics")
    assert cells(month, "Hello there")[1:4] == ["6", "2", "0 of 2"]
    assert cells(await console.page("/statistics?span=week"), "Hello there")[1:3] == ["5", "1"]
    assert cells(await console.page("/statistics?span=all"), "Hello there")[1:3] == ["7", "2"]
    owners = await console.page("/statistics?by=owner")
    assert cells(owners, "Max Moe")[1:4] == ["Hello there", "1", "1"]
    # The number leads to the people of that owner in that span.
    (href,) = [
        link for link in parse(owners).xpath("//main//a/@href") if "outcome=entered" in link and "owner=o2" in link
    ]
    page = parse(await console.page(href.removeprefix("/console")))
    assert [text_of(each) for each in page.xpath("//tbody/tr/th")] == ["Ben Ray"]


async def test_owners_come_a_page_at_a_time_and_people_without_one_last(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(html: str) -> list[list[str]]:
        return [[text_of(cell) for cell in row][:3] for row in parse(html).xpath("//tbody/tr")]

    await console.api.execute("UPDATE enrollment SET owner_id = NULL WHERE id = $1", runs["p1"])
    await console.api.execute("UPDATE enrollment SET owner_id = 'o9' WHERE id = $1", runs["p4"])
    everyone = shown(await console.page("/statistics?by=owner"))
    assert everyone == [
        ["Lea Dupont", "Hello there", "4"],
        ["Max Moe", "Hello there", "1"],
        ["o9", "Hello there", "1"],
        ["no owner", "Hello there", "1"],
    ]
    monkeypatch.setattr(numbers, "OWNERS_AT_ONCE", 1)
    path, found = "/statistics?by=owner&span=all", []
    while path:
        html = await console.page(path)
        found += shown(html)
        path = next(iter(parse(html).xpath("//a[@rel='next']/@href")), "").removeprefix("/console")
    assert found == everyone


async def test_nobody_has_entered(console: ConsoleRig) -> None:
    assert "Nobody has entered a sequence in this span." in await console.text("/statistics?span=nonsense")
