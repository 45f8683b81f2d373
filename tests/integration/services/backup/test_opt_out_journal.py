"""Opt-outs and erasures after the backup survive the loss of the database, and no address is in the file."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.backup.journal_file import append_lines
from adapters.postgres.database import Database
from sequences.errors import GrammarError, RefusedError, UnavailableError
from sequences.opt_out_line import OptOutLine
from services.backup.opt_out_journal import BringBack, BroughtBack, JournalWriter, read_journal
from services.backup.restore import RestoreTarget, restore_backup
from services.backup.take import WhatToKeep, take_backup
from services.enrolling.enroll import EntryRequest, NotNowError
from services.operations.suppressions import lift_all
from services.privacy.erased_addresses import recognise
from services.sending.suppress import NewSuppression, suppress
from tests.support.erasing import erase
from tests.support.rigs.api import ApiRig, open_api_rig

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.databases import Databases


def writer(api: ApiRig, path: Path) -> JournalWriter:
    return JournalWriter(api.database, path, api.settings.keys(), api.clock)


async def opt_out(api: ApiRig, **more: object) -> None:
    new = NewSuppression(**({"channel": "all", "reason": "opt_out", "source": "x", "since": api.now} | more))  # type: ignore[arg-type]
    async with api.database.transaction() as connection:
        assert await suppress(connection, new)


async def test_what_came_after_the_backup_is_brought_back(api: ApiRig, databases: Databases, tmp_path: Path) -> None:
    journal = tmp_path / "elsewhere" / "opt-outs.jsonl"
    # Of when a backup is, the clock of Postgres says.
    api.now = datetime.now(UTC)
    for number in ("p1", "p2", "p3", "p4", "p5"):
        await api.person(number)
    await opt_out(api, person="p5", since=api.now - timedelta(days=3))
    await api.publish()
    # The person, and the number on each channel that goes to it.
    assert await writer(api, journal).write() == 3
    file = tmp_path / "the.backup"
    await take_backup(file, WhatToKeep(api.settings.database_url, None, api.settings.keys()[0], [], "0.2.0"))
    api.now = datetime.now(UTC) + timedelta(seconds=1)
    await opt_out(api, person="p1", reason="unsubscribed", channel="email")
    await opt_out(api, address="stranger@other.example")
    await opt_out(api, address="+447700900999", channel="sms", reason="stop_word")
    await opt_out(api, address="@firm.example", reason="company")
    await opt_out(api, address="p4@client.example", reason="bounced", channel="email")
    await api.execute(
        "INSERT INTO topic_opt_out (person_id, topic, source, since) VALUES ('p2', 'job offers', 'x', $1)", api.now
    )
    await erase(api, "p3")
    assert await writer(api, journal).write() > 0
    async with api.database.transaction() as connection:
        await lift_all(connection, "p4@client.example", by="x", reason="it works", now=api.now)
    assert await writer(api, journal).write() == 1
    assert await writer(api, journal).write() == 0
    said = journal.read_text()
    for secret in ("client.example", "other.example", "447700900999", "First"):
        assert secret not in said
    assert "@firm.example" in said
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    append_lines(journal, ['{"v":1,"key":"cut o'])
    async with databases.fresh("template1") as url:
        restored = await restore_backup(file, RestoreTarget(url, "GB", None), lost_at=None, now=api.now)
        async with open_api_rig(url) as again:
            again.now = api.now + timedelta(minutes=1)
            first = await brought_back(again, journal, restored.manifest.taken_at)
            assert (first.erasures, first.unreadable, first.until) == (1, 1, api.now)
            # p1, the stranger, the number, the company, the topic; the addresses of p3, which the erasure has as well.
            assert first.opt_outs >= 5
            second = await brought_back(again, journal, restored.manifest.taken_at)
            assert (second.opt_outs, second.erasures) == (0, 0)
            await is_closed(again)
            # Who comes with an address that nobody had is recognised.
            await again.person("new", email="Stranger@other.example", phone=None)
            with pytest.raises(NotNowError, match="opt_out"):
                await again.enrolling.enroll(EntryRequest("hello", "n9", "new"))
            # A bounce that was lifted is none.
            assert (await again.enrolling.enroll(EntryRequest("hello", "n4", "p4"))).enrollment
            async with again.database.statement() as connection:
                known = await recognise(connection, again.settings.keys(), "x", ["+447700900999"])
            assert [each.channel for each in known] == ["sms"]


async def brought_back(api: ApiRig, journal: Path, backup_at: datetime) -> BroughtBack:
    async with api.database.transaction() as connection:
        return await BringBack(api.settings.keys()).all_of(connection, read_journal([journal]), backup_at, api.now)


async def is_closed(api: ApiRig) -> None:
    # Everything is on hold after a restore, and this is about what comes after it.
    await api.execute("UPDATE hold SET ended_at = now()")
    for person, reason in (("p1", "unsubscribed"), ("p3", "erased"), ("p5", "opt_out")):
        with pytest.raises(NotNowError, match=reason):
            await api.enrolling.enroll(EntryRequest("hello", f"n{person}", person))
    assert [row["topic"] for row in await api.fetch("SELECT topic FROM topic_opt_out WHERE person_id = 'p2'")] == [
        "job offers"
    ]
    rows = await api.fetch("SELECT reason FROM suppression WHERE address = '@firm.example'")
    assert [row["reason"] for row in rows] == ["company"]
    jobs = await api.fetch("SELECT subject FROM job WHERE kind = 'erase_person'")
    assert [row["subject"] for row in jobs] == ["person:p3"]


async def test_two_writers_write_each_line_once_and_a_full_disk_loses_none(
    api: ApiRig, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        await opt_out(api, address=f"a{number}@client.example")
    path = tmp_path / "one.jsonl"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("services.backup.opt_out_journal.append_lines", full)
        with pytest.raises(UnavailableError, match="No space left on device"):
            await writer(api, path).write()
    other = await Database.connect(database_url, max_size=1)
    try:
        second = JournalWriter(other, tmp_path / "two.jsonl", api.settings.keys(), api.clock)
        async with api.database.transaction() as connection:
            # One has them in hand, and the other does not wait for it.
            await connection.execute("SELECT id FROM suppression ORDER BY id LIMIT 10 FOR UPDATE")
            assert await second.write() == 20
        assert await writer(api, path).write() == 10
    finally:
        await other.close()
    found = read_journal([path, tmp_path / "two.jsonl"])
    assert (len(found.lines), found.unreadable) == (30, 0)


def test_a_line_that_was_cut_off_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    now = datetime(2027, 5, 4, tzinfo=UTC)
    lines = [OptOutLine(f"suppression:{n}:x", now, "all", "opt_out", now, person=f"p{n}") for n in range(3)]
    append_lines(path, [lines[0].text()])
    with path.open("ab") as file:
        file.write(lines[1].text().encode()[:40])
    append_lines(path, [lines[2].text()])
    found = read_journal([path])
    assert {each.person for each in found.lines} == {"p0", "p2"}
    assert found.unreadable == 1
    with pytest.raises(RefusedError, match="cannot be read: No such file"):
        read_journal([tmp_path / "none"])


_SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_INSTANTS = st.datetimes(timezones=st.just(UTC))


@_SETTINGS
@given(
    st.builds(
        OptOutLine,
        key=st.text(),
        at=_INSTANTS,
        channel=st.text(),
        reason=st.text(),
        since=_INSTANTS,
        standing=st.booleans(),
        person=st.none() | st.text(),
        hashes=st.lists(st.binary().map(bytes.hex)).map(tuple),
        domains=st.lists(st.text()).map(tuple),
        may_be_contacted_again=st.booleans(),
    )
)
def test_a_line_says_what_was_written(line: OptOutLine) -> None:
    assert "\n" not in line.text()
    assert OptOutLine.read(line.text()) == line


@_SETTINGS
@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(GrammarError):
        OptOutLine.read(text)
