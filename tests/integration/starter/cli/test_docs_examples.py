"""The examples of the pages in docs print what the pages say: each command as written, against a real Postgres."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.temporal import bulk_control
from sequences import ids
from sequences.runs.bulk import BulkOrder, BulkState, HoldScope
from sequences.tokens import TokenKind
from services.intake.judge_clicks import HitJudging
from starter.cli.main import app
from starter.local.mail_capture import MailCapture, list_mail
from tests.support.page_examples import DOCS, Known, examples, yaml_of
from tests.support.rigs.api import BROWSER, ApiRig
from tests.support.rigs.inbound import listening
from tests.support.rigs.pages import EXAMPLES, put_people, put_run, put_send
from tests.support.rigs.replies import RepliesRig, replies_rig

Sql = Callable[..., Awaitable[Any]]
Follow = Callable[..., Awaitable[None]]
WIDTH = "110"
PERSON = '{"person": {"timezone": "Europe/London", "phone": "+442071838750"}}'


@pytest.fixture
def here(in_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the examples as the current folder, and a record for forecasts."""
    for folder in ("sequences", "templates", "forms"):
        shutil.copytree(EXAMPLES / folder, tmp_path / folder)
    (tmp_path / "person.json").write_text(PERSON)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WIDTH)
    monkeypatch.setenv("RELANCE_COMPANY", "Example Recruiting Ltd")
    monkeypatch.setenv("RELANCE_MAIL_DOMAIN", "agency.example")
    return tmp_path


async def call(*words: str) -> bytes:
    done = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    assert done.exit_code == 0, f"relance {' '.join(words)}\n{done.output}"
    return done.output_bytes


@pytest.fixture
def follow(here: Path) -> Follow:
    """Runs the commands of a page; ``between`` is told of each before it runs."""

    async def run(page: str, between: Callable[[str], Awaitable[None]] | None = None, **ids: str) -> None:
        known, found = Known(dict(ids)), list(examples(page))
        assert found, page
        for example in found:
            if between is not None:
                await between(" ".join(example.words))
            if example.words[0] == "rehearse":
                # It has servers of its own: `tests/e2e/test_relance_up.py` follows it.
                continue
            printed = await call(*known.command(example))
            if example.into is not None:
                (here / example.into).write_bytes(printed)
            known.compare(example, printed.decode())

    return run


def test_no_example_of_a_page_is_left_out() -> None:
    """Those of the model are followed by ``test_sentiment.py``."""
    pages = {page.name for page in DOCS.glob("*.md") if "```console" in page.read_text("utf-8")}
    followed = set(re.findall(r'follow\("([\w-]+\.md)"', Path(__file__).read_text("utf-8")))
    assert pages == followed | {"sentiment.md"}


async def test_statistics(follow: Follow, sql: Sql) -> None:
    await put_people(sql)
    await call("publish", "sequences/new-services.yaml", "--yes")
    for number in range(40):
        replied, label = number < 10, "positive" if number < 6 else "negative"
        run = await put_run(sql, f"p{number}", number, state="stopped" if replied else "active")
        send = await put_send(sql, run, f"p{number}")
        if replied:
            await sql(
                "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, send_id, holds, received_at, label, "
                "held_for_review, opt_out) VALUES ($1, $1, $2, $3, 'replied', $4, true, now(), $5, false, $6)",
                *(f"r{run[1:]}", run, f"p{number}", send, label, number == 9),
            )
    await follow("statistics.md")


async def test_tracking(follow: Follow, sql: Sql, api: ApiRig) -> None:
    run = await api.enrolled()
    send = await api.sent(run)
    link, picture, hidden = ids.link_id(send, 0), ids.link_id(send, 7), ids.link_id(send, 8)
    for place, (identity, target) in enumerate(
        ((link, "https://example.com/services"), (picture, "open:"), (hidden, None))
    ):
        await sql("INSERT INTO send_link VALUES ($1, $2, $3, $4)", identity, send, place, target)
    clicked, opened = (api.token(TokenKind.CLICK, each) for each in (link, hidden)), api.token(TokenKind.OPEN, picture)
    paths = [f"/o/{opened}", *(f"/c/{token}" for token in clicked)]
    for path, agent in ((paths[2], "Mozilla/5.0 scanner"), (paths[0], "GoogleImageProxy"), (paths[0], BROWSER)):
        await api.http.get(path, headers={"User-Agent": agent})
        api.now += timedelta(minutes=10)
        await HitJudging(api.database).judge_due(api.now)
    await follow("tracking.md", e4k2m9xq=run)


