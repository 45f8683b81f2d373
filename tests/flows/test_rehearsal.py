"""A rehearsal on real servers of its own: months in seconds, on a copy, and nothing gets out."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.postgres import migrations, queries
from adapters.postgres.database import Database
from adapters.postgres.records import ChangeOrigin, Records
from adapters.postgres.versions import Versions
from adapters.settings import Settings
from adapters.templates.source import TemplateSource
from sequences.access.role import Role
from sequences.access.viewer import Viewer
from sequences.definition.model import SequenceDefinition
from sequences.errors import RefusedError
from sequences.reactions.sentiment import Label
from services.console.rehearsal import rehearsal_result
from services.jobs.job import Job, JobProgress
from services.records.record_changes import RecordChanges
from services.sending.suppress import NewSuppression, suppress
from starter.cli.commands.render import unpublished
from starter.cli.main import app
from starter.rehearsal.job import Rehearse
from starter.rehearsal.people import WantedRecords
from starter.rehearsal.result import PlayedRun, Rehearsal
from starter.rehearsal.run import RehearsalOrder, RehearsalProgress, rehearse
from tests.support.waiting import PATIENCE

TEMPLATES = {
    "bd/a": TemplateSource("bd/a", "Hello {{ person.first_name }}", "Hi. {{ unsubscribe_url }}\n").to_json(),
    "bd/b": TemplateSource("bd/b", "Again", "Again.\n").to_json(),
    "bd/s": TemplateSource("bd/s", None, "A text.").to_json(),
}

VIEWER = Viewer("u1", "lea@agency.example", "Lea", Role.LEAD, "dana", "Europe/London")

FIRST_DAYS = """
sequence: first-days
name: First days
record: placement
day_zero: placement.start_date
frequency_cap: exempt
schedule: {window: any}
steps:
  - {id: before, when: 1 day before day zero, at: "10:00", email: before}
  - {id: after, when: 14 days after day zero, at: "10:00", email: after}
