"""Who wrote a mail whose From another has rewritten: a group, a list, or a forwarder that has to pass DMARC.

Such programs put an address of their own into From, or the DMARC policy of the author's domain would have the mail
refused (RFC 7960 section 4.1.3), and say elsewhere who wrote it: Google Groups in X-Original-From and
X-Original-Sender, Mailman and others in Reply-To below a name with "via", some in the address itself, and RFC 9057 in
Author. All of that can be forged, and no DMARC guards it: ``credible_author`` tells how far it can be relied on.
"""

from __future__ import annotations

import re

from sequences.inbound.mime.headers import Headers, addresses
from sequences.inbound.model import InboundMail

_LIST_FIELDS = ("list-id", "list-post", "mailing-list", "x-beenthere", "x-google-group-id", "x-mailman-version")
_LIST_ADDRESSES = ("list-post", "mailing-list", "x-beenthere", "to", "cc", "delivered-to", "x-original-to")
_PLAIN = ("x-original-from", "x-simplelogin-original-from", "original-from", "x-from-original", "x-dmarc-original-from")
"""Fields that say nothing but what From was."""
_BESIDE = ("author", "x-original-sender", "x-original-author")
"""Fields that other programs use for other things: they count where From looks rewritten, or Reply-To agrees."""
# In small letters: "Via" may be a name.
_VIA = re.compile(
    r"\S[\"')]? via |\[via |\bon behalf of\b|\b[Ii]m Auftrag (?:von|des)\b|\bim Namen von\b|\S[\"']? über |\bnamens\b|"
    r"\bau nom de\b|\ben nombre de\b|\bper conto di\b|\bem nome de\b|\bчерез\b|\bот имени\b|代[表发發]|通[过過]|経由"
)
_IN_LOCAL_PART = re.compile(r"([\w.!#$&'*/?^`{|}~-]{1,64})=((?:[a-z0-9-]{1,63}\.){1,8}[a-z][a-z0-9-]{1,62})@")
_IN_NAME = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")


def from_address(headers: Headers) -> str:
    """The address in From as it came, else of Sender or Return-Path; empty when there is none."""
    for name in ("from", "sender", "return-path"):
        for address in addresses(headers.get(name)):
            return address
    return ""


def author(headers: Headers) -> str:
    """The address of who wrote the mail; empty when From was rewritten and nothing says who it was."""
    shown = from_address(headers)
    if "from" not in headers or not shown:
        return shown
    told = _single(headers, _PLAIN, shown)
    if told:
        return told
    rewritten = _looks_rewritten(headers, shown)
    beside = _single(headers, _BESIDE, shown)
    if beside and (rewritten or beside in addresses(headers.get("reply-to"))):
        return beside
    if not rewritten:
        return shown
    replies = addresses(headers.get("reply-to"))
    own = {shown, *(address for name in _LIST_ADDRESSES for address in addresses(headers.get(name)))}
    # RFC 2919: most lists write their address with a dot for the sign.
    own.add(headers.get("list-id").rpartition("<")[2].strip(" >").lower().replace(".", "@", 1))
    theirs = [address for address in replies if address not in own]
    inside = _inside(headers, shown)
    if len(theirs) == 1 and not inside:
        return theirs[0]
    return inside or ("" if _by_a_list(headers) else shown)


def credible_author(mail: InboundMail, reply_domain: str) -> str:
    """The author of a mail, for whoever decides by it whose mail this is; empty when only the mail's own word says so.

    A From that was rewritten proves nothing about who wrote, unless it is in our own domain: there the group that
    rewrote it is ours, and whoever forges that address has to pass our own DMARC policy, as with a forged From.

    Args:
        mail: the mail.
        reply_domain: where our signed addresses live; it, what is above it and what is below it are ours.
    """
    ours, theirs = reply_domain.lower(), mail.from_address.rpartition("@")[2].lower()
    known = mail.sender == mail.from_address or (
        "." in theirs and (ours == theirs or theirs.endswith(f".{ours}") or ours.endswith(f".{theirs}"))
    )
    return mail.sender if known else ""


def _single(headers: Headers, names: tuple[str, ...], shown: str) -> str:
    for name in names:
        found = addresses(headers.get(name)) if name in headers else ()
        if len(found) == 1 and found[0] != shown:
            return found[0]
    return ""


def _by_a_list(headers: Headers) -> bool:
    return any(name in headers for name in _LIST_FIELDS) or headers.get("precedence").strip().lower() == "list"


def _looks_rewritten(headers: Headers, shown: str) -> bool:
    name = headers.text("from").rpartition("<")[0]
    if _VIA.search(name) or _IN_LOCAL_PART.match(shown):
        return True
    return _by_a_list(headers) and any(shown in addresses(headers.get(field)) for field in _LIST_ADDRESSES)


def _inside(headers: Headers, shown: str) -> str:
    """The author's address in the one that was put over it (``ana=firm.example@list.example``), or in its name."""
    found = _IN_LOCAL_PART.match(shown)
    if found:
        return f"{found[1]}@{found[2]}"
    named = _IN_NAME.search(headers.text("from").rpartition("<")[0])
    inside = addresses(named[0]) if named else ()
    return inside[0] if inside and inside[0] != shown else ""
