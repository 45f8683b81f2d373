"""A mailbox is read no longer: its provider is asked to tell no more of new mail in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.mail.incoming.api.kinds import asking_of, push_of
from sequences.errors import RelanceError
from sequences.mailboxes.own_mailbox import InboundWay
from services.mailboxes.keep_push import KeepPush

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.mail.incoming.api.kinds import PushAddresses
    from adapters.mail.xoauth2 import TokenSource
    from adapters.postgres import queries
    from adapters.postgres.database import Database


async def end_push(
    database: Database,
    row: queries.OwnMailboxRow,
    tokens: TokenSource | None,
    addresses: PushAddresses,
    clock: Callable[[], datetime],
) -> None:
    """Asks, as ``KeepPush.end``; nothing where its provider never told of anything.

    Args:
        database: where it is written down what providers agreed to.
        row: of the mailbox, as it was read until now.
        tokens: where its tokens come from.
        addresses: where providers tell.
        clock: UTC.
    """
    if row.inbound != InboundWay.API:
        return
    try:
        asking = asking_of(row.transport, row.transport_settings, row.address, tokens, clock)
    except RelanceError:
        return
    try:
        push = push_of(row.transport, asking, row.id, addresses, clock)
        if push is not None:
            await KeepPush(database, clock).end(row.id, push)
    finally:
        await asking.aclose()
