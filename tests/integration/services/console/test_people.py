"""People found by name, address, number or id; what others' people show of themselves."""

import pytest

from sequences.access.viewer import Viewer
from sequences.paging import CursorError
from services.console import people as screen
from services.console.looking import looking
from services.console.people import People, PeopleWanted, people
from tests.support.rigs.api import ApiRig
from tests.support.viewers import ADMIN, DANA, OWN


async def find(api: ApiRig, text: str = "", viewer: Viewer = DANA, **more: object) -> People:
    async with looking(api.database) as connection:
        return await people(connection, viewer, PeopleWanted(text, **more), "GB")  # type: ignore[arg-type]


async def ids(api: ApiRig, text: str = "", **more: object) -> list[str]:
    return [line.id for line in (await find(api, text, **more)).lines]  # type: ignore[arg-type]


async def world(api: ApiRig) -> None:
    some = [
        ("p1", "Zoë", "O'Brien-Smith", "zoe.ob@client.example", "+447700900101", "o1"),
        ("p2", "Łukasz", "Müller", "lmu@client.example", "+447700900102", "o2"),
        ("p3", "Ann", "Müllerová", "ann@client.example", "+447700900103", None),
        ("4711", "Bob", "Adams", "bob@client.example", "+447700900104", "o2"),
        ("p5", None, None, "nobody.known@client.example", None, "o1"),
    ]
    for identity, first, last, email, phone, owner in some:
        await api.person(identity, first_name=first, last_name=last, email=email, phone=phone, owner_id=owner)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Any words of the name, in any order, by their first letters, without accents, apostrophes and hyphens.
        ("zoe", ["p1"]),
        ("smith zoë", ["p1"]),
        ("OBRIEN", ["p1"]),
        ("o’bri", ["p1"]),
        ("muller", ["p2", "p3"]),
        ("lukasz mu", ["p2"]),
        ("ulle", []),
        # The address, whole or its first part; the number in any form; the id.
        ("Ann@Client.example", ["p3"]),
        ("nobody.kn", ["p5"]),
        ("zoe.ob@", ["p1"]),
        ("07700 900102", ["p2"]),
        ("+44 7700 900102", ["p2"]),
        ("4711", ["4711"]),
        ("p5", ["p5"]),
        ("'); DROP TABLE person; --", []),
        ("a\\b ' : & | ! ( ) *", ["4711"]),
        # All of them by name.
        ("", ["p5", "4711", "p2", "p3", "p1"]),
    ],
)
async def test_finding(api: ApiRig, text: str, found: list[str]) -> None:
    await world(api)
    assert await ids(api, text) == found


async def test_what_means_nothing_is_said(api: ApiRig) -> None:
    await world(api)
    assert await find(api, "@client.example") == People((), None, unclear=False)
    assert (await find(api, "x " * 0 + "- -")).unclear


async def test_the_deleted_are_not_found(api: ApiRig) -> None:
    await world(api)
    await api.execute("UPDATE person SET deleted_at = now() WHERE id = 'p2'")
    assert await ids(api, "muller") == ["p3"]


async def test_others_people_show_who_they_are_and_that_they_were_contacted(api: ApiRig) -> None:
    await world(api)
    await api.execute("UPDATE person SET last_contacted = $1, last_replied = $1 WHERE id = 'p2'", api.now)
    (line,) = (await find(api, "lukasz", OWN)).lines
    assert (line.name, line.owner_name, line.last_contacted, line.visible) == (
        "Łukasz Müller",
        "Kim Lee",
        api.now,
        False,
    )
    assert (line.email, line.phone, line.work, line.status, line.last_replied) == (None,) * 5
    (line,) = (await find(api, "lukasz", ADMIN)).lines
    assert (line.email, line.phone, line.last_replied) == ("lmu@client.example", "+447700900102", api.now)
    # "Mine" are one's own and those of nobody.
    assert await ids(api, viewer=DANA, mine=True) == ["p5", "p3", "p1"]
    assert await ids(api, viewer=ADMIN, mine=True) == ["p5", "4711", "p2", "p3", "p1"]


async def test_numbers_of_a_line(api: ApiRig) -> None:
    enrollment = await api.enrolled("p1")
    await api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) "
        "VALUES ('p1', 'email', 'opt_out', 'r1', $1)",
        api.now,
    )
    (line,) = (await find(api, "p1")).lines
    assert (line.open_runs, line.suppressed, line.work) == (1, True, None)
    assert await ids(api, sequence="hello") == ["p1"]
    assert await ids(api, sequence="other") == []
    await api.execute("UPDATE enrollment SET state = 'stopped' WHERE id = $1", enrollment)
    assert (await find(api, "p1")).lines[0].open_runs == 0


async def test_pages(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "PAGE", 2)
    await world(api)
    found, cursor = [], ""
    for _ in range(3):
        page = await find(api, cursor=cursor)
        found += [line.id for line in page.lines]
        cursor = page.next or ""
    assert (found, cursor) == (["p5", "4711", "p2", "p3", "p1"], "")
    first = await find(api)
    with pytest.raises(CursorError):
        await find(api, "muller", cursor=first.next)
