"""What each provider is sent, to the letter, for a mail with everything in it."""

from __future__ import annotations

import base64
import email
import email.policy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.mail.outgoing.http.exchange import HttpRequest
from adapters.mail.outgoing.http.gmail import GmailApi
from adapters.mail.outgoing.http.graph import GraphDraft, GraphSendMail
from adapters.mail.outgoing.http.mailgun import MailgunApi
from adapters.mail.outgoing.http.postmark import PostmarkApi
from adapters.mail.outgoing.http.sendgrid import SendGridApi
from adapters.mail.outgoing.http.ses import SesApi
from adapters.mail.outgoing.http.settings import SesMailbox
from adapters.mail.outgoing.http.transport import HttpMail
from adapters.mail.outgoing.mail_parts import MailParts, header_of
from adapters.mail.outgoing.message import build_email
from sequences.errors import PermanentError
from sequences.sending.email_content import EmailContent, EmailHeaders, MailFile

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
LONG = "<" + "thread-" * 14 + "1@agency.example>"
HEADERS = EmailHeaders(
    sender_name="Dana Exämple, MCIPD",
    sender_address="dana@agency.example",
    recipient_name="Zoë Example",
    recipient_address="zoe@client.example",
    reply_to="r+abc@reply.agency.example",
    message_id="<m1@agency.example>",
    date=NOW,
    in_reply_to="<m0@agency.example>",
    references=(LONG, "<m0@agency.example>"),
    unsubscribe_url="https://relance.example/u/abc",
    unsubscribe_mailto="u+abc@reply.agency.example",
)
FILES = (
    MailFile("plan.pdf", "application/pdf", b"%PDF-1.7 x"),
    MailFile("Über.ics", "text/calendar", "BEGIN:VCALENDAR Ü".encode()),
    MailFile("logo.png", "image/png", b"\x89PNG", content_id="logo@relance"),
)
CONTENT = EmailContent(subject="Ein Gespräch?", text="Grüße\n\nDana", html="<p>Grüße</p>", files=FILES)
MAIL = build_email(HEADERS, CONTENT)
ON_ITS_WAY = HttpMail("b+1@reply.agency.example", "zoe@client.example", MAIL)
UNSUBSCRIBE = "<https://relance.example/u/abc>, <mailto:u+abc@reply.agency.example>"
OURS = {
    "Message-ID": "<m1@agency.example>",
    "In-Reply-To": "<m0@agency.example>",
    "References": f"{LONG} <m0@agency.example>",
    "List-Unsubscribe": UNSUBSCRIBE,
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def sent(request: HttpRequest) -> Any:
    return json.loads(request.body)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_a_mail_is_taken_apart_without_a_loss() -> None:
    parts = MailParts.of(MAIL)
    assert parts.sender == ("Dana Exämple, MCIPD", "dana@agency.example")
    assert parts.recipient == ("Zoë Example", "zoe@client.example")
    assert (parts.reply_to, parts.subject) == ("r+abc@reply.agency.example", "Ein Gespräch?")
    assert (parts.text, parts.html) == ("Grüße\n\nDana\n", "<p>Grüße</p>\n")
    assert dict(parts.headers) == OURS
    assert [(file.name, file.content, file.content_id) for file in parts.files] == [
        ("logo.png", b"\x89PNG", "logo@relance"),
        ("plan.pdf", b"%PDF-1.7 x", ""),
        ("Über.ics", "BEGIN:VCALENDAR Ü".encode(), ""),
    ]
    assert header_of(MAIL, "references") == f"{LONG} <m0@agency.example>"
    assert header_of(MAIL, "X-None") == ""


def test_gmail() -> None:
    api = GmailApi("https://gmail.googleapis.com/")
    request = api.request(ON_ITS_WAY, NOW)
    assert (request.method, request.url) == ("POST", "https://gmail.googleapis.com/gmail/v1/users/me/messages/send")
    assert request.headers == {"Content-Type": "application/json"}
    assert sent(request) == {"raw": base64.urlsafe_b64encode(MAIL).decode()}
    in_thread = api.request(HttpMail("b@example.org", "z@example.com", MAIL, "18f1"), NOW)
    assert sent(in_thread)["threadId"] == "18f1"


def test_graph() -> None:
    request = GraphSendMail("https://graph.microsoft.com").request(ON_ITS_WAY, NOW)
    assert (request.method, request.url) == ("POST", "https://graph.microsoft.com/v1.0/me/sendMail")
    assert request.headers == {"Content-Type": "text/plain"}
    assert base64.b64decode(request.body) == MAIL
    draft = HttpMail("b@example.org", "z@example.com", MAIL, "AAMk/1=\nx@exchange.example")
    request = GraphDraft("https://graph.microsoft.com").request(draft, NOW)
    assert request.url == "https://graph.microsoft.com/v1.0/me/messages/AAMk%2F1%3D/send"
    assert (request.headers, request.body) == ({"Prefer": 'IdType="ImmutableId"'}, b"")


def test_graph_takes_no_large_mail() -> None:
    large = HttpMail("b@example.org", "z@example.com", MAIL + b"x" * 3_200_000)
    with pytest.raises(PermanentError, match="3 MB"):
        GraphSendMail("https://graph.microsoft.com").request(large, NOW)


def test_mailgun() -> None:
    request = MailgunApi("https://api.eu.mailgun.net", "mg.agency.example", "key-1").request(ON_ITS_WAY, NOW)
    assert request.url == "https://api.eu.mailgun.net/v3/mg.agency.example/messages.mime"
    assert request.headers["Authorization"] == f"Basic {b64(b'api:key-1')}"
    kind = request.headers["Content-Type"]
    assert kind.startswith("multipart/form-data; boundary=")
    boundary = kind.partition("boundary=")[2].encode()
    parts = [part.strip(b"\r\n") for part in request.body.split(b"--" + boundary)[1:-1]]
    assert parts[0] == b'Content-Disposition: form-data; name="to"\r\n\r\nzoe@client.example'
    assert parts[1] == b'Content-Disposition: form-data; name="o:tracking"\r\n\r\nno'
    head, _, body = parts[2].partition(b"\r\n\r\n")
    assert head == (
        b'Content-Disposition: form-data; name="message"; filename="mail.eml"\r\nContent-Type: message/rfc822'
    )
    assert body == MAIL.strip(b"\r\n")


def test_postmark() -> None:
    request = PostmarkApi("https://api.postmarkapp.com", "token-1", "outreach").request(ON_ITS_WAY, NOW)
    assert request.url == "https://api.postmarkapp.com/email"
    assert request.headers == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "X-Postmark-Server-Token": "token-1",
    }
    assert sent(request) == {
        "From": '"Dana Exämple, MCIPD" <dana@agency.example>',
        "To": '"Zoë Example" <zoe@client.example>',
        "ReplyTo": "r+abc@reply.agency.example",
        "Subject": "Ein Gespräch?",
        "TextBody": "Grüße\n\nDana\n",
        "HtmlBody": "<p>Grüße</p>\n",
        "MessageStream": "outreach",
        "TrackOpens": False,
        "TrackLinks": "None",
        "Metadata": {"message-id": OURS["Message-ID"].strip("<>")},
        "Headers": [{"Name": name, "Value": value} for name, value in OURS.items()]
        + [{"Name": "X-PM-KeepID", "Value": "true"}],
        "Attachments": [
            {
                "Name": "logo.png",
                "Content": b64(b"\x89PNG"),
                "ContentType": "image/png",
                "ContentID": "cid:logo@relance",
            },
            {"Name": "plan.pdf", "Content": b64(b"%PDF-1.7 x"), "ContentType": "application/pdf"},
            {
                "Name": "Über.ics",
                "Content": b64("BEGIN:VCALENDAR Ü".encode()),
                "ContentType": "text/calendar; charset=utf-8",
            },
        ],
    }


