"""Mailboxes of their own: adding and changing them, pausing them, and taking them out of use."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from adapters.mail.incoming.api.kinds import SOURCES
from adapters.mail.outgoing.kinds import KINDS, ImapInbox, checked_settings
from adapters.postgres import queries
from adapters.templates.bodies import text_from_html
from adapters.templates.html.check_and_finish import html_problems
from sequences import ids
from sequences.email_address import email_problem, trimmed
from sequences.errors import NotFoundError, RefusedError, RequestRefused, SettingsError
from sequences.mailboxes.own_mailbox import ORGANISATION, InboundWay, MailboxState, ReplyTo
from sequences.sending.slots import parse_limits
from services.access.audit import Deed, record
from services.mailboxes.disconnect import connect_again
from services.webhooks.sealed import SealedFor, seal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.access.audit import Doer

_KEPT_OUT: Final = frozenset({"transport", "inbound", "signature_text", "signature_html"})
"""What the audit log only says was changed."""
OWN_FIELDS: Final = frozenset({"name", "signature_text", "signature_html"})
"""What the owner of a mailbox may change of it. The rest is the admins'."""


class TransportAsked(BaseModel):
    """By which server a mailbox sends."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(description=f"{ORGANISATION}, or one of: {', '.join(KINDS)}.", examples=["smtp"])
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Of that kind, such as host, port, tls and username of smtp."
    )
    secret: str | None = Field(
        default=None,
        max_length=10_000,
        pattern=ids.STORABLE,
        repr=False,
        description="Its password or key; absent: as it is stored.",
    )


class InboundAsked(BaseModel):
    """How the answers to its mails are read."""

    model_config = ConfigDict(extra="forbid")

    kind: InboundWay = Field(
        description="organisation: by the signed reply address; imap: its own inbox is read; api: by gmail or graph."
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="Of imap: host, port, security, folder ...")
    secret: str | None = Field(
        default=None,
        max_length=10_000,
        pattern=ids.STORABLE,
        repr=False,
        description="The password; absent: as stored, else the transport's.",
    )


class MailboxChanges(BaseModel):
    """What somebody sets of a mailbox; what is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(
        default=None, max_length=100, pattern=ids.STORABLE, description="On its mails; null: its owner's name."
    )
    owner: str | None = Field(
        default=None, pattern=ids.EXTERNAL_ID, description="Id of the recruiter whose mail it sends."
    )
    pool: str | None = Field(default=None, pattern=ids.SLUG, description="Mailboxes of one pool share the load.")
    signature_text: str | None = Field(
        default=None, max_length=5_000, pattern=ids.STORABLE, description="Under its mails, as plain text."
    )
    signature_html: str | None = Field(
        default=None, max_length=20_000, pattern=ids.STORABLE, description="The same as HTML."
    )
    limits: str | None = Field(
        default=None,
        max_length=200,
        pattern=ids.STORABLE,
        description="As RELANCE_MAILBOX_LIMITS is written; null: that setting.",
    )
    transport: TransportAsked | None = Field(default=None, description="By which server it sends.")
    inbound: InboundAsked | None = Field(default=None, description="How answers are read.")
    reply_to: ReplyTo | None = Field(
        default=None, description="signed: answers go to a signed address; own: to the mailbox itself."
    )


