"""Mailboxes of their own, as tests of rules want them."""

from __future__ import annotations

from datetime import UTC, datetime

from sequences.mailboxes.own_mailbox import InboundWay, MailboxState, OwnMailbox, ReplyTo

NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)


def box(name: str, owner: str | None = None, pool: str | None = None, state: str = "active") -> OwnMailbox:
    return OwnMailbox(
        id=f"x{name}",
        address=f"{name}@agency.example",
        name=None,
        owner_id=owner,
        pool=pool,
        signature=None,
        limits=None,
        state=MailboxState(state),
        transport="organisation",
        reply_to=ReplyTo.SIGNED,
        inbound=InboundWay.ORGANISATION,
        changed_at=NOW,
    )
