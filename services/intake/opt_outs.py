"""A no is obeyed in the transaction that stores it: whatever else is slow, down or stuck comes after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.channels import is_channel
from sequences.channels.address_kinds import alike, field_of
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key
from sequences.reactions.verdict import obeyed_for_the_address
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection

OPT_OUT: Final = "opt_out"
"""Reason of a suppression that somebody asked for in words."""


@dataclass(frozen=True)
class CameBack:
    """What came back, as far as it can say that somebody is not to be contacted.

    Attributes:
        channel: that it came on.
        source: id of the reaction, or of the message: a review that denies the wish lifts what came of it.
        at: UTC.
        kind: of the reaction, or None.
        wish: opt-out patterns in the person's own words; they mean the person, on every channel.
    """

    channel: str
    source: str
    at: datetime
    kind: ReactionKind | None = None
    wish: Sequence[str] = ()


async def obey(connection: Connection, send: queries.SendRow, came: CameBack) -> None:
    """Suppresses at once what the verdict on a reaction suppresses later anyway; then that finds it done.

    Args:
        connection: in the transaction that stores what came in.
        send: the message that is answered.
        came: what came back.
    """
    kind = came.kind
    if came.wish:
        await _person(connection, send, came, "all", OPT_OUT)
    elif kind is ReactionKind.COMPLAINED:
        await _person(connection, send, came, "all", kind.value)
    elif kind is ReactionKind.UNSUBSCRIBED and is_channel(came.channel) and not obeyed_for_the_address(came.channel):
        # STOP by text is another matter: START lifts it, so it stands on the number alone.
        await _person(connection, send, came, came.channel, kind.value)
    elif kind is ReactionKind.BOUNCED:
        # A dead address says nothing of its person, who may give another one tomorrow.
        await suppress(
            connection, NewSuppression(came.channel, kind.value, came.source, came.at, address=send.recipient)
        )


async def is_known(connection: Connection, address: str, channel: str) -> bool:
    """Somebody has this address, or we wrote to it: on any channel that uses the same kind.

    Args:
        connection: reads only.
        address: as it is compared.
        channel: a name of ``sequences.channels``.
    """
    return bool(
        await queries.is_known_address(
            connection, address=address, channels=list(alike(channel)), field=field_of(channel) or ""
        )
    )


async def hold_stranger(connection: Connection, address: str, channel: str, source: str, at: datetime) -> None:
    """As ``obey_stranger``, where it is not proved that the address is the writer's: dismissing the message ends it."""
    key = address_key(address)
    if await is_known(connection, key, channel):
        await queries.hold_opt_out(connection, source=source, people=[], addresses=[key], channel=channel, since=at)


async def obey_stranger(connection: Connection, address: str, channel: str, source: str, at: datetime) -> bool:
    """Suppresses the address of somebody known who asks, in a message that answers none of ours, to be left alone.

    Anybody can write any From. So only the address is suppressed, on this channel: whoever forges it keeps our mail
    from that one address, and neither from its person's telephone nor from another address. A person sees the message
    in the unmatched queue.

    Returns:
        False when nobody of that address is known.
    """
    if not await is_known(connection, address_key(address), channel):
        return False
    await suppress(connection, NewSuppression(channel, OPT_OUT, source, at, address=address))
    return True


async def _person(connection: Connection, send: queries.SendRow, came: CameBack, channel: str, reason: str) -> None:
    """The person with the address, and whoever the CRM has merged them into since."""
    person, written_to = send.person_id, [send.recipient]
    await suppress(
        connection, NewSuppression(channel, reason, came.source, came.at, person=person, written_to=written_to)
    )
    for row in await queries.merged_people(connection, id=person):
        if row.id != person:
            await suppress(connection, NewSuppression(channel, reason, came.source, came.at, person=row.id))
