"""Writes the mails that tell owners of their notifications: rows with frozen bytes, before anything is sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.mail.outgoing.message import AUTOMATIC, build_email
from adapters.postgres import queries
from sequences import ids
from sequences.errors import PermanentError
from sequences.sending.email_content import EmailHeaders
from sequences.sending.owner_mails import Bundle, MailedNotification, MailKind, bundles, latest_digest, mail_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, time
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Connection, Database
    from sequences.sending.owner_mails import DigestTime
    from services.organisation import Organisation

_log = logging.getLogger("relance.notices")


@dataclass(frozen=True)
class WrittenMails:
    """How many mails were written, and how many owners cannot be written to."""

    mails: int = 0
    unreachable: int = 0


class OwnerMails:
    """Turns what is due into rows of ``notice_mail``."""

    def __init__(
        self,
        database: Database,
        organisation: Organisation,
        digest_at: time,
        zone: ZoneInfo,
        seal: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """``seal`` gets every finished mail and returns the bytes to freeze: the place for signatures."""
        self._database = database
        self._organisation = organisation
        self._digest_at = digest_at
        self._zone = zone
        self._seal = seal

    async def write(self, now: datetime) -> WrittenMails:
        """Writes every mail that is due at ``now``; an owner whom another worker is writing to is left to it."""
        digest = latest_digest(now, self._digest_at, self._zone)
        async with self._database.transaction() as connection:
            owners = await queries.owners_to_mail(connection, day=digest.day, digest_before=digest.at)
        mails = unreachable = 0
        for row in owners:
            async with self._database.transaction() as connection:
                written = await self._write_to(connection, row, digest, now)
            mails += written or 0
            unreachable += written is None
        return WrittenMails(mails, unreachable)

    async def _write_to(self, connection: Connection, owner: str, digest: DigestTime, now: datetime) -> int | None:
        """How many mails; None when the owner has no address that a mail could go to."""
        if not await queries.lock_owner_mails(connection, owner=owner):
            return 0
        rows = await queries.notifications_to_mail(connection, owner=owner, day=digest.day, digest_before=digest.at)
        if not rows:
            return 0
        try:
            mails = [(bundle, self._mail(owner, rows[0], bundle, digest, now)) for bundle in _bundles(rows)]
        except PermanentError as error:
            problem = str(error) if rows[0].email else "no address"
            if await queries.add_owner_mail_problem(connection, owner_id=owner, problem=problem, since=now):
                _log.warning("owner %s cannot be notified by e-mail: %s", owner, problem)
            return None
        await queries.end_owner_mail_problem(connection, owner_id=owner)
        recipient = rows[0].email
        assert recipient is not None
        for bundle, (identity, content) in mails:
            added = await queries.add_owner_mail(
                connection,
                id=identity,
                owner_id=owner,
                kind=bundle.kind.value,
                day=digest.day if bundle.kind is MailKind.DIGEST else None,
                recipient=recipient,
                content=content,
                created_at=now,
            )
            if added is not None:
                notices = [notice.id for notice in bundle.notifications]
                await queries.put_notifications_into_mail(connection, mail_id=identity, notices=notices)
        return len(mails)

    def _mail(
        self, owner: str, row: queries.NotificationsToMailRow, bundle: Bundle, digest: DigestTime, now: datetime
    ) -> tuple[str, bytes]:
        """Id and bytes.

        Raises:
            PermanentError: the address is missing or malformed.
        """
        if bundle.kind is MailKind.DIGEST:
            identity = ids.notice_mail_id(owner, "digest", digest.day.isoformat())
        else:
            identity = ids.notice_mail_id(owner, *(notice.id for notice in bundle.notifications))
        organisation = self._organisation
        headers = EmailHeaders(
            message_id=f"<{identity}@{organisation.mail_domain}>",
            sender_name=organisation.sender_name,
            sender_address=organisation.sender_address,
            recipient_name=" ".join(filter(None, (row.first_name, row.last_name))) or None,
            recipient_address=row.email or "",
            # No token: an answer to this is nobody's reaction.
            reply_to=organisation.sender_address,
            date=now,
        )
        mail = AUTOMATIC + build_email(headers, mail_of(bundle, organisation.company, self._zone))
        return identity, mail if self._seal is None else self._seal(mail)


def _bundles(rows: list[queries.NotificationsToMailRow]) -> list[Bundle]:
    notices = [MailedNotification(row.id, row.title, row.sequence_name or row.sequence, row.created_at) for row in rows]
    return bundles(notices, "digest" if rows[0].notify_by == "digest" else "email")
