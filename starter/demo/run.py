"""``relance demo``: a stack of its own, the stories, the verdict, and the end of the stack."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from adapters.private_files import FOLDER, keep_private
from adapters.settings_source import home
from sequences.errors import RelanceError
from sequences.statistics.outcomes import By
from services.reading.statistics import StatisticsRequest, statistics
from starter.cli import stats_table
from starter.demo.crm_bridge import CrmBridge
from starter.demo.expectations import Checking
from starter.demo.recruiters import RECRUITERS, RecruiterMailbox
from starter.demo.stage import demo_stack, staged
from starter.demo.story import BUSINESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Database
    from starter.demo.report import Telling
    from starter.local.stack import LocalStack


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
    async with AsyncExitStack() as exits:
        stack = await exits.enter_async_context(demo_stack(folder, console, crm.settings(folder)))
        console.print(f"everything runs, after {time.monotonic() - began:.0f} s")
        stage = await exits.enter_async_context(staged(stack, console, mailboxes, crm))
        await stage.story.play()
        found = await Checking(stage.world, stage.cast, stage.story).check()
        stage.telling.verdict(found)
        await _statistics(stage.telling, stage.database)
        unmet = sum(not item.met for item in found)
        took = time.monotonic() - began
        console.print(f"\n{len(found) - unmet} of {len(found)} expectations met; three weeks took {took:.0f} s\n")
        for each in mailboxes.values():
            await each.leave(stage.world)
        _next_steps(stage.telling, stack)
        return 1 if unmet else 0


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
