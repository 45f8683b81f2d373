"""The stories of re-registration: Hana sends the form, Ivo does not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starter.demo.actors import SentForm

if TYPE_CHECKING:
    from starter.demo.story import Story

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
    await story.tell(run, "form", "opens it, and sends it with her resume")
    thanks = await story.cast.send_form(page, ANSWERS, ("resume.pdf", RESUME))
    story.form = SentForm(page.text, untouched, thanks.text)
    await story.closed(run)


async def ivo(story: Story) -> None:
    """He does not answer."""
    run = await story.first_mail("ivo", "Ivo", REGISTRATION, "invite")
    await story.next_mail(run, "remind")
    await story.world.skip(run.workflow_id, timedelta(days=7, minutes=2))
    await story.closed(run)
