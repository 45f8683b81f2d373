"""Mailboxes of their own: their state, their servers, and what DNS says about their addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import UnavailableError
from sequences.mailboxes.own_mailbox import MailboxState, ReplyTo
from services.doctor.findings import HealthFinding, HealthSeverity
from services.doctor.of_dns import public_key_at, sender_findings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Database
    from sequences.mailboxes.own_mailbox import OwnMailbox
    from services.doctor.of_dns import NameServer

_SELECTORS: Final = ("google", "selector1", "selector2", "default", "dkim", "mail", "s1", "k1", "pm", "mx")
"""Under which providers publish their keys, as a rule. Another one cannot be known without a signed mail."""
_PUSH: Final = "see Notifications of new mail in docs/transports.md"
_TELLS: Final = "see What the provider tells in docs/transports.md"
_ASKED_WITHIN: Final = timedelta(days=1)
"""What was due before that is asked for by nobody any more: providers are asked again at least every six hours."""


def states_of(mailboxes: Sequence[OwnMailbox]) -> list[HealthFinding]:
    """Those from which nothing goes out until somebody does something."""
    return [
        HealthFinding(
            f"mailbox {each.address}",
            "its server does not let us in: nothing goes out from it",
            f"relance mailbox test {each.address}",
        )
        for each in mailboxes
        if each.state is MailboxState.DISCONNECTED
    ]


def deaf_to(mailboxes: Sequence[OwnMailbox], proofs: Mapping[str, str]) -> list[HealthFinding]:
    """Mailboxes whose provider cannot tell of bounces and complaints here: dead addresses go on getting mail.

    Args:
        mailboxes: all of them.
        proofs: settings that are empty and without which nothing that a provider tells is believed, by the kind of
            the transport.
    """
    return [
        HealthFinding(
            f"mailbox {each.address}",
            f"bounces and complaints go to its provider, which cannot tell of them here: {proofs[each.transport]} "
            "is empty",
            _TELLS,
            severity=HealthSeverity.WARNING,
        )
        for each in mailboxes
        if each.transport in proofs and each.state is not MailboxState.ARCHIVED
    ]


async def without_push(database: Database, now: datetime) -> list[HealthFinding]:
    """Mailboxes whose provider was asked to announce new mail, and refuses. They are read by time all the same."""
    async with database.statement() as connection:
        rows = await queries.mailboxes_without_push(connection, since=now - _ASKED_WITHIN)
    words = "its provider does not announce new mail, so it is read every RELANCE_IMAP_POLL seconds"
    return [
        HealthFinding(
            f"mailbox {row.address}",
            f"{words}: {row.problem}; see whether the internet reaches RELANCE_PUBLIC_URL",
            _PUSH,
            severity=HealthSeverity.HINT,
        )
        for row in rows
    ]


async def dns_of(names: NameServer, mailboxes: Sequence[OwnMailbox], signed: Collection[str]) -> list[HealthFinding]:
    """What is missing in DNS for mailboxes that send, once for each domain; a hint alone if it does not answer here.

    Args:
        names: DNS.
        mailboxes: all of them.
        signed: domains that our own DKIM keys sign for, in small letters.
    """
    found: list[HealthFinding] = []
    try:
        for domain, those in _by_domain(mailboxes).items():
            found += await _of_domain(names, domain, those, signed)
    except UnavailableError as error:
        words = f"DNS does not answer here, so the records of mailboxes were not checked: {error}"
        return [HealthFinding("DNS of mailboxes", words, severity=HealthSeverity.HINT)]
    return found


def _by_domain(mailboxes: Sequence[OwnMailbox]) -> dict[str, list[OwnMailbox]]:
    found: dict[str, list[OwnMailbox]] = {}
    for each in mailboxes:
        if each.state is not MailboxState.ARCHIVED:
            found.setdefault(each.address.rpartition("@")[2], []).append(each)
    return found


async def _of_domain(
    names: NameServer, domain: str, mailboxes: Sequence[OwnMailbox], signed: Collection[str]
) -> list[HealthFinding]:
    one = mailboxes[0].address
    what = f"mailbox {one}" if len(mailboxes) == 1 else f"{len(mailboxes)} mailboxes of {domain}"
    found = [
        HealthFinding(what, each.words, each.command, severity=each.severity)
        for each in await sender_findings(names, domain)
    ]
    if not await names.mx(domain):
        # Where answers go to a signed address, it is only a sign of an address that nobody can write to.
        own = any(each.reply_to is ReplyTo.OWN for each in mailboxes)
        words = (
            f"{domain} has no MX record: {'answers and bounces do' if own else 'mail to the address does'} not arrive"
        )
        severity = HealthSeverity.ERROR if own else HealthSeverity.WARNING
        found.append(HealthFinding(what, words, f"dig MX {domain}", severity=severity))
    if domain not in signed and not [name for name in _SELECTORS if await public_key_at(names, name, domain)]:
        words = (
            f"{domain} has no DKIM key under a usual selector ({', '.join(_SELECTORS[:3])} ...): see whether the mail "
            "server signs, in the headers of a test"
        )
        hint = HealthSeverity.HINT
        found.append(HealthFinding(what, words, f"relance mailbox test {one}", severity=hint))
    return found
