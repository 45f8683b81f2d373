"""Occasions of a mapping file, and the events of the stream that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.crm.mapping import CrmMapping

ERASED: Final = "erased"
"""The occasion that somebody was erased here."""
OCCASION_OF: Final[Mapping[str, str]] = {
    "enrollment.enrolled": "enrolled",
    "enrollment.finished": "finished",
    "enrollment.stopped": "stopped",
    "message.sent": "sent",
    "message.clicked": "clicked",
    "message.bounced": "bounced",
    "reply.received": "replied",
    "reply.reviewed": "replied",
    "meeting.booked": "meeting_booked",
    "meeting.cancelled": "meeting_cancelled",
    "person.opted_out": "opted_out",
    "person.erased": ERASED,
    "task.created": "task",
    "lead.created": "lead",
    "field.set": "field_set",
}
"""By the type of an event. What is not here is nothing that a mapping file can name."""


def types_of(mapping: CrmMapping) -> list[str]:
    """The types of events that a mapping writes about, in a stable order; none: it writes nothing."""
    # The label of a reply is known by its row alone.
    wanted = {each.partition(".")[0] for each in mapping.occasions()}
    return [name for name, occasion in OCCASION_OF.items() if occasion in wanted]
