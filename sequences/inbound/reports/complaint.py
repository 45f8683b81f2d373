"""Complaints: Abuse Reporting Format (RFC 5965), authentication failures (RFC 6591), and Hotmail's own kind."""

from __future__ import annotations

import re

from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.charset import decode_transfer
from sequences.inbound.mime.headers import Headers, addresses, read_headers
from sequences.inbound.model import Failure, InboundEvent, MailReading
from sequences.inbound.reports.original import original_message_id

_INLINE = re.compile(r"^Feedback-Type:[ \t]*[a-z-]{3,30}[ \t]*$", re.I | re.M)
_HOTMAIL = re.compile(r"^\s*complaint about message from\b", re.I)
_DMARC = re.compile(r"^\s*(?:\[[^\]]{1,60}\]\s*)?report[- ]domain:.{1,200}\bsubmitter:", re.I)
_AUTHENTICATION = frozenset({"auth-failure", "dkim", "dmarc", "spf"})


def read_complaint(mail: Mail) -> MailReading | None:
    """The verdict of a feedback report, or None when the mail is none."""
    report = _report(mail)
    if report is not None:
        return _judge(mail, report)
    subject = mail.headers.text("subject")
    sender = addresses(mail.headers.get("from"))
    if _HOTMAIL.match(subject) and sender and mail.original is not None:
        return _verdict(mail, InboundEvent.COMPLAINT, "hotmail_complaint", _recipient(mail, None))
    if _DMARC.match(subject[:300]):
        return MailReading(InboundEvent.AUTH_FAILURE_REPORT, ("dmarc_report",))
    return None


def _report(mail: Mail) -> Headers | None:
    for part in mail.of_kind("message/feedback-report"):
        return read_headers(decode_transfer(part.raw, part.headers.get("content-transfer-encoding")))
    if "feedback-report" in mail.headers.get("content-type").lower() or mail.kind == "multipart/report":
        for part in mail.of_kind("text/plain"):
            match = _INLINE.search(part.text[:20_000])
            if match:
                return read_headers(part.text[match.start() : match.start() + 20_000].encode("utf-8", "replace"))
    return None


def _judge(mail: Mail, report: Headers) -> MailReading:
    kind = report.get("feedback-type").strip().lower()
    if kind in _AUTHENTICATION:
        return _verdict(mail, InboundEvent.AUTH_FAILURE_REPORT, "arf_auth_failure", _recipient(mail, report))
    if kind == "not-spam":
        return _verdict(mail, InboundEvent.DELIVERED, "arf_not_spam", _recipient(mail, report))
    reason = (
        f"arf_{kind.replace('-', '_')}"
        if kind in ("abuse", "fraud", "virus", "opt-out", "opt-out-list")
        else "arf_other"
    )
    return _verdict(mail, InboundEvent.COMPLAINT, reason, _recipient(mail, report))


def _recipient(mail: Mail, report: Headers | None) -> str:
    """Who complained: the report's word, else to whom the original was addressed (reports often redact it)."""
    for name in ("original-rcpt-to", "removal-recipient"):
        for value in report.all(name) if report else ():
            for address in addresses(value):
                return address
    original = mail.original
    if original is None:
        return ""
    for name in ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "to"):
        for address in addresses(original.get(name)):
            return address
    return ""


def _verdict(mail: Mail, event: InboundEvent, reason: str, recipient: str) -> MailReading:
    failures = (Failure(recipient, "", event, reason),) if recipient else ()
    return MailReading(event, (reason,), failures, original_message_id(mail))
