"""Filters, desks, rules and servers that answer for somebody, and people who only look like them. All are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.model import InboundMail


def mail(head: str, body: str, sender: str = "Sam <sam@firm.example>") -> InboundMail:
    return parse_mail(
        f"From: {sender}\nTo: r.token@reply.agency.example\n{head}\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}\n".encode()
    )


GATEWAYS = [
    (
        "Barracuda",
        "Barracuda Networks <noreply@barracuda.example>",
        "**Message you sent blocked by our bulk email filter**",
        "Your message to: sam@firm.example\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: A quick hello",
        "",
    ),
    (
        "Barracuda2",
        "postmaster@firm.example",
        "**Message you sent blocked by our bulk email filter**",
        "Your message to: sam@firm.example\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: A quick hello",
        "Return-Path: <>\n",
    ),
    (
        "Mimecast hold",
        "Mimecast <postmaster@firm.example>",
        "[Postmaster] Message held: A quick hello",
        "The message you sent to sam@firm.example has been held for review by an administrator.",
        "Return-Path: <>\n",
    ),
    (
        "Mimecast hold2",
        "noreply@mimecast.example",
        "[Postmaster] Your email has been placed on hold",
        "Your email to sam@firm.example has been held because of a policy.\nSubject: A quick hello",
        "",
    ),
    (
        "Proofpoint",
        "Proofpoint Essentials <notify@ppe.example>",
        "Undeliverable: A quick hello",
        "Your message to sam@firm.example could not be delivered.\n550 5.7.1 blocked",
        "",
    ),
    (
        "Symantec",
        "MessageLabs <alert@notification.messagelabs.example>",
        "WARNING. You tried to send a potential virus or unauthorised code",
        "The MessageLabs Email Security Service discovered a possible virus in an email sent by you. It was blocked and not delivered to sam@firm.example.",
        "",
    ),
    (
        "Sophos",
        "Sophos Email <donotreply@sophos.example>",
        "Message quarantined: A quick hello",
        "The message you sent to sam@firm.example was quarantined.",
        "",
    ),
    (
        "IMSS",
        "IMSS@gw.firm.example",
        "Mail could not be delivered",
        "Sent <<< RCPT TO:<sam@firm.example>\nReceived >>> 550 5.1.1 unknown user.\n\nUnable to deliver message to <sam@firm.example>.",
        "",
    ),
    (
        "mailmarshal",
        "MailMarshal <mailmarshal@firm.example>",
        "Message rejected: A quick hello",
        "MailMarshal (an automated content monitoring gateway) has not delivered the following message:\nTo: sam@firm.example\nSubject: A quick hello\nRule: Block attachments",
        "",
    ),
    (
        "exch transport",
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@firm.example>",
        "Undeliverable: A quick hello",
        "Delivery has failed to these recipients or groups:\n\nsam@firm.example\nA custom mail flow rule created by an admin at firm.example has blocked your message.",
        "Auto-Submitted: auto-replied\n",
    ),
    (
        "amavis",
        '"Content-filter at mx.firm.example" <postmaster@mx.firm.example>',
        "Considered UNSOLICITED BULK EMAIL, apparently from you",
        "A message from <r.token@reply.agency.example> to:\n-> sam@firm.example\n\nwas considered unsolicited bulk e-mail (UBE).\n\nDelivery of the email was stopped!",
        "Auto-Submitted: auto-replied\n",
    ),
    (
        "amavis virus",
        "amavisd-new <postmaster@mx.firm.example>",
        "VIRUS (Test) in mail FROM YOU",
        "Our content checker found a virus in an email from you to sam@firm.example. Delivery of the email was stopped!",
        "",
    ),
    (
        "German filter",
        "Hornetsecurity <no-reply@filter.example>",
        "Ihre E-Mail wurde abgewiesen",
        "Ihre E-Mail an sam@firm.example wurde wegen eines unerlaubten Anhangs nicht zugestellt.",
        "Auto-Submitted: auto-generated\n",
    ),
    (
        "French filter",
        "Anti-spam <postmaster@firm.example>",
        "Message bloqué",
        "Votre message à sam@firm.example a été bloqué.",
        "",
    ),
    (
        "Spanish filter",
        "Antivirus <postmaster@firm.example>",
        "Mensaje rechazado",
        "Su mensaje a sam@firm.example ha sido rechazado.",
        "",
    ),
    (
        "Italian filter",
        "Antispam <postmaster@firm.example>",
        "Messaggio respinto",
        "Il messaggio per sam@firm.example è stato respinto.",
        "",
    ),
    (
        "Dutch filter",
        "Spamfilter <postmaster@firm.example>",
        "Bericht geweigerd",
        "Uw bericht aan sam@firm.example werd geweigerd.",
        "",
    ),
]
CHALLENGES = [
    (
        "boxtrapper",
        "Your email requires verification verify#abc",
        "The message you sent requires that you verify that you are a real live human being and not a spam source.\n\nTo complete this verification, simply reply to this message and leave the subject line intact.",
    ),
    (
        "spamarrest",
        "Re: A quick hello (verification required)",
        "Hi, You've just sent me an email. I'm using a service that protects my mailbox from spam. Please click on the link below to authenticate yourself:\nhttps://x.example",
    ),
    (
        "mailinblack",
        "Authentification requise",
        "Bonjour, vous avez envoyé un message à Sam. Merci de vous authentifier afin que votre message soit délivré : https://app.example",
    ),
    (
        "earthlink",
        "Re: A quick hello",
        "I apologize for this automatic reply to your email.\n\nTo control spam, I now allow incoming messages only from senders I have approved beforehand.",
    ),
    (
        "mailman",
        "Your message to People awaits moderator approval",
        "Your mail to 'People' with the subject\n\n    A quick hello\n\nIs being held until the list moderator can review it for approval.\n\nThe reason it is being held:\n\n    Post by non-member to a members-only list",
    ),
    (
        "cleanmail",
        "Bitte bestätigen Sie Ihre E-Mail",
        "Ihre E-Mail an sam@firm.example wurde noch nicht zugestellt. Bitte bestätigen Sie einmalig, dass Sie kein Roboter sind, damit die Nachricht zugestellt wird.",
    ),
]
ACKNOWLEDGEMENTS = [
    (
        "Thanks for your inquiry (A quick hello) [Ticket#1]",
        "Auto-Submitted: auto-replied\nX-Zammad-Send: yes",
        "Your request Ticket#1 has been received.",
    ),
    ("[Ticket ID: 123] A quick hello", "X-Autoreply: yes", "We received your ticket."),
    (
        "[##RE-12##] A quick hello",
        "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated",
        "A ticket was created",
    ),
    ("Received: A quick hello", "X-Auto-Reply: true", "We have received"),
    ("Case 123", "X-OTRS-Loop: yes", "thanks"),
    ("Case 1", "X-Autoresponse: x", "thanks"),
    (
        "We have your message",
        "X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: sam@firm.example",
        "We will get back to you.",
    ),
    (
        "A quick hello",
        "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\nX-MS-Exchange-Parent-Message-Id: <o@a>",
        "I left.",
    ),
]
AWAY = [
    "Odsutan sam do 11. siječnja. Javit ću se nakon povratka.",
    "I am out of the office until 3 May.",
    "Ich bin bis zum 3. Mai nicht im Büro.",
    "Je suis absente jusqu'au 3 mai.",
    "Estaré fuera de la oficina hasta el 3 de mayo.",
    "Sono in ferie fino al 3 maggio.",
    "Ik ben tot 3 mei met vakantie.",
    "Jag är på semester till 3 maj.",
    "Jeg er på ferie til 3. maj.",
    "Olen lomalla 3.5. asti.",
    "Jestem na urlopie do 3 maja.",
    "Jsem na dovolené do 3. května.",
    "Szabadságon vagyok május 3-ig.",
    "Sunt în concediu până pe 3 mai.",
    "Я в отпуске до 3 мая.",
    "3 Mayıs'a kadar yıllık izindeyim.",
    "5月3日まで休暇をいただいております。",
    "我正在休假，5月3日回来。",
    "Απουσιάζω έως 3 Μαΐου.",
    "Hallo,\n\nvielen Dank für Ihre Nachricht. Ich bin derzeit nicht im Büro und ab dem 4. Mai wieder da.",
    "Na godišnjem odmoru sam do 3. svibnja.",
    "Trenutno nisam u uredu.",
]
DAEMONS = [
    ("邮件发送失败", "您的邮件无法送达以下收件人:\n\n<sam@firm.example>"),
    ("メール配信エラー", "次の宛先に配信できませんでした:\n<sam@firm.example>"),
    ("메일 반송", "<sam@firm.example> 에게 메일을 전달할 수 없습니다"),
    ("Kézbesítés sikertelen", "A levél nem kézbesíthető: sam@firm.example"),
    ("Nachricht", "foo sam@firm.example bar"),
    ("إشعار", "sam@firm.example"),
]


@pytest.mark.parametrize(("_name", "sender", "subject", "body", "head"), GATEWAYS, ids=[each[0] for each in GATEWAYS])
def test_a_gateway_that_refused_or_keeps_a_mail(_name: str, sender: str, subject: str, body: str, head: str) -> None:
    found = mail(f"{head}Subject: {subject}", body, sender)
    expected = "hard_bounce" if "unknown user" in body else "soft_bounce"
    assert (found.event.value, found.recipient) == (expected, "sam@firm.example"), found.reasons
    assert mail(f"Subject: Re: {subject}", "Yes, call me.", "Jane Doe <jane@mimecast.example>").event.value == "human"


def test_who_works_at_the_maker_of_a_gateway_is_a_person() -> None:
    for sender in (
        "Jane Doe <jane@mimecast.example>",
        "jane@barracuda.example",
        '"Doe, Jane" <jdoe@proofpoint.example>',
    ):
        found = mail(
            "Subject: A role", "Your first mail could not be delivered, it was blocked by our filter. Yes!", sender
        )
        assert found.event.value == "human", found.reasons


@pytest.mark.parametrize(("_name", "subject", "body"), CHALLENGES, ids=[each[0] for each in CHALLENGES])
def test_a_filter_that_wants_a_yes_first(_name: str, subject: str, body: str) -> None:
    assert mail(f"Subject: {subject}", body).event.value == "auto_reply"


@pytest.mark.parametrize(("subject", "head", "body"), ACKNOWLEDGEMENTS)
def test_desks_and_rules_say_so_in_the_header(subject: str, head: str, body: str) -> None:
    assert mail(f"Subject: {subject}\n{head}", body).event.value == "auto_reply"


@pytest.mark.parametrize(
    ("subject", "head"),
    [
        ("RE: A quick hello", "X-Auto-Response-Suppress: All"),
        ("A quick hello", "X-Auto-Response-Suppress: DR, OOF, AutoReply"),
        ("Fwd: A quick hello", "X-MS-Exchange-Inbox-Rules-Loop: other@firm.example"),
        ("A quick hello", "X-MS-Exchange-Inbox-Rules-Loop: desk@firm.example\nX-Auto-Response-Suppress: All"),
        ("RE: A quick hello", "X-MS-Exchange-Inbox-Rules-Loop: sam@firm.example"),
        ("A quick hello", "X-MS-Exchange-Generated-Message-Source: Antispam Agent"),
        ("A quick hello", "X-Auto-Response-Suppress: All\nX-Autoreply: no"),
    ],
)
def test_headers_that_a_rule_leaves_on_a_persons_mail(subject: str, head: str) -> None:
    assert mail(f"Subject: {subject}\n{head}", "Yes, at nine.").event.value == "human"


@pytest.mark.parametrize("body", AWAY)
def test_an_absence_without_a_header_needs_an_empty_return_path(body: str) -> None:
    found = mail("Return-Path: <>\nSubject: Re: A role", body)
    assert (found.event.value, found.reasons[0]) == ("auto_reply", "null_return_path")
    assert mail("Return-Path: <sam@firm.example>\nSubject: Re: A role", body).event.value == "human"


@pytest.mark.parametrize(
    "body",
    [
        "Yes, call me.",
        "Yes, call me on Monday.",
        "I like it. When can we talk?",
        "Danke, rufen Sie mich an.",
        "Ja, gerne. Ich bin im Büro ab 9.",
        "I am in the office tomorrow, call me.",
        "Je suis au bureau demain.",
        "Estoy en la oficina.",
        "Jag är på kontoret.",
        "我明天在办公室。",
    ],
)
def test_a_person_whose_server_left_the_return_path_empty(body: str) -> None:
    assert mail("Return-Path: <>\nSubject: Re: A role", body).event.value == "human"


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@firm.example", "Mail Delivery Subsystem <mailer-daemon@firm.example>"]
)
@pytest.mark.parametrize(("subject", "body"), DAEMONS)
def test_a_mailer_daemon_needs_no_words(subject: str, body: str, sender: str) -> None:
    found = mail(f"Return-Path: <>\nSubject: {subject}", body, sender)
    assert (found.event.value, found.recipient) == ("soft_bounce", "sam@firm.example")


@pytest.mark.parametrize("kind", ["report-type=delivery-status; ", ""])
@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Utilisateur inconnu", "Cette adresse n'existe pas : sam@firm.example"),
        ("x", "'sam@firm.example' gibt es nicht"),
        ("Re: A role", "sam@firm.example rejected"),
    ],
)
def test_a_report_by_its_type_needs_no_fields(kind: str, subject: str, body: str) -> None:
    raw = (
        f"From: gateway@gw.firm.example\nTo: dana@agency.example\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/report; {kind}boundary=b\n\n"
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{body}\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; gw.firm.example\n\n--b--\n"
    )
    for text in (
        raw,
        raw.replace("--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; gw.firm.example\n\n", ""),
    ):
        found = parse_mail(text.encode())
        assert (found.event.value, found.recipient) == ("soft_bounce", "sam@firm.example"), found.reasons


@pytest.mark.parametrize(
    ("body", "address"),
    [
        (
            "The following message, addressed to 'sam@firm.example',\nfailed because it has not been collected after 30 days.",
            "sam@firm.example",
        ),
        ("Delivery to “sam@firm.example” failed", "sam@firm.example"),
        ("to=<sam@firm.example>, status=bounced", "sam@firm.example"),
        ("to=sam@firm.example status=bounced", "sam@firm.example"),
        ("**sam@firm.example** could not be reached", "sam@firm.example"),
        ("`sam@firm.example` failed", "sam@firm.example"),
        ("Failed: o'brien@firm.example", "o'brien@firm.example"),
        ("«sam@firm.example» не найден", "sam@firm.example"),
        ("mailto:sam@firm.example failed", "sam@firm.example"),
        ("sam@firm.example: host said no", "sam@firm.example"),
        ("+441234567890@sms.example failed", "+441234567890@sms.example"),
    ],
)
def test_the_address_in_a_sentence(body: str, address: str) -> None:
    assert (
        mail("Return-Path: <>\nSubject: Mail delivery failed", body, "MAILER-DAEMON@mx.firm.example").recipient
        == address
    )


@pytest.mark.parametrize(
    ("said", "event"),
    [
        ("550 This server does not accept mail without a subject line", "soft_bounce"),
        ("550 This server does not accept mail from you", "soft_bounce"),
        ("550 Host doesn't accept mails larger than 2 MB", "soft_bounce"),
        ("550 does not accept mail that is encrypted", "soft_bounce"),
        ("550 Host does not accept mail", "hard_bounce"),
        ("Domain firm.example does not accept mail (nullMX)", "hard_bounce"),
        ("556 does not accept email.", "hard_bounce"),
        ("550 Server does not accept mail for this domain", "hard_bounce"),
    ],
)
def test_a_host_that_takes_no_mail_and_one_that_does_not_take_such_mail(said: str, event: str) -> None:
    raw = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.agency.example\nTo: dana@agency.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.agency.example\n\n"
        f"Final-Recipient: rfc822; sam@firm.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; {said}\n\n--b--\n"
    )
    assert parse_mail(raw.encode()).event.value == event
