"""Receipts without their machine-readable part, and mails that are called back. All mails are made up."""

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


X = "A quick hello"


def form(intro: str, to: str, subject: str, sent: str, said: str) -> str:
    return (
        f"{intro}\n\n   {to}: Ana Example\n   {subject}: {X}\n   {sent}: Tuesday, April 20, 2027 9:00:00 AM\n\n {said}"
    )


FORMS = [
    (
        "Deleted: ",
        form(
            "Your message",
            "To",
            "Subject",
            "Sent",
            "was deleted without being read on Tuesday, April 20, 2027 9:05:00 AM.",
        ),
    ),
    (
        "Gelöscht: ",
        form(
            "Ihre Nachricht",
            "An",
            "Betreff",
            "Gesendet",
            "wurde am Dienstag, 20. April 2027 09:05:00 ungelesen gelöscht.",
        ),
    ),
    (
        "Read: ",
        form("Your message", "To", "Subject", "Sent", "was read on Tuesday, April 20, 2027 9:05:00 AM (UTC+00:00)."),
    ),
    (
        "Gelesen: ",
        form("Ihre Nachricht", "An", "Betreff", "Gesendet", "wurde am Dienstag, 20. April 2027 09:05:00 gelesen."),
    ),
    ("Lu : ", form("Votre message", "À ", "Objet ", "Envoyé ", "a été lu le mardi 20 avril 2027 09:05:00.")),
    ("Leído: ", form("El mensaje", "Para", "Asunto", "Enviados", "fue leído el martes, 20 de abril de 2027 9:05:00.")),
    ("Letto: ", form("Il messaggio", "A", "Oggetto", "Inviato", "è stato letto in data martedì 20 aprile 2027 09:05.")),
    ("Gelezen: ", form("Uw bericht", "Aan", "Onderwerp", "Verzonden", "is gelezen op dinsdag 20 april 2027 9:05:00.")),
    (
        "Lida: ",
        form("A sua mensagem", "Para", "Assunto", "Enviada", "foi lida em terça-feira, 20 de abril de 2027 09:05:00."),
    ),
    ("Läst: ", form("Ditt meddelande", "Till", "Ämne", "Skickat", "lästes den 20 april 2027 09:05:00.")),
    ("Læst: ", form("Din meddelelse", "Til", "Emne", "Sendt", "blev læst 20. april 2027 09:05.")),
    ("Lest: ", form("Meldingen", "Til", "Emne", "Sendt", "ble lest 20. april 2027 09:05.")),
    ("Luettu: ", form("Viesti", "Vastaanottaja", "Aihe", "Lähetetty", "luettiin 20. huhtikuuta 2027 9:05.")),
    ("Przeczytano: ", form("Wiadomość", "Do", "Temat", "Wysłano", "została przeczytana 20 kwietnia 2027 09:05.")),
    ("Přečteno: ", form("Vaše zpráva", "Komu", "Předmět", "Odesláno", "byla přečtena 20. dubna 2027 9:05.")),
    ("Elolvasva: ", form("Az üzenetet", "Címzett", "Tárgy", "Elküldve", "elolvasták: 2027. április 20. 9:05.")),
    ("Прочтено: ", form("Ваше сообщение", "Кому", "Тема", "Отправлено", "было прочтено 20 апреля 2027 г. 9:05.")),
    ("Okundu: ", form("İletiniz", "Kime", "Konu", "Gönderildi", "20 Nisan 2027 09:05 tarihinde okundu.")),
    ("已读: ", form("你的邮件", "收件人", "主题", "发送时间", "已于 2027年4月20日 9:05 阅读。")),
    ("開封済み: ", form("メッセージ", "宛先", "件名", "送信日時", "は、2027年4月20日 9:05 に開封されました。")),
    (
        "Not read: ",
        form(
            "Your message",
            "To",
            "Subject",
            "Sent",
            "was deleted without being read on Tuesday, April 20, 2027 9:05:00 AM.",
        ),
    ),
    (
        "Ungelesen: ",
        form(
            "Ihre Nachricht",
            "An",
            "Betreff",
            "Gesendet",
            "wurde am Dienstag, 20. April 2027 ohne gelesen zu werden gelöscht.",
        ),
    ),
    ("Non lu : ", form("Votre message", "À", "Objet", "Envoyé", "a été supprimé sans avoir été lu le 20 avril 2027.")),
    ("No leído: ", form("El mensaje", "Para", "Asunto", "Enviado", "se eliminó sin leerse el 20 de abril de 2027.")),
    (
        "Niet gelezen: ",
        form("Uw bericht", "Aan", "Onderwerp", "Verzonden", "is verwijderd zonder te zijn gelezen op 20 april 2027."),
    ),
]
NAMED = [
    (
        "Return Receipt (displayed) - ",
        "This is a Return Receipt for the mail that you sent to ana@client.example.\n\nNote: This Return Receipt only acknowledges that the message was displayed on the recipient's computer.",
    ),
    (
        "Empfangsbestätigung (angezeigt) - ",
        "Dies ist eine Empfangsbestätigung für die E-Mail, die Sie an ana@client.example gesendet haben.\n\nBeachten Sie: Diese Empfangsbestätigung besagt lediglich, dass die Nachricht angezeigt wurde.",
    ),
    (
        "Accusé de réception (affiché) - ",
        "Ceci est un accusé de réception pour le courrier que vous avez envoyé à ana@client.example.",
    ),
    (
        "Return receipt",
        "Return Receipt\n\nYour document: A quick hello\nwas received by: Ana Example/Client\nat: 20.04.2027 09:05:00",
    ),
    ("Read Receipt: ", "This is a read receipt for the message you sent."),
    ("Lesebestätigung: ", "Dies ist eine Lesebestätigung. Ihre Nachricht wurde am 20.04.2027 geöffnet."),
    ("Conferma di lettura: ", "Conferma di lettura del messaggio inviato a ana@client.example"),
]


