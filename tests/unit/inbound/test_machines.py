"""Machines that are no bounce, and people who look like machines. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.model import InboundMail


def mail(head: str, body: str = "Hello", sender: str = "Sam <sam@firm.example>") -> InboundMail:
    return parse_mail(f"From: {sender}\nTo: dana@agency.example\n{head}\n\n{body}\n".encode())


SUBJECTS = [
    # de
    "Automatische Antwort: Eine Stelle",
    "Abwesenheitsnotiz: Eine Stelle",
    "Abwesenheit: Eine Stelle",
    "Automatische Rückmeldung: Eine Stelle",
    "Automatische Abwesenheitsmeldung",
    "Urlaubsabwesenheit: Eine Stelle",
    "Nicht im Büro: Eine Stelle",
    "Abwesend: AW: Eine Stelle",
    "Autoreply: Eine Stelle",
    # fr
    "Réponse automatique : Un poste",
    "Absence du bureau : Un poste",
    "Message automatique d'absence",
    "Absent du bureau",
    "Réponse automatique d'absence: Un poste",
    "Je suis absent du 4 au 15 mai",
    "En congés jusqu'au 15 mai",
    # es
    "Respuesta automática: Un puesto",
    "Fuera de la oficina: Un puesto",
    "Fuera de oficina",
    "Ausente de la oficina: Un puesto",
    "Ausencia temporal: Un puesto",
    "De vacaciones hasta el 15 de mayo",
    # it
    "Risposta automatica: Un posto",
    "Fuori sede: Un posto",
    "Fuori ufficio",
    "Assente dal 4 al 15 maggio",
    "Assenza dall'ufficio: Un posto",
    # nl
    "Automatisch antwoord: Een baan",
    "Afwezigheidsbericht: Een baan",
    "Afwezig: Een baan",
    "Niet op kantoor: Een baan",
    "Automatische reactie: Een baan",
    # pt
    "Resposta automática: Uma vaga",
    "Fora do escritório: Uma vaga",
    "Ausência temporária: Uma vaga",
    "Ausente do escritório",
    # pl
    "Odpowiedź automatyczna: Praca",
    "Automatyczna odpowiedź: Praca",
    "Autoodpowiedź: Praca",
    "Poza biurem: Praca",
    "Nieobecność: Praca",
    # sv, da, no, fi
    "Autosvar: Ett jobb",
    "Automatiskt svar: Ett jobb",
    "Frånvaro: Ett jobb",
    "Frånvaromeddelande: Ett jobb",
    "Automatisk svar: Et job",
    "Autosvar: Et job",
    "Ikke på kontoret: Et job",
    "Fravær: Et job",
    "Fraværsmelding: En jobb",
    "Fraværende: En jobb",
    "Automaattinen vastaus: Työ",
    "Poissaolo: Työ",
    "Poissa: Työ",
    "Poissaoloviesti: Työ",
    # cs, hu, ro, ru, tr, el
    "Automatická odpověď: Práce",
    "Automatikus válasz: Állás",
    "Răspuns automat: Un loc",
    "Автоматический ответ: Работа",
    "Otomatik yanıt: İş",
    "Αυτόματη απάντηση: Θέση",
    # en
    "Out of Office",
    "Out of the office until 18 May: Re: A role",
    "OOO: Re: A role",
    "Automatic Reply: A role",
    "Auto-Reply: A role",
    "Autoreply: A role",
    "Auto Response: A role",
    "Away from my desk: A role",
    "Vacation reply",
    "On vacation Re: A role",
    "On Leave: A role",
    "Parental leave: Re: A role",
    "Maternity Leave: Re: A role",
    "Annual leave Re: A role",
    "I am currently out of the office",
    "[Auto-Reply] A role",
    "Sam Example is out of the office",
    "Thank you for your email (auto-reply)",
    "Automated response: A role",
    "I'm out of the office",
    "Currently out of office",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_of_absence(subject: str) -> None:
    assert mail(f"Subject: {subject}").event is InboundEvent.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Out of Office",
        "AW: Automatische Antwort: Eine Stelle",
        "RE: Abwesenheitsnotiz",
        "Sv: Autosvar: Ett jobb",
        "TR: Réponse automatique",
        "Automation role",
        "Automatic transmission engineer",
        "Leave me alone",
        "Away with you",
        "Absence of references",
        "Out of curiosity",
        "Vacation rental job",
        "Annual leave policy question",
        "Parental leave cover role?",
        "Office manager role",
        "Réponse à votre message",
        "Respuesta a su oferta",
        "Antwoord op uw bericht",
        "Odpowiedź na ofertę",
        "Fuera de plazo",
        "Assente ingiustificato?",
        "Urlaubsvertretung gesucht",
        "Svar på jobb",
        "Ik ben niet geïnteresseerd",
        "Undelivered promises",
        "Delivery driver role",
        "Delivery manager",
        "Bounce house operator",
        "Mail carrier vacancy",
        "Failure analysis engineer",
        "Return to work",
        "Automatisierungstechniker",
        "Holiday",
    ],
)
def test_subjects_that_people_write(subject: str) -> None:
    assert (
        mail(f"Subject: {subject}", "Can you tell me more? I could not be reached, the mail was not delivered.").event
        is InboundEvent.HUMAN
    )


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: Auto-Generated",
        'auto-submitted: auto-notified; owner-email="x@y.example"',
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "X-Autoreply: true",
        "X-Autorespond: Re",
        "X-Autoreply-From: sam@firm.example",
        "X-Mail-Autoreply: 1",
        "X-FC-MachineGenerated: true",
        "X-POST-MessageClass: 9; Autoresponder",
        "Precedence: auto_reply",
        "Precedence: auto-reply",
        "X-Precedence: auto_reply",
        "Preference: auto_reply",
        "Delivered-To: Autoresponder",
        "X-AutoReply-From: sam@firm.example",
        "X-Autogenerated: Reply",
        "X-AMAZON-MAIL-RELAY-TYPE: notification\nAuto-Submitted: auto-generated",
        "X-Zendesk-From-Account-Id: 1\nAuto-Submitted: auto-generated",
    ],
)
def test_headers_that_only_machines_write(header: str) -> None:
    assert mail(f"Subject: Re: A role\n{header}").event is InboundEvent.AUTO_REPLY


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: no; reason=x",
        "Auto-Submitted:",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "Precedence: list",
        "Precedence: first-class",
        "X-Autoreply: no",
        "List-Id: <people.firm.example>\nPrecedence: list",
        "Return-Path: <>",
        "X-Priority: 1",
        "X-MS-Has-Attach: yes",
        "X-Mailer: Automatic Mailer 3",
        "Importance: high",
        "X-Loop: people@firm.example",
        "X-MS-Exchange-Inbox-Rules-Loop: sam@firm.example",
    ],
)
def test_headers_that_prove_nothing(header: str) -> None:
    assert mail(f"Subject: Re: A role\n{header}", "Yes, call me.").event is InboundEvent.HUMAN


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        (
            "Please confirm your message",
            "Your message is being held. Click the link below to confirm that you are a human, and your message will be delivered.\nhttps://confirm.example/x",
        ),
        (
            "Sender verification: A role",
            "I apologize for this automatic reply to your email. To control spam, I now allow incoming messages only from senders I have approved beforehand.",
        ),
    ],
)
def test_a_challenge_of_a_spam_filter_is_a_machines(subject: str, body: str) -> None:
    assert mail(f"Subject: {subject}\nAuto-Submitted: auto-replied", body).event is InboundEvent.AUTO_REPLY
    assert mail(f"Subject: {subject}", body).event is InboundEvent.AUTO_REPLY


def test_an_absence_told_only_by_exchanges_class() -> None:
    assert mail("Subject: A role\nX-MS-Exchange-Generated-Message-Source-OOF: 1").event is InboundEvent.AUTO_REPLY
    assert (
        mail("Subject: A role\nX-Message-Class: IPM.Note.Rules.OofTemplate.Microsoft").event is InboundEvent.AUTO_REPLY
    )


def _receipt(disposition: str, extra: str = "") -> InboundMail:
    return parse_mail(
        (
            "From: sam@firm.example\nTo: dana@agency.example\nSubject: Read: A role\n" + extra + "MIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n--b\n\nYour message was read.\n'
            "--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;sam@firm.example\nOriginal-Message-ID: "
            f"<step1.abc@mail.agency.example>\nDisposition: {disposition}\n--b--\n"
        ).encode()
    )


@pytest.mark.parametrize(
    "disposition",
    [
        "manual-action/MDN-sent-manually; displayed",
        "automatic-action/MDN-sent-automatically; displayed",
        "automatic-action/MDN-sent-automatically; dispatched",
    ],
)
def test_a_read_receipt_means_delivered(disposition: str) -> None:
    found = _receipt(disposition)
    assert (found.event, found.original_message_id) == (InboundEvent.DELIVERED, "<step1.abc@mail.agency.example>")
    assert (found.recipient, found.reasons[0]) == ("sam@firm.example", "read_receipt")


def test_a_receipt_for_a_mail_deleted_unread_means_delivered_too() -> None:
    found = _receipt("manual-action/MDN-sent-automatically; deleted", "Auto-Submitted: auto-replied\n")
    assert (found.event, found.reasons) == (InboundEvent.DELIVERED, ("read_receipt", "deleted_unread"))


@pytest.mark.parametrize(
    ("kind", "event", "reason"),
    [
        ("abuse", "complaint", "arf_abuse"),
        ("fraud", "complaint", "arf_fraud"),
        ("virus", "complaint", "arf_virus"),
        ("opt-out", "complaint", "arf_opt_out"),
        ("other", "complaint", "arf_other"),
        ("auth-failure", "auth_failure_report", "arf_auth_failure"),
        ("not-spam", "delivered", "arf_not_spam"),
    ],
)
def test_feedback_kinds(kind: str, event: str, reason: str) -> None:
    raw = (
        b"From: fbl@provider.example\nSubject: FW: A role\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b;\n report-type=feedback-report\n\n"
        b"--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n--b\nContent-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n"
    )
    import base64

    fields = (
        f"Feedback-Type: {kind}\r\nUser-Agent: X/1\r\nVersion: 1\r\nOriginal-Mail-From: <b1@mail.agency.example>\r\n"
    )
    raw += base64.encodebytes(fields.encode())
    raw += b"--b\nContent-Type: text/rfc822-headers\n\nFrom: dana@agency.example\nTo: sam@firm.example\nMessage-ID: <step1.abc@mail.agency.example>\n--b--\n"
    found = parse_mail(raw)
    assert (found.event.value, found.reasons[0]) == (event, reason)
    assert (found.recipient, found.original_message_id) == ("sam@firm.example", "<step1.abc@mail.agency.example>")


def test_a_mail_of_a_list_is_a_persons() -> None:
    found = mail(
        "Subject: [people] A role\nList-Id: <people.firm.example>\nList-Post: <mailto:people@firm.example>\nPrecedence: list\nSender: people-bounces@firm.example",
        "I know somebody for this.",
    )
    assert (found.event, found.reply_text) == (InboundEvent.HUMAN, "I know somebody for this.")


def test_a_person_called_like_a_daemon() -> None:
    found = mail(
        "Subject: Re: A role",
        "My mail to you could not be delivered, so again: yes.",
        sender="Postmaster Pete <pete@firm.example>",
    )
    assert found.event is InboundEvent.HUMAN


@pytest.mark.parametrize(
    "body",
    [
        "This is an automated response. We have received your message.",
        "Thank you for writing.\n\nThis is an automatic reply.",
        "This email was generated automatically, please do not reply.",
        "Dies ist eine automatisch generierte Nachricht.",
        "Diese E-Mail wurde automatisch erstellt.",
        "Ceci est un message automatique, merci de ne pas y répondre.",
        "Este es un mensaje automático.",
        "Questo è un messaggio automatico.",
        "Dit is een automatisch gegenereerd bericht.",
        "Esta é uma mensagem automática.",
        "To jest automatyczna odpowiedź.",
        "Detta är ett automatiskt svar.",
        "Dette er en automatisk besked.",
    ],
)
def test_machines_that_say_so(body: str) -> None:
    found = mail("Subject: We have got your message", body)
    assert (found.event, found.reasons[0]) == (InboundEvent.AUTO_REPLY, "says_so")


@pytest.mark.parametrize(
    "body",
    [
        "This is an automated testing role, right?",
        "This is an automatic no from me.",
        "This email was automatically scanned for viruses.",
        "Yes.\n\nDiese E-Mail wurde automatisch auf Viren geprüft.",
        "Dies ist eine automatisierte Anlage, die ich kenne.",
        "I got an automated response from you.",
        "Is this an automatic message?",
        "Ce message a été automatiquement analysé.",
        "Please confirm that you are open to remote work.",
        "I can verify that you are right.",
        "Yes.\n\nOn 4 May 2026, Bot <bot@x.example> wrote:\n> This is an automated response.",
        "Your message was held up in my spam folder, sorry.",
        "I am out of the office until Monday, can we talk then?",
        "Ich bin bis Montag im Urlaub, danach gern.",
        "Detta är ett automatjobb.",
    ],
)
def test_people_who_speak_of_machines(body: str) -> None:
    assert mail("Subject: Re: A role", body).event is InboundEvent.HUMAN
