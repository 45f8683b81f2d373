"""Whether the domain in From is proved: by what our own mail server, or the provider that received the mail, found.

Results are believed of one border only (RFC 8601 section 5): of the authserv-ids that the settings name, or of a
provider whose post was proved. Everybody can write such a field into their own mail, so the border has to remove those
that bear its name; beside that only the topmost field counts, and none below what another host added.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sequences.email_address import ascii_host
from sequences.inbound.mime.authentication_results import MethodResult, read_authentication_results
from sequences.inbound.mime.headers import addresses

RESULTS: Final = "authentication-results"
RECEIVED: Final = "received"
FROM: Final = "from"
NO_RESULTS: Final = "no results"
"""What a verdict rests on where whose word is believed said nothing about the mail."""
NOT_ONE_AUTHOR: Final = "not one author"
"""What it rests on where From names nobody, or several: then nobody's word is asked for."""
TRACE_FIELDS: Final = (FROM, RECEIVED, RESULTS)
"""The fields that are asked, in the order in which they stand in the mail."""

PROVIDERS: Final = ("mailgun", "postmark", "sendgrid", "ses")
"""Names in the settings that are no authserv-ids: what these providers say beside a mail."""

_BY = re.compile(r"(?:^|\s)by\s+\[?([A-Za-z0-9._:-]+)", re.I)
_PRIVATE = ("local", "localdomain", "lan", "internal", "intranet", "corp", "home", "localhost", "arpa")
# Why a domain is not proved, the most telling first: what somebody found, before what nobody did.
_SAYS_NO: Final = ("fail", "softfail", "policy", "permerror", "temperror", "neutral", "none")


class Verdict(enum.StrEnum):
    """What is known of the domain in From."""

    PROVED = "proved"
    FAILED = "failed"
    """Looked for and not found: a check failed, or there was nothing to check."""
    UNKNOWN = "unknown"
    """Nobody looks: no authserv-id is set, and no provider says anything."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """A verdict, and what it rests on: one or two words, such as ``dmarc=pass``; none of them is the mail's."""

    verdict: Verdict
    by: str = ""


@dataclass(frozen=True, slots=True)
class ProviderResults:
    """What a provider that received a mail says beside it, in a post that was proved to be the provider's.

    Attributes:
        provider: its name in the settings, such as ``ses``.
        results: as a field of a mail server would have them.
    """

    provider: str
    results: tuple[MethodResult, ...]


NOT_LOOKED: Final = Authentication(Verdict.UNKNOWN)


def authenticate(
    trace: Iterable[tuple[str, str]], trusted: Collection[str], told: ProviderResults | None = None
) -> Authentication:
    """The verdict of the border on a mail that came in.

    Args:
        trace: the mail's fields of ``TRACE_FIELDS`` from the top, names in lower case.
        trusted: authserv-ids of our own border, lower case; ``*.firm.example`` is every name under firm.example. None:
            nobody looks. The name of a provider is what that one tells.
        told: by the provider, which counts before what stands in the mail.
    """
    if not trusted:
        return NOT_LOOKED
    fields = tuple(trace)
    domain = from_domain(fields)
    if not domain:
        return Authentication(Verdict.FAILED, NOT_ONE_AUTHOR)
    if told is not None and told.provider in trusted:
        return weigh(told.results, domain)
    for name, value in fields:
        if name == RECEIVED and _by_another(value, trusted):
            break
        found = read_authentication_results(value) if name == RESULTS else None
        if found is not None and any(_named(found.authserv_id, own) for own in trusted):
            return weigh(found.results, domain)
    return Authentication(Verdict.FAILED, NO_RESULTS)


def weigh(results: Iterable[MethodResult], domain: str) -> Authentication:
    """What results of a trusted server come to for one domain.

    Aligned is a domain that is that of From or lies above it: its owner rules over From's. A domain below From's (a
    sender of newsletters) would need the list of public suffixes, and is left to the server's own DMARC check.

    Args:
        results: of one field.
        domain: of From, an A-label in lower case.
    """
    said = [each for each in results if each.method in ("dmarc", "dkim", "spf")]
    dmarc = [each for each in said if each.method == "dmarc"]
    if any(each.result in ("fail", "quarantine", "reject") for each in dmarc):
        return Authentication(Verdict.FAILED, "dmarc=fail")
    for each in dmarc:
        checked = each.properties.get("header.from")
        if each.result == "pass" and (checked is None or _domain(checked) == domain):
            return Authentication(Verdict.PROVED, "dmarc=pass")
    for each in said:
        if each.result == "pass" and any(_aligned(signed, domain) for signed in _domains(each)):
            return Authentication(Verdict.PROVED, f"{each.method}=pass")
    not_ours = any(each.result == "pass" for each in said)
    no = min((each.result for each in said if each.result in _SAYS_NO), key=_SAYS_NO.index, default="none")
    method = next((each.method for each in said if each.result == no), "dmarc")
    return Authentication(Verdict.FAILED, "another domain" if not_ours else f"{method}={no}")


def from_domain(trace: Iterable[tuple[str, str]]) -> str:
    """The domain of the mail's one author; empty when From is missing, comes twice or holds several addresses."""
    written = [value for name, value in trace if name == FROM]
    authors = addresses(written[0]) if len(written) == 1 else ()
    return _domain(authors[0]) if len(authors) == 1 else ""


def _domains(result: MethodResult) -> Iterable[str]:
    """The domains that a result of DKIM or SPF is about."""
    properties = result.properties
    if result.method == "spf":
        # Not smtp.helo: a machine's name says nothing about who writes.
        yield _domain(properties.get("smtp.mailfrom", ""))
    elif result.method == "dkim":
        yield _domain(properties.get("header.d") or properties.get("header.i", ""))


def _domain(address: str) -> str:
    return ascii_host(address.rpartition("@")[2].strip(" <>.")) or ""


def _aligned(signed: str, domain: str) -> bool:
    return "." in signed and (signed == domain or domain.endswith(f".{signed}"))


def _by_another(received: str, trusted: Collection[str]) -> bool:
    """True when another organisation's host added this; a name that is no public one may be ours."""
    found = _BY.search(received)
    host = found[1].lower().strip(".") if found else ""
    labels = host.split(".")
    if ":" in host or len(labels) < 2 or labels[-1] in _PRIVATE or labels[-1].isdigit():
        return False
    names = [own for own in trusted if own not in PROVIDERS]
    return bool(names) and not any(_related(host, own) for own in names)


def _named(authserv_id: str, own: str) -> bool:
    return authserv_id.endswith(own[1:]) if own.startswith("*.") else authserv_id == own


def _related(host: str, own: str) -> bool:
    """Of one name, or under one parent: ``mx1.firm.example`` and ``mx2.firm.example``. Some ids are no host names."""
    parent = own.partition(".")[2] if own.count(".") > 1 or own.startswith("*.") else own
    return "." not in own or host == parent or host.endswith(f".{parent}")
