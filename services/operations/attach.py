"""Attaching by hand: what came in and belongs to no run that we know is given to one by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.inbound.about_send import ParentMail
from sequences.inbound.opt_out_wish import asking_lines, wish_in_mail
from sequences.inbound.replies.reply_text import words_beside
from sequences.inbound.trust import ASKED, DOUBT
from sequences.replies.way import JUDGED_WITHIN
from sequences.sms.reading import read_sms
from services.intake import bookings, sms
from services.intake.cut_away_words import noted_beside
from services.intake.mail import KINDS, UNREADABLE
from services.intake.opt_outs import CameBack, obey
from services.intake.store_inbound import Arrival, NoSend, add_reaction
from services.runs.run_row import RunRow
from services.sending.contacts import note_replied, prove_sent
from services.sending.opt_out_holds import end_hold

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_KINDS = (
    {event.value: kind for event, kind in KINDS.items()}
    | {event.value: kind for event, kind in sms.KINDS.items()}
    | bookings.KINDS
    | {UNREADABLE: ReactionKind.REPLIED}
)


@dataclass(frozen=True)
class Attached:
    """What became of it.

    Attributes:
        kind: of the reaction that the run gets, or None: what came in makes none (a delayed delivery, our own copy).
        repeated: it belonged to this run before; nothing was changed.
        notes: what a person should know: another sender than the run's person, a run that is over.
    """

    inbound: str
    enrollment: str
    event: str
    kind: str | None
    reaction: str | None
    repeated: bool
    notes: tuple[str, ...] = ()


async def attach(connection: Connection, inbound: str, enrollment: str, *, by: str, now: datetime) -> Attached:
    """Gives an inbound message to a run, which reacts as if the message had been matched when it came.

    What it was taken for (a reply, an absence, a bounce) stays. The same again changes nothing.

    Args:
        connection: in a transaction.
        inbound: id of the message.
        enrollment: id of the run; one that is over reacts late, as to any late reply.
        by: who asked: ``CLI`` or ``HTTP``.
        now: UTC.

    Raises:
        NotFoundError: there is no such message, or no such run.
        RefusedError: it belongs to another run already.
    """
    row = await queries.inbound_to_attach(connection, id=inbound)
    if row is None:
        raise NotFoundError(f"unknown inbound message {inbound}; `relance unmatched` lists those without a run")
    run = await RunRow.load(connection, enrollment)
    kind = _KINDS.get(row.event)
    owner = row.attached_to or row.reacting_run or row.run_of_send
    if owner == enrollment:
        reaction = await queries.reaction_of_inbound(connection, inbound_id=inbound)
        return Attached(inbound, enrollment, row.event, kind, reaction, repeated=True)
    if owner is not None:
        raise RefusedError(
            RequestRefused.ALREADY_ATTACHED,
            f"it already belongs to enrollment {owner} (matched by {row.matched_by})",
        )
    notes, other_sender = await _notes(connection, row, run)
    # Whoever attaches it says that it belongs to the run: nobody has to look at it first any more.
    known = {key: value for key, value in row.detail.items() if key not in (DOUBT, ASKED)}
    detail = known | {"attached_by": by} | ({"other_sender": True} if other_sender else {})
    send = await queries.send_to_attach(
        connection, enrollment_id=enrollment, channel=row.channel, before=row.received_at
    )
    wish = _wish(row, send) if kind is ReactionKind.REPLIED else ()
    if kind is ReactionKind.REPLIED and row.channel == "email" and not wish:
        asking = asking_lines([words_beside(row.text, row.reply_text)])
        detail = await noted_beside(connection, enrollment, asking, detail)
    await queries.attach_inbound(
        connection,
        id=inbound,
        enrollment_id=enrollment,
        send_id=send.id if send else None,
        detail=detail,
        at=now,
        by=by,
    )
    await end_hold(connection, inbound, "confirmed" if wish else "denied", now)
    if send is not None:
        await prove_sent(connection, send, now)
    if kind is None:
        return Attached(inbound, enrollment, row.event, None, None, repeated=False, notes=notes)
    if kind is ReactionKind.REPLIED:
        await note_replied(connection, run.person_id, inbound, row.received_at)
    arrival = Arrival(
        key=row.key,
        channel=row.channel,
        raw=b"",
        event=row.event,
        received_at=row.received_at,
        sender=row.sender,
        detail=detail,
        kind=kind,
        wish=wish,
    )
    about = send or NoSend(enrollment, run.person_id)
    reaction = await add_reaction(connection, arrival, about, inbound)
    if kind is ReactionKind.REPLIED:
        # It came a while ago; the model judges it now.
        await queries.put_off_reply(connection, reaction_id=reaction, due_at=now + JUDGED_WITHIN)
    if send is not None:
        await obey(connection, send, CameBack(row.channel, reaction, now, kind, arrival.wish))
    return Attached(inbound, enrollment, row.event, kind, reaction, repeated=False, notes=notes)


async def asks_to_stop(connection: Connection, inbound: str, enrollment: str) -> bool:
    """Whether attaching this message to that run would suppress: it asks not to be contacted.

    Args:
        connection: in a transaction.
        inbound: id of the message.
        enrollment: id of the run.
    """
    row = await queries.inbound_to_attach(connection, id=inbound)
    kind = _KINDS.get(row.event) if row is not None else None
    if row is None or kind not in (ReactionKind.REPLIED, ReactionKind.UNSUBSCRIBED):
        return False
    send = await queries.send_to_attach(
        connection, enrollment_id=enrollment, channel=row.channel, before=row.received_at
    )
    return send is not None and (kind is ReactionKind.UNSUBSCRIBED or bool(_wish(row, send)))


def _wish(row: queries.InboundToAttachRow, send: queries.SendRow | None) -> tuple[str, ...]:
    """A no is obeyed when the run is known, as it would have been when the message came."""
    if row.channel != "email":
        return read_sms(row.text, [send.text if send else ""]).wish
    parent = ParentMail(send.recipient, send.sender, send.text, send.subject or "") if send else None
    certain = "no_own_words" not in row.detail.get("reasons", ())
    return wish_in_mail(row.reply_text, row.text, certain=certain, parent=parent)


async def dismiss(connection: Connection, inbound: str, *, by: str, now: datetime) -> bool:
    """Takes a message out of the unmatched queue: it answers none of our runs, and those that waited for it go on.

    Args:
        connection: in a transaction.
        inbound: id of the message.
        by: who asked: ``CLI`` or ``HTTP``.
        now: UTC.

    Returns:
        False when it had been dismissed before.

    Raises:
        NotFoundError: there is no such message.
        RefusedError: it belongs to a run.
    """
    row = await queries.inbound_to_attach(connection, id=inbound)
    if row is None:
        raise NotFoundError(f"unknown inbound message {inbound}; `relance unmatched` lists those without a run")
    if row.state == "matched":
        raise RefusedError(
            RequestRefused.ALREADY_ATTACHED,
            f"it already belongs to a run (matched by {row.matched_by}); only unmatched ones are dismissed",
        )
    await end_hold(connection, inbound, "denied", now)
    return await queries.dismiss_inbound(connection, id=inbound, at=now, by=by) is not None


async def _notes(connection: Connection, row: queries.InboundToAttachRow, run: RunRow) -> tuple[tuple[str, ...], bool]:
    """What is unusual about it, in words without anybody's data; and whether somebody else than the person wrote."""
    person = await queries.person_row(connection, id=run.person_id)
    known = ((person.email if row.channel == "email" else person.phone) if person else None) or ""
    other = bool(row.sender) and (row.sender or "").lower() != known.strip().lower()
    notes = ["it comes from a different address than the person of the run has"] if other else []
    if run.closed:
        notes.append(f"the run has already ended ({run.state}); its follow-ups will still be carried out")
    return tuple(notes), other
