"""Compared forms of addresses: written with the record, made anew after SQL by hand, and for what 0.1 left."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import pytest_asyncio

from adapters.postgres import address_keys, migrations
from adapters.postgres.database import Database
from adapters.postgres.queries import ChangeRow
from adapters.postgres.records import ChangeOrigin, Records
from services.records.record_changes import RecordChanges
from services.sending.suppress import NewSuppression, suppress
from tests.support import by_name as queries
from tests.support.databases import run_sql

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from starter.local.postgres import LocalPostgres

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database_url)
    yield opened
    await opened.close()


async def keys(database: Database, person: str = "p1") -> tuple[Any, ...]:
    row = await database.pool.fetchrow("SELECT email_key, phone_key, keys_stale FROM person WHERE id = $1", person)
    assert row is not None
    return tuple(row)


async def write(database: Database, person: str = "p1", region: str = "GB", **values: object) -> None:
    async with database.transaction() as connection:
        await Records("UTC", region).write(connection, "person", person, values, ChangeOrigin("crm", NOW))


async def by_hand(url: str, statement: str, *values: object) -> None:
    """As psql would: a connection that is not ours."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


async def refresh(url: str, region: str = "GB") -> int:
    connection = await asyncpg.connect(url)
    try:
        return await address_keys.refresh(connection, region)
    finally:
        await connection.close()


async def test_our_own_writes_bring_their_keys(database: Database) -> None:
    await write(database, email="Jo@Bücher.Example", phone="020 7183 8750")
    assert await keys(database) == ("jo@xn--bcher-kva.example", "+442071838750", False)
    await write(database, email="JO@bücher.example")
    assert await keys(database) == ("jo@xn--bcher-kva.example", "+442071838750", False)
    await write(database, email="other@client.example", phone="020 7183 8751")
    assert await keys(database) == ("other@client.example", "+442071838751", False)
    await write(database, email=None, phone=None)
    assert await keys(database) == (None, None, False)
    await write(database, email="no address;", phone="no number")
    assert await keys(database) == ("no address;", "no number", False)


async def test_a_number_without_country_is_read_in_the_organisations(database: Database) -> None:
    await write(database, region="DE", phone="030 123456")
    assert (await keys(database))[1] == "+4930123456"


async def test_sql_by_hand_gets_plain_keys_at_once_and_the_true_ones_when_it_is_noticed(
    database: Database, database_url: str
) -> None:
    await by_hand(
        database_url, "INSERT INTO person (id, email, phone) VALUES ('p1', ' Jo@Client.Example', '+44 20 7183 8750')"
    )
    assert await keys(database) == ("jo@client.example", "+442071838750", True)
    await by_hand(database_url, "UPDATE person SET email = 'Jo@BÜCHER.example', phone = '020 7183 8750'")
    assert await keys(database) == ("jo@bücher.example", "020 7183 8750", True)
    rows = [queries.Row(row) for row in await database.pool.fetch("SELECT * FROM change ORDER BY id")]
    told = [sorted(row["after"]) for row in rows]
    assert told == [["custom", "email", "phone"], ["email", "phone"]], "a key is no field"
    async with database.transaction() as connection:
        await RecordChanges(Records("UTC")).announce(connection, cast("ChangeRow", rows[-1]), NOW)
    assert await keys(database) == ("jo@xn--bcher-kva.example", "+442071838750", False)
    assert await database.pool.fetchval("SELECT count(*) FROM change") == 2, "keys are no change of a record"


async def test_a_suppression_follows_the_keys_that_sql_could_not_make(database: Database, database_url: str) -> None:
    await by_hand(database_url, "INSERT INTO person (id, email) VALUES ('p1', 'jo@bücher.example')")
    async with database.transaction() as connection:
        await suppress(connection, NewSuppression("email", "unsubscribed", "x", NOW, person="p1"))
    assert await refresh(database_url) == 1
    found = await database.pool.fetch("SELECT channel, reason FROM suppressions_on(NULL, '{jo@xn--bcher-kva.example}')")
    assert [tuple(row) for row in found] == [("email", "unsubscribed")]


async def test_a_suppression_by_hand_covers_the_persons_addresses(database: Database, database_url: str) -> None:
    await write(database, email="Jo@client.example", phone="020 7183 8750")
    await by_hand(
        database_url,
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p1', 'all', 'asked', 'x', now())",
    )
    found = await database.pool.fetch("SELECT address, channel FROM suppressed_address ORDER BY 1")
    assert [tuple(row) for row in found] == [("+442071838750", "all"), ("jo@client.example", "all")]


async def test_another_country_makes_the_numbers_anew_and_a_second_start_makes_nothing(
    database: Database, database_url: str
) -> None:
    await write(database, "p1", phone="030 123456", email="a@client.example")
    await write(database, "p2", email="b@client.example")
    await refresh(database_url, "GB")
    assert await refresh(database_url, "DE") == 1, "who has no number is left alone"
    assert (await keys(database))[1] == "+4930123456"
    assert await refresh(database_url, "DE") == 0