@dataclass(frozen=True)
class KeepMailboxes:
    """Changes mailboxes, each in the caller's transaction.

    Attributes:
        keys: of the settings, the newest first; they seal.
    """

    keys: Sequence[bytes] = field(repr=False)

    async def add(self, connection: Connection, doer: Doer, address: str, wanted: MailboxChanges, now: datetime) -> str:
        """Adds one and returns its id; from now on what goes out from its address goes by it.

        Raises:
            RefusedError: a value cannot be used, or there is a mailbox with that address.
        """
        problem = email_problem(address)
        if problem is not None:
            raise RefusedError(RequestRefused.INVALID, f"address: not an e-mail address: {problem}")
        values = await self._values(connection, None, wanted)
        made = await queries.add_own_mailbox(
            connection,
            id=ids.mailbox_id(secrets.token_hex(16)),
            address=trimmed(address).lower(),
            at=now,
            added_by=doer.who,
            **values,
        )
        if made is None:
            raise RefusedError(
                RequestRefused.ALREADY_EXISTS, "address: there is a mailbox with it; `relance mailbox set` changes it"
            )
        await record(connection, doer, Deed("mailbox_added", f"mailbox:{made}"), now)
        await queries.wake_runs_of_mailbox(connection, mailbox=made, owner=values["owner_id"], now=now)
        return str(made)

    async def set(self, connection: Connection, doer: Doer, key: str, wanted: MailboxChanges, now: datetime) -> str:
        """Changes what is given, and returns the mailbox's id. Set anew, a mailbox that was disconnected is active.

        Raises:
            NotFoundError: there is no such mailbox.
            RefusedError: a value cannot be used.
        """
        row = await locked_mailbox(connection, key)
        values = await self._values(connection, row, wanted)
        await queries.set_own_mailbox(connection, id=row.id, at=now, **values)
        changed = sorted(wanted.model_fields_set)
        detail = {name: getattr(wanted, name) for name in changed if name not in _KEPT_OUT}
        detail |= {name: "changed" for name in changed if name in _KEPT_OUT}
        await record(connection, doer, Deed("mailbox_set", f"mailbox:{row.id}", detail), now)
        if (wanted.transport or wanted.inbound) is not None and row.state == MailboxState.DISCONNECTED:
            await self.resume(connection, doer, row.id, now)
        return str(row.id)

    async def pause(self, connection: Connection, doer: Doer, key: str, reason: str, now: datetime) -> str:
        """Nothing goes out from it until it is resumed; what is due meanwhile waits. Returns its id.

        Raises:
            NotFoundError: there is no such mailbox.
            RefusedError: it is archived.
        """
        return await self._become(connection, doer, key, MailboxState.PAUSED, reason or None, now)

    async def resume(self, connection: Connection, doer: Doer, key: str, now: datetime) -> str:
        """It sends again, and the runs that wait for it go on by its slots. Also brings an archived one back.

        Raises:
            NotFoundError: there is no such mailbox.
        """
        row = await locked_mailbox(connection, key)
        if row.state != MailboxState.ACTIVE:
            detail = {"from": row.state, "to": str(MailboxState.ACTIVE)}
            await record(connection, doer, Deed("mailbox_resumed", f"mailbox:{row.id}", detail), now)
        await connect_again(connection, row, now, by_itself=False)
        return str(row.id)

    async def archive(self, connection: Connection, doer: Doer, key: str, now: datetime) -> str:
        """It is used for nothing new. Returns its id.

        Raises:
            NotFoundError: there is no such mailbox.
            RefusedError: open runs send from it.
        """
        row = await locked_mailbox(connection, key)
        runs = await queries.open_runs_of_mailbox(connection, mailbox=row.id)
        if runs:
            raise RefusedError(
                RequestRefused.MAILBOX_STATE,
                f"{runs:,} open runs send from it; `relance mailbox move-runs` gives them another mailbox",
            )
        return await self._become(connection, doer, row.id, MailboxState.ARCHIVED, None, now)

    async def move_runs(self, connection: Connection, doer: Doer, source: str, target: str, now: datetime) -> int:
        """Open runs of one mailbox send from another one from now on; returns how many.

        The next mail of a thread then comes from another address, in the same thread by its headers.

        Raises:
            NotFoundError: there is no such mailbox.
            RefusedError: they are one, or nothing goes out from the target.
        """
        first, second = await find_mailbox(connection, source), await find_mailbox(connection, target)
        if first == second:
            raise RefusedError(RequestRefused.INVALID, "a mailbox cannot give its runs to itself")
        # Always in the same order, as who else locks two of them.
        rows = {each: await locked_mailbox(connection, each) for each in sorted((first, second))}
        if rows[second].state != MailboxState.ACTIVE:
            raise RefusedError(
                RequestRefused.MAILBOX_STATE, f"{rows[second].address} is {rows[second].state}, so it sends nothing"
            )
        moved = await queries.move_runs_of_mailbox(connection, source=first, target=second)
        detail = {"to": second, "runs": moved}
        await record(connection, doer, Deed("mailbox_runs_moved", f"mailbox:{first}", detail), now)
        await queries.wake_runs_of_mailbox(connection, mailbox=second, owner=None, now=now)
        return int(moved)

    async def _become(
        self, connection: Connection, doer: Doer, key: str, state: MailboxState, reason: str | None, now: datetime
    ) -> str:
        row = await locked_mailbox(connection, key)
        if row.state == MailboxState.ARCHIVED and state is not MailboxState.ARCHIVED:
            raise RefusedError(RequestRefused.MAILBOX_STATE, "it is archived; `relance mailbox resume` brings it back")
        if row.state != state:
            await queries.set_mailbox_state(connection, id=row.id, state=state, reason=reason, at=now)
            detail = {"from": row.state, "to": str(state)}
            await record(connection, doer, Deed(f"mailbox_{state}", f"mailbox:{row.id}", detail), now)
        return str(row.id)

    async def _values(
        self, connection: Connection, row: queries.OwnMailboxRow | None, wanted: MailboxChanges
    ) -> dict[str, Any]:
        """The columns as they are to be."""

        def value(name: str, column: str | None = None) -> Any:
            if name in wanted.model_fields_set or row is None:
                given = getattr(wanted, name)
                return given.strip() or None if isinstance(given, str) else given
            return getattr(row, column or name)

        owner = value("owner", "owner_id")
        if owner is not None and not await queries.is_owner(connection, id=owner):
            raise RefusedError(RequestRefused.INVALID, f"owner: there is no owner {owner}; the CRM adds them")
        limits = value("limits")
        if limits is not None:
            try:
                parse_limits(limits)
            except SettingsError as error:
                raise RefusedError(RequestRefused.INVALID, f"limits: {error}") from None
        found = {
            "name": value("name"),
            "owner_id": owner,
            "pool": value("pool"),
            "limits": limits,
            **_signature(value("signature_text"), value("signature_html"), wanted.model_fields_set),
            **self._transport(row, wanted.transport),
            **self._inbound(row, wanted.inbound),
            "reply_to": wanted.reply_to or (row.reply_to if row is not None else ReplyTo.SIGNED),
        }
        if found["reply_to"] == ReplyTo.OWN and found["inbound"] == InboundWay.ORGANISATION:
            raise RefusedError(
                RequestRefused.INVALID,
                "reply_to: own needs an inbox that is read: set inbound to imap or api, or nobody hears of answers",
            )
        if found["inbound"] == InboundWay.API and found["transport"] not in SOURCES:
            allowed = " or ".join(SOURCES)
            raise RefusedError(
                RequestRefused.INVALID, f"inbound: api needs the transport {allowed}, which it is read by"
            )
        return found

    def _transport(self, row: queries.OwnMailboxRow | None, asked: TransportAsked | None) -> dict[str, Any]:
        if asked is None:
            if row is None:
                return {"transport": ORGANISATION, "transport_settings": {}, "transport_secret": None}
            return {name: getattr(row, name) for name in ("transport", "transport_settings", "transport_secret")}
        if asked.kind == ORGANISATION:
            return {"transport": ORGANISATION, "transport_settings": {}, "transport_secret": None}
        kind = KINDS.get(asked.kind)
        if kind is None:
            allowed = ", ".join((ORGANISATION, *KINDS))
            raise RefusedError(RequestRefused.INVALID, f"transport: there is no kind {asked.kind}; there are {allowed}")
        is_same = row is not None and row.transport == kind.name
        given = (dict(row.transport_settings) if is_same and row is not None else {}) | asked.settings
        secret = row.transport_secret if is_same and row is not None else None
        return {
            "transport": kind.name,
            "transport_settings": kind.checked(given),
            "transport_secret": self._sealed(asked.secret, secret),
        }

    def _inbound(self, row: queries.OwnMailboxRow | None, asked: InboundAsked | None) -> dict[str, Any]:
        if asked is None and row is not None:
            return {name: getattr(row, name) for name in ("inbound", "inbound_settings", "inbound_secret")}
        if asked is None or asked.kind is InboundWay.ORGANISATION:
            return {"inbound": InboundWay.ORGANISATION, "inbound_settings": {}, "inbound_secret": None}
        if asked.kind is InboundWay.API:
            return {"inbound": InboundWay.API, "inbound_settings": {}, "inbound_secret": None}
        is_same = row is not None and row.inbound == InboundWay.IMAP
        given = (dict(row.inbound_settings) if is_same and row is not None else {}) | asked.settings
        secret = row.inbound_secret if is_same and row is not None else None
        return {
            "inbound": InboundWay.IMAP,
            "inbound_settings": checked_settings(ImapInbox, given),
            "inbound_secret": self._sealed(asked.secret, secret),
        }

    def _sealed(self, given: str | None, stored: bytes | None) -> bytes | None:
        if given is None:
            return stored
        return seal(given.encode(), self.keys, SealedFor.MAILBOX) if given else None


