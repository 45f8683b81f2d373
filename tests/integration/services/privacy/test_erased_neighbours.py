"""Somebody else who shares an address, a message or a record with an erased person keeps what is theirs."""

from __future__ import annotations

import pytest

from services.enrolling.enroll import EntryRequest, NotNowError
from services.privacy.erasure_report import readable
from tests.support.erasing import erase, everything, where_it_says
from tests.support.held_replies import add_reply
from tests.support.rigs.api import PERSON_PHONE, ApiRig
from tests.support.screens.world import make_world, unmatched_mail


async def test_an_address_that_somebody_else_has_too_stays_theirs(api: ApiRig) -> None:
    await make_world(api)
    await api.person("p3", first_name="Cleo", email="P2@client.example", phone=PERSON_PHONE)
    mail = await unmatched_mail(api, "p2@client.example", "It is me, Cleo.")
    report = await erase(api, "p2")
    # Everybody in this world has one number.
    assert (report.shared, report.addresses) == (2, 0)
    assert "2 addresses that another person has too" in readable(report)
    (kept,) = await api.fetch("SELECT sender, text FROM inbound WHERE id = $1", mail)
    assert (kept["sender"], kept["text"]) == ("p2@client.example", "It is me, Cleo.")
    # The erased person is closed, and the other one, who asked for nothing, is not.
    assert (await api.enrolling.enroll(EntryRequest("quiet", "n", "p3"))).enrollment


async def test_a_no_that_was_said_for_a_shared_address_stays_for_the_other(api: ApiRig) -> None:
    await make_world(api)
    await api.person("p3", first_name="Cleo", email="p2@client.example", phone=None)
    await api.execute(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES ('p2', NULL, 'all', 'opt_out', 'x', $1)",
        api.now,
    )
    await erase(api, "p2")
    with pytest.raises(NotNowError, match="opt_out"):
        await api.enrolling.enroll(EntryRequest("quiet", "n", "p3"))


async def test_a_suppression_of_another_person_with_the_address_keeps_that_person_closed(api: ApiRig) -> None:
    await make_world(api)
    await api.execute(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES ('p3', 'p2@client.example', 'email', 'opt_out', 'x', $1)",
        api.now,
    )
    await erase(api, "p2")
    assert where_it_says(await everything(api), "p2@client.example") == set()
    with pytest.raises(NotNowError, match="opt_out"):
        await api.enrolling.enroll(EntryRequest("quiet", "n", "p3"))


@pytest.mark.parametrize("asked", ["p2", "p4"])
async def test_who_was_merged_is_erased_with_the_survivor(api: ApiRig, asked: str) -> None:
    await make_world(api)
    await api.execute(
        "UPDATE person SET merged_into = 'p2', city = 'Formerly', deleted_at = $1 WHERE id = 'p4'", api.now
    )
    report = await erase(api, asked)
    assert (report.person, report.merged) == ("p2", ["p4"])
    after = await everything(api)
    for words in ("Formerly", "p2@client.example", "p4@client.example", '"Dan"'):
        assert where_it_says(after, words) == set()
    assert [row["merged_into"] for row in await api.fetch("SELECT merged_into FROM person WHERE id = 'p4'")] == ["p2"]


async def test_one_message_that_two_people_answered_with_stays_for_the_other(api: ApiRig) -> None:
    runs = await make_world(api)
    replies = [await add_reply(api, number, runs[f"p{number}"]) for number in (1, 2)]
    await api.execute("UPDATE reaction SET person_id = 'p' || right(inbound_id, 1) WHERE id = ANY($1)", replies)
    await api.execute("UPDATE reaction SET inbound_id = 'i1' WHERE id = $1", replies[1])
    before = await api.fetch("SELECT * FROM inbound WHERE id = 'i1'")
    await erase(api, "p2")
    assert await api.fetch("SELECT * FROM inbound WHERE id = 'i1'") == before
    await erase(api, "p1")
    assert await api.fetch("SELECT * FROM inbound WHERE id = 'i1' AND text <> ''") == []


async def test_statistics_say_the_same_before_and_after(api: ApiRig) -> None:
    runs = await make_world(api)
    reply = await add_reply(api, 2, runs["p2"])
    send = await api.sent(runs["p1"])
    await api.link(send)
    await api.execute("UPDATE reaction SET person_id = 'p2' WHERE id = $1", reply)

    async def counted() -> list[tuple[str, str]]:
        await api.execute("DELETE FROM run_outcome")
        async with api.database.transaction() as connection:
            from adapters.postgres import queries

            await queries.write_run_outcomes(connection, runs=list(runs.values()))
        rows = await api.fetch("SELECT enrollment_id, facts FROM run_outcome ORDER BY 1")
        return [(row["enrollment_id"], row["facts"]) for row in rows]

    before = await counted()
    assert any("sent_with_link" in facts for _, facts in before)
    for person in ("p1", "p2"):
        await erase(api, person)
    assert await counted() == before
