"""Somebody else who shares an address, a message or a record with an erased person keeps what is theirs."""

from __future__ import annotations

import itertools
import json
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


_NUMBERS: Final = itertools.count(100)
_BOOKS: Final = frozenset({"audit_event", "erasure", "erased_address", "hold"})
"""What erasing writes itself."""
_SHARED: Final = ("email", "phone", "client", "placement", "list", "mail", "address_suppression", "domain")


async def neighbours(api: ApiRig, shared: set[str], *, shouting: bool) -> tuple[str, str, set[str]]:
    """Two people who share some things, each with a run, a message, a placement, a task, a lead and a suppression.

    Returns:
        Both ids, and all ids that are the first one's alone.
    """
    number = next(_NUMBERS)
    first, second = f"x{number}", f"y{number}"
    email, phone = f"both{number}@firm{number}.example", f"+4477009{number:05d}"
    mine: set[str] = {first}
    for person, sequence in ((first, "hello"), (second, "other")):
        own = email if "email" in shared else f"{person}@firm{number}.example"
        more = {
            "email": own.upper() if shouting and person == second else own,
            "phone": phone if "phone" in shared else f"+4478{'1' if person == first else '2'}0{number:06d}",
            "client_id": f"c{number}" if "client" in shared else f"c-{person}",
        }
        await api.person(person, first_name=f"Name-{person}", **more)
        # Nobody enters a sequence that went to their address for another person.
        await api.publish(sequence)
        run = (await api.enrolling.enroll(EntryRequest(sequence, f"n-{person}", person))).enrollment
        send = await api.sent(run)
        client = f"c{number}" if "placement" in shared else f"c-{person}"
        await api.execute(
            "INSERT INTO placement (id, person_id, client_id, job_title) VALUES ($1, $2, $3, $4)",
            f"pl-{person}",
            person,
            client,
            f"Nurse-{number}" if "placement" in shared else f"Nurse-{person}",
        )
        name = "list-both" if "list" in shared else f"list-{person}"
        await api.execute(
            "INSERT INTO list_member (list, person_id, added_at) VALUES ($1, $2, $3)", name, person, api.now
        )
        await api.execute(
            "INSERT INTO suppression (person_id, channel, reason, source, since) "
            "VALUES ($1, 'sms', 'opt_out', 'x', $2)",
            person,
            api.now,
        )
        if person == first:
            mine |= {run, send}
            mine |= {str(more[key]) for key in ("email", "phone") if key not in shared}
    # What belongs to an address, and says of nobody whose it is.
    told = email if "email" in shared else f"{second}@firm{number}.example"
    if "mail" in shared:
        await api.execute(
            "INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, state) "
            "VALUES ($1, $1, 'email', $2, 'x', 'human', $3, 'It is me', 'unmatched')",
            f"i-{number}",
            api.now,
            told,
        )
    if "address_suppression" in shared:
        await api.execute(
            "INSERT INTO suppression (address, channel, reason, source, since) "
            "VALUES ($1, 'email', 'bounced', 'x', $2)",
            told,
            api.now,
        )
    if "domain" in shared:
        await api.execute(
            "INSERT INTO suppression (address, channel, reason, source, since) VALUES ($1, 'all', 'company', 'x', $2)",
            f"@firm{number}.example",
            api.now,
        )
    return first, second, mine


def of_others(rows: dict[str, list[dict[str, str]]], mine: set[str]) -> set[str]:
    """Every row that names nothing of the person."""
    said = {
        f"{table} {json.dumps(row, sort_keys=True)}"
        for table, each in rows.items()
        if table not in _BOOKS
        for row in each
    }
    return {each for each in said if not any(identity in each for identity in mine)}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(shared=st.sets(st.sampled_from(_SHARED)), shouting=st.booleans())
async def test_whatever_two_people_share_the_other_keeps_everything(
    api: ApiRig, shared: set[str], shouting: bool
) -> None:
    first, second, mine = await neighbours(api, shared, shouting=shouting)
    before = of_others(await everything(api), mine)
    assert any(second in each for each in before)
    await erase(api, first)
    after = await everything(api)
    assert before - of_others(after, mine) == set()
    assert where_it_says(after, f"Name-{first}") == set()
