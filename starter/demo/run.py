"""``relance demo``: a stack of its own, the stories, the verdict, and the end of the stack."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from rich.console import Console
from temporalio.testing._timeskipping import TimeSkipper

from adapters.postgres.database import Database
from adapters.postgres.versions import Versions
from adapters.private_files import FOLDER, keep_private
from adapters.settings_source import home
from adapters.temporal.client import connect
from sequences.errors import RelanceError, UnavailableError
from sequences.statistics.outcomes import By
from services.publishing.check_and_publish import check_files, publish
from services.reading.statistics import StatisticsRequest, statistics
from starter.cli import stats_table
from starter.demo.actors import Cast
from starter.demo.crm_bridge import CrmBridge
from starter.demo.expectations import Checking
from starter.demo.people import EXAMPLES, changes, post_hook
from starter.demo.recruiters import RECRUITERS, RecruiterMailbox, with_both
from starter.demo.registration import REGISTRATION
from starter.demo.report import Telling
from starter.demo.stack_view import World
from starter.demo.story import BUSINESS, ONBOARDING, Story
from starter.demo.whatsapp import NEW_JOB, candidates
from starter.local.stack import ANY_PORTS, LocalStack

if TYPE_CHECKING:
    from collections.abc import Mapping


def demo() -> int:
    """Runs the demo. Returns 0 only when every expectation was met."""
    keep_private()
    console = Console()
    try:
        return asyncio.run(_demo(console))
    except* RelanceError as group:
        reasons = [str(error) for error in group.exceptions]
    for reason in reasons:
        console.print("[bold red]the demo failed:[/]", reason, highlight=False)
    return 1


async def _demo(console: Console) -> int:
    folder = home() / "demo"
    if folder.exists():
        shutil.rmtree(folder)
    began = time.monotonic()
    mailboxes = {owner: RecruiterMailbox.of(owner, folder / "mailboxes") for owner in RECRUITERS}
    crm = CrmBridge(secrets.token_urlsafe(32))
    folder.mkdir(mode=FOLDER, parents=True)
    async with AsyncExitStack() as exits:
        for box in mailboxes.values():
            await box.start()
            exits.push_async_callback(box.stop)
        await crm.start()
        exits.push_async_callback(crm.stop)
        return await _play(console, folder, began, mailboxes, crm)


async def _play(
    console: Console, folder: Path, began: float, mailboxes: Mapping[str, RecruiterMailbox], crm: CrmBridge
) -> int:
    stack = LocalStack(
        folder,
        ports=ANY_PORTS,
        time_skipping=True,
        say=lambda part: console.print(f"starting [bold]{part}[/] ..."),
        # Each run has its own time here, and one mailbox cannot keep a distance between messages of different times.
        settings={"RELANCE_MAILBOX_LIMITS": "none", **crm.settings(folder)},
    )
    async with AsyncExitStack() as exits:
        await exits.enter_async_context(stack)
        console.print(f"everything runs, after {time.monotonic() - began:.0f} s")
        http = await exits.enter_async_context(httpx.AsyncClient(timeout=30))
        database = await Database.connect(stack.postgres.url)
        exits.push_async_callback(database.close)
        client = await connect(stack.temporal.environment)
        now = datetime.now(UTC)
        await _publish(database, now)
        await _hand_over_people(http, stack, now)
        world = World(stack, http, database, client, TimeSkipper(client))
        for each in mailboxes.values():
            await each.add(world)
        cast, telling = Cast(stack, http, mailboxes, crm), Telling(console, now)
        story = Story(world, cast, telling)
        await story.play()
        found = await Checking(world, cast, story).check()
        telling.verdict(found)
        await _statistics(telling, database)
        unmet = sum(not item.met for item in found)
        took = time.monotonic() - began
        console.print(f"\n{len(found) - unmet} of {len(found)} expectations met; three weeks took {took:.0f} s\n")
        for each in mailboxes.values():
            await each.leave(world)
        _next_steps(telling, stack)
        return 1 if unmet else 0


async def _publish(database: Database, now: datetime) -> None:
    files = [EXAMPLES / "sequences" / f"{name}.yaml" for name in (BUSINESS, ONBOARDING, REGISTRATION, NEW_JOB)]
    versions = Versions()
    for checked in check_files(files, EXAMPLES / "templates", need_templates=True):
        await publish(database, versions, checked, now)


async def _hand_over_people(http: httpx.AsyncClient, stack: LocalStack, now: datetime) -> None:
    body = {"event_id": "demo-people", "changes": [*with_both(changes(now.date())), *candidates(now)]}
    answer = await post_hook(http, stack.url, stack.secrets.hook_secret, body)
    if answer.status_code != httpx.codes.OK:
        raise UnavailableError(f"the CRM hook answered {answer.status_code}: {answer.text[:300]}")


async def _statistics(telling: Telling, database: Database) -> None:
    """What ``relance stats`` prints, without the definitions: of the sequence with the most people."""
    asked = StatisticsRequest(By.STEP, BUSINESS)
    telling.title(f"Which step works? relance stats {BUSINESS}")
    stats_table.table(await statistics(database, asked), stats_table.title(asked), definitions=False)


def _next_steps(telling: Telling, stack: LocalStack) -> None:
    telling.next_steps(
        [
            ("make up", "starts everything and keeps running; the first start prints a link to the console"),
            (f"RELANCE_HOME={stack.folder} make up", "the same with what was just played in it"),
            (f"ls {stack.folder / 'mailboxes'}", "what each recruiter sent and got, as .eml files"),
            ("examples/sequences/", "the four sequences, to read and change; see docs/writing-sequences.md"),
            ("docs/statistics.md", "what each number means"),
            ("docs/architecture.md", "how it is built"),
        ]
    )
