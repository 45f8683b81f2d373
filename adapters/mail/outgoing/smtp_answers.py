"""What an SMTP server's answer says: status, whether the address is dead, when to come back, its own id."""

from __future__ import annotations

import re

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# RFC 3463 section 3.2, as far as it is about the recipient (1.7 and 1.8 are the sender's); 1.10 is RFC 7505's null MX.
_DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_COME_BACK = re.compile(r"(?i)\b(?:in|after|within|for)\s+(\d{1,5})\s*(s|sec|secs|seconds?|m|min|mins|minutes?)\b")
_LONGEST_WAIT = 6 * 3600.0
_IDS = (
    re.compile(r"(?i)\bqueued (?:as|id|with id)[ :=]*<?([\w.+\-/=@]+[\w=])>?"),
    re.compile(r"(?i)\bid[=:] ?<?([\w.+\-/=@]+[\w=])>?"),
    re.compile(r"<([^<>\s@]+@[^<>\s@]+)>"),
    re.compile(r"(?i)\bOK\s+\d{9,11}\s+(\S+)\s+-\s+gsmtp"),
    re.compile(r"(?i)^(?:2\.\d\.\d )?(\w{8,}) Message accepted\b"),
    re.compile(r"(?i)^(?:2\.\d\.\d )?OK:? ([0-9a-f]{8,}[\w\-]*)$"),
)
_SES_HOST = re.compile(r"^email-smtp(?:-fips)?\.([a-z0-9\-]+)\.amazonaws\.com$")


def status_of(code: int, message: str) -> str:
    """The reply code with the enhanced status of RFC 3463 where there is one: ``550 5.1.1``."""
    enhanced = _ENHANCED.match(message)
    return f"{code} {enhanced.group(1)}" if enhanced else str(code)


def says_dead_address(code: int, message: str) -> bool:
    """True when a permanent answer says that the recipient's address itself cannot receive, whoever writes to it.

    A bare 550 does not say so: servers use it for policy as well.
    """
    enhanced = _ENHANCED.match(message)
    return code // 100 == 5 and enhanced is not None and enhanced.group(1) in _DEAD_ADDRESS


def wait_named_in(message: str) -> float | None:
    """Seconds to wait when the text of a temporary refusal names them, as greylisting does; None otherwise."""
    found = _COME_BACK.search(message)
    if not found:
        return None
    return min(int(found.group(1)) * (60.0 if found.group(2).lower().startswith("m") else 1.0), _LONGEST_WAIT)


def provider_id_in(message: str, host: str) -> str | None:
    """The id that the server gave the accepted mail, as its logs and later notices name it; None when it said none.

    Args:
        message: the text after the code of the answer to the final dot.
        host: the server's name: Amazon SES replaces the Message-ID and answers only with its local part.
    """
    text = message.strip()
    for pattern in _IDS:
        found = pattern.search(text)
        if found:
            return _completed(found.group(1), host)
    return None


def _completed(ident: str, host: str) -> str:
    ses = _SES_HOST.match(host.lower())
    if not ses or "@" in ident:
        return ident
    return ses_message_id(ident, ses.group(1))


def ses_message_id(ident: str, region: str) -> str:
    """The Message-ID that Amazon SES gives a mail, without its brackets, of the id that it answers with."""
    return f"{ident}@{'email' if region == 'us-east-1' else region}.amazonses.com"
