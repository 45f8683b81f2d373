"""Several channels go to a telephone number: what stands against a number counts for each of them."""

from __future__ import annotations

from typing import Any

import pytest

from sequences.channels.address_kinds import NUMBER, channels_of
from services.backup.opt_out_journal import JournalWriter, read_journal
from services.intake.opt_outs import hold_stranger, is_known, obey_stranger
from services.intake.preferences import Preferences
from services.privacy.erased_addresses import recognise, remember_all
from services.sending.suppress import NewSuppression, suppress
from tests.support.rigs.api import PERSON_PHONE, ApiRig

KEYS = (b"a-key-of-tests",)


async def against(api: ApiRig, person: str) -> list[tuple[str, str]]:
    """What stands against a record of its own address and number."""
    rows = await api.rows("suppressions_of", person_id=person, email=f"{person}@client.example", phone=PERSON_PHONE)
    return sorted((row["channel"], row["reason"]) for row in rows)


async def no(api: ApiRig, channel: str, person: str | None = "p1", address: str | None = None) -> None:
    async with api.database.transaction() as connection:
        await suppress(connection, NewSuppression(channel, "opt_out", "r1", api.now, person=person, address=address))


async def test_postgres_and_the_registry_name_the_same_channels(api: ApiRig) -> None:
    (row,) = await api.fetch("SELECT number_channels() AS names")
    assert tuple(row["names"]) == channels_of(NUMBER)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("channel", "closed"),
    [("whatsapp", ["whatsapp"]), ("sms", ["sms"]), ("email", []), ("all", ["sms", "whatsapp"])],
)
async def test_a_no_counts_for_another_record_with_the_number(
    api: ApiRig, channel: str, closed: list[str], first: bool
) -> None:
    await api.person("p2", phone=PERSON_PHONE)
    if first:
        # The number comes after the no.
        await api.person("p1", phone=None)
        await no(api, channel)
    await api.person("p1", phone=PERSON_PHONE)
    if not first:
        await no(api, channel)
    assert await against(api, "p2") == [(each, "opt_out") for each in closed]


@pytest.mark.parametrize("channel", channels_of(NUMBER))
async def test_a_known_number_is_known_on_every_channel_of_numbers(api: ApiRig, channel: str) -> None:
    await api.person("p1", phone=PERSON_PHONE)
    async with api.database.transaction() as connection:
        assert await is_known(connection, PERSON_PHONE, channel)
        assert not await is_known(connection, PERSON_PHONE, "email")
        assert not await is_known(connection, "+442071838799", channel)
        await hold_stranger(connection, PERSON_PHONE, channel, "i1", api.now)
        assert await obey_stranger(connection, PERSON_PHONE, channel, "i1", api.now)
    assert await against(api, "p1") == [(channel, "opt_out")]
    (held,) = await api.fetch("SELECT channel, addresses FROM opt_out_hold")
    assert (held["channel"], held["addresses"]) == (channel, [PERSON_PHONE])


async def test_a_number_that_was_written_to_by_text_is_known_by_whatsapp(api: ApiRig) -> None:
    await api.sent(await api.enrolled(), channel="sms")
    await api.execute("UPDATE person SET phone = NULL, phone_key = NULL")
    async with api.database.transaction() as connection:
        assert await is_known(connection, PERSON_PHONE, "whatsapp")


async def test_an_erased_number_is_recognised_on_every_channel_of_numbers(api: ApiRig) -> None:
    await api.person("p1", phone=PERSON_PHONE)
    await no(api, "whatsapp")
    async with api.database.transaction() as connection:
        await remember_all(connection, KEYS, ["p1"], [PERSON_PHONE, "p1@client.example"], api.now)
        found = await recognise(connection, KEYS, "p2", [PERSON_PHONE])
    assert sorted((each.channel, each.reason) for each in found) == [("sms", "erased"), ("whatsapp", "opt_out")]
    assert all(any(each.closes(channel, None) for each in found) for channel in channels_of(NUMBER))


@pytest.mark.parametrize(
    ("channel", "closed"), [("whatsapp", {"whatsapp"}), ("sms", {"sms"}), ("all", {"sms", "whatsapp"})]
)
async def test_the_journal_keeps_a_number_for_the_channels_that_it_closes(
    api: ApiRig, tmp_path: Any, channel: str, closed: set[str]
) -> None:
    await no(api, channel, person=None, address=PERSON_PHONE)
    path = tmp_path / "journal"
    assert await JournalWriter(api.database, path, KEYS, api.clock).write() > 0
    lines = read_journal([path]).lines
    assert {line.channel for line in lines if line.hashes} == closed


async def test_the_preference_page_shows_the_number_of_every_channel_that_uses_it(api: ApiRig) -> None:
    send = await api.sent(await api.enrolled(), channel="whatsapp")
    preferences = Preferences(api.database, api.clock, api.wake)
    shown = await preferences.read(send)
    assert shown is not None
    assert shown.addresses == {"email": "p1@client.example", **dict.fromkeys(channels_of(NUMBER), PERSON_PHONE)}
