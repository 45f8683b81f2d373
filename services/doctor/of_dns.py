"""DNS as receivers of our mail will see it: MX, SPF, DMARC, and the public keys of our signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sequences.errors import UnavailableError
from services.doctor.findings import HealthFinding, HealthSeverity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.mail.outgoing.dkim import DkimKey

_SENDING: Final = "see The reference stack in docs/operations.md"


class NameServer(Protocol):
    """``adapters.dns`` in production. Each method raises ``UnavailableError`` when DNS does not answer."""

    async def txt(self, name: str) -> list[str]:
        """The texts of a name; empty: there are none."""
        ...

    async def mx(self, name: str) -> list[str]:
        """The mail servers of a domain; empty: there are none."""
        ...


@dataclass(frozen=True)
class MailDomains:
    """Domains that our mail needs.

    Attributes:
        senders: of From.
        replies: of signed reply and bounce addresses, which is the sender of the envelope.
        keys: of our own signatures; empty: the mail server signs, or nobody.
    """

    senders: Sequence[str]
    replies: str
    keys: Sequence[DkimKey]


async def domains_of(names: NameServer, domains: MailDomains) -> list[HealthFinding]:
    """What is missing in DNS; a hint alone if it does not answer here."""
    try:
        found = await _replies(names, domains.replies)
        for domain in domains.senders:
            found += await sender_findings(names, domain)
        for key in domains.keys:
            found += await _key(names, key)
    except UnavailableError as error:
        words = f"DNS does not answer here, so the records of our domains were not checked: {error}"
        return [HealthFinding("DNS", words, severity=HealthSeverity.HINT)]
    return found


async def _replies(names: NameServer, domain: str) -> list[HealthFinding]:
    found = []
    if not await names.mx(domain):
        words = f"{domain} has no MX record: answers and bounces do not arrive"
        found.append(HealthFinding("DNS", words, f"dig MX {domain}"))
    return found + await _spf(names, domain, "the sender of our envelopes")


async def sender_findings(names: NameServer, domain: str) -> list[HealthFinding]:
    """What SPF and DMARC lack for a domain of our senders.

    Raises:
        UnavailableError: DNS does not answer.
    """
    found = await _spf(names, domain, "a domain of our senders")
    policies = [text for at in _with_parent(domain) for text in await names.txt(f"_dmarc.{at}")]
    if not any(text.lower().startswith("v=dmarc1") for text in policies):
        words = f"{domain} has no DMARC record: large receivers refuse bulk mail without one"
        found.append(HealthFinding("DNS", words, f"dig TXT _dmarc.{domain}", severity=HealthSeverity.WARNING))
    return found


async def _spf(names: NameServer, domain: str, what: str) -> list[HealthFinding]:
    records = [text for text in await names.txt(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if len(records) == 1 and not records[0].lower().endswith("+all"):
        return []
    if not records:
        words = f"{domain}, {what}, has no SPF record"
    elif len(records) > 1:
        words = f"{domain}, {what}, has {len(records)} SPF records: receivers then use none"
    else:
        words = f"the SPF record of {domain} lets everybody send (+all)"
    return [HealthFinding("DNS", words, f"dig TXT {domain}", severity=HealthSeverity.WARNING)]


async def public_key_at(names: NameServer, selector: str, domain: str) -> str | None:
    """The public key that a selector has; empty: it is withdrawn; None: there is none.

    Raises:
        UnavailableError: DNS does not answer.
    """
    records = [_tags(text) for text in await names.txt(f"{selector}._domainkey.{domain}")]
    return next((tags["p"] for tags in records if "p" in tags), None)


async def _key(names: NameServer, key: DkimKey) -> list[HealthFinding]:
    name = f"{key.selector}._domainkey.{key.domain}"
    published = await public_key_at(names, key.selector, key.domain)
    if published is None:
        words = f"{name} has no public key: our signatures are not valid"
    elif not published:
        words = f"the key of {name} is withdrawn: our signatures are not valid"
    elif published != key.public():
        words = f"the public key of {name} is not that of RELANCE_DKIM_KEYS: our signatures are not valid"
    else:
        return []
    return [HealthFinding("DNS", words, f"dig TXT {name}")]


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


def _with_parent(domain: str) -> list[str]:
    """The domain, and those above it down to two labels: DMARC asks the organisation's too."""
    labels = domain.split(".")
    return [".".join(labels[first:]) for first in range(max(1, len(labels) - 1))]
