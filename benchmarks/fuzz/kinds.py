"""What is broken, and what reads it as far as that goes without a server. A ``RelanceError`` or a 4xx is an answer."""

from __future__ import annotations

import contextlib
import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from fastapi import HTTPException

from adapters.mail.incoming.providers import mailgun, postmark, sendgrid, ses
from adapters.mail.incoming.providers.forms import read_form as read_provider_form
from adapters.sms.http_progress import Progress
from adapters.sms.twilio_errors import lookup_error, outcome_of_refusal
from adapters.templates import Renderer, load_templates
from benchmarks.fuzz import mails
from benchmarks.fuzz.breaking import broken_bytes, broken_json, broken_lines
from benchmarks.inbound_speed import made_up
from sequences.checking import read_file
from sequences.errors import RelanceError, TokenError
from sequences.forms.answers import Reading, read_answers
from sequences.forms.form_file import is_form, read_form
from sequences.inbound.about_send import ParentMail, about_send
from sequences.inbound.opt_out_wish import wish_in_mail
from sequences.inbound.read_incoming import read_incoming
from sequences.reactions.sentiment import concerns
from sequences.reactions.undelivered import undelivered_words
from sequences.records.catalogue import catalogue
from sequences.sending.outcome import HandOver
from sequences.sms.reading import read_sms
from sequences.sms.segments import segment
from sequences.tokens import TokenKind, verify
from services.intake.sms_reports import SmsReport
from services.intake.store_inbound import storable
from services.records.crm_item import read_change
from starter.http.routes.crm import read_event

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
_CATALOGUE = catalogue({"salary": "number", "visa_until": "date", "shift": "text"})  # type: ignore[dict-item]
_OURS = "Hi,\nwe have an opening that may suit you.\nTo unsubscribe, reply STOP to this mail."
_LONGEST_INDEXED = 2_700


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    Attributes:
        broken: makes an input.
        check: reads it; what it raises is a crash.
    """

    broken: Callable[[random.Random], bytes]
    check: Callable[[bytes], None]


def check_mail(raw: bytes) -> None:
    """Everything that intake asks of a mail on its way into the tables."""
    read = read_incoming(raw)
    mail, key = read.mail, storable(read.key)
    parent = ParentMail("s@f.example", "dana@a.example", _OURS)
    about = about_send(mail, parent, reply_domain="reply.relance.example")
    certain = "no_own_words" not in mail.reasons
    wish_in_mail(about.reply_text, mail.text, certain=certain, subject=mail.subject, parent=parent)
    concerns(mail.reply_text)
    undelivered_words(mail.reasons, about.event.value, other=False)
    for address in mail.recipients:
        for kind in (TokenKind.REPLY, TokenKind.BOUNCE, TokenKind.UNSUBSCRIBE):
            with contextlib.suppress(TokenError):
                verify(kind, address.rpartition("@")[0], (b"key",))
    kept = (key, mail.sender, mail.text, mail.reply_text, mail.message_id, *mail.references, *mail.reasons)
    for value in map(storable, kept):
        assert "\0" not in value
        value.encode()
    # An index of Postgres takes 2,704 octets.
    assert len(key.encode()) < _LONGEST_INDEXED
    if mail.return_date is not None:
        mail.return_date.isoformat()


def check_hook(body: bytes) -> None:
    """An event of the CRM, and each of its changes by itself."""
    try:
        event = read_event(body)
    except HTTPException as refused:
        if refused.status_code >= 500:
            raise
        return
    for change in event.changes:
        with contextlib.suppress(RelanceError):
            item = read_change(change, _CATALOGUE)
            json.dumps(storable(str(item))).encode()


def check_yaml(raw: bytes) -> None:
    """A file of a sequence or of a form."""
    text = raw.decode("utf-8", "replace")
    if is_form(text):
        read_form(text, "form.yaml", {})
        return
    for problem in read_file(text, "sequence.yaml", {}).problems:
        str(problem).encode("utf-8", "replace")


def _template_check() -> Callable[[bytes], None]:
    renderer, folder = Renderer(), tempfile.TemporaryDirectory(prefix="relance-fuzz-")
    place = Path(folder.name)
    groups = ("person", "placement", "client", "owner")
    values = {group: {"first_name": "Ada", "full_name": "Ada Example", "email": "a@b.example"} for group in groups}
    allowed = {f"{group}.{name}" for group in groups for name in values[group]}

    def check(raw: bytes) -> None:
        # The folder lives as long as this function does.
        for ending in (".email.txt", ".email.html", ".sms.txt"):
            file = Path(folder.name) / f"a{ending}"
            file.write_bytes(raw)
            try:
                with contextlib.suppress(RelanceError):
                    [source] = load_templates(place, ["a"]).values()
                    if not renderer.check(source, allowed):
                        renderer.render(source, values)
            finally:
                file.unlink()

    return check


def check_form(raw: bytes) -> None:
    """A form of a person, and those in which providers post mail."""
    text = raw.decode("utf-8", "replace")
    reading = read_form((EXAMPLES / "forms" / "re-registration.yaml").read_text(), "form.yaml", {})
    assert reading.form is not None
    with contextlib.suppress(ValueError):
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(text, max_num_fields=200):
            given.setdefault(name, []).append(value)
        read_answers(reading.form, given, Reading(catalogue(), "GB"))
    boundary = text[:60].partition("\n")[0].strip("-\r ")
    for kind in (
        "application/x-www-form-urlencoded",
        f"multipart/form-data; boundary={boundary}",
        "multipart/form-data",
    ):
        with contextlib.suppress(RelanceError):
            fields = read_provider_form(kind, raw)
            for read in (sendgrid.read, mailgun.read):
                with contextlib.suppress(RelanceError):
                    read(fields)
            mailgun.check(fields, (b"key",), NOW)


def check_webhook(raw: bytes) -> None:
    """What providers post, and what they answer us."""
    text = raw.decode("utf-8", "replace")
    with contextlib.suppress(RelanceError):
        postmark.read(raw)
    with contextlib.suppress(RelanceError):
        ses.read(ses.read_document(raw))
    parameters = dict(parse_qsl(text, keep_blank_values=True))
    report = SmsReport.of(parameters)
    str(report).encode()
    body = parameters.get("Body", text)
    read_sms(body, (_OURS,), opt_out_type=parameters.get("OptOutType"))
    segment(body[:2_000], smart=True)
    Progress(HandOver(), text[:200]).retry_after_seconds(NOW)
    lookup_error(_answer(text))
    outcome_of_refusal(len(raw) % 600, report.code or 0, None)


def _answer(text: str) -> Exception:
    from twilio.base.exceptions import TwilioException  # noqa: PLC0415 - with the whole SDK
    from twilio.http.response import Response  # noqa: PLC0415

    refused: Exception = TwilioException("Unable to fetch page", Response(400, text))
    return refused


_HOOKS = (
    {
        "event_id": "e1",
        "changes": [
            {
                "entity": "person",
                "id": "p1",
                "fields": {"first_name": "Ada", "email": "a@b.example", "phone": "+44 20 7183 8750"},
            },
            {
                "entity": "placement",
                "id": "x1",
                "fields": {"person_id": "p1", "start_date": "2027-05-04", "status": "On Assignment"},
            },
            {"entity": "client", "id": "c1", "fields": {"name": "Works", "timezone": "Europe/London"}, "version": 3},
            {"entity": "person", "id": "p2", "deleted": True, "at": "2027-05-04T09:00:00Z"},
            {"entity": "person", "id": "p3", "merged_into": "p1", "lineage": ["new-services"]},
            {
                "entity": "person",
                "id": "p4",
                "fields": {"custom.salary": "40,000", "HasOptedOutOfEmail": "yes"},
                "unsubscribed": True,
            },
            {"entity": "event", "person": "p1", "event": "contacted", "at": "2027-05-04T09:00:00+01:00", "id": "v1"},
            {"entity": "person", "id": "p5", "suppress": "all", "echo": "eabcdefgh1234567890123456"},
        ],
    },
)
_NOTICE = {
    "notificationType": "Received",
    "receipt": {"recipients": ["a@b.example"], "action": {"encoding": "BASE64"}},
    "content": "RnJvbTogYQoKaGk=",
}
_POSTS = (
    {"RawEmail": "From: a@b.example\n\nhi", "OriginalRecipient": "r@reply.example"},
    {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": "arn:aws:sns:eu-west-1:1:t",
        "Message": json.dumps(_NOTICE),
        "Timestamp": "2027-05-04T09:00:00.000Z",
    },
    {"code": 21610, "message": "opted out", "status": 400},
)
_TEXTS = tuple(
    urlencode(fields).encode()
    for fields in (
        {"MessageSid": "SM1", "From": "+447700900123", "To": "+447700900124", "Body": "STOP"},
        {
            "MessageSid": "SM1",
            "From": "+447700900123",
            "Body": "Liked \u201cwe have an opening\u201d",
            "OptOutType": "STOP",
        },
        {"MessageSid": "SM2", "MessageStatus": "undelivered", "ErrorCode": "30003", "From": "+447700900124"},
    )
)
_DATES = (b"Mon, 04 May 2026 09:00:00 GMT", b"120", b"Sun, 31 Dec 9999 23:59:59 -2359", b"1e400")
_FIELDS = (
    urlencode(
        {"person.first_name": "Ada", "person.email": "a@b.example", "person.phone": "020 7183 8750", "consent": "on"}
    ).encode(),
    urlencode(
        {
            "timestamp": "1800000000",
            "token": "t" * 50,
            "signature": "0" * 64,
            "recipient": "r@b.example",
            "body-mime": "From: a@b.example\n\nhi",
        }
    ).encode(),
    urlencode(
        {"email": "From: a@b.example\n\nhi", "envelope": '{"to": ["r@b.example"], "from": "a@b.example"}'}
    ).encode(),
    b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\nFrom: a@b.example\r\n\r\nhi\r\n'
    b'--b\r\nContent-Disposition: form-data; name="envelope"\r\n\r\n{"to": ["r@b.example"]}\r\n--b--\r\n',
)


@cache
def _files(pattern: str) -> tuple[bytes, ...]:
    return tuple(file.read_bytes() for file in sorted(EXAMPLES.rglob(pattern)))


def _yaml(dice: random.Random) -> bytes:
    samples = _files("*.yaml")
    return broken_lines(dice, samples) if dice.random() < 0.5 else broken_bytes(dice, samples)


def _templates(dice: random.Random) -> bytes:
    samples = (*_files("*.txt"), b"<p>Hi {{ person.first_name }}, <a href='https://a.example'>look</a></p>\n")
    return broken_lines(dice, samples) if dice.random() < 0.3 else broken_bytes(dice, samples)


def _hook(dice: random.Random) -> bytes:
    return broken_json(dice, _HOOKS) if dice.random() < 0.7 else broken_bytes(dice, [json.dumps(_HOOKS[0]).encode()])


def _webhook(dice: random.Random) -> bytes:
    if dice.random() < 0.5:
        return broken_json(dice, _POSTS)
    return broken_bytes(dice, (*_TEXTS, *_DATES, *(json.dumps(each).encode() for each in _POSTS)))


KINDS = MappingProxyType(
    {
        "hooks": Kind(_hook, check_hook),
        "mails": Kind(lambda dice: mails.mutated(dice, made_up()[:3]), check_mail),
        "yaml": Kind(_yaml, check_yaml),
        "templates": Kind(_templates, _template_check()),
        "forms": Kind(lambda dice: broken_bytes(dice, _FIELDS), check_form),
        "webhooks": Kind(_webhook, check_webhook),
    }
)
