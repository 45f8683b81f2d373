"""Who was erased and comes again is recognised by a keyed hash, and not contacted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sequences.erased_address import address_hashes
from services.enrolling.enroll import EntryRequest, NotNowError
from services.operations.suppressions import lift
from services.privacy.erased_addresses import recognise, write_out
from tests.support.erasing import erase, erasing_of, everything, where_it_says
from tests.support.rigs.api import ApiRig

EMAIL, PHONE = "ann.ray@client.example", "+447700900999"


async def somebody(api: ApiRig, number: str = "p1", **more: object) -> None:
    values: dict[str, object] = {"first_name": "Ann", "email": EMAIL, "phone": PHONE}
    await api.person(number, **(values | more))
    await api.publish()


async def opted_out(api: ApiRig, person: str, channel: str = "all", reason: str = "opt_out") -> None:
    await api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ($1, $2, $3, 'x', $4)",
        person,
        channel,
        reason,
        api.now - timedelta(days=40),
    )


async def enroll(api: ApiRig, person: str) -> str:
    return (await api.enrolling.enroll(EntryRequest("hello", f"n-{person}", person))).enrollment


async def suppressions(api: ApiRig, person: str) -> list[tuple[Any, ...]]:
    rows = await api.fetch(
        "SELECT channel, reason, since FROM suppression WHERE person_id = $1 ORDER BY channel, reason", person
    )
    return [(row["channel"], row["reason"], row["since"]) for row in rows]


@pytest.mark.parametrize("email", ["ANN.Ray@client.example", " ann.ray@CLIENT.example "])
async def test_who_had_opted_out_is_refused_under_another_id_and_spelling(api: ApiRig, email: str) -> None:
    await somebody(api)
    await opted_out(api, "p1")
    await erase(api, "p1", may_be_contacted_again=True)
    assert where_it_says(await everything(api), "ann.ray") == set()
    await somebody(api, "q9", email=email, phone=None)
    with pytest.raises(NotNowError, match="opt_out since 2027-03-25"):
        await enroll(api, "q9")
    # From here on it is one like any other, with the reason and the instant that it had.
    assert await suppressions(api, "q9") == [("all", "opt_out", api.now - timedelta(days=40))]


async def test_who_asked_to_be_erased_is_not_contacted_unless_it_was_said_otherwise(api: ApiRig) -> None:
    await somebody(api)
    await somebody(api, "p2", email="bob@client.example", phone="+447700900888")
    await erase(api, "p1")
    await erase(api, "p2", may_be_contacted_again=True)
    await somebody(api, "q1", phone=None)
    await somebody(api, "q2", email="bob@client.example", phone=None)
    with pytest.raises(NotNowError, match="erased since 2027-05-04"):
        await enroll(api, "q1")
    assert await enroll(api, "q2")
    # Neither is the record itself, should the CRM send it again under its own id.
    await api.execute("UPDATE person SET deleted_at = NULL WHERE id IN ('p1', 'p2')")
    await somebody(api, "p1", email="new@client.example", phone=None)
    await somebody(api, "p2", email="other@client.example", phone=None)
    with pytest.raises(NotNowError, match="erased"):
        await enroll(api, "p1")
    assert await enroll(api, "p2")


async def test_a_number_closes_the_channels_of_numbers_alone(api: ApiRig) -> None:
    await somebody(api)
    await erase(api, "p1")
    await somebody(api, "q1", email="colleague@client.example")
    assert await enroll(api, "q1")
    async with api.database.transaction() as connection:
        found = await recognise(connection, api.settings.keys(), "q1", [PHONE])
    assert [(each.channel, each.reason) for each in found] == [("sms", "erased"), ("whatsapp", "erased")]


async def test_whoever_lifts_it_is_obeyed_and_an_erasing_after_that_counts_again(api: ApiRig) -> None:
    await somebody(api)
    await erase(api, "p1")
    await somebody(api, "q1", phone=None)
    with pytest.raises(NotNowError, match="erased"):
        await enroll(api, "q1")
    (row,) = await api.fetch("SELECT id FROM suppression WHERE person_id = 'q1'")
    async with api.database.transaction() as connection:
        await lift(connection, row["id"], by="ours", reason="she asked us to write again", now=api.now)
    assert await enroll(api, "q1")
    await erase(api, "q1")
    assert where_it_says(await everything(api), "ann.ray") == set()
    await somebody(api, "q2", phone=None)
    with pytest.raises(NotNowError, match="erased"):
        await enroll(api, "q2")


async def test_a_topic_that_was_left_stays_left(api: ApiRig) -> None:
    await somebody(api)
    await api.publish("jobs", topic="jobs")
    await api.execute(
        "INSERT INTO topic_opt_out (person_id, address, topic, source, since) VALUES ('p1', $1, 'jobs', 'x', $2)",
        EMAIL,
        api.now - timedelta(days=40),
    )
    await erase(api, "p1", may_be_contacted_again=True)
    await somebody(api, "q1", phone=None)
    with pytest.raises(NotNowError, match="left the topic jobs"):
        await api.enrolling.enroll(EntryRequest("jobs", "n", "q1"))
    assert [row["topic"] for row in await api.fetch("SELECT topic FROM topic_opt_out WHERE person_id = 'q1'")] == [
        "jobs"
    ]
    assert await enroll(api, "q1")


async def test_every_key_is_tried_and_a_removed_one_forgets(api: ApiRig) -> None:
    await somebody(api)
    await erase(api, "p1", erasing_of(api, keys=(b"old",)))
    async with api.database.transaction() as connection:
        assert await recognise(connection, (b"new", b"old"), "q1", [EMAIL])
        assert not await recognise(connection, (b"new",), "q1", [EMAIL])
    assert len(address_hashes((b"new", b"old"), EMAIL, None, PHONE)) == 4


async def test_what_is_recognised_is_written_once(api: ApiRig) -> None:
    await somebody(api)
    await opted_out(api, "p1", "email", "bounced")
    await erase(api, "p1")
    await somebody(api, "q1")
    async with api.database.transaction() as connection:
        found = await recognise(connection, api.settings.keys(), "q1", [EMAIL, PHONE])
        assert sorted((each.channel, each.reason) for each in found) == [
            ("all", "erased"),
            ("email", "bounced"),
            ("sms", "erased"),
            ("whatsapp", "erased"),
        ]
        await write_out(connection, found, api.now)
        assert await recognise(connection, api.settings.keys(), "q1", [EMAIL, PHONE]) == ()
    assert {reason for _, reason, _ in await suppressions(api, "q1")} == {"bounced", "erased"}


async def test_a_look_writes_nothing(api: ApiRig) -> None:
    await somebody(api)
    await erase(api, "p1")
    await somebody(api, "q1", phone=None)
    prospect = await api.enrolling.prospect("hello", "q1")
    assert prospect.refusal is not None
    assert await suppressions(api, "q1") == []
