"""Delivery reports by the book: ``message/delivery-status`` (RFC 3464), also where the MIME around it is broken."""

from __future__ import annotations

import re
from dataclasses import replace

from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.charset import decode_transfer
from sequences.inbound.mime.headers import Headers, read_headers, recipient_in
from sequences.inbound.model import Failure
from sequences.inbound.reports import bounce_words as words
from sequences.inbound.reports.address_verdict import ReportedRecipient, address_verdict
from sequences.inbound.reports.own_subject import without_our_subject, without_returned_subject

_KINDS = ("message/delivery-status", "message/global-delivery-status")
_FIELDS = re.compile(r"^(?:Final|Original)-Recipient\s*:", re.I | re.M)
_ACTION = re.compile(r"^(?:Action|Status)\s*:", re.I | re.M)
_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})")
_STAGE = re.compile(r"\(in reply to [A-Za-z ]{0,30} command\)")
_NEXT = re.compile(r"\n[ \t<]{0,8}[^\s<>:@]{1,128}@[^\s<>:@]{1,128}[>:]")
_MAX_RECIPIENTS = 200


def read_report(mail: Mail, notice: str, own: frozenset[str]) -> list[Failure]:
    """One ``Failure`` per recipient of the report, in its order; empty when the mail holds no such report.

    Args:
        mail: the mail.
        notice: the human-readable part, for reports that keep the server's words only there. Our own subject in it is
            passed over.
        own: addresses that cannot be the failed one.
    """
    blocks: list[Headers] = []
    for part in mail.of_kind(*_KINDS):
        raw = decode_transfer(part.raw, part.headers.get("content-transfer-encoding"))
        blocks += _blocks(raw.decode("utf-8", "replace"))
    if not blocks:
        for part in mail.of_kind("text/plain", "multipart/report"):
            if _FIELDS.search(part.text) and _ACTION.search(part.text):
                start = min(found.start() for found in (_FIELDS.search(part.text), _ACTION.search(part.text)) if found)
                blocks += _blocks(part.text[start:])
    failures = [_failure(mail, block, notice, single=len(blocks) == 1) for block in blocks[:_MAX_RECIPIENTS]]
    seen: dict[str, Failure] = {}
    for failure in failures:
        seen.setdefault(failure.address, failure)
    named = [failure for failure in seen.values() if failure.address and failure.address not in own]
    return named or list(seen.values())


def _blocks(text: str) -> list[Headers]:
    found = []
    for block in re.split(r"\n[ \t]*\n", text.strip())[: 2 * _MAX_RECIPIENTS]:
        fields = read_headers(block.encode("utf-8", "replace"))
        if "final-recipient" in fields or "original-recipient" in fields or "action" in fields:
            found.append(fields)
    return found


def _address(fields: Headers, *names: str) -> str:
    for name in names:
        for value in fields.all(name):
            if address := recipient_in(value):
                return address
    return ""


def _failure(mail: Mail, fields: Headers, notice: str, *, single: bool) -> Failure:
    address = _address(fields, "final-recipient", "original-recipient", "x-actual-recipient")
    said = " ".join(fields.all("diagnostic-code")).partition(";")[2] or fields.get("diagnostic-code")
    said = without_returned_subject(mail, said)
    match = _STATUS.search(fields.get("status"))
    # Some reports say only "550 5.0.0" or nothing: then the words are in the notice.
    if len(re.sub(r"[^A-Za-z]", "", said)) < 8:
        said = f"{said} {_near(without_our_subject(mail, notice), address)}"
    elif "in reply to" not in said and "in reply to" in notice:
        stage = _STAGE.search(" ".join(_near(notice, address).split()))
        said += f" {stage.group()}" if stage else ""
    reported = ReportedRecipient(
        address,
        match.group(1) if match else "",
        said,
        action=fields.get("action"),
        # Whatever else it says is not asked: most notices need not be cleaned of our subject.
        around=without_our_subject(mail, notice) if single and words.says_of_mailbox(notice) else "",
        report=True,
    )
    judged = address_verdict(reported)
    original = _address(fields, "original-recipient")
    return replace(judged, original=original) if original and original != address else judged


def _near(notice: str, address: str) -> str:
    """The words of the notice that belong to ``address``: from its first mention to the next address."""
    at = notice.lower().find(address) if address else -1
    if at < 0:
        return notice[:2_000]
    end = at + 1_500
    for following in _NEXT.finditer(notice, at + len(address), end):
        if address not in following.group().lower():
            end = following.start()
            break
    return notice[at:end]
