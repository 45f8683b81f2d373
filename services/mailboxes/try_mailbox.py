"""Tries a mailbox: logs in to its servers and sends one mail from it, to an own address."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.mail.outgoing.message import build_email
from adapters.postgres import queries
from sequences.channels import EMAIL
from sequences.errors import NotReadyError
from sequences.mailboxes.own_mailbox import ORGANISATION, MailboxState
from sequences.sending.email_content import EmailContent, EmailHeaders
from sequences.sending.outcome import HandOver, TransportVerdict
from services.access.audit import Deed, record
from services.mailboxes.directory import own_mailbox
from services.mailboxes.keep import KeepMailboxes, find_mailbox
from services.sending.own_recipients import OwnRecipients

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.access.audit import Doer
    from services.mailboxes.log_in import MailboxLogins
    from services.organisation import Organisation
    from services.ports import EmailTransport, OwnTransports

_SECONDS: Final = 30.0
_SUBJECT: Final = "Test of this mailbox by Relance"
_WORDS: Final = "This mail shows that Relance can send from this mailbox. You can delete it.\n"


@dataclass(frozen=True)
class MailboxTrial:
    """What came of a try.

    Attributes:
        mailbox: its id.
        sends: why no mail can be sent from it; empty: one was.
        reads: why its inbox cannot be read; empty: it can, or is not read.
        state: of the mailbox after it.
    """

    mailbox: str
    sends: str
    reads: str
    state: str

    @property
    def good(self) -> bool:
        """Both work."""
        return not self.sends and not self.reads


@dataclass(frozen=True, kw_only=True)
class TryMailbox:
    """Tries mailboxes.

    Attributes:
        email: the mail server of the settings.
        own: servers of mailboxes of their own.
        keys: of the settings, the newest first; they open the secrets.
        seal: signs mails; None: the mail server does, or nobody.
        logins: looks whether its inbox can be read.
    """

    database: Database
    organisation: Organisation
    email: EmailTransport
    own: OwnTransports
    keys: Sequence[bytes] = field(repr=False)
    logins: MailboxLogins
    seal: Callable[[bytes], bytes] | None = None

    async def try_it(self, doer: Doer, key: str, to: str | None, now: datetime) -> MailboxTrial:
        """Tries one; where all works, a mailbox that was disconnected sends again.

        Args:
            doer: who asks.
            key: id or address of the mailbox.
            to: an own address; None: the mailbox itself.
            now: UTC.

        Raises:
            NotFoundError: there is no such mailbox.
            RefusedError: the address is not an own one.
        """
        async with self.database.transaction() as connection:
            row = await queries.own_mailbox(connection, id=await find_mailbox(connection, key))
            assert row is not None, "no row of a mailbox is ever deleted"
            own = OwnRecipients(self.organisation, row.address)
            recipient = await own.checked(connection, EMAIL.name, to or row.address)
        sends = await self._sends(row, recipient, now)
        reads = await self.logins.reads(row)
        state = row.state
        async with self.database.transaction() as connection:
            detail = {"sends": not sends, "reads": not reads}
            await record(connection, doer, Deed("mailbox_tested", f"mailbox:{row.id}", detail), now)
            if not sends and not reads and row.state == MailboxState.DISCONNECTED:
                await KeepMailboxes(self.keys).resume(connection, doer, row.id, now)
                state = MailboxState.ACTIVE
        return MailboxTrial(row.id, sends, reads, str(state))

    async def _sends(self, row: queries.OwnMailboxRow, recipient: str, now: datetime) -> str:
        mailbox = own_mailbox(row)
        headers = EmailHeaders(
            message_id=f"<try-{secrets.token_hex(12)}@{self.organisation.mail_domain}>",
            sender_name=row.name or self.organisation.sender_name,
            sender_address=row.address,
            recipient_name=None,
            recipient_address=recipient,
            reply_to=None,
            date=now,
        )
        content = build_email(headers, EmailContent(_SUBJECT, _WORDS))
        if self.seal is not None:
            content = await asyncio.to_thread(self.seal, content)
        try:
            async with asyncio.timeout(_SECONDS), AsyncExitStack() as stack:
                transport = self.email
                if mailbox.transport != ORGANISATION:
                    transport = await stack.enter_async_context(self.own.lent(mailbox))
                ready = await stack.enter_async_context(transport.connection())
                outcome = await ready.send(
                    envelope_from=row.address, recipient=recipient, content=content, handover=HandOver()
                )
        except NotReadyError as error:
            return error.outcome.reason or "the server cannot be used"
        except TimeoutError:
            return f"the server did not answer within {_SECONDS:.0f} s"
        return "" if outcome.verdict is TransportVerdict.ACCEPTED else outcome.reason or str(outcome.verdict)
