"""The stage of the demo: a running stack with its sequences published, its people handed over, its mailboxes added."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from temporalio.testing._timeskipping import TimeSkipper

from adapters.postgres.database import Database
from adapters.postgres.versions import Versions
from adapters.temporal.client import connect
from sequences.errors import UnavailableError
from services.publishing.check_and_publish import check_files, publish
from starter.demo.actors import Cast
from starter.demo.people import EXAMPLES, changes, post_hook
from starter.demo.recruiters import with_both
from starter.demo.registration import REGISTRATION
from starter.demo.report import Telling
from starter.demo.stack_view import World
from starter.demo.story import BUSINESS, ONBOARDING, Story
from starter.demo.whatsapp import NEW_JOB, candidates
from starter.local.stack import ANY_PORTS, LocalStack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from rich.console import Console

    from starter.demo.crm_bridge import CrmBridge
    from starter.demo.recruiters import RecruiterMailbox


@dataclass(frozen=True)
class DemoStage:
    """Where the stories are played.

    Attributes:
        database: of the stack.
        http: asks it.
    """

    world: World
    cast: Cast
    story: Story
    telling: Telling
    database: Database
    http: httpx.AsyncClient


def demo_stack(folder: Path, console: Console, settings: Mapping[str, str]) -> LocalStack:
    """A stack of its own, in which runs may be moved forward in time.

    Args:
        folder: of its data.
        console: hears what starts.
        settings: further ones, by the names of their variables.
    """
    return LocalStack(
        folder,
        ports=ANY_PORTS,
        time_skipping=True,
        say=lambda part: console.print(f"starting [bold]{part}[/] ..."),
        # Each run has its own time here, and one mailbox cannot keep a distance between messages of different times.
        settings={"RELANCE_MAILBOX_LIMITS": "none", **settings},
    )


@asynccontextmanager
async def staged(
    stack: LocalStack,
    console: Console,
    mailboxes: Mapping[str, RecruiterMailbox],
    crm: CrmBridge,
    play: type[Cast] = Cast,
) -> AsyncIterator[DemoStage]:
    """Everything in its place.

    Args:
        stack: runs.
        console: hears the story.
        mailboxes: of the recruiters, by their ids; each is running.
        crm: is running.
        play: how people answer and click.
    """
    async with AsyncExitStack() as exits:
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
        cast, telling = play(stack, http, mailboxes, crm), Telling(console, now)
        yield DemoStage(world, cast, Story(world, cast, telling), telling, database, http)


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
