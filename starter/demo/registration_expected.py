"""What must be true after the stories of re-registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from sequences.checking import load_file
from sequences.sending.wording import drawn
from starter.demo.people import EXAMPLES
from starter.demo.registration import ANSWERS, HANA, IVO, REGISTRATION, RESUME

if TYPE_CHECKING:
    from starter.demo.expectations import Checking
    from starter.demo.story import DemoRun

_SUBJECTS: Final = {"question": "Are you still looking for a job?", "by-name": "{who}, are you still looking?"}


async def check_registration(checking: Checking) -> None:
    """All of them."""
    await _hana(checking)
    await _ivo(checking)


async def _hana(checking: Checking) -> None:
    run = checking.story.runs["hana"]
    await checking.stopped(run, "form_submitted")
    checking.mails(HANA, "Hana", 1)
    form = checking.story.form
    checking.expect(
        "Hana: the form shows what is known; a look changes nothing",
        "HTTP",
        form is not None and 'value="York"' in form.page and form.untouched and "Thank you." in form.thanks,
        form,
    )
    person = await checking.world.ask(queries.person_row, id="hana")
    known = (person.city, person.status, person.resume) if person else None
    wanted = (ANSWERS["person.city"], ANSWERS["person.status"])
    checking.expect("Hana: her answers are in her record", "Postgres", known == (*wanted, "present"), known)
    came = (await checking.world.get("/submissions", person="hana"))["items"]
    files = [await checking.world.download(file["url"]) for item in came for file in item["files"]]
    checking.expect("Hana: her resume, by a signed link", "HTTP", files == [RESUME], files)
    await checking.has(listings.LIST_MEMBERS, "hana", "Hana: on the list re-registered")
    await _variant(checking, run, HANA)


async def _ivo(checking: Checking) -> None:
    run = checking.story.runs["ivo"]
    checking.mails(IVO, "Ivo", 3)
    tasks = [(task.step, task.state, task.decided_by) for task in await _tasks_of(checking, run)]
    checking.expect("Ivo: a task to call him, done by Dana", "Postgres", tasks == [("call", "done", "Dana")], tasks)
    steps = {row.step: row for row in await checking.world.ask(queries.steps_of, enrollment_id=run.enrollment)}
    call, mail = steps["call"], steps["after-the-call"]
    checking.expect(
        "Ivo: the run waited for the call, and then went on",
        "Postgres",
        checking.story.waited
        and (call.state, mail.state) == ("done", "sent")
        and call.decided_at is not None
        and mail.decided_at is not None
        and call.decided_at < mail.decided_at,
        (checking.story.waited, call.state, call.decided_at, mail.state, mail.decided_at),
    )
    row = await checking.world.run(run.enrollment)
    checking.expect("Ivo: the run is finished", "Postgres", row.state == "finished", row.state)
    await _variant(checking, run, IVO)


async def _tasks_of(checking: Checking, run: DemoRun) -> list[queries.ListedTasksRow]:
    return await checking.world.listed(listings.TASKS, enrollment=run.enrollment)


async def _variant(checking: Checking, run: DemoRun, address: str) -> None:
    """Which one is drawn depends on the id of the run: the row, the mail and the draw must agree."""
    file = EXAMPLES / "sequences" / f"{REGISTRATION}.yaml"
    wording = drawn(load_file(file.read_text(), file.name).sequence.steps[0], run.enrollment)
    sent = (await checking.world.ask(queries.sends_of, enrollment_id=run.enrollment))[0]
    subject = checking.cast.mails_to(address)[0].mail.subject
    checking.expect(
        f"{run.who}: the first mail is the variant that was drawn",
        "mail",
        wording is not None
        and sent.variant == wording.variant
        and subject == _SUBJECTS[sent.variant or ""].format(who=run.who),
        (sent.variant, subject),
    )
