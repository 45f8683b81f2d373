"""Stores the message of a step and claims it, in one message to Postgres: nearly all are written and sent at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.email_address import address_key
from services.sending.attempt import ClaimedSend

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.sending.attempt import Attempt
    from services.sending.compose_email import Message


async def claim_as_stored(
    connection: Connection, attempt: Attempt, message: Message, *, slot: datetime | None = None
) -> ClaimedSend | None:
    """Claims a message that is stored by it; None, and no message is stored, when something is in the way.

    That is what forbids any send, a run that has changed since the message was made of it, or a message of this step
    that is there already. Who asks for it again, with a stored message, is told which.

    Args:
        connection: in a transaction, or for this statement alone. Its commit reaches the disk before the provider hears
            of the message.
        attempt: with the run as it was read.
        message: of nothing but a ``send`` row and its links.
        slot: of a mailbox with limits; its reservation is of the same transaction, after this.
    """
    context, run, whole = attempt.context, attempt.context.run, attempt.whole
    assert whole is not None, "only a step that was read whole is claimed so"
    send, key = attempt.send, address_key(message.recipient)
    claimed = await queries.claim_new_send(
        connection,
        run=run.id,
        version=run.version,
        revision=run.plan_revision,
        mark=whole.mark,
        send={
            "id": send,
            "step": attempt.step.id,
            "person_id": context.view.person_id,
            "channel": str(attempt.channel),
            "sender": message.sender,
            "recipient": message.recipient,
            # Where lower(recipient) is not the compared form of it.
            "recipient_key": key if key != message.recipient.lower() else None,
            "subject": message.subject,
            "message_id": message.message_id,
            "variant": message.draft.variant,
        },
        content=message.content,
        text=message.text,
        links=[
            {"id": ids.link_id(send, number), "position": number, "target": target}
            for number, target in enumerate(message.links)
        ],
        claimer=attempt.claimed_by,
        now=attempt.now,
        slot=slot,
        span_start=attempt.span.start,
        cap=attempt.span.cap,
        day=attempt.day,
        owner=context.view.owner_id,
        erased=list(message.erased),
    )
    if not claimed:
        return None
    return ClaimedSend(
        send,
        run.id,
        context.view.person_id,
        str(attempt.channel),
        message.sender,
        message.recipient,
        message.content,
        message.text,
    )
