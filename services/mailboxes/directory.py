"""What this process knows of mailboxes: read once, and again when their revision is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.mailboxes.own_mailbox import InboundWay, MailboxDirectory, MailboxState, OwnMailbox, ReplyTo
from sequences.mailboxes.signature import signature_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


class KnownMailboxes:
    """All mailboxes of their own. Nobody changes what was read: a new revision is a new directory."""

    def __init__(self) -> None:
        self._known = MailboxDirectory()

    async def read(self, connection: Connection, revision: int | None = None) -> MailboxDirectory:
        """As they are now.

        Args:
            connection: reads only.
            revision: that somebody has just read; None: it is asked for.
        """
        if revision is None:
            revision = await queries.mailbox_revision(connection) or 0
        if revision != self._known.revision:
            # The rows may be newer than the number, never older: then the next look reads them once more.
            rows = await queries.all_own_mailboxes(connection)
            self._known = MailboxDirectory(revision, tuple(map(own_mailbox, rows)))
        return self._known


def own_mailbox(row: queries.AllOwnMailboxesRow | queries.OwnMailboxRow) -> OwnMailbox:
    """A mailbox from its row."""
    return OwnMailbox(
        id=row.id,
        address=row.address,
        name=row.name,
        owner_id=row.owner_id,
        pool=row.pool,
        signature=signature_of(row.signature_text, row.signature_html),
        limits=row.limits,
        state=MailboxState(row.state),
        transport=row.transport,
        reply_to=ReplyTo(row.reply_to),
        inbound=InboundWay(row.inbound),
        changed_at=row.changed_at,
    )