def _signature(text: str | None, html: str | None, given: set[str]) -> dict[str, str | None]:
    if html is not None:
        if "{{" in html or "{%" in html:
            raise RefusedError(RequestRefused.INVALID, "signature_html: a signature has no fields")
        found = html_problems(html)
        if found:
            line, why = found[0]
            raise RefusedError(RequestRefused.INVALID, f"signature_html: line {line}: {why}")
        if text is None or ("signature_html" in given and "signature_text" not in given):
            text = text_from_html(html).strip() or None
    elif "signature_html" in given and "signature_text" not in given:
        text = None
    return {"signature_text": text, "signature_html": html}


async def find_mailbox(connection: Connection, key: str) -> str:
    """The id of a mailbox, by its id or its address.

    Raises:
        NotFoundError: there is none.
    """
    found = await queries.find_own_mailbox(connection, key=key.strip())
    if found is None:
        raise NotFoundError("there is no such mailbox; `relance mailbox` lists them")
    return str(found)


async def locked_mailbox(connection: Connection, key: str) -> queries.OwnMailboxRow:
    """The row of a mailbox, by its id or its address, locked until the end of the transaction.

    Raises:
        NotFoundError: there is none.
    """
    row = await queries.lock_own_mailbox(connection, id=await find_mailbox(connection, key))
    assert row is not None, "no row of a mailbox is ever deleted"
    return row