"""


@dataclass
class Outdoors:
    """Every server that the settings name; each connection to one is noted."""

    port: int = 0
    connections: list[object] = field(default_factory=list)
    noted: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
async def outdoors() -> AsyncIterator[Outdoors]:
    found = Outdoors()

    async def noted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections.append(writer.get_extra_info("peername"))
        found.noted.set()
        writer.close()

    server = await asyncio.start_server(noted, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    await server.wait_closed()


@pytest.fixture
def settings(database_url: str, outdoors: Outdoors) -> Settings:
    here = f"http://127.0.0.1:{outdoors.port}"
    return Settings(
        database_url=database_url,
        bearer_token="bearer-for-tests",
        hook_secrets="hook-key-for-tests",
        token_keys="token-key-for-tests",
        smtp_host="127.0.0.1",
        smtp_port=outdoors.port,
        smtp_tls="none",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_tokens="token",
        twilio_base_url=here,
        sms_sender="+442071838750",
        public_url=here,
        mailbox_limits="none",
        organisation_timezone="Europe/London",
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    await migrations.apply(settings.database_url, "GB")
    database = await Database.connect(settings.database_url, max_size=2)
    yield database
    await database.close()


async def prepare(settings: Settings, outdoors: Outdoors, **more: object) -> None:
    steps = [
        {"id": "introduce", "email": "bd/a"},
        {"id": "remind", "when": "7 days after introduce", "email": "bd/b"},
        {"id": "nudge", "when": "30 days after remind", "sms": "bd/s"},
    ]
    webhook = {"webhook": {"url": f"http://127.0.0.1:{outdoors.port}/hook"}}
    told = {
        "sequence": "bd",
        "name": "Business",
        "record": "person",
        "frequency_cap": "exempt",
        "schedule": {"window": "any", "timezone": "recipient"},
        "reactions": [{"on": "replied.negative", "do": [webhook, {"create_task": {"title": "Read"}}], "then": "stop"}],
        "steps": steps,
        **more,
    }
    async with opened(settings) as database, database.transaction() as connection:
        changes, now = RecordChanges(Records("UTC")), datetime.now(UTC)
        origin = ChangeOrigin("import", now)
        owner = {"first_name": "Dana", "email": "dana@agency.example"}
        await changes.write(connection, "owner", "dana", owner, origin)
        for number, name in enumerate(("Ada", "Ben", "Cleo")):
            values: dict[str, object] = {
                "type": "Client contact",
                "first_name": name,
                "email": f"{name.lower()}@client.example",
                "phone": None if name == "Ben" else f"+44207183875{number + 1}",
                "timezone": "Europe/London",
                "owner_id": "dana",
                "status": "New",
            }
            await changes.write(connection, "person", name.lower(), values, origin)
        await suppress(
            connection, NewSuppression("all", "opt_out", "seed", now, person="cleo", address="cleo@client.example")
        )
        await Versions().publish(connection, SequenceDefinition.model_validate(told), TEMPLATES, now)


async def state_of(settings: Settings) -> dict[str, Any]:
    """Every table of the real database with how many rows it has."""
    async with opened(settings) as database, database.transaction() as connection:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = sorted(row["tablename"] for row in tables)
        return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}


def run_of(done: Rehearsal, person: str) -> PlayedRun:
    return next(run for run in done.runs if run.person == person)


def states(run: PlayedRun) -> dict[str, str]:
    return {step.step: step.state for step in run.steps}


def folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("relance-rehearsal-*"))


async def test_months_are_played_and_nothing_gets_out(settings: Settings, outdoors: Outdoors) -> None:
    await prepare(settings, outdoors)
    before, there = await state_of(settings), folders()
    told: list[str] = []
    progress = RehearsalProgress(told.append, lambda number: told.append(str(number)), lambda: told.append("over"))
    done = await rehearse(settings, RehearsalOrder("bd", None, WantedRecords(20), weeks=12), progress)
    assert told == ["Postgres", "Temporal", "workers", "3", "over", "over", "over"]

    ada = run_of(done, "ada")
    assert states(ada) == {"introduce": "sent", "remind": "sent", "nudge": "sent"}
    assert (ada.state, ada.name) == ("finished", "Ada")
    first, second, third = ada.steps
    assert first.at
    assert second.at
    assert third.at
    assert timedelta(days=6) < second.at - first.at < timedelta(days=8)
    assert timedelta(days=29) < third.at - second.at < timedelta(days=31)
    assert (first.subject, third.timezone) == ("Hello Ada", "Europe/London")

    ben = run_of(done, "ben")
    assert states(ben)["nudge"] == "refused"
    assert "no_phone" in str(ben.steps[-1].reason)
    cleo = run_of(done, "cleo")
    assert (cleo.state, cleo.steps) == ("refused", ())
    assert "opt_out" in cleo.refused
    assert (done.mails, done.texts, done.webhooks) == (4, 1, ())

    assert outdoors.connections == []
    assert await state_of(settings) == before
    assert folders() == there
    # What would have got out would have been noted.
    _, writer = await asyncio.open_connection("127.0.0.1", outdoors.port)
    writer.close()
    await asyncio.wait_for(outdoors.noted.wait(), PATIENCE)


async def test_it_plays_what_happens_when_they_answer(settings: Settings, outdoors: Outdoors) -> None:
    await prepare(settings, outdoors)
    before = await state_of(settings)
    order = RehearsalOrder("bd", None, WantedRecords(20, ("ada",)), weeks=12, replies=Label.NEGATIVE)
    done = await rehearse(settings, order)
    (ada,) = done.runs
    assert states(ada) == {"introduce": "sent", "remind": "cancelled", "nudge": "cancelled"}
    assert ada.state == "stopped"
    assert "replied" in str(ada.reason)
    assert set(ada.follow_ups) == {"webhook", "create_task"}
    sent = ada.steps[0].at
    assert sent
    assert ada.ended_at
    assert timedelta(hours=23) < ada.ended_at - sent < timedelta(hours=25)
    assert outdoors.connections == []
    assert await state_of(settings) == before


async def test_a_placement_is_played_by_a_file_that_is_not_published(
    settings: Settings, outdoors: Outdoors, tmp_path: Path
) -> None:
    await prepare(settings, outdoors)
    day_zero = (datetime.now(UTC) + timedelta(days=30)).date()
    async with opened(settings) as database, database.transaction() as connection:
        values: dict[str, object] = {
            "person_id": "ada",
            "owner_id": "dana",
            "job_title": "Planner",
            "start_date": f"{day_zero}",
        }
        await RecordChanges(Records("UTC")).write(
            connection, "placement", "planner", values, ChangeOrigin("import", datetime.now(UTC))
        )
    (tmp_path / "templates").mkdir()
    for name, subject in (("before", "Your first day as {{ placement.job_title }}"), ("after", "How is it going?")):
        (tmp_path / "templates" / f"{name}.email.txt").write_text(
            f"Subject: {subject}\n\nHi {{{{ person.first_name }}}}.\n"
        )
    file = tmp_path / "first-days.yaml"
    file.write_text(FIRST_DAYS)
    before = await state_of(settings)
    version = unpublished(settings, "first-days", file, tmp_path / "templates")
    done = await rehearse(settings, RehearsalOrder("first-days", version, WantedRecords(20, ("planner",)), weeks=12))
    (run,) = done.runs
    assert (run.record, run.person, run.name, run.state) == ("planner", "ada", "Ada", "finished")
    steps = [(step.step, step.at and step.at.date() - day_zero, step.subject) for step in run.steps]
    assert steps == [
        ("before", timedelta(days=-1), "Your first day as Planner"),
        ("after", timedelta(days=14), "Your first day as Planner"),
    ]
    assert done.version is None
    assert await state_of(settings) == before


async def test_the_rules_of_a_file_say_who_enters(settings: Settings, outdoors: Outdoors) -> None:
    await prepare(settings, outdoors, auto_enroll={"real": {"person.status": ["Placed"]}})
    with pytest.raises(RefusedError, match="its rules would enroll nobody now"):
        await rehearse(settings, RehearsalOrder("bd", None, WantedRecords(20), weeks=1))
    async with opened(settings) as database, database.transaction() as connection:
        assert await queries.newest_number(connection, sequence="bd") == 1


async def test_the_command_shows_who_gets_what_when(settings: Settings, outdoors: Outdoors) -> None:
    await prepare(settings, outdoors)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "starter.cli.main", "rehearse", "bd", "--weeks", "12", "--replies", "positive"),
        env={
            **os.environ,
            "RELANCE_DATABASE_URL": settings.database_url,
            "RELANCE_BEARER_TOKEN": "bearer-for-tests",
            "RELANCE_HOOK_SECRETS": "hook-key-for-tests",
            "RELANCE_TOKEN_KEYS": "token-key-for-tests",
            "RELANCE_SMTP_PORT": str(outdoors.port),
            "RELANCE_SMS_SENDER": "+442071838750",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    lines = [" ".join(line.split()) for line in out.decode().splitlines()]
    assert lines[0].startswith("bd, version 1: ")
    assert any(line.startswith("Ada introduce email ") and " sent " in line for line in lines)
    assert any(line.startswith("Ada remind email ") and " cancelled " in line for line in lines)
    assert any("Cleo refused" in line and "opt_out" in line for line in lines)
    assert "2 of 3 entered; 2 mails and 0 text messages would have gone out" in lines
    assert lines[-1] == "Nothing was sent, and the copy is gone."
    assert outdoors.connections == []


async def test_a_job_plays_a_draft_in_a_process_of_its_own(
    settings: Settings, outdoors: Outdoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    await prepare(settings, outdoors)
    for name, value in {
        "RELANCE_DATABASE_URL": settings.database_url,
        "RELANCE_BEARER_TOKEN": "bearer-for-tests",
        "RELANCE_HOOK_SECRETS": "hook-key-for-tests",
        "RELANCE_TOKEN_KEYS": "token-key-for-tests",
        "RELANCE_SMTP_PORT": str(outdoors.port),
        "RELANCE_SMS_SENDER": "+442071838750",
    }.items():
        monkeypatch.setenv(name, value)
    there = folders()
    request = {"draft": True, "people": 20, "records": ["ada", "cleo"], "weeks": 12, "replies": "none"}
    job, progress = Job("jaaaaaaaaaaaa", "rehearse", "sequence:bd", request, 0), JobProgress()
    async with opened(settings) as database:
        came = await Rehearse(database, lambda: datetime.now(UTC)).carry_out(job, progress)
        assert came.result == "1 of 2 entered; 2 mails and 1 text message would have gone out"
        assert (progress.done, progress.total) == (2, 2)
        async with database.transaction() as connection:
            found = await rehearsal_result(connection, VIEWER, job.id)
            # Names are asked for when it is shown.
            assert await connection.fetchval("SELECT result->'runs'->0 ? 'name' FROM rehearsal") is False
    ada, cleo = found.runs
    assert (ada.name, ada.state, [step.state for step in ada.steps]) == ("Ada", "finished", ["sent", "sent", "sent"])
    assert "opt_out" in cleo.refused
    assert found.version is None
    assert outdoors.connections == []
    assert folders() == there


async def test_what_is_asked_for_wrongly_is_said() -> None:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["rehearse", "bd", "--replies", "angry"])
    assert done.exit_code == 2
    assert "positive, negative, none" in done.output
