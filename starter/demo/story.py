"""The stories of business development and onboarding, each over the real borders, all at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import UnavailableError
from starter.demo.people import PLACEMENT
from starter.demo.registration import hana, ivo
from starter.demo.whatsapp import jo, kit

if TYPE_CHECKING:
    from starter.demo.actors import Cast, SentForm
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
        self.world = world
        self.cast = cast
        self._telling = telling
        self.runs: dict[str, DemoRun] = {}
        self.refused: dict[str, str] = {}
        self.form: SentForm | None = None
        self.waited = False

    async def play(self) -> None:
        """Plays all of them; each run has its own time."""
        self._telling.title("Business development, onboarding, re-registration, a job by WhatsApp")
        async with asyncio.TaskGroup() as together:
            for story in (self._ada, self._ben, self._cleo, self._dev, self._eve, self._finn):
                together.create_task(story())
            for candidate in (hana, ivo, jo, kit):
                together.create_task(candidate(self))

    async def _enroll(self, person: str, who: str, sequence: str, record: str | None = None) -> DemoRun:
        answer = await self.world.enroll(sequence, person, record)
        if answer.status_code != 202:
            raise UnavailableError(f"POST /enrollments answered {answer.status_code} for {person}")
        body = answer.json()
        self.runs[person] = DemoRun(who, body["enrollment"], body["workflow_id"])
        return self.runs[person]

    async def tell(self, run: DemoRun, kind: str, words: str) -> datetime:
        """Something happens in a run, at the run's own time."""
        at = await self.world.now(run.workflow_id)
        self._telling.happened(at, kind, run.who, words)
        return at

    async def first_mail(
        self, person: str, who: str, sequence: str = BUSINESS, step: str = "introduce", kind: str = "mail"
    ) -> DemoRun:
        """Enrolls a person, and waits for the first message."""
        run = await self._enroll(person, who, sequence)
        # In working hours it goes at once; whoever looks at the demo in the evening moves the run to the next opening.
        if await self.world.waits_for_opening(run.enrollment, run.workflow_id, step):
            await self.world.skip_to_next(run.enrollment, run.workflow_id)
        await self.world.until_sent(run.enrollment, step)
        await self.tell(run, kind, step)
        return run

    async def closed(self, run: DemoRun) -> None:
        """Waits for the end of a run, and tells it with what followed."""
        await self.world.until_state(run.enrollment, "stopped", "finished")
        row = await self.world.run(run.enrollment)
        await self._follow_ups(run)
        assert row.ended_at is not None
        self._telling.happened(row.ended_at, "stop" if row.state == "stopped" else "end", run.who, row.reason or "")

    async def next_mail(self, run: DemoRun, step: str, why: str = "no answer so far") -> None:
        """Moves a run to its next step, a mail."""
        await self.world.skip_to_next(run.enrollment, run.workflow_id)
        await self.world.until_sent(run.enrollment, step)
        await self.tell(run, "mail", f"{step} ({why})")

    async def step_done(self, run: DemoRun, step: str) -> None:
        """Waits until a step that a person does is done, as the run sees it."""

        async def done() -> bool:
            return (await self.world.step_states(run.enrollment)).get(step) == "done"

        await self.world.until(f"{step} done", done)

    async def reactions(self, run: DemoRun) -> list[queries.ReactionsOfRow]:
        """What came back from the person, oldest first."""
        return await self.world.ask(queries.reactions_of, enrollment_id=run.enrollment)

    async def _follow_ups(self, run: DemoRun) -> None:
        for row in await self.world.ask(queries.follow_ups_of, enrollment_id=run.enrollment):
            self._telling.happened(row.at, "follow-up", run.who, row.kind.replace("_", " "))

    async def _ada(self) -> None:
        run = await self.first_mail("ada", "Ada")
        await self.world.skip(run.workflow_id, timedelta(days=2))
        await self.tell(run, "reply", '"Please tell me more"')
        await self.cast.answer(ADA, "Please tell me more")
        await self.closed(run)

    async def _ben(self) -> None:
        run = await self.first_mail("ben", "Ben")
        await self.world.skip(run.workflow_id, timedelta(days=1))
        await self.tell(run, "reply", '"Please remove me from your list"')
        await self.cast.write_back(BEN, "Please remove me from your list")
        await self.closed(run)
        answer = await self.world.enroll(BUSINESS, "ben")
        self.refused["ben"] = f"{answer.status_code} {answer.json().get('detail', '')}"
        await self.tell(run, "refused", f"a new enrollment: {self.refused['ben']}")

    async def _cleo(self) -> None:
        run = await self.first_mail("cleo", "Cleo")
        sent_at = (await self.world.ask(queries.sends_of, enrollment_id=run.enrollment))[0].claimed_at
        assert sent_at is not None

        async def read_for_a_while() -> bool:
            # The send of a run that was moved to working hours lies ahead of the wall clock: no scanner's haste.
            passed = datetime.now(sent_at.tzinfo) - sent_at
            return bool(passed < timedelta(0) or passed >= _A_PERSON_NEEDS)

        await self.world.until("the mail to be read", read_for_a_while)
        answer = await self.cast.click(CLEO)
        await self.world.ask(queries.judge_hits_now, enrollment_id=run.enrollment)
        await self.tell(run, "click", f"to {answer.headers.get('location', 'nowhere')}")
        await self.closed(run)

    async def _dev(self) -> None:
        run = await self.first_mail("dev", "Dev")
        for step in ("remind", "thank-you-anyway"):
            await self.next_mail(run, step)
        await self.world.skip(run.workflow_id, timedelta(days=7, minutes=2))
        await self.closed(run)

    async def _eve(self) -> None:
        run = await self._enroll("eve", "Eve", ONBOARDING, PLACEMENT)
        for step, kind in (
            ("where-and-when", "mail"),
            ("ready", "mail"),
            ("good-luck", "text"),
            ("how-is-it-going", "text"),
        ):
            await self._planned(run)
            await self.world.skip_to_next(run.enrollment, run.workflow_id)
            await self.world.until_sent(run.enrollment, step)
            await self.tell(run, kind, step)
        await self.tell(run, "reply", '"All good, thanks!"')
        await self.cast.text(EVE_PHONE, "All good, thanks!")

        async def handled() -> bool:
            return any(row.handled_at for row in await self.reactions(run))

        await self.world.until("Eve's answer handled", handled)
        await self.tell(run, "reply", "recorded; the run goes on")

    async def _planned(self, run: DemoRun) -> None:
        async def planned() -> bool:
            return "planned" in (await self.world.step_states(run.enrollment)).values()

        await self.world.until("the run planned", planned)

    async def refuse(self, person: str, who: str, sequence: str) -> None:
        """Asks to enroll somebody who cannot be written to, and tells the answer."""
        answer = await self.world.enroll(sequence, person)
        self.refused[person] = f"{answer.status_code} {answer.json().get('detail', '')}"
        self._telling.happened(self._telling.began, "refused", who, self.refused[person])

    async def _finn(self) -> None:
        await self.refuse("finn", "Finn", BUSINESS)
