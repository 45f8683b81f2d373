"""Is the address dead? From a status code (RFC 3463), an action (RFC 3464 section 2.3.3) and the server's words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sequences.inbound.model import Failure, InboundEvent
from sequences.inbound.reports import bounce_words as words

_DELIVERED = ("delivered", "relayed", "expanded", "deliverable", "delivery")
_MAX_WORDS = 4_000
# X.1.1 bad mailbox, X.1.2 bad system, X.1.3 bad syntax, X.1.6 moved, X.1.10 null MX, X.4.4 no route by DNS.
_ADDRESS_STATUS = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|4\.4)$")
# Nobody may lose an address over these, whatever the words are: full, too big, ours, content, policy.
_NEVER_HARD = re.compile(r"5\.(?:2\.[23]|3\.[1-9]\d*|1\.[789]|6\.\d+|7\.\d+)$")
# X.2.0 and X.2.1 say that the mailbox exists, X.3.0 that the system has a problem: only an answer
# to RCPT that denies it is believed more.
_MAILBOX_STATUS = re.compile(r"5\.(?:2\.[01]|3\.0)$")
_AT_RCPT = re.compile(r"rcpt", re.I)
_URL = re.compile(r"https?://\S{1,500}")
# What an address, or the host that answered, is called is no evidence: security@, delivery@, mx.spamfilter.example.
_ADDRESS = re.compile(r"(?<![^\s<>()\[\]:;,\"])[^\s<>()\[\]:;,\"@]{1,128}@[^\s<>()\[\]:;,\"]{1,200}")
_HOST = re.compile(r"\bhost [\w.-]{1,200}(?=[\[ ]\S{0,60}\]? ?said\b)", re.I)


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What a report or a notice says of one recipient.

    Attributes:
        address: the recipient, may be empty.
        status: the report's own status code, or empty.
        said: the words of the server that refused, or of the notice when there are none.
        action: the Action field, or empty.
        around: the human-readable part of a report, when it is about this recipient only: it may say that the mailbox
            is full or disabled where the server's answer says less.
        report: the words come from a machine-readable report.
    """

    address: str
    status: str
    said: str
    action: str = ""
    around: str = ""
    report: bool = False


def address_verdict(reported: ReportedRecipient) -> Failure:
    """Decides for one recipient."""
    address = reported.address
    said = " ".join(_URL.sub(" ", reported.said[:_MAX_WORDS]).split())
    around = reported.around[:_MAX_WORDS]
    action = reported.action.strip().lower()
    found = words.ENHANCED.search(said)
    inside = found.group(1) if found else ""
    status = _sharper(reported.status, inside)
    reply = words.REPLY.search(said)
    if action.startswith(_DELIVERED) or (status.startswith("2.") and action != "failed"):
        return Failure(address, status, InboundEvent.DELIVERED, "delivered")
    if action.startswith("delayed"):
        return Failure(address, status, InboundEvent.SOFT_BOUNCE, "delayed")
    if status.startswith("5.4.") and words.CERTAIN.search(said):
        return Failure(address, status, InboundEvent.HARD_BOUNCE, "address")
    temporary = status.startswith("4.") or (not status.startswith("5.") and reply is not None and reply[1][0] == "4")
    for name, pattern in words.SOFT:
        if _says(pattern, said) or (name in words.OF_THE_MAILBOX and _says(pattern, around)):
            return Failure(address, status, InboundEvent.SOFT_BOUNCE, name)
    if temporary:
        return Failure(address, status, InboundEvent.SOFT_BOUNCE, "temporary")
    if _ADDRESS_STATUS.match(status):
        return Failure(address, status, InboundEvent.HARD_BOUNCE, "address")
    if words.AFTER_DATA.search(said):
        return Failure(address, status, InboundEvent.SOFT_BOUNCE, "after_data")
    if words.NAMELESS.search(said) or (_MAILBOX_STATUS.match(status) and not _AT_RCPT.search(said)):
        return Failure(address, status, InboundEvent.SOFT_BOUNCE, "filtered")
    if _NEVER_HARD.match(status):
        return Failure(address, status, InboundEvent.SOFT_BOUNCE, words.FULL_STATUS.get(status[2:5], "policy"))
    # Words alone are too little to lose a person over: a server's code must stand beside them, and a report, an
    # enhanced status or the mention of RCPT must show that it was the address that was refused.
    shown = reported.report or status or _AT_RCPT.search(said)
    spoken = shown and words.CODE.search(said) and words.ADDRESS_WORDS.search(said)
    if spoken or words.DIRECTORY_WORDS.search(said) or words.HOST_WORDS.search(said):
        return Failure(address, status or "5.0.0", InboundEvent.HARD_BOUNCE, "address")
    return Failure(address, status, InboundEvent.SOFT_BOUNCE, words.FULL_STATUS.get(status[2:5], "undefined"))


def _says(pattern: re.Pattern[str], said: str) -> bool:
    """True when the words say so, and not only the name of an address or of a host in them."""
    if pattern.search(said) is None:
        return False
    return pattern.search(_HOST.sub("host x", _ADDRESS.sub("x@x", said))) is not None


def _sharper(status: str, inside: str) -> str:
    """The more telling of the report's code and the one in the server's words; the report's class stays."""
    if not status:
        return inside
    vague = status.endswith(".0.0") or status.count(".") < 2
    return inside if vague and inside and inside[0] == status[0] else status
