"""What must be true after the stories, read back from Postgres, the captured mail and texts, and Temporal."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowExecutionStatus

from adapters.postgres import listings, queries
from starter.demo.answers_expected import check_answers
from starter.demo.people import start_date
from starter.demo.recruiters_expected import check_recruiters
from starter.demo.registration_expected import check_registration
from starter.demo.report import Expectation
from starter.demo.story import ADA, BEN, CLEO, DEV, EVE_MAIL, EVE_PHONE, DemoRun, Story
from starter.demo.whatsapp import check_whatsapp

if TYPE_CHECKING:
    from adapters.postgres.paging import Listing
    from starter.demo.actors import Cast
    from starter.demo.stack_view import World


class Checking:
    """Collects expectations."""

    def __init__(self, world: World, cast: Cast, story: Story) -> None:
        self.world = world
        self.cast = cast
        self.story = story
        self.found: list[Expectation] = []

    def expect(self, what: str, where: str, met: object, found: object = "") -> None:
        """One expectation, and what was found instead."""
        self.found.append(Expectation(what, where, bool(met), str(found)))

    async def check(self) -> list[Expectation]:
        """All of them."""
        await self._ada()
        await self._ben()
        await self._cleo()
        await self._dev()
        await self._eve()
        await check_registration(self)
        await check_whatsapp(self)
        finn = self.story.refused["finn"]
        self.expect("Finn has no address: refused with the reason", "HTTP", "409" in finn and "no_email" in finn, finn)
        await check_answers(self)
        await check_recruiters(self)
        return self.found

    async def stopped(self, run: DemoRun, reason: str) -> None:
        """The run is over, for this reason."""
        row = await self.world.run(run.enrollment)
        state = f"{row.state}: {row.reason}"
        self.expect(
            f"{run.who}: the run is stopped ({reason})",
            "Postgres",
            row.state == "stopped" and reason in str(row.reason),
            state,
        )
        described = await self.world.handle(run.workflow_id).describe()
        self.expect(
            f"{run.who}: the workflow is completed",
            "Temporal",
            described.status is WorkflowExecutionStatus.COMPLETED,
            described.status,
        )

    async def _ada(self) -> None:
        run = self.story.runs["ada"]
        await self.stopped(run, "replied.positive")
        self.mails(ADA, "Ada", 1)
        reaction = (await self.world.ask(queries.reactions_of, enrollment_id=run.enrollment))[0]
        self.expect(
            "Ada: the model said positive, and was sure",
            "Postgres",
            reaction.label == "positive" and not reaction.held_for_review,
            reaction.label,
        )
        await self.has(listings.TASKS, "ada", "Ada: a task to call her")
        await self.has(listings.LEADS, "ada", "Ada: a lead")
        await self.has(listings.LIST_MEMBERS, "ada", "Ada: on the list warm")
        await self.has(listings.NOTIFICATIONS, "ada", "Ada: the owner was notified")

    async def _ben(self) -> None:
        run = self.story.runs["ben"]
        await self.stopped(run, "opt_out")
        self.mails(BEN, "Ben", 1)
        reaction = (await self.world.ask(queries.reactions_of, enrollment_id=run.enrollment))[0]
        self.expect(
            "Ben: negative, and an opt-out",
            "Postgres",
            reaction.label == "negative" and reaction.opt_out,
            reaction.label,
        )
        rows = await self.world.ask(queries.suppressions_of, person_id="ben", email=None, phone=None)
        self.expect("Ben: suppressed on every channel", "Postgres", any(row.channel == "all" for row in rows), rows)
        refused = self.story.refused["ben"]
        self.expect(
            "Ben: a later enrollment is refused with the reason",
            "HTTP",
            "409" in refused and "opt_out" in refused,
            refused,
        )

    async def _cleo(self) -> None:
        await self.stopped(self.story.runs["cleo"], "clicked")
        self.mails(CLEO, "Cleo", 1)
        await self.has(listings.LEADS, "cleo", "Cleo: a lead")

    async def _dev(self) -> None:
        run = self.story.runs["dev"]
        mails = self.cast.mails_to(DEV)
        self.mails(DEV, "Dev", 3)
        first = mails[0].mail.message_id if mails else ""
        threaded = all(
            first in (mail.header("References") or "") and mail.mail.subject == f"Re: {mails[0].mail.subject}"
            for mail in mails[1:]
        )
        self.expect(
            "Dev: reminder and thank-you are in the thread of the first mail", "mail", len(mails) == 3 and threaded
        )
        steps = await self.world.ask(queries.steps_of, enrollment_id=run.enrollment)
        decided = [row.decided_at for row in steps if row.decided_at]
        gaps = [(later - earlier).days for earlier, later in pairwise(decided)]
        # Seven calendar days at the same local clock; a change of the clocks makes one of them an hour shorter.
        self.expect("Dev: a week between the mails", "Postgres", all(gap in (6, 7) for gap in gaps), gaps)
        row = await self.world.run(run.enrollment)
        self.expect("Dev: the run is finished", "Postgres", row.state == "finished", row.state)
        person = await self.world.ask(queries.person_row, id="dev")
        status = person.status if person else None
        self.expect("Dev: marked as dead lead", "Postgres", status == "Dead lead", status)

    async def _eve(self) -> None:
        run = self.story.runs["eve"]
        self.mails(EVE_MAIL, "Eve", 2)
        mails, texts = self.cast.mails_to(EVE_MAIL), self.cast.texts_to(EVE_PHONE)
        self.expect(
            "Eve: the second mail names the person she is meeting",
            "mail",
            mails and "Morgan Manager" in (mails[-1].text or ""),
        )
        self.expect("Eve: two text messages", "texts", len(texts) == 2, len(texts))
        await self._eve_times(run)
        row = await self.world.run(run.enrollment)
        self.expect("Eve: her answer stopped nothing", "Postgres", row.state == "active", row.state)
        reactions = await self.world.ask(queries.reactions_of, enrollment_id=run.enrollment)
        self.expect(
            "Eve: her answer is recorded as positive",
            "Postgres",
            [r.label for r in reactions] == ["positive"],
            reactions,
        )
        described = await self.world.handle(run.workflow_id).describe()
        self.expect(
            "Eve: the run is open for late reactions",
            "Temporal",
            described.status is WorkflowExecutionStatus.RUNNING,
            described.status,
        )

    async def _eve_times(self, run: DemoRun) -> None:
        steps = {
            row.step: row.decided_at
            for row in await self.world.ask(queries.steps_of, enrollment_id=run.enrollment)
            if row.decided_at is not None
        }
        enrolled = (await self.world.run(run.enrollment)).enrolled_at
        first_day = start_date(enrolled.date())
        before = [(first_day - steps[step].date()).days for step in ("where-and-when", "ready")]
        # Weekends and English holidays move a mail forward, and the last one back when that would be the first day.
        self.expect(
            "Eve: mails about 7 days and 1 day before", "Postgres", 2 <= before[0] <= 7 and 1 <= before[1] <= 5, before
        )
        luck = steps["good-luck"]
        self.expect(
            "Eve: text message on the morning of the first day",
            "Postgres",
            luck.date() == first_day and luck.hour in (7, 8),
            luck,
        )
        after = (steps["how-is-it-going"].date() - first_day).days
        self.expect("Eve: text message about 3 days after", "Postgres", 3 <= after <= 7, after)

    def mails(self, address: str, who: str, count: int) -> None:
        """So many mails arrived."""
        found = len(self.cast.mails_to(address))
        self.expect(f"{who}: {count} mail{'s' if count > 1 else ''}, no more", "mail", found == count, found)

    async def has(self, listing: Listing[Any], person: str, what: str) -> None:
        """The list has one entry of the person."""
        rows = await self.world.listed(listing, person=person)
        self.expect(what, "Postgres", len(rows) == 1, len(rows))
