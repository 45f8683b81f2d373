"""Incoming mail: read, matched to the sends it answers, stored."""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from adapters.postgres import queries
from sequences import ids
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key, email_key
from sequences.errors import TokenError, UnavailableError, UnfinishedError
from sequences.inbound.about_send import OTHER_RECIPIENT, ParentMail, about_send
from sequences.inbound.absence.auto_reply import LEFT
from sequences.inbound.authentication import NOT_LOOKED, Authentication, ProviderResults, Verdict, authenticate
from sequences.inbound.author import credible_author
from sequences.inbound.identity import content_key, of_one_id, same_mail
from sequences.inbound.model import InboundEvent, InboundMail
from sequences.inbound.opt_out_wish import wish_in_mail
from sequences.inbound.parse import parse_mail
from sequences.inbound.read_incoming import digest_of, read_incoming
from sequences.inbound.reports.rejection import REJECTED
from sequences.reactions.undelivered import undelivered_words
from sequences.tokens import TokenKind, is_shaped, verify
from services.intake.apart import Apart
from services.intake.believe import SOLE, believed
from services.intake.cut_away_words import noted_beside
from services.intake.delivery_events import DeliveryEventIntake
from services.intake.opt_outs import OPT_OUT
from services.intake.several_runs import block_for_reading, block_several, pause_for_absence
from services.intake.store_inbound import Arrival, Stored, react, storable, store_arrival
from services.privacy.erased_addresses import Remembered, opt_out_of_erased
from services.sending.undelivered import note_undelivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.organisation import Organisation

_log = logging.getLogger("relance.mail")

KINDS = {
    InboundEvent.HUMAN: ReactionKind.REPLIED,
    InboundEvent.AUTO_REPLY: ReactionKind.OUT_OF_OFFICE,
    InboundEvent.HARD_BOUNCE: ReactionKind.BOUNCED,
    InboundEvent.COMPLAINT: ReactionKind.COMPLAINED,
}
"""Which reaction a mail makes; the other events make none."""

OWN_COPY = "own_copy"
"""The event, and the rule of matching, of a mail that we sent ourselves: a reader of a mailbox finds those too."""

UNREADABLE = "unreadable"
"""The event of a mail that our reader failed on: kept as it came, for a person to look at."""

UNSIGNED = "signed_by_no_key"
"""A reason of a mail to an address that looks like ours, and was signed with a key that we do not know (any more)."""

