"""The stories of re-registration: Hana sends the form, Ivo is called by the recruiter."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from starter.demo.actors import SentForm

if TYPE_CHECKING:
    from starter.demo.story import DemoRun, Story

REGISTRATION: Final = "re-register"
HANA, IVO = "hana@candidate.example", "ivo@candidate.example"
RESUME: Final = b"%PDF-1.7\nHana Specimen, forklift driver\n%%EOF\n"
ANSWERS: Final = {
    "person.first_name": "Hana",
    "person.last_name": "Specimen",
    "person.city": "Leeds",
    "person.status": "Available",
    "consent": "yes",
}


async def hana(story: Story) -> None:
    """She opens the form, moves to another town, sends her resume."""
    run = await story.first_mail("hana", "Hana", REGISTRATION, "invite")
    page = await story.cast.open_form(HANA)
    untouched = not await story.reactions(run)
    await story.tell(run, "form", "opens it, sends it with her resume")
    thanks = await story.cast.send_form(page, ANSWERS, ("resume.pdf", RESUME))
    story.form = SentForm(page.text, untouched, thanks.text)
    await story.closed(run)


async def ivo(story: Story) -> None:
    """He does not answer; Dana calls him, and his run waits for that."""
    run = await story.first_mail("ivo", "Ivo", REGISTRATION, "invite")
    await story.next_mail(run, "remind")
    await story.world.skip_to_next(run.enrollment, run.workflow_id)
    task = await _handed_out(story, run)
    await story.tell(run, "task", f"for Dana: {task['title']}")
    story.waited = (await story.world.step_states(run.enrollment))["call"] == "planned"
    await story.tell(run, "task", "Dana has called: the run goes on")
    answer = await story.world.post(f"/tasks/{task['id']}/done", {"by": "Dana"})
    answer.raise_for_status()
    await story.step_done(run, "call")
    await story.next_mail(run, "after-the-call", "the form once more")
    await story.world.skip(run.workflow_id, timedelta(days=7, minutes=2))
    await story.closed(run)


async def _handed_out(story: Story, run: DemoRun) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        found[:] = (await story.world.get("/tasks", enrollment=run.enrollment, state="open"))["items"]
        return bool(found)

    await story.world.until("a task for Dana", there)
    return found[0]
