"""What mail providers say of a sender beside the mail, in the words of their documentation."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from adapters.mail.incoming.providers import ProviderMail, mailgun, postmark, sendgrid, ses
from sequences.inbound.authentication import Authentication, Verdict, authenticate
from sequences.inbound.parse import parse_mail

RAW = "From: Ada <ada@client.example>\r\nSubject: Re: Hello\r\n\r\nYes\r\n"


def verdict(delivery: ProviderMail | None) -> Authentication:
    assert delivery is not None
    assert delivery.results is not None
    return authenticate(parse_mail(delivery.raw).trace, (delivery.results.provider,), delivery.results)


def ses_mail(source: str = "ada@client.example", **verdicts: str) -> ProviderMail:
    receipt: dict[str, Any] = {name: {"status": status} for name, status in verdicts.items()}
    receipt |= {"recipients": ["jobs@agency.example"], "action": {"type": "SNS", "encoding": "BASE64"}}
    notice = {"notificationType": "Received", "mail": {"source": source}, "receipt": receipt}
    notice["content"] = base64.b64encode(RAW.encode()).decode()
    found = ses.read({"Message": json.dumps(notice)})
    assert isinstance(found, ProviderMail)
    return found


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"dmarcVerdict": "PASS", "spfVerdict": "FAIL"}, Authentication(Verdict.PROVED, "dmarc=pass")),
        ({"dmarcVerdict": "FAIL", "spfVerdict": "PASS"}, Authentication(Verdict.FAILED, "dmarc=fail")),
        ({"dmarcVerdict": "GRAY", "spfVerdict": "PASS"}, Authentication(Verdict.PROVED, "spf=pass")),
        ({"dmarcVerdict": "GRAY", "spfVerdict": "GRAY"}, Authentication(Verdict.FAILED, "dmarc=none")),
        ({"dmarcVerdict": "PROCESSING_FAILED"}, Authentication(Verdict.FAILED, "dmarc=temperror")),
        # It does not say whose signature that was.
        ({"dkimVerdict": "PASS"}, Authentication(Verdict.FAILED, "dmarc=none")),
        ({}, Authentication(Verdict.FAILED, "dmarc=none")),
    ],
)
def test_ses(verdicts: dict[str, str], expected: Authentication) -> None:
    assert verdict(ses_mail(**verdicts)) == expected


def test_ses_checks_the_sender_of_the_envelope() -> None:
    assert verdict(ses_mail(source="eve@evil.example", spfVerdict="PASS")).by == "another domain"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dkim": "{@client.example : pass}", "SPF": "fail"}, Authentication(Verdict.PROVED, "dkim=pass")),
        (
            {"dkim": "{@evil.example : pass, @client.example : pass}", "SPF": "none"},
            Authentication(Verdict.PROVED, "dkim=pass"),
        ),
        ({"dkim": "{@evil.example : pass}", "SPF": "pass"}, Authentication(Verdict.FAILED, "another domain")),
        ({"dkim": "none", "SPF": "softfail"}, Authentication(Verdict.FAILED, "spf=softfail")),
        ({}, Authentication(Verdict.FAILED, "dmarc=none")),
    ],
)
def test_sendgrid(fields: dict[str, str], expected: Authentication) -> None:
    envelope = {"to": ["jobs@agency.example"], "from": "bounce@evil.example"}
    form = {name: value.encode() for name, value in fields.items()}
    assert verdict(sendgrid.read(form | {"email": RAW.encode(), "envelope": json.dumps(envelope).encode()})) == expected


def test_sendgrid_with_the_envelope_of_the_author() -> None:
    envelope = json.dumps({"to": [], "from": "ada@client.example"}).encode()
    assert verdict(sendgrid.read({"email": RAW.encode(), "envelope": envelope, "SPF": b"pass"})).by == "spf=pass"


_SPF = "Pass (sender SPF authorized) identity=mailfrom; client-ip=192.0.2.1; helo=mail.client.example; "


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Received-SPF", f"{_SPF}envelope-from=ada@client.example; receiver=x@y")], "spf=pass"),
        ([("Received-SPF", f"{_SPF}envelope-from=eve@evil.example; receiver=x@y")], "another domain"),
        ([("Received-SPF", "Pass (x) identity=helo; envelope-from=ada@client.example;")], "dmarc=none"),
        ([("Received-SPF", "Softfail identity=mailfrom; envelope-from=ada@client.example;")], "spf=softfail"),
        ([("X-Spam-Tests", "DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,SPF_PASS")], "dkim=pass"),
        ([("X-Spam-Tests", "DKIM_SIGNED,DKIM_VALID,SPF_PASS")], "dmarc=none"),
        # One of them is the sender's.
        ([("X-Spam-Tests", "DKIM_VALID_AU"), ("X-Spam-Tests", "SPF_FAIL")], "dmarc=none"),
        ([], "dmarc=none"),
    ],
)
def test_postmark(headers: list[tuple[str, str]], expected: str) -> None:
    document = {
        "RawEmail": RAW,
        "FromFull": {"Email": "ada@client.example"},
        "Headers": [{"Name": name, "Value": value} for name, value in headers],
    }
    assert verdict(postmark.read(json.dumps(document).encode())).by == expected


@pytest.mark.parametrize(
    ("head", "sender", "expected"),
    [
        ("X-Mailgun-Spf: Pass\r\n", "ada@client.example", "spf=pass"),
        ("X-Mailgun-Spf: Pass\r\n", "eve@evil.example", "another domain"),
        ("X-Mailgun-Spf: SoftFail\r\n", "ada@client.example", "spf=softfail"),
        ("X-Mailgun-Spf: Pass\r\nX-Mailgun-Spf: Fail\r\n", "ada@client.example", "dmarc=none"),
        ("X-Mailgun-Dkim-Check-Result: Pass\r\n", "ada@client.example", "dmarc=none"),
        ("", "ada@client.example", "dmarc=none"),
    ],
)
def test_mailgun(head: str, sender: str, expected: str) -> None:
    # What stands in the text of the mail is the sender's.
    raw = f"{head}{RAW}X-Mailgun-Spf: Pass\r\n".encode()
    assert verdict(mailgun.read({"body-mime": raw, "sender": sender.encode()})).by == expected


def test_what_nobody_named_is_not_believed() -> None:
    delivery = ses_mail(dmarcVerdict="PASS")
    assert delivery is not None
    trace = parse_mail(delivery.raw).trace
    assert authenticate(trace, (), delivery.results).verdict is Verdict.UNKNOWN
    assert authenticate(trace, ("mx.agency.example",), delivery.results).verdict is Verdict.FAILED
