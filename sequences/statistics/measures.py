"""What is counted, in one place: the table, its footer, the JSON and the page of the documentation say the same."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


class Measure(enum.StrEnum):
    """One count of people, in the order of the table. A person counts at most once in each, for each row."""

    ENTERED = "entered"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    POSITIVE = "replied_positive"
    NEGATIVE = "replied_negative"
    NEUTRAL = "replied_neutral"
    UNREAD = "replied_unread"
    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"
    LIKED = "liked"
    DISLIKED = "disliked"
    OUT_OF_OFFICE = "out_of_office"
    FORM_SUBMITTED = "form_submitted"
    MEETING_BOOKED = "meeting_booked"
    MEETING_CANCELLED = "meeting_cancelled"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    FINISHED = "finished"
    STOPPED = "stopped"
    IN_IT_NOW = "in_it_now"
    SENT_WITH_LINK = "sent_with_link"
    SENT_WITH_PIXEL = "sent_with_pixel"


@dataclass(frozen=True)
class Definition:
    """What a measure means.

    Attributes:
        words: the definition, for people.
        of: the measure that a rate of this one is a share of; None: no rate is made of it.
    """

    words: str
    of: Measure | None = None


DEFINITIONS: Final[Mapping[Measure, Definition]] = MappingProxyType(
    {
        Measure.ENTERED: Definition(
            "people who entered the sequence; of a version, those who were on it; of a step, those whose turn came"
        ),
        Measure.SENT: Definition("people who were sent at least one message: the server or the provider took it"),
        Measure.DELIVERED: Definition(
            "people who are known to have got a message: the phone network says so, or something came back from "
            "them; this is never known of most mails, so there is no rate of it"
        ),
        Measure.BOUNCED: Definition("people whose message did not arrive, by a report", Measure.SENT),
        Measure.OPENED: Definition(
            "people who likely opened a mail; see the limits of open tracking", Measure.SENT_WITH_PIXEL
        ),
        Measure.CLICKED: Definition("people who followed a link; machines are left out", Measure.SENT_WITH_LINK),
        Measure.REPLIED: Definition(
            "people who replied in their own words; automatic answers are left out", Measure.SENT
        ),
        Measure.POSITIVE: Definition("of them, those whose newest reply is positive", Measure.SENT),
        Measure.NEGATIVE: Definition("of them, those whose newest reply is negative", Measure.SENT),
        Measure.NEUTRAL: Definition("of them, those whose newest reply is neutral", Measure.SENT),
        Measure.UNREAD: Definition("of them, those whose newest reply needs review", Measure.SENT),
        Measure.OPTED_OUT: Definition("people who unsubscribed, wrote STOP or asked to be left alone", Measure.SENT),
        Measure.COMPLAINED: Definition("people whose mail provider reported a complaint", Measure.SENT),
        Measure.LIKED: Definition("people who tapped a like on a text message"),
        Measure.DISLIKED: Definition("people who tapped a dislike on a text message"),
        Measure.OUT_OF_OFFICE: Definition("people whose mailbox sent an automatic answer"),
        Measure.FORM_SUBMITTED: Definition("people who sent a form"),
        Measure.MEETING_BOOKED: Definition("people who booked a meeting", Measure.SENT),
        Measure.MEETING_CANCELLED: Definition("of them, those whose meeting was cancelled, by either side"),
        Measure.NOT_SENT: Definition("people whose message was refused or failed, and did not go out"),
        Measure.UNKNOWN: Definition("people whose message may have gone out: it is unknown"),
        Measure.SKIPPED: Definition("people who had a step skipped"),
        Measure.FINISHED: Definition(
            "people whose run finished; of a step, those who finished with this as the last step that went out"
        ),
        Measure.STOPPED: Definition("people whose run stopped before its end; of a step, those who stopped after it"),
        Measure.IN_IT_NOW: Definition("people whose run is open; of a step, those who have it as their last so far"),
        Measure.SENT_WITH_LINK: Definition("people who were sent a message with a tracked link"),
        Measure.SENT_WITH_PIXEL: Definition("people who were sent a mail that counts opens"),
    }
)
"""The definition of each measure. ``docs/statistics.md`` has the same words."""

RULES: Final = (
    "People are counted, not messages: each person once in a column of a row, however often it happened.",
    "A reaction counts for the message that it answers, whenever it came; without one, for the sequence as a whole.",
    "Who was in a sequence more than once is in the state of the newest time, and counts with the newest reply of it.",
    "A day or a week is the one in which people entered (UTC; weeks begin on Monday).",
    "Behind each rate is its 95 % interval (Wilson). Under 30 people no percentage is shown: it would say nothing.",
)
"""What holds for all of them."""