async def test_look_before_sending(follow: Follow, sql: Sql, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await put_people(sql)
    await sql("UPDATE owner SET email = 'dana@agency.example'")
    await call("publish", "sequences/new-services.yaml", "--yes")
    mail = MailCapture(here / "mail")
    await mail.start()
    monkeypatch.setenv("RELANCE_SMTP_PORT", str(mail.port))
    monkeypatch.setenv("RELANCE_SMTP_TLS", "none")
    try:
        await follow("look-before-sending.md")
    finally:
        await mail.stop()
    written = BytesParser(policy=policy.default).parsebytes((here / "introduce.eml").read_bytes())
    assert (written["To"], written["Subject"]) == ("Ada Example <ada@client.example>", "A quick hello, Ada")
    (test,) = list_mail(mail.folder)
    assert test.subject == "[Test] A quick hello, Ada"


async def test_templates(follow: Follow, sql: Sql, here: Path) -> None:
    await put_people(sql)
    await sql("UPDATE person SET available_from = '2027-06-14' WHERE id = 'hana'")
    (here / "sequences" / "job-offers.yaml").write_text(yaml_of("templates.md")[-1])
    (template,) = re.findall(r"^```\n(Subject: A job.*?)^```", (DOCS / "templates.md").read_text(), re.M | re.S)
    (here / "templates" / "jobs").mkdir(exist_ok=True)
    (here / "templates" / "jobs" / "offer.email.txt").write_text(template)
    await follow("templates.md")


async def test_calendar(follow: Follow, sql: Sql) -> None:
    await put_people(sql)
    await follow("calendar.md")


async def test_console(follow: Follow) -> None:
    await follow("console.md")


async def test_pausing(follow: Follow, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    await put_people(sql)

    class Orders:
        """Two runs are always there, and answer at once."""

        def __init__(self, _: object) -> None:
            self.taken = BulkOrder()

        async def order(self, scope: HoldScope, key: str, order: BulkOrder) -> None:
            self.taken = order

        async def progress(self, scope: HoldScope, key: str) -> BulkState:
            return BulkState(scope, key, self.taken, seen=[self.taken.id], done=2)

    monkeypatch.setattr(bulk_control, "TemporalBulk", Orders)
    await follow("pausing.md")


async def test_forms(follow: Follow, here: Path) -> None:
    assert yaml_of("forms.md")[0] == (here / "forms" / "re-registration.yaml").read_text("utf-8")
    await follow("forms.md")


async def test_conditions(follow: Follow, here: Path) -> None:
    (here / "sequences" / "new-services.yaml").write_text(yaml_of("conditions.md")[0])
    await follow("conditions.md")


async def test_variants(follow: Follow, sql: Sql, here: Path) -> None:
    await put_people(sql)
    (here / "templates" / "bd" / "introduce-short.email.txt").write_text("Subject: In short\n\nShort.\n")
    file = here / "sequences" / "new-services.yaml"
    for name in ("Services", "Our services", "Business development"):
        file.write_text(yaml_of("variants.md")[0].replace("Business development", name))
        await call("publish", str(file), "--yes")
    for number in range(42):
        run = await put_run(sql, f"p{number}", number, version=3 if number < 12 else 2)
        state = "sent" if number < 12 else "planned"
        await sql(
            "INSERT INTO enrollment_step (enrollment_id, step, position, state) VALUES ($1, 'introduce', 0, $2)",
            *(run, state),
        )
    await follow("variants.md")


async def test_task_steps(follow: Follow, sql: Sql) -> None:
    await put_people(sql)
    await sql("INSERT INTO owner (id, first_name) VALUES ('lee', 'Lee')")
    await call("publish", "sequences/new-services.yaml", "--yes")
    run = await put_run(sql, "ada")
    await sql(
        "INSERT INTO task (id, title, kind, person_id, enrollment_id, owner_id, step, waited_for, due_at, created_at)"
        " VALUES ('t3' || repeat('a', 24), 'Call Ada Example', 'call', 'ada', $1, 'dana', 'call', true, now(), now())",
        run,
    )
    await follow("task-steps.md")


@pytest.fixture
async def rig(here: Path, database_url: str, tmp_path: Path) -> AsyncIterator[RepliesRig]:
    async with replies_rig(database_url, tmp_path) as rig:
        yield rig


async def test_replies(follow: Follow, rig: RepliesRig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.written_to()

    async def judge(command: str) -> None:
        if command.startswith("replies --since"):
            (reply,) = await rig.replies()
            await rig.judge(reply["id"])

    async with listening(rig.intake) as listener:
        monkeypatch.setenv("RELANCE_MAIL_FOLDER", str(rig.server.folder))
        monkeypatch.setenv("RELANCE_INBOUND_PORT", str(listener.port))
        monkeypatch.setenv("RELANCE_INBOUND_PROTOCOL", "smtp")
        await follow("replies.md", judge)


async def test_colleagues(follow: Follow, rig: RepliesRig) -> None:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, "Please do not write to any of us again."))
    (reply,) = await rig.replies()
    await rig.judge(reply["id"], "negative", "other")
    await follow("colleagues.md", REPLY=reply["id"])
