"""Bounces, delays and delivery confirmations."""

from __future__ import annotations

from sequences.inbound.body import Mail
from sequences.inbound.delivery_report import read_report
from sequences.inbound.headers import addresses
from sequences.inbound.model import Failure, InboundEvent, Verdict
from sequences.inbound.notice import looks_like_notice, notice_text, read_notice
from sequences.inbound.original import original_message_id
from sequences.inbound.provider_events import read_provider_event


def read_bounce(mail: Mail) -> Verdict | None:
    """The verdict of a delivery report or bounce notice, or None when the mail is none.

    Readers in order: Amazon's events, RFC 3464, a read receipt (RFC 8098), the text of the notice.
    """
    event = read_provider_event(mail)
    if event is not None:
        return event
    own = frozenset(
        a for name in ("from", "to", "delivered-to", "x-original-to") for a in addresses(mail.headers.get(name))
    )
    notice = notice_text(mail)
    failures = read_report(mail, notice, own)
    reasons: tuple[str, ...] = ("delivery_report",)
    if not failures:
        if mail.of_kind("message/disposition-notification"):
            return Verdict(InboundEvent.DELIVERED, ("read_receipt",), (), original_message_id(mail))
        reasons = looks_like_notice(mail, notice)
        if not reasons:
            return None
        failures = read_notice(mail, notice, own)
    first = failures[0]
    return Verdict(
        first.event, (*reasons, first.reason), tuple(_with_addresses(mail, failures, own)), original_message_id(mail)
    )


def _with_addresses(mail: Mail, failures: list[Failure], own: frozenset[str]) -> list[Failure]:
    """A report without an address gets the one that the returned mail was sent to, when there is exactly one."""
    if len(failures) != 1 or failures[0].address or mail.original is None:
        return failures
    to = [address for address in addresses(mail.original.get("to")) if address not in own]
    only = failures[0]
    return [Failure(to[0], only.status, only.event, only.reason)] if len(to) == 1 else failures
