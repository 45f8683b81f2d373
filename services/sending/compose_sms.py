"""Turns rendered words into the one frozen text that a step will ever send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.sms.opt_out_line import explains_opt_out, line_for, parse_lines, with_line
from sequences.sms.segments import Segmentation, segment

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.records.record_view import Values
    from services.organisation import Organisation
    from services.sending.compose_email import Draft

LONG_TEXT = "long_text"
"""Kind of the run event about a text of more segments than the settings like."""


@dataclass(frozen=True)
class SmsWords:
    """What a text says.

    Attributes:
        words: exactly what goes out.
        tells_opt_out: whether they say how to get no more texts.
        too_long: what they cost, when that is more than the settings like.
    """

    words: str
    tells_opt_out: bool
    too_long: Segmentation | None


class SmsComposer:
    """Adds what the first text of a sender must say, and counts segments."""

    def __init__(self, organisation: Organisation) -> None:
        self._sender = organisation.sms_sender
        self._most_segments = organisation.sms_segments_warn
        self._lines = parse_lines(organisation.sms_opt_out_line)

    async def words(
        self, connection: Connection, person_id: str, person: Values, phone: str, rendered: str
    ) -> SmsWords:
        """The words that are frozen.

        Args:
            connection: in the transaction that stores the send.
            person_id: who gets it.
            person: their fields; the line is in their ``language`` when the settings have it.
            phone: theirs, E.164.
            rendered: the template, filled in.
        """
        line = line_for(self._lines, str(person.get("language") or ""))
        told = line == "" or await queries.opt_out_line_was_sent(
            connection, sender=self._sender, person_id=person_id, recipient=phone
        )
        words = rendered if told else with_line(rendered, line)
        tells = explains_opt_out(words) or (line != "" and line.casefold() in words.casefold())
        cost = segment(words)
        return SmsWords(words, tells, cost if cost.segments > self._most_segments else None)


async def store_sms(connection: Connection, draft: Draft, text: SmsWords) -> None:
    """Notes beside a ``send`` row that was just stored what its text tells and whether it is a long one."""
    if text.tells_opt_out:
        await queries.mark_opt_out_line(connection, id=draft.send, text=text.words)
    if text.too_long is not None:
        await queries.add_run_event(
            connection,
            enrollment_id=draft.context.run.id,
            at=draft.now,
            kind=LONG_TEXT,
            key=f"{LONG_TEXT}:{draft.step.id}",
            detail={
                "step": draft.step.id,
                "segments": text.too_long.segments,
                "encoding": text.too_long.encoding.value,
                "outside_gsm7": "".join(text.too_long.outside_gsm7)[:20],
            },
        )