@pytest.mark.parametrize(("lead", "body"), FORMS)
def test_a_receipt_is_known_by_its_form(lead: str, body: str) -> None:
    found = mail(f"Subject: {lead}{X}\nIn-Reply-To: <step1@agency.example>", body)
    assert (found.event.value, found.reasons[0], found.original_message_id) == (
        "delivered",
        "read_receipt",
        "<step1@agency.example>",
    )


@pytest.mark.parametrize(("lead", "body"), FORMS)
def test_the_same_word_before_a_persons_words_is_a_persons(lead: str, body: str) -> None:
    assert mail(f"Subject: {lead}your brochure", "Read it on the train, please call me.").event.value == "human"
    assert mail(f"Subject: {lead}your brochure", body).event.value == "human"
    assert mail(f"Subject: Re: {X}", f"Yes, call me.\n\n{body}").event.value == "human"


def test_a_receipt_says_whether_it_was_read() -> None:
    unread = {lead for lead, body in FORMS if "deleted_unread" in mail(f"Subject: {lead}{X}", body).reasons}
    assert unread == {
        "Deleted: ",
        "Gelöscht: ",
        "Not read: ",
        "Ungelesen: ",
        "Non lu : ",
        "No leído: ",
        "Niet gelezen: ",
    }


@pytest.mark.parametrize(("lead", "body"), NAMED)
def test_a_receipt_that_names_itself(lead: str, body: str) -> None:
    assert mail(f"Subject: {lead}{X}", body).event.value == "delivered"
    assert mail(f"Subject: {lead}{X}", "Where is the one for the laptop? Please call me.").event.value == "human"


def test_an_acknowledgement_that_a_desk_sends_is_no_receipt() -> None:
    found = mail(
        "Subject: Empfangsbestätigung: Ihre Anfrage\nAuto-Submitted: auto-replied", "Wir haben Ihre Anfrage erhalten."
    )
    assert found.event.value == "auto_reply"


@pytest.mark.parametrize(
    ("lead", "body", "event"),
    [
        ("Recall: ", f'Ana Example would like to recall the message, "{X}".', "auto_reply"),
        ("Rückruf: ", f'Ana Example möchte die Nachricht "{X}" zurückrufen.', "auto_reply"),
        ("Rappel : ", f"Ana Example souhaite rappeler le message « {X} ».", "auto_reply"),
        ("Message Recall Failure: ", "Your message\n To: Ana\nThe recall failed", "delivered"),
        ("Recall: ", f"Do you recall {X}? Call me.", "human"),
        ("Rückruf: ", "Bitte rufen Sie mich zurück.", "human"),
        ("Rückruf: ", f'Bitte um Rückruf zu "{X}" morgen um 10.\n\nAna Example', "human"),
        ("Re: Recall: ", f'Why would you recall "{X}"?', "human"),
    ],
)
def test_a_mail_that_is_called_back(lead: str, body: str, event: str) -> None:
    assert mail(f"Subject: {lead}{X}", body, "Ana Example <ana@firm.example>").event.value == event
