"""The five stories of the demo, each over the real borders, all at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import UnavailableError
from starter.demo.people import PLACEMENT

if TYPE_CHECKING:
    from starter.demo.actors import Cast
    from starter.demo.report import Telling
    from starter.demo.stack_view import World

BUSINESS, ONBOARDING = "new-services", "placement-onboarding"
ADA, BEN, CLEO, DEV = (f"{name}@client.example" for name in ("ada", "ben", "cleo", "dev"))
EVE_MAIL, EVE_PHONE = "eve@candidate.example", "+447400123456"
# A scanner follows links within seconds of the send; a click that comes later is a person's.
_A_PERSON_NEEDS = timedelta(seconds=6)


@dataclass(frozen=True)
class DemoRun:
    """One enrollment of the story."""

    who: str
    enrollment: str
    workflow_id: str


class Story:
    """Plays the stories and tells them."""

    def __init__(self, world: World, cast: Cast, telling: Telling) -> None:
        self._world = world
        self._cast = cast
        self._telling = telling
        self.runs: dict[str, DemoRun] = {}
        self.refused: dict[str, str] = {}

    async def play(self) -> None:
        """Plays all of them; each run has its own time."""
        self._telling.title(
            "Business development: a first mail, a reminder, a thank-you; Onboarding: two mails, two text messages"
        )
        async with asyncio.TaskGroup() as together:
            for story in (self._ada, self._ben, self._cleo, self._dev, self._eve, self._finn):
                together.create_task(story())

    async def _enroll(self, person: str, who: str, sequence: str = BUSINESS, record: str | None = None) -> DemoRun:
        answer = await self._world.enroll(sequence, person, record)
        if answer.status_code != 202:
            raise UnavailableError(f"POST /enrollments answered {answer.status_code} for {person}")
        body = answer.json()
        self.runs[person] = DemoRun(who, body["enrollment"], body["workflow_id"])
        return self.runs[person]

    async def _tell(self, run: DemoRun, kind: str, words: str) -> datetime:
        at = await self._world.now(run.workflow_id)
        self._telling.happened(at, kind, run.who, words)
        return at

    async def _first_mail(self, person: str, who: str) -> DemoRun:
        run = await self._enroll(person, who)
        # In working hours it goes at once; whoever looks at the demo in the evening moves the run to the next opening.
        if await self._world.waits_for_opening(run.enrollment, run.workflow_id, "introduce"):
            await self._world.skip_to_next(run.enrollment, run.workflow_id)
        await self._world.until_sent(run.enrollment, "introduce")
        await self._tell(run, "mail", "introduce")
        return run

    async def _closed(self, run: DemoRun) -> None:
        await self._world.until_state(run.enrollment, "stopped", "finished")
        row = await self._world.run(run.enrollment)
        await self._follow_ups(run)
        assert row.ended_at is not None
        self._telling.happened(row.ended_at, "stop" if row.state == "stopped" else "end", run.who, row.reason or "")

    async def _follow_ups(self, run: DemoRun) -> None:
        for row in await self._world.ask(queries.follow_ups_of, enrollment_id=run.enrollment):
            self._telling.happened(row.at, "follow-up", run.who, row.kind.replace("_", " "))

    async def _ada(self) -> None:
        run = await self._first_mail("ada", "Ada")
        await self._world.skip(run.workflow_id, timedelta(days=2))
        await self._tell(run, "reply", '"Please tell me more"')
        await self._cast.answer(ADA, "Please tell me more")
        await self._closed(run)

    async def _ben(self) -> None:
        run = await self._first_mail("ben", "Ben")
        await self._world.skip(run.workflow_id, timedelta(days=1))
        await self._tell(run, "reply", '"Please remove me from your list"')
        await self._cast.answer(BEN, "Please remove me from your list")
        await self._closed(run)
        answer = await self._world.enroll(BUSINESS, "ben")
        self.refused["ben"] = f"{answer.status_code} {answer.json().get('detail', '')}"
        await self._tell(run, "refused", f"a new enrollment: {self.refused['ben']}")

    async def _cleo(self) -> None:
        run = await self._first_mail("cleo", "Cleo")
        sent_at = (await self._world.ask(queries.sends_of, enrollment_id=run.enrollment))[0].claimed_at
        assert sent_at is not None

        async def read_for_a_while() -> bool:
            # The send of a run that was moved to working hours lies ahead of the wall clock: no scanner's haste.
            passed = datetime.now(sent_at.tzinfo) - sent_at
            return bool(passed < timedelta(0) or passed >= _A_PERSON_NEEDS)

        await self._world.until("the mail to be read", read_for_a_while)
        answer = await self._cast.click(CLEO)
        await self._world.ask(queries.judge_hits_now, enrollment_id=run.enrollment)
        await self._tell(run, "click", f"a link, and is taken to {answer.headers.get('location', 'nowhere')}")
        await self._closed(run)

    async def _dev(self) -> None:
        run = await self._first_mail("dev", "Dev")
        for step in ("remind", "thank-you-anyway"):
            await self._world.skip_to_next(run.enrollment, run.workflow_id)
            await self._world.until_sent(run.enrollment, step)
            await self._tell(run, "mail", f"{step} (no answer so far)")
        await self._world.skip(run.workflow_id, timedelta(days=7, minutes=2))
        await self._closed(run)

    async def _eve(self) -> None:
        run = await self._enroll("eve", "Eve", ONBOARDING, PLACEMENT)
        for step, kind in (
            ("where-and-when", "mail"),
            ("ready", "mail"),
            ("good-luck", "text"),
            ("how-is-it-going", "text"),
        ):
            await self._planned(run)
            await self._world.skip_to_next(run.enrollment, run.workflow_id)
            await self._world.until_sent(run.enrollment, step)
            await self._tell(run, kind, step)
        await self._tell(run, "reply", '"All good, thanks!"')
        await self._cast.text(EVE_PHONE, "All good, thanks!")

        async def handled() -> bool:
            rows = await self._world.ask(queries.reactions_of, enrollment_id=run.enrollment)
            return any(row.handled_at for row in rows)

        await self._world.until("Eve's answer handled", handled)
        await self._tell(run, "reply", "recorded; the run goes on")

    async def _planned(self, run: DemoRun) -> None:
        async def planned() -> bool:
            return "planned" in (await self._world.step_states(run.enrollment)).values()

        await self._world.until("the run planned", planned)

    async def _finn(self) -> None:
        answer = await self._world.enroll(BUSINESS, "finn")
        self.refused["finn"] = f"{answer.status_code} {answer.json().get('detail', '')}"
        self._telling.happened(self._telling.began, "refused", "Finn", self.refused["finn"])