_TOKEN_KINDS = (TokenKind.REPLY, TokenKind.BOUNCE, TokenKind.UNSUBSCRIBE)
_SIGNED = "token"
# Of a mail that cannot be read, shown in the unmatched queue.
_SHOWN_BYTES = 4_000
_LARGE = 5_000_000
_LARGE_AT_ONCE = 2
# What this mail did to us or to Postgres. Everything else (Postgres is away, or full) is no fault of the mail's.
_ITS_OWN_FAULT = (
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class _Read:
    """A mail as it came, and what was read of it.

    Attributes:
        digest: of its bytes.
        mail: None: it could not be read.
        asking: lines beside the person's words that ask not to be contacted, unless they are ours.
        proof: what is known of its author.
        why: it could not be read; one word.
    """

    raw: bytes
    key: str
    digest: str
    mail: InboundMail | None
    asking: tuple[str, ...] = ()
    proof: Authentication = NOT_LOOKED
    why: str = ""


_Known: TypeAlias = "queries.InboundByKeysRow | queries.MailsOfKeyRow"


@dataclass(frozen=True)
class _Match:
    """Which send a mail is about.

    Attributes:
        send: None: none, or one that was erased with its person.
        rule: by which it was found.
        token: kind of the address that was written to.
        erased: it is about a message that was erased.
        is_unsigned: it came to an address that looks like one of ours and that none of our keys has signed.
    """

    send: queries.SendRow | None
    rule: str | None
    token: TokenKind | None = None
    erased: bool = False
    is_unsigned: bool = False


class MailIntake:
    """Takes mail in, whichever way it came.

    Args:
        apart: reads what strangers wrote. Threads are for tests and rehearsals, where nobody is a stranger.

    Attributes:
        events: takes in what providers tell of mails that they sent for us.
    """

    def __init__(
        self,
        database: Database,
        organisation: Organisation,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        apart: Apart = asyncio.to_thread,
    ) -> None:
        self._database = database
        self._organisation = organisation
        self._clock = clock
        self._wake = wake
        self._apart = apart
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self.events = DeliveryEventIntake(database, organisation, clock, wake)

    async def receive(self, raw: bytes, recipients: Iterable[str], told: ProviderResults | None = None) -> Stored:
        """Stores one mail; when this returns it is safe to acknowledge it. The same mail again changes nothing.

        "The same" is told by its content (``sequences.inbound.identity``), not by the way it took: by LMTP and by IMAP
        it is one mail. One to several of our signed addresses is one mail, too, with a reaction for each of their runs.

        A token that we did not sign is no error: the mail may be a person's all the same, so the other rules of
        matching are asked, and a mail that none of them places waits in the unmatched queue. So does one that cannot
        be read: no mail may hold up those behind it.

        Args:
            raw: the mail.
            recipients: of the envelope.
            told: what the provider that received the mail says of its sender, where its post was proved.
        """
        envelope = tuple(recipients)
        if len(raw) < _LARGE:
            return await self._receive(raw, envelope, told)
        async with self._large:
            return await self._receive(raw, envelope, told)

    async def receive_at(self, raw: bytes, mailbox: str) -> Stored | None:
        """Stores a mail of the inbox of a recruiter's own mailbox, if it is about a message of ours; else nothing.

        What else lies in such an inbox is no business of ours: it is not stored, not even for a person to look at.

        Args:
            raw: the mail.
            mailbox: address of the mailbox, in small letters.
        """
        async with self._large if len(raw) >= _LARGE else nullcontext():
            read = await self._read(raw)
        if read.mail is None or not await self._belongs(read.mail, mailbox):
            return None
        return await self.receive(raw, ())

    async def _belongs(self, mail: InboundMail, mailbox: str) -> bool:
        """Whether a mail is about a message of ours, or by somebody whom we wrote to from that mailbox."""
        async with self._database.transaction() as connection:
            matches = await self._matches(connection, mail, ())
            if any(match.send is not None or match.erased for match in matches):
                return True
            author = credible_author(mail, self._organisation.reply_domain)
            if not author or any(match.rule == OWN_COPY for match in matches):
                return False
            key = storable(email_key(author))
            return bool(await queries.wrote_to_from(connection, sender=mailbox, key=key))

    async def _receive(self, raw: bytes, recipients: tuple[str, ...], told: ProviderResults | None) -> Stored:
        read = await self._read(raw)
        if read.mail is not None:
            read = replace(read, proof=self._proof(read.mail, told))
        try:
            stored = await self._take(read, recipients)
        except UnfinishedError as error:
            stored = await self._take(await self._unreadable(raw, error), recipients)
        except _ITS_OWN_FAULT as error:
            if read.mail is None:
                raise
            stored = await self._take(await self._unreadable(raw, error), recipients)
        self._wake()
        return stored

    async def _read(self, raw: bytes) -> _Read:
        """Reads apart: other mails, and whoever asks over HTTP, do not wait for this one."""
        try:
            read = await self._apart(read_incoming, raw)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the reader did not foresee is about this one mail
            return await self._unreadable(raw, error)
        return _Read(raw, read.key, read.digest, read.mail, read.asking)

    def _proof(self, mail: InboundMail, told: ProviderResults | None) -> Authentication:
        proof = authenticate(mail.trace, self._organisation.authserv_ids, told)
        if proof.verdict is Verdict.PROVED and not credible_author(mail, self._organisation.reply_domain):
            # From is proved, and it is not the author's: only the mail's own word ties the two.
            return Authentication(Verdict.FAILED, "rewritten From")
        return proof

    async def _unreadable(self, raw: bytes, error: Exception) -> _Read:
        why = error.why if isinstance(error, UnfinishedError) else type(error).__name__
        # The words of the error may quote the mail: type only.
        _log.error("a mail cannot be read or stored as it was read (%s): it is kept as unreadable", why)
        digest = await asyncio.to_thread(digest_of, raw)
        return _Read(raw, f"unreadable:{digest}", digest, None, why=why)

    async def _take(self, read: _Read, recipients: tuple[str, ...]) -> Stored:
        async with self._database.transaction() as connection:
            # Two deliveries of one mail at the same moment: the second one sees what the first one stored.
            await queries.lock_record(connection, key=f"inbound:{storable(of_one_id(read.key) or read.key)}")
            matches = await self._matches(connection, read.mail, recipients)
            arrivals = [await self._checked(connection, read, await self._arrival(read, match)) for match in matches]
            known = await self._known(connection, read)
            if known is not None:
                return await self._again(connection, known, read, matches, arrivals)
            # What a person must look at first makes no way for what is known.
            pairs = sorted(zip(matches, arrivals, strict=True), key=lambda pair: pair[1].held_for is not None)
            match, arrival = pairs[0]
            stored = await store_arrival(connection, arrival)
            await self._of_erased(connection, match, arrival)
            inbound = ids.inbound_id(arrival.key)
            await self._beside(connection, read, match, arrival, inbound)
            for other, also in pairs[1:]:
                if arrival.held_for is not None:
                    await block_for_reading(connection, also.held_for, inbound, also.received_at)
                elif also.held_for is None:
                    await self._also(connection, other, also, inbound)
        return stored

    async def _of_erased(self, connection: Connection, match: _Match, arrival: Arrival) -> None:
        """Who was erased and asks not to be contacted is remembered as they were: by a hash."""
        if arrival.wish and arrival.sender and arrival.send is None:
            address = address_key(arrival.sender)
            told = Remembered(address, arrival.channel, OPT_OUT, arrival.received_at)
            await opt_out_of_erased(connection, self._organisation.token_keys, told, known=match.erased)

    async def _checked(self, connection: Connection, read: _Read, arrival: Arrival) -> Arrival:
        """A reply beside whose words somebody asks not to be contacted is held, unless it quotes us in that."""
        if arrival.send is None or arrival.kind is not ReactionKind.REPLIED or arrival.wish:
            return arrival
        enrollment = arrival.send.enrollment_id
        return replace(
            arrival, detail=await noted_beside(connection, enrollment, read.asking, arrival.detail, self._apart)
        )

    async def _known(self, connection: Connection, read: _Read) -> _Known | None:
        """The row of the same mail: of the same content, or of one Message-ID and the same author, instant and words.

        Rows of release 0.1 have another key: of Message-ID and all bytes as they came.
        """
        message_id = storable(read.mail.message_id if read.mail else "")
        old = f"mail:{message_id}:"
        keys = [storable(read.key), old + read.digest]
        found = await queries.inbound_by_keys(connection, keys=keys)
        if found is not None or not message_id:
            return found
        # A hash is written in 0-9 and a-f.
        for row in await queries.mails_of_old_key(connection, low=old, high=f"{old}g"):
            try:
                if await self._apart(content_key, row.raw) == read.key:
                    return row
            except UnfinishedError:
                continue
        return await self._by_another_way(connection, read)

    async def _by_another_way(self, connection: Connection, read: _Read) -> queries.MailsOfKeyRow | None:
        """The row of the same mail where a list or a gateway changed more than a relay may: footers, tags, From."""
        prefix = storable(of_one_id(read.key))
        if not prefix or read.mail is None:
            return None
        # What follows the prefix is a hash, written in 0-9 and a-f.
        for row in await queries.mails_of_one_id(connection, low=prefix, high=f"{prefix}g"):
            try:
                other = await self._apart(parse_mail, row.raw)
                if await self._apart(same_mail, read.mail, other):
                    return row
            except UnfinishedError:
                # What is wrong with a stored mail is not laid upon this one.
                continue
        return None

    async def _again(
        self, connection: Connection, known: _Known, read: _Read, matches: list[_Match], arrivals: list[Arrival]
    ) -> Stored:
        """A mail that is there already may have come by a way that tells more: to an address of another run."""
        changed: str | None = None
        for match, arrival in zip(matches, arrivals, strict=True):
            if match.send is None or match.rule != _SIGNED or arrival.held_for is not None:
                continue
            if known.state == "unmatched":
                await queries.match_inbound(connection, id=known.id, send_id=match.send.id, matched_by=match.rule)
            changed = await self._also(connection, match, arrival, known.id) or changed
        return Stored(fresh=changed is not None, reaction=changed)

    async def _also(self, connection: Connection, match: _Match, arrival: Arrival, inbound: str) -> str | None:
        """The reaction of one more run to a stored mail; None when that run knows of it."""
        send = match.send
        if send is None or await queries.reacts_already(
            connection, inbound_id=inbound, enrollment_id=send.enrollment_id
        ):
            return None
        await self._note_undelivered(connection, send, arrival)
        of_run = replace(arrival, key=f"{storable(arrival.key)}@{send.enrollment_id}")
        return await react(connection, of_run, send, inbound)

    async def _beside(self, connection: Connection, read: _Read, match: _Match, arrival: Arrival, inbound: str) -> None:
        """What a mail means beside the reaction of the run that it answers."""
        mail = read.mail
        if arrival.held_for is not None:
            await block_for_reading(connection, arrival.held_for, inbound, arrival.received_at)
            return
        if mail is None:
            return
        await self._note_undelivered(connection, match.send, arrival)
        author = credible_author(mail, self._organisation.reply_domain)
        address = storable(match.send.recipient if match.send else author)
        if arrival.kind is ReactionKind.OUT_OF_OFFICE and (mail.absent or LEFT in mail.reasons) and address:
            await pause_for_absence(connection, arrival, address, inbound)
        elif match.send is None and arrival.event == InboundEvent.HUMAN and address:
            await block_several(connection, address, inbound, arrival.received_at)

    async def _note_undelivered(self, connection: Connection, send: queries.SendRow | None, arrival: Arrival) -> None:
        words = arrival.detail.get("undelivered")
        if send is not None and words:
            await note_undelivered(connection, send, words, arrival.received_at, self._organisation.soft_bounces)

    async def _is_owner_mail(self, connection: Connection, mail: InboundMail) -> bool:
        """A mail of ours to an owner, such as a forwarded reply, that came back: it is nobody's reply."""
        identity, _, domain = mail.message_id.strip("<>").rpartition("@")
        if domain == self._organisation.mail_domain and await queries.is_owner_mail(connection, id=identity):
            return True
        try:
            marked = verify(TokenKind.FORWARD, mail.mark, self._organisation.token_keys)
        except TokenError:
            return False
        return bool(await queries.is_owner_mail(connection, id=marked))

    async def _by_owner(self, connection: Connection, mail: InboundMail, send: queries.SendRow) -> bool:
        """Written by a recruiter in the thread, such as an answer to a forwarded reply: not the person's reply."""
        written = mail.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY)
        if not written or not mail.sender or mail.sender == email_key(send.recipient):
            return False
        return await queries.owner_of_address(connection, address=storable(mail.sender)) is not None

    async def _matches(
        self, connection: Connection, mail: InboundMail | None, recipients: tuple[str, ...]
    ) -> list[_Match]:
        """The sends that a mail is about, at most one a run; several only by addresses that we signed."""
        if mail is not None and await self._is_owner_mail(connection, mail):
            return [_Match(None, OWN_COPY)]
        found = [_unless_erased(match) for match in await self._sends_about(connection, mail, recipients)]
        return [
            _Match(match.send, OWN_COPY)
            if mail is not None and match.send is not None and await self._by_owner(connection, mail, match.send)
            else match
            for match in found
        ]

    async def _sends_about(
        self, connection: Connection, mail: InboundMail | None, recipients: tuple[str, ...]
    ) -> list[_Match]:
        if mail is not None:
            own = await self._by_message_id(connection, mail.message_id)
            if own is not None and _is_ours(mail, own):
                return [_Match(own, OWN_COPY)]
        runs: dict[str, _Match] = {}
        for address in dict.fromkeys((*recipients, *(mail.recipients if mail else ()))):
            for kind in _TOKEN_KINDS:
                send = await self._by_token(connection, kind, address)
                if send is not None:
                    runs.setdefault(send.enrollment_id, _Match(send, _SIGNED, kind))
        is_unsigned = not runs and any(map(self._looks_signed, (*recipients, *(mail.recipients if mail else ()))))
        if runs or mail is None:
            return list(runs.values()) or [_Match(None, None, is_unsigned=is_unsigned)]
        for message_id in (*mail.in_reply_to, *reversed(mail.references), mail.original_message_id):
            found = await self._by_message_id(connection, message_id)
            if found is not None:
                return [_Match(found, "message_id")]
        written = mail.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY)
        about = mail.recipient or (credible_author(mail, self._organisation.reply_domain) if written else "")
        if about:
            sole = await queries.sole_open_run_of_sender(connection, address=storable(email_key(about)))
            if len(sole) == 1:
                return [_Match(sole[0], SOLE)]
        return [_Match(None, None, is_unsigned=is_unsigned)]

    def _looks_signed(self, address: str) -> bool:
        local, _, domain = email_key(address).rpartition("@")
        ours = domain == self._organisation.reply_domain.lower()
        return ours and any(is_shaped(kind, local) for kind in _TOKEN_KINDS)

    async def _by_message_id(self, connection: Connection, message_id: str) -> queries.SendRow | None:
        if not message_id:
            return None
        found = await queries.send_by_message_id(connection, message_id=storable(message_id))
        if found is None and _is_answer(message_id, self._organisation.mail_domain):
            # A recruiter's answer to a reply: what answers it is about the same send.
            await queries.answers_proved(connection, message_ids=[storable(message_id)], at=self._clock())
            found = await queries.send_of_answer(connection, message_id=storable(message_id))
        return found

    async def _by_token(self, connection: Connection, kind: TokenKind, address: str) -> queries.SendRow | None:
        local, _, domain = email_key(address).rpartition("@")
        if domain != self._organisation.reply_domain.lower():
            return None
        try:
            return await queries.send_row(connection, id=verify(kind, local, self._organisation.token_keys))
        except TokenError:
            return None

    async def _arrival(self, read: _Read, match: _Match) -> Arrival:
        arrival = await self._meaning(read, match)
        if not match.is_unsigned:
            return arrival
        # No error, but perhaps a key that was removed too soon: somebody must hear of it.
        _log.warning("a mail to a reply address that no key of RELANCE_TOKEN_KEYS has signed matches no run")
        detail = dict(arrival.detail)
        return replace(arrival, detail=detail | {"reasons": [*detail["reasons"], UNSIGNED]})

    async def _meaning(self, read: _Read, match: _Match) -> Arrival:
        mail, send = read.mail, match.send
        arrival = Arrival(
            key=read.key,
            channel="email",
            raw=read.raw,
            event=UNREADABLE,
            received_at=self._clock(),
            send=send,
            matched_by=match.rule,
        )
        if mail is None:
            # Whoever answers to an address of ours is a person until somebody has looked.
            shown = read.raw[:_SHOWN_BYTES].decode("utf-8", "replace")
            kind = ReactionKind.REPLIED if send is not None else None
            # What is shown are our bytes and theirs: nothing in it may be taken for the person's words.
            reasons = [UNREADABLE, "no_own_words", read.why]
            arrival = replace(arrival, text=shown, detail={"reasons": reasons}, kind=kind)
            return _held(arrival) if match.token is TokenKind.BOUNCE else arrival
        meant = await _meant(self._apart, mail, send, match.rule, match.token, self._organisation.reply_domain)
        # A wish of nobody in particular suppresses nobody: the mail waits for a person.
        known = send is not None or credible_author(mail, self._organisation.reply_domain)
        arrival = replace(
            arrival,
            event=meant.event,
            sender=mail.sender,
            text=mail.text,
            reply_text=meant.reply_text,
            detail=meant.detail,
            matched_by=meant.rule,
            kind=meant.kind,
            wish=meant.wish if known else (),
        )
        arrival = believed(arrival, read.proof)
        # Who refuses mail by a filter speaks through the server, which answers to the address for bounces.
        unknown = meant.kind is ReactionKind.REPLIED and REJECTED not in mail.reasons
        return _held(arrival) if match.token is TokenKind.BOUNCE and unknown else arrival


