"""A no is obeyed in the transaction that stores it: whatever else is slow, down or stuck comes after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key
from services.sending.suppress import suppress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

OPT_OUT: Final = "opt_out"
"""Reason of a suppression that somebody asked for in words."""


async def obey(
    connection: Any,
    send: queries.Row,
    kind: ReactionKind | None,
    wish: Sequence[str],
    *,
    channel: str,
    source: str,
    at: datetime,
) -> None:
    """Suppresses at once what the verdict on a reaction suppresses later anyway; then that finds it done.

    Args:
        connection: in the transaction that stores what came in.
        send: the message that is answered.
        kind: of the reaction.
        wish: opt-out patterns in the person's own words; they mean the person, on every channel.
        channel: that it came on.
        source: id of the reaction: a review that denies the wish lifts what came of it.
        at: UTC.
    """
    address = send["recipient"]
    if wish:
        await _person(connection, send["person_id"], address, "all", OPT_OUT, source, at)
    elif kind is ReactionKind.COMPLAINED:
        await _person(connection, send["person_id"], address, "all", kind.value, source, at)
    elif kind is ReactionKind.UNSUBSCRIBED and channel == "email":
        # STOP by text is another matter: START lifts it, so it stands on the number alone.
        await _person(connection, send["person_id"], address, channel, kind.value, source, at)
    elif kind is ReactionKind.BOUNCED:
        # A dead address says nothing of its person, who may give another one tomorrow.
        await suppress(connection, None, address, channel, kind.value, source, at)


async def obey_stranger(connection: Any, address: str, channel: str, source: str, at: datetime) -> bool:
    """Suppresses the address of somebody known who asks, in a message that answers none of ours, to be left alone.

    Anybody can write any From. So only the address is suppressed, on this channel: whoever forges it keeps our mail
    from that one address, and neither from its person's telephone nor from another address. A person sees the message
    in the unmatched queue.

    Returns:
        False when nobody of that address is known.
    """
    if not await queries.value(connection, "is_known_address", address=address_key(address), channel=channel):
        return False
    await suppress(connection, None, address, channel, OPT_OUT, source, at)
    return True


async def _person(
    connection: Any, person: str, address: str, channel: str, reason: str, source: str, at: datetime
) -> None:
    """The person with the address, and whoever the CRM has merged them into since."""
    await suppress(connection, person, None, channel, reason, source, at, written_to=[address])
    for row in await queries.rows(connection, "merged_people", id=person):
        if row["id"] != person:
            await suppress(connection, row["id"], None, channel, reason, source, at)
