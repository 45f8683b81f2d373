"""Amazon SES events that arrive as mail from SNS: JSON in the body (SES developer guide, "notification contents")."""

from __future__ import annotations

import json
from typing import Any

from sequences.inbound.body import Mail
from sequences.inbound.judge import judge
from sequences.inbound.model import Failure, InboundEvent, Verdict

_MAX_JSON = 200_000
_HARD_SUBTYPES = frozenset({"general", "noemail", "suppressed", "onaccountsuppressionlist"})


def read_provider_event(mail: Mail) -> Verdict | None:
    """The verdict of an SES notification, or None when the mail is none."""
    for part in mail.of_kind("text/plain")[:1]:
        text = part.text.lstrip()[:_MAX_JSON]
        if not text.startswith("{"):
            return None
        event = _load(text)
        kind = str(event.get("notificationType") or event.get("eventType") or "").lower()
        if kind in ("bounce", "complaint", "delivery"):
            return _read(kind, event)
    return None


def _load(text: str) -> dict[str, Any]:
    # The SNS footer follows the object; mail transport may have wrapped its one long line.
    for candidate in (text, text.replace("\n", "")):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            inner = value.get("Message")
            return _load(inner) if isinstance(inner, str) and inner.startswith("{") and inner != text else value
    return {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _read(kind: str, event: dict[str, Any]) -> Verdict:
    sent = _dict(event.get("mail"))
    common = _dict(sent.get("commonHeaders"))
    ident = str(common.get("messageId") or sent.get("messageId") or "")[:990].strip("<>")
    original = f"<{ident}>" if ident else ""
    if kind == "complaint":
        people = [
            str(_dict(entry).get("emailAddress", "")).lower()
            for entry in _list(_dict(event.get("complaint")).get("complainedRecipients"))
        ]
        failures = tuple(Failure(address, "", InboundEvent.COMPLAINT, "ses") for address in people)
        return Verdict(InboundEvent.COMPLAINT, ("ses_complaint",), failures, original)
    if kind == "delivery":
        people = [str(address).lower() for address in _list(_dict(event.get("delivery")).get("recipients"))]
        said = str(_dict(event.get("delivery")).get("smtpResponse", ""))
        failures = tuple(judge(address, "", said, action="delivered") for address in people)
        return Verdict(InboundEvent.DELIVERED, ("ses_delivery",), failures, original)
    bounce = _dict(event.get("bounce"))
    permanent = str(bounce.get("bounceType", "")).lower() == "permanent"
    subtype = str(bounce.get("bounceSubType", "")).lower()
    found = []
    for entry in map(_dict, _list(bounce.get("bouncedRecipients"))):
        address = str(entry.get("emailAddress", "")).lower()
        said, status = str(entry.get("diagnosticCode", "")), str(entry.get("status", ""))[:12]
        verdict = judge(address, status, said, action=str(entry.get("action", "")))
        if verdict.event is InboundEvent.HARD_BOUNCE and not (permanent and subtype in _HARD_SUBTYPES):
            verdict = Failure(address, verdict.status, InboundEvent.SOFT_BOUNCE, "temporary")
        found.append(verdict)
    first = found[0] if found else Failure("", "", InboundEvent.SOFT_BOUNCE, "undefined")
    return Verdict(first.event, ("ses_bounce", first.reason), tuple(found), original)
