"""Bounces, delays and delivery confirmations."""

from __future__ import annotations

from dataclasses import replace

from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.headers import addresses, media_type
from sequences.inbound.model import Failure, InboundEvent, MailReading
from sequences.inbound.reports.delivery_report import read_report
from sequences.inbound.reports.original import original_message_id
from sequences.inbound.reports.own_subject import without_our_subject
from sequences.inbound.reports.plain_notice import looks_like_notice, may_be_notice, notice_text, read_notice
from sequences.inbound.reports.provider_events import read_provider_event
from sequences.inbound.reports.receipts import read_receipt
from sequences.inbound.reports.rejection import read_rejection


def read_bounce(mail: Mail, *, automatic: bool = False) -> MailReading | None:
    """The verdict of a delivery report or bounce notice, or None when the mail is none.

    Readers in order: Amazon's events, RFC 3464, a refusal by a filter (RFC 5429; it is a person's word), a read receipt
    (RFC 8098), a report without fields, the text of the notice.

    Args:
        mail: taken apart.
        automatic: its header says that a machine answered: then words that an absence may hold as well prove nothing.
    """
    event = read_provider_event(mail)
    if event is not None:
        return event
    own = frozenset(
        a for name in ("from", "to", "delivered-to", "x-original-to") for a in addresses(mail.headers.get(name))
    )
    text = notice_text(mail)
    failures = read_report(mail, text, own)
    reasons: tuple[str, ...] = ("delivery_report",)
    if not failures:
        receipt = read_rejection(mail, text) or read_receipt(mail)
        if receipt is not None:
            return receipt
        notice = without_our_subject(mail, text) if may_be_notice(mail) else text
        reasons = looks_like_notice(mail, notice, automatic=automatic)
        if not reasons:
            return None
        failures = read_notice(mail, notice, own)
        if mail.original is not None and failures[0].reason == "undefined" and (inner := _inner_report(mail)):
            return inner
    # Our mail reached that one; what happened to the others is the news.
    failures = sorted(failures, key=lambda each: each.event is InboundEvent.DELIVERED)
    first = failures[0]
    return MailReading(
        first.event, (*reasons, first.reason), tuple(_with_addresses(mail, failures, own)), original_message_id(mail)
    )


def _inner_report(mail: Mail) -> MailReading | None:
    """The verdict of the report that a gateway wrapped in a notice of its own that says nothing."""
    original = mail.original
    if original is None or "report" not in original.get("content-type"):
        return None
    inside = tuple(replace(part, embedded=part.embedded - 1) for part in mail.parts if part.embedded)
    return read_bounce(Mail(original, media_type(original.get("content-type")), inside))


def _with_addresses(mail: Mail, failures: list[Failure], own: frozenset[str]) -> list[Failure]:
    """A report without an address gets the one that the returned mail was sent to, when there is exactly one."""
    if len(failures) != 1 or failures[0].address or mail.original is None:
        return failures
    to = [address for address in addresses(mail.original.get("to")) if address not in own]
    only = failures[0]
    return [Failure(to[0], only.status, only.event, only.reason)] if len(to) == 1 else failures
