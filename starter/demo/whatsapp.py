"""The stories of a new job by WhatsApp: Jo agreed and then writes STOP, Kit never agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from sequences.channels import WHATSAPP
from sequences.sms.twilio_address import at_twilio

if TYPE_CHECKING:
    from datetime import datetime

    from starter.demo.expectations import Checking
    from starter.demo.story import Story

NEW_JOB: Final = "new-job"
_NUMBERS: Final = {"jo": "+447400123457", "kit": "+447400123458"}
_JO: Final = at_twilio(WHATSAPP.name, _NUMBERS["jo"])


def candidates(now: datetime) -> list[dict[str, Any]]:
    """Both as changes for ``POST /hooks/crm``."""
    agreed = {"whatsapp_opt_in": now.isoformat(), "whatsapp_opt_in_source": "form of the example fair"}
    common = {"type": "Candidate", "last_name": "Sample", "timezone": "Europe/London", "owner_id": "dana"}
    return [
        {
            "entity": "person",
            "id": who,
            "fields": common | {"first_name": who.capitalize(), "phone": number} | (agreed if who == "jo" else {}),
        }
        for who, number in _NUMBERS.items()
    ]


async def jo(story: Story) -> None:
    """She gets the message, and wants no more of them."""
    run = await story.first_mail("jo", "Jo", NEW_JOB, "offer", kind="whatsapp")
    await story.tell(run, "reply", '"STOP" by WhatsApp')
    await story.cast.text(_JO, "STOP")
    await story.closed(run)


async def kit(story: Story) -> None:
    """Nobody writes to him by WhatsApp."""
    await story.refuse("kit", "Kit", NEW_JOB)


async def check_whatsapp(checking: Checking) -> None:
    """What must be true of both."""
    await checking.stopped(checking.story.runs["jo"], "unsubscribed")
    sent = [each.body for each in checking.cast.texts_to(_JO)]
    checking.expect(
        "Jo: one WhatsApp message, by the approved template",
        "texts",
        len(sent) == 1 and sent[0].startswith("HX") and '"Jo"' in sent[0],
        sent,
    )
    rows = await checking.world.ask(queries.suppressions_of, person_id="jo", email=None, phone=None)
    against = [(row.channel, row.reason) for row in rows]
    checking.expect(
        "Jo: no more by WhatsApp, and by nothing else", "Postgres", against == [("whatsapp", "stop_word")], against
    )
    refused = checking.story.refused["kit"]
    met = "409" in refused and "no_whatsapp_opt_in" in refused
    checking.expect("Kit has not agreed to WhatsApp: refused with the reason", "HTTP", met, refused)
