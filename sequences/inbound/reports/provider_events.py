"""Amazon SES events, such as those that arrive as mail from SNS (SES developer guide, "notification contents")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sequences.inbound.mime.body import Mail
from sequences.inbound.model import Failure, InboundEvent, MailReading
from sequences.inbound.reports.address_verdict import ReportedRecipient, address_verdict

_MAX_JSON = 200_000
_KINDS = {
    "bounce": "bounce",
    "complaint": "complaint",
    "delivery": "delivery",
    "deliverydelay": "delay",
    "reject": "reject",
    "rendering failure": "rendering_failure",
    "send": "send",
    "open": "open",
    "click": "click",
}
"""Notification and event types in lower case, and what ``reasons`` call them. Who opened got it."""
_HARD_SUBTYPES = frozenset({"general", "noemail", "suppressed", "onaccountsuppressionlist"})


def read_provider_event(mail: Mail) -> MailReading | None:
    """The verdict of an SES notification, or None when the mail is none."""
    for part in mail.of_kind("text/plain")[:1]:
        text = part.text.lstrip()[:_MAX_JSON]
        if not text.startswith("{"):
            return None
        return read_event(_load(text))
    return None


def read_event(event: Mapping[str, Any]) -> MailReading | None:
    """The verdict of an event as a JSON object, or None when it is none of SES, or about nothing that matters here."""
    if isinstance(event.get("detail"), dict) and "mail" in event["detail"]:
        # By way of EventBridge.
        event = event["detail"]
    kind = str(event.get("notificationType") or event.get("eventType") or "").lower()
    return _read(kind, event) if kind in _KINDS else None


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


def _read(kind: str, event: Mapping[str, Any]) -> MailReading:
    sent = _dict(event.get("mail"))
    common = _dict(sent.get("commonHeaders"))
    ident = str(common.get("messageId") or sent.get("messageId") or "")[:990].strip("<>")
    original = f"<{ident}>" if ident else ""
    to = [_address(entry) for entry in _list(sent.get("destination"))]
    if kind == "complaint":
        people = [_address(entry) for entry in _list(_dict(event.get("complaint")).get("complainedRecipients"))] or to
        failures = tuple(Failure(address, "", InboundEvent.COMPLAINT, "ses") for address in people)
        return MailReading(InboundEvent.COMPLAINT, ("ses_complaint",), failures, original)
    if kind in ("bounce", "deliverydelay"):
        found = _bounced(kind, event, to)
        return MailReading(found[0].event, (f"ses_{_KINDS[kind]}", found[0].reason), found, original)
    if kind in ("reject", "rendering failure"):
        # It never left Amazon: a virus in it, or a template of theirs that could not be filled in.
        failures = tuple(Failure(address, "", InboundEvent.SOFT_BOUNCE, "content") for address in to)
        return MailReading(InboundEvent.SOFT_BOUNCE, (f"ses_{_KINDS[kind]}", "content"), failures, original)
    people = [_address(entry) for entry in _list(_dict(event.get("delivery")).get("recipients"))] or to
    said = str(_dict(event.get("delivery")).get("smtpResponse", ""))
    failures = tuple(address_verdict(ReportedRecipient(address, "", said, action="delivered")) for address in people)
    return MailReading(InboundEvent.DELIVERED, (f"ses_{_KINDS[kind]}",), failures, original)


def _address(entry: object) -> str:
    return str(entry.get("emailAddress", "") if isinstance(entry, dict) else entry).lower()[:320]


def _bounced(kind: str, event: Mapping[str, Any], to: list[str]) -> tuple[Failure, ...]:
    bounce = _dict(event.get("bounce") if kind == "bounce" else event.get("deliveryDelay"))
    final = str(bounce.get("bounceType", "")).lower() == "permanent"
    final = final and str(bounce.get("bounceSubType", "")).lower() in _HARD_SUBTYPES
    people = _list(bounce.get("bouncedRecipients") if kind == "bounce" else bounce.get("delayedRecipients"))
    found = []
    for entry in people or [{"emailAddress": address} for address in to]:
        address, fields = _address(entry), _dict(entry)
        said, status = str(fields.get("diagnosticCode", "")), str(fields.get("status", ""))[:12]
        action = str(fields.get("action", "")) if kind == "bounce" else "delayed"
        verdict = address_verdict(ReportedRecipient(address, status, said, action=action, report=True))
        if verdict.event is InboundEvent.HARD_BOUNCE and not final:
            verdict = Failure(address, verdict.status, InboundEvent.SOFT_BOUNCE, "temporary")
        elif verdict.reason == "undefined" and final:
            # Amazon saw the refusal and keeps its words to itself: "General", or its own list of dead addresses.
            verdict = Failure(address, verdict.status or "5.0.0", InboundEvent.HARD_BOUNCE, "address")
        found.append(verdict)
    return tuple(found) or (Failure("", "", InboundEvent.SOFT_BOUNCE, "undefined"),)