def test_sendgrid() -> None:
    request = SendGridApi("https://api.sendgrid.com", "SG.1").request(ON_ITS_WAY, NOW)
    assert request.url == "https://api.sendgrid.com/v3/mail/send"
    assert request.headers == {"Authorization": "Bearer SG.1", "Content-Type": "application/json"}
    assert sent(request) == {
        "personalizations": [{"to": [{"email": "zoe@client.example", "name": "Zoë Example"}]}],
        "from": {"email": "dana@agency.example", "name": "Dana Exämple, MCIPD"},
        "reply_to": {"email": "r+abc@reply.agency.example"},
        "subject": "Ein Gespräch?",
        "content": [
            {"type": "text/plain", "value": "Grüße\n\nDana\n"},
            {"type": "text/html", "value": "<p>Grüße</p>\n"},
        ],
        "headers": OURS,
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
        "attachments": [
            {
                "content": b64(b"\x89PNG"),
                "type": "image/png",
                "filename": "logo.png",
                "disposition": "inline",
                "content_id": "logo@relance",
            },
            {
                "content": b64(b"%PDF-1.7 x"),
                "type": "application/pdf",
                "filename": "plan.pdf",
                "disposition": "attachment",
            },
            {
                "content": b64("BEGIN:VCALENDAR Ü".encode()),
                "type": "text/calendar",
                "filename": "Über.ics",
                "disposition": "attachment",
            },
        ],
    }


