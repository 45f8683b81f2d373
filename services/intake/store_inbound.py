"""The rows that everything which comes back leaves: an inbound row always, a reaction when it concerns a run."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from adapters.postgres import queries
from sequences import ids
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key
from sequences.replies.way import JUDGED_WITHIN
from services.intake.opt_outs import CameBack, hold_stranger, obey, obey_stranger
from services.reactions.write_reaction import NewReaction, write_reaction
from services.sending.contacts import note_replied, prove_sent
from services.sending.opt_out_holds import hold_until_confirmed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.inbound.trust import Doubted

_log = logging.getLogger("relance.intake")

HOLDING = frozenset(
    {ReactionKind.REPLIED, ReactionKind.CLICKED, ReactionKind.BOUNCED, ReactionKind.UNSUBSCRIBED}
    | {ReactionKind.COMPLAINED, ReactionKind.OUT_OF_OFFICE, ReactionKind.FIELD_CHANGED}
)
"""Kinds after which nothing may be sent until they are handled."""

FOR_PEOPLE = frozenset({"human", "unreadable"})
"""Events of which somebody must hear: without a run they wait in the unmatched queue."""


@dataclass(frozen=True)
class Arrival:
    """One thing that came in, before it is stored.

    Attributes:
        key: what makes a second delivery of it recognisable.
        channel: its name, or ``web``.
        raw: the bytes as they came; always kept.
        event: what it was taken for, such as ``human`` or ``hard_bounce``.
        sender: address or number, or None.
        send: the ``send`` row that it answers, or None.
        matched_by: which rule found that send.
        kind: of the reaction it makes, or None when it concerns no run.
        wish: opt-out patterns in the person's own words, obeyed in the same transaction.
        held_for: the ``send`` row whose run waits until a person has looked at what came; ``send`` is None then.
        doubt: it is not proved to be the recipient's, and does nothing by itself; None: it may act.
    """

    key: str
    channel: str
    raw: bytes
    event: str
    received_at: datetime
    sender: str | None = None
    text: str = ""
    reply_text: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    send: queries.SendRow | None = None
    matched_by: str | None = None
    kind: ReactionKind | None = None
    wish: tuple[str, ...] = ()
    held_for: queries.SendRow | None = None
    doubt: Doubted | None = None


@dataclass(frozen=True)
class NoSend:
    """A run that a message concerns though it answers none of its sends."""

    enrollment_id: str
    person_id: str
    id: str | None = None
    recipient: str | None = None


About: TypeAlias = "queries.SendRow | queries.OpenRunsWrittenToRow | NoSend"
"""What a reaction is about."""


@dataclass(frozen=True)
class Stored:
    """What became of an arrival: ``fresh`` is False for a second delivery."""

    fresh: bool
    reaction: str | None = None


def storable(value: Any) -> Any:
    """The same without what Postgres cannot hold: NUL and lone surrogates. ``raw`` keeps the bytes as they came."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


async def store_arrival(connection: Connection, arrival: Arrival) -> Stored:
    """Stores an arrival and its reaction in the caller's transaction. A known key stores nothing.

    A wish not to be contacted, a complaint and an unsubscribe suppress here: nothing that comes later can hold it up.
    """
    arrival = replace(
        arrival,
        key=storable(arrival.key),
        sender=storable(arrival.sender),
        text=storable(arrival.text),
        reply_text=storable(arrival.reply_text),
        detail=storable(dict(arrival.detail)),
    )
    identity = ids.inbound_id(arrival.key)
    state = "matched" if arrival.send is not None else ("unmatched" if arrival.event in FOR_PEOPLE else "ignored")
    added = await queries.add_inbound(
        connection,
        id=identity,
        key=arrival.key,
        channel=arrival.channel,
        received_at=arrival.received_at,
        raw=arrival.raw,
        event=arrival.event,
        sender=arrival.sender,
        text=arrival.text,
        reply_text=arrival.reply_text,
        detail=dict(arrival.detail),
        matched_by=arrival.matched_by,
        send_id=arrival.send.id if arrival.send else None,
        state=state,
    )
    if added is None:
        return Stored(fresh=False)
    named = {"inbound": identity}
    if arrival.send is not None:
        named |= {"send": arrival.send.id, "run": arrival.send.enrollment_id}
    of = f"about {arrival.send.id} of {arrival.send.enrollment_id}" if arrival.send else "about no run"
    _log.info("%s came in by %s: %s, %s", identity, arrival.channel, arrival.event, of, extra={"ids": named})
    if arrival.send is not None:
        return Stored(True, await react(connection, arrival, arrival.send, identity))
    if arrival.held_for is not None:
        await prove_sent(connection, arrival.held_for, arrival.received_at)
        await _obey(connection, arrival, arrival.held_for, identity)
        return Stored(fresh=True)
    if arrival.wish and arrival.sender:
        stop = hold_stranger if arrival.doubt is not None else obey_stranger
        await stop(connection, arrival.sender, arrival.channel, identity, arrival.received_at)
    return Stored(fresh=True)


async def _obey(connection: Connection, arrival: Arrival, send: queries.SendRow, source: str) -> None:
    """What it forbids is forbidden at once: for good, or until a person has said whose word it is."""
    if arrival.doubt is None:
        came = CameBack(arrival.channel, source, arrival.received_at, arrival.kind, arrival.wish)
        await obey(connection, send, came)
    elif arrival.doubt.channel is not None:
        await hold_until_confirmed(connection, send, source, arrival.doubt.channel, arrival.received_at)


async def react(connection: Connection, arrival: Arrival, send: queries.SendRow, inbound: str) -> str | None:
    """What a stored arrival means for the run of one send; returns the id of its reaction, if it makes one."""
    # Whatever comes back about an unknown send proves that it had gone out.
    await prove_sent(connection, send, arrival.received_at)
    if arrival.kind is ReactionKind.REPLIED and arrival.doubt is None:
        await note_replied(connection, send.person_id, inbound, arrival.received_at)
    if arrival.kind is None:
        return None
    reaction = await add_reaction(connection, arrival, send, inbound)
    await _obey(connection, arrival, send, reaction)
    return reaction


async def add_reaction(connection: Connection, arrival: Arrival, send: About, inbound: str | None) -> str:
    """The reaction row of an arrival."""
    kind = arrival.kind or ReactionKind.REPLIED
    reaction = await write_reaction(
        connection,
        NewReaction(
            key=arrival.key,
            run=send.enrollment_id,
            person=send.person_id,
            kind=kind,
            received_at=arrival.received_at,
            detail=arrival.detail,
            channel=arrival.channel if arrival.channel != "web" else "email",
            send=send.id,
            inbound=inbound,
            holds=kind in HOLDING,
        ),
    )
    if kind is ReactionKind.REPLIED:
        await queries.note_answer(
            connection,
            id=reaction,
            address=_key(send.recipient or arrival.sender),
            # What a person must confirm is no opt-out yet.
            reasons=([f"opt_out:{name}" for name in arrival.wish] or None) if arrival.doubt is None else None,
        )
        await queries.add_reply_forwarding(connection, reaction_id=reaction, due_at=arrival.received_at + JUDGED_WITHIN)
    return reaction


def _key(address: str | None) -> str | None:
    return address_key(address) if address else None