def _unless_erased(match: _Match) -> _Match:
    """A mail about a message that was erased is one that matches none: a person sees it, and nothing else follows."""
    # A message always has a recipient, until it is erased.
    is_erased = match.send is not None and match.send.recipient == ""
    return _Match(None, None, erased=True) if is_erased else match


def _held(arrival: Arrival) -> Arrival:
    """The same for a person to look at: it came to the address for bounces, where nobody answers, and is no bounce.

    As its sender stands whom we had written to, since it is about that address; a server may have written it.
    """
    send = arrival.send
    detail = dict(arrival.detail) | {"at_bounce_address": True, "written_by": arrival.sender}
    recipient = send.recipient if send else arrival.sender
    return replace(arrival, send=None, held_for=send, sender=recipient, matched_by=None, kind=None, detail=detail)


@dataclass(frozen=True)
class _Meant:
    event: str
    kind: ReactionKind | None
    rule: str | None
    reply_text: str
    detail: dict[str, Any]
    wish: tuple[str, ...] = ()


async def _meant(
    apart: Apart,
    mail: InboundMail,
    send: queries.SendRow | None,
    rule: str | None,
    token: TokenKind | None,
    reply_domain: str,
) -> _Meant:
    """What the mail comes to, now that it is known which send it is about."""
    detail = _detail(mail)
    if rule == OWN_COPY:
        return _Meant(OWN_COPY, None, OWN_COPY, mail.reply_text, detail)
    certain = "no_own_words" not in mail.reasons
    if send is None:
        found = await apart(wish_in_mail, mail.reply_text, mail.text, certain=certain, subject=mail.subject)
        said = found if mail.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY) else ()
        return _Meant(mail.event.value, KINDS.get(mail.event), rule, mail.reply_text, detail, said)
    if _is_ours(mail, send):
        # Also what a recruiter wrote in the thread by hand. It proves that the send went out, and nothing else.
        return _Meant(OWN_COPY, None, OWN_COPY, mail.reply_text, detail)
    parent = ParentMail(send.recipient, send.sender, send.text, send.subject or "")
    about = await apart(about_send, mail, parent, reply_domain=reply_domain)
    detail |= dict.fromkeys(about.flags, True)
    if about.status:
        detail["status"] = about.status
    kind = KINDS.get(about.event)
    words = undelivered_words(mail.reasons, about.event.value, other=OTHER_RECIPIENT in about.flags)
    if words and rule != SOLE:
        detail["undelivered"] = words
    if kind is ReactionKind.BOUNCED and OTHER_RECIPIENT in about.flags:
        kind = None
    if token is TokenKind.UNSUBSCRIBE and about.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY):
        # RFC 2369: a mail to the List-Unsubscribe address asks for one thing, whatever it says. Mail programs write it
        # themselves and say so; an absence is never told to that address.
        kind = ReactionKind.UNSUBSCRIBED
    wish: tuple[str, ...] = ()
    if kind in (ReactionKind.REPLIED, ReactionKind.OUT_OF_OFFICE):
        wish = await apart(
            wish_in_mail,
            about.reply_text,
            mail.text,
            certain=certain,
            subject=mail.subject,
            parent=parent,
        )
    if wish:
        # A desk calls it automatic, too, when it passes on what a person wrote; and who is gone may ask us to stop.
        kind = ReactionKind.REPLIED
    return _Meant(about.event.value, kind, rule, about.reply_text, detail, wish)


def _is_answer(message_id: str, mail_domain: str) -> bool:
    return message_id.startswith("<a") and message_id.endswith(f"@{mail_domain}>")


def _is_ours(mail: InboundMail, send: queries.SendRow) -> bool:
    """True for a mail by the very address that the send went out from; not for one that a group of ours put it on."""
    written = mail.event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY)
    return written and bool(mail.sender) and mail.sender == email_key(send.sender)


def _detail(mail: InboundMail) -> dict[str, Any]:
    detail: dict[str, Any] = {"reasons": list(mail.reasons)}
    if mail.status:
        detail["status"] = mail.status
    if mail.return_date is not None:
        detail["return_date"] = mail.return_date.isoformat()
    if mail.calendar_answer:
        detail["calendar_answer"] = mail.calendar_answer
    return detail
