"""Consent to a channel that asks for it: by hand, by the CRM, and what a withdrawal means for both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres import queries
from adapters.postgres.records import ChangeOrigin, RecordValues, stored_record
from sequences.errors import NotFoundError, RefusedError
from services.records.consents import WITHDRAWN, ConsentChanged, ConsentGiven, Consents, consents_of
from tests.support.rigs.api import PERSON_PHONE, ApiRig


async def give(api: ApiRig, source: str = "phone call", since: datetime | None = None, **asked: str) -> ConsentChanged:
    given = ConsentGiven(asked.get("person", "p1"), asked.get("channel", "whatsapp"), source, since)
    async with api.database.transaction() as connection:
        return await Consents(api.changes).give(connection, given, api.now)


async def withdraw(api: ApiRig, person: str = "p1", channel: str = "whatsapp") -> ConsentChanged:
    async with api.database.transaction() as connection:
        return await Consents(api.changes).withdraw(connection, person, channel, "user:u1", api.now)


async def fields(api: ApiRig) -> tuple[Any, Any]:
    (row,) = await api.fetch("SELECT whatsapp_opt_in, whatsapp_opt_in_source FROM person WHERE id = 'p1'")
    return row["whatsapp_opt_in"], row["whatsapp_opt_in_source"]


async def standing(api: ApiRig, person: str = "p1") -> list[tuple[str, str]]:
    rows = await api.rows("suppressions_of", person_id=person, email=None, phone=PERSON_PHONE)
    return sorted((row["channel"], row["reason"]) for row in rows)


async def test_given_once_with_its_source_and_withdrawn_once(api: ApiRig) -> None:
    await api.person(phone=PERSON_PHONE)
    first = await give(api)
    assert (first.repeated, first.consent.given, first.consent.source) == (False, True, "phone call")
    assert await fields(api) == (api.now.isoformat(), "phone call")
    assert (await give(api)).repeated
    earlier = api.now - timedelta(days=3)
    assert not (await give(api, "form of the fair", earlier)).repeated
    assert await fields(api) == (earlier.isoformat(), "form of the fair")
    gone = await withdraw(api)
    assert (gone.repeated, gone.consent.given, gone.consent.withdrawn_at) == (False, False, api.now)
    assert (await fields(api), await standing(api)) == ((None, None), [("whatsapp", WITHDRAWN)])
    assert (await withdraw(api)).repeated


async def test_who_withdrew_is_not_written_to_because_the_crm_still_has_the_old_consent(api: ApiRig) -> None:
    await api.person(phone=PERSON_PHONE)
    old = (api.now - timedelta(days=30)).isoformat()
    await give(api)
    api.now += timedelta(hours=1)
    await withdraw(api)
    api.now += timedelta(hours=1)
    await api.person(whatsapp_opt_in=old)
    assert await standing(api) == [("whatsapp", WITHDRAWN)]
    with pytest.raises(RefusedError, match="took it back on 2027-05-04"):
        await give(api, since=api.now - timedelta(days=1))
    # What they agree to after that counts, whoever tells of it.
    await api.person(whatsapp_opt_in=api.now.isoformat())
    assert await standing(api) == []
    api.now += timedelta(hours=1)
    await withdraw(api)
    api.now += timedelta(hours=1)
    assert (await give(api)).consent.given
    assert await standing(api) == []


async def test_a_batch_of_the_crm_follows_the_same_rule(api: ApiRig) -> None:
    await api.person(phone=PERSON_PHONE)
    await withdraw(api)
    api.now += timedelta(minutes=1)
    origin = ChangeOrigin("crm", api.now)
    for given, left in ((api.now - timedelta(days=1), [("whatsapp", WITHDRAWN)]), (api.now, [])):
        async with api.database.transaction() as connection:
            before = await stored_record(connection, "person", "p1")
            told = RecordValues("person", "p1", {"whatsapp_opt_in": given.isoformat()})
            write = api.changes.plan(told, before, origin)
            assert write is not None
            await api.changes.write_all(connection, [write], origin)
        assert await standing(api) == left


async def test_a_write_past_relance_follows_the_same_rule(api: ApiRig) -> None:
    await api.person(phone=PERSON_PHONE)
    await withdraw(api)
    other = await asyncpg.connect(api.settings.database_url)
    try:
        given = (api.now + timedelta(minutes=1)).isoformat()
        await other.execute("UPDATE person SET whatsapp_opt_in = $1 WHERE id = 'p1'", given)
    finally:
        await other.close()
    (row,) = await api.fetch("SELECT * FROM change WHERE origin = 'sql'")
    async with api.database.transaction() as connection:
        await api.changes.announce(connection, row, api.now)
    assert await standing(api) == []


@pytest.mark.parametrize("reason", ["stop_word", "by_hand"])
async def test_consent_lifts_nothing_else_and_says_what_stands(api: ApiRig, reason: str) -> None:
    await api.person(phone=PERSON_PHONE)
    await api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p1', 'whatsapp', $1, 'x', $2)",
        reason,
        api.now,
    )
    assert (await give(api)).suppressed == (reason,)
    assert await standing(api) == [("whatsapp", reason)]


async def test_what_is_asked_must_make_sense(api: ApiRig) -> None:
    await api.person(phone=PERSON_PHONE)
    for asked, why in (
        ({"source": " "}, "by what they agreed"),
        ({"since": api.now + timedelta(days=1)}, "not come yet"),
        ({"channel": "sms"}, "text needs no consent; only these do: whatsapp"),
        ({"channel": "fax"}, "this needs no consent"),
    ):
        with pytest.raises(RefusedError, match=why):
            await give(api, **asked)
    with pytest.raises(NotFoundError):
        await give(api, person="nobody")
    with pytest.raises(RefusedError, match="e-mail needs no consent"):
        await withdraw(api, channel="email")
    assert await fields(api) == (None, None)


async def test_of_who_was_merged_it_is_the_survivors(api: ApiRig) -> None:
    await api.person("p2", phone=PERSON_PHONE)
    await api.person(phone=PERSON_PHONE)
    async with api.database.transaction() as connection:
        await api.changes.mark_merged(connection, "p2", "p1", ChangeOrigin("crm", api.now))
    assert (await give(api, person="p2")).person == "p1"
    assert (await fields(api))[1] == "phone call"
    assert (await withdraw(api, "p2")).person == "p1"
    assert await standing(api) == [("whatsapp", WITHDRAWN)]


async def test_over_http_with_scope_and_audit(api: ApiRig) -> None:
    await api.person(phone=PERSON_PHONE)
    path = "/people/p1/consents/whatsapp"
    made = await api.ask("POST", "/tokens", json={"name": "reader", "scopes": ["read"]})
    own = {"Authorization": f"Bearer {made.json()['token']}"}
    assert (await api.http.post(f"{path}/give", headers=own, json={"source": "x"})).status_code == 403
    given = await api.ask("POST", f"{path}/give", json={"source": "phone call", "since": "2027-05-01"})
    assert given.status_code == 200, given.text
    assert given.json() == {
        "person": "p1",
        "consent": {
            "channel": "whatsapp",
            "since": "2027-05-01T00:00:00+00:00",
            "source": "phone call",
            "withdrawn_at": None,
        },
        "repeated": False,
        "suppressed": [],
    }
    assert (await api.ask("GET", "/people/p1")).json()["consents"] == [given.json()["consent"]]
    assert (await api.ask("POST", f"{path}/withdraw")).json()["consent"]["since"] is None
    assert (await api.ask("POST", f"{path}/withdraw")).json()["repeated"]
    assert (await api.ask("POST", "/people/p1/consents/sms/give", json={"source": "x"})).status_code == 409
    assert (await api.ask("POST", "/people/p1/consents/fax/give", json={"source": "x"})).status_code == 422
    assert (await api.ask("POST", "/people/p9/consents/whatsapp/withdraw")).status_code == 404
    acts = await api.fetch("SELECT act, subject FROM audit_event WHERE act LIKE '%consent' ORDER BY id LIMIT 2")
    assert [(row["act"], row["subject"]) for row in acts] == [
        ("give_consent", "person:p1 channel:whatsapp"),
        ("withdraw_consent", "person:p1 channel:whatsapp"),
    ]


async def test_other_systems_hear_of_a_withdrawal(api: ApiRig) -> None:
    await api.person(phone=PERSON_PHONE)
    await withdraw(api)
    (event,) = await api.fetch("SELECT type, detail FROM stream_event WHERE type = 'person.opted_out'")
    assert (event["detail"]["channel"], event["detail"]["reason"]) == ("whatsapp", WITHDRAWN)


async def test_a_date_and_an_instant_say_since_when(api: ApiRig) -> None:
    """The import and a mapping write what they find: a date alone is its midnight in UTC."""
    await api.person(phone=PERSON_PHONE)
    api.now = datetime(2027, 5, 4, 0, 0, tzinfo=UTC)
    await withdraw(api)
    await api.person(whatsapp_opt_in="2027-05-03")
    assert await standing(api) == [("whatsapp", WITHDRAWN)]
    await api.person(whatsapp_opt_in="2027-05-05")
    assert await standing(api) == []
    async with api.database.transaction() as connection:
        row = await queries.person_row(connection, id="p1")
        assert row is not None
        (consent,) = await consents_of(connection, row)
    assert (consent.since, consent.given) == ("2027-05-05", True)