def test_ses() -> None:
    settings = SesMailbox(
        region="eu-west-1", access_key_id="AKIAEXAMPLEEXAMPLE", configuration_set="outreach", bounces_to_us=True
    )
    request = SesApi(settings, "secret").request(ON_ITS_WAY, NOW)
    assert request.url == "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails"
    assert sent(request) == {
        "Destination": {"ToAddresses": ["zoe@client.example"]},
        "Content": {"Raw": {"Data": b64(MAIL)}},
        "ConfigurationSetName": "outreach",
        "FeedbackForwardingEmailAddress": "b+1@reply.agency.example",
    }
    signature = request.headers["Authorization"]
    assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE/")
    assert "/eu-west-1/ses/aws4_request" in signature
    assert "secret" not in str(dict(request.headers))


def test_ses_signs_as_the_official_client_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same request through botocore's own client: body and signature are equal, but for what it names itself."""
    import botocore.session
    from botocore.awsrequest import AWSResponse

    caught: list[Any] = []

    def caught_request(self: object, request: Any) -> AWSResponse:
        caught.append(request)
        raise RuntimeError("caught")

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", caught_request)
    session = botocore.session.get_session()
    client = session.create_client(
        "sesv2", region_name="eu-west-1", aws_access_key_id="AKIAEXAMPLEEXAMPLE", aws_secret_access_key="secret"
    )
    with pytest.raises(RuntimeError, match="caught"):
        client.send_email(Destination={"ToAddresses": ["zoe@client.example"]}, Content={"Raw": {"Data": MAIL}})
    theirs = caught[0]
    settings = SesMailbox(region="eu-west-1", access_key_id="AKIAEXAMPLEEXAMPLE")
    ours = SesApi(settings, "secret").request(ON_ITS_WAY, NOW)
    assert theirs.url == ours.url
    assert json.loads(theirs.body) == sent(ours)
    credential = theirs.headers["Authorization"].decode().split(",")[0]
    assert ours.headers["Authorization"].split(",")[0] == credential


def test_an_attached_mail_and_text_alone() -> None:
    within = build_email(HEADERS, EmailContent("Was", "Words", None))
    content = EmailContent("Fw", "Text", None, (MailFile("answer.eml", "message/rfc822", within),))
    parts = MailParts.of(build_email(HEADERS, content))
    assert (parts.text, parts.html) == ("Text\n", "")
    (file,) = parts.files
    again = email.message_from_bytes(file.content, policy=email.policy.default)
    assert (file.content_type, str(again["Subject"])) == ("message/rfc822", "Was")


def test_a_secret_is_in_no_repr() -> None:
    for request in (
        MailgunApi("https://a.example", "d.example", "s3cret").request(ON_ITS_WAY, NOW),
        PostmarkApi("https://a.example", "s3cret").request(ON_ITS_WAY, NOW),
        SendGridApi("https://a.example", "s3cret").request(ON_ITS_WAY, NOW),
    ):
        assert "s3cret" not in repr(request)
        assert b64(b"api:s3cret") not in repr(request)