async def test_start_lifts_its_number_and_the_person_and_no_other_number(database: Database) -> None:
    await write(database, phone="020 7183 8750")
    async with database.transaction() as connection:
        await suppress(
            connection, NewSuppression("sms", "stop_word", "sms:1", NOW, person="p1", address="+442071838750")
        )
    await write(database, phone="020 7183 8751")
    async with database.transaction() as connection:
        assert await queries.rows(connection, "suppressions_of", person_id="p1", email=None, phone=None)
        assert (
            await queries.run(
                connection, "lift_stop_word", channel="sms", address="+442071838751", reason="stop_word", at=NOW
            )
            == 1
        )
        free = await queries.rows(connection, "suppressions_of", person_id="p1", email=None, phone="+442071838751")
        old = await queries.rows(connection, "suppressions_of", person_id=None, email=None, phone="+442071838750")
    assert (free, [row["reason"] for row in old]) == ([], ["stop_word"])


async def test_start_from_the_number_that_said_stop_lifts_all_of_it(database: Database) -> None:
    await write(database, phone="020 7183 8750")
    async with database.transaction() as connection:
        await suppress(
            connection, NewSuppression("sms", "stop_word", "sms:1", NOW, person="p1", address="+442071838750")
        )
    await write(database, phone="020 7183 8751")
    async with database.transaction() as connection:
        assert (
            await queries.run(
                connection, "lift_stop_word", channel="sms", address="+442071838750", reason="stop_word", at=NOW
            )
            == 1
        )
    assert await database.pool.fetch("SELECT 1 FROM suppression WHERE lifted_at IS NULL") == []


async def test_what_the_release_before_left_is_widened_once(
    postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations.folder()
    for file in every.glob("*.sql"):
        if file.name < "0016":
            shutil.copy(file, tmp_path / file.name)
    await run_sql(postgres.url_of("postgres"), "CREATE DATABASE upgraded")
    url = postgres.url_of("upgraded")
    monkeypatch.setattr(migrations, "folder", lambda: tmp_path)
    await migrations.apply(url)
    await by_hand(
        url,
        """
        INSERT INTO person (id, email, phone) VALUES ('una', 'Una@Bücher.example', '020 7183 8750'),
            ('moved', 'now@client.example', NULL), ('free', 'free@client.example', NULL);
        INSERT INTO sequence_version VALUES ('s', 1, '{}', '{}', 'x', now());
        INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,
                                enrolled_at)
        SELECT 'e000000000' || id, 'w', 's', 1, 'person', id, id, 'hand', 'active', now() FROM person;
        INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text,
                          planned_at, claimed_at)
        VALUES ('s0000000001', 'e000000000moved', 'one', 'moved', 'email', 'sent', 'us', 'Then@client.example', '', '',
                now(), now()),
               ('s0000000002', 'e000000000una', 'one', 'una', 'email', 'planned', 'us', 'Una@Bücher.example', '', '',
                now(), NULL);
        INSERT INTO suppression (person_id, address, channel, reason, source, since, lifted_at) VALUES
            ('una', NULL, 'all', 'opt_out', 'r', now(), NULL),
            ('moved', NULL, 'email', 'unsubscribed', 's0000000001', now(), NULL),
            (NULL, 'Dead@Client.example', 'email', 'bounced', 'r', now(), NULL),
            (NULL, '+442071838751', 'sms', 'stop_word', 'r', now(), NULL),
            ('free', NULL, 'email', 'crm', 'crm', now(), now());
        """,
    )
    monkeypatch.setattr(migrations, "folder", lambda: every)
    await migrations.apply(url, "GB")
    await migrations.apply(url, "GB")
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT address, channel FROM suppressed_address ORDER BY 1, 2")
        # What SQL made of it before the application did is kept; it is nobody's address.
        assert {tuple(row) for row in rows} >= {
            ("una@xn--bcher-kva.example", "all"),
            ("+442071838750", "all"),
            ("now@client.example", "email"),
            ("then@client.example", "email"),
            ("dead@client.example", "email"),
            ("+442071838751", "sms"),
        }
        assert not any(row["address"].startswith("free@") for row in rows)
        assert await connection.fetchval("SELECT count(*) FROM suppression") == 5
        assert await connection.fetchval("SELECT count(*) FROM person WHERE keys_stale") == 0
        assert await connection.fetchval("SELECT recipient_key FROM send WHERE id = 's0000000002'") == (
            "una@xn--bcher-kva.example"
        )
        assert await connection.fetchval("SELECT count(*) FROM change WHERE watched_at IS NULL") == 3, "people alone"
    finally:
        await connection.close()
        await run_sql(postgres.url_of("postgres"), "DROP DATABASE upgraded WITH (FORCE)")
