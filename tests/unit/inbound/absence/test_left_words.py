"""Automatic answers for somebody who is gone for good, and absences that sound alike. All are made up."""

# ruff: noqa: E501 - sentences stand here as they are written
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.absence.left_words import says_left

LEFT = [
    "I no longer work here. Please contact Ana.",
    "Sam Example no longer works for Firm Ltd.",
    "Sam is no longer with Firm.",
    "Sam is no longer employed by us.",
    "I have left the company. For urgent matters write to ana@firm.example.",
    "Sam has left our organisation.",
    "I have now retired.",
    "Please note that this mailbox is no longer monitored.",
    "This email address is no longer in use.",
    "Sam doesn't work here any more.",
    "My last day at Firm was 30 April.",
    "Ich arbeite nicht mehr bei Firma GmbH.",
    "Herr Muster ist nicht mehr im Unternehmen tätig.",
    "Frau Muster ist nicht mehr in unserem Haus beschäftigt.",
    "Ich habe das Unternehmen zum 31.3. verlassen.",
    "Frau Muster ist aus dem Unternehmen ausgeschieden.",
    "Diese E-Mail-Adresse wird nicht mehr gelesen.",
    "Ich bin im Ruhestand.",
    "Dieses Postfach ist nicht mehr aktiv.",
    "Ana Exemple ne fait plus partie de la société.",
    "Je ne travaille plus chez Firme.",
    "J'ai quitté la société le 1er mai.",
    "Mme Exemple n'est plus en poste.",
    "Cette adresse n'est plus utilisée.",
    "Ana ya no trabaja en la empresa.",
    "Ya no formo parte de la compañía.",
    "Ha dejado de prestar servicios.",
    "Ana já não trabalha na empresa.",
    "Não faço mais parte da empresa.",
    "O colaborador não trabalha mais na empresa.",
    "Non lavoro più in questa azienda.",
    "La collega non fa più parte dell'azienda.",
    "Ho lasciato l'azienda.",
    "Ik werk niet meer bij Firma.",
    "Sam is niet langer werkzaam bij Firma.",
    "Sam is uit dienst.",
    "Jag arbetar inte längre på Firma.",
    "Anna har slutat på företaget.",
    "Jeg arbejder ikke længere hos Firma.",
    "Sam er fratrådt.",
    "Jeg jobber ikke lenger i Firma.",
    "Jeg har sluttet i Firma.",
    "En työskentele enää Firmassa.",
    "Anna ei ole enää palveluksessamme.",
    "Nie pracuję już w Firmie.",
    "Pan Jan już nie pracuje w naszej firmie.",
    "Zakończyłam pracę w firmie.",
    "Pan Novák již ve firmě nepracuje.",
    "Už tu nepracujem.",
    "Már nem dolgozom a cégnél.",
    "Nu mai lucrez la Firma.",
    "Više ne radim u firmi.",
    "Ne delam več v podjetju.",
    "Я больше не работаю в компании.",
    "Сотрудник уволился.",
    "Вече не работя във фирмата.",
    "Я більше не працюю в компанії.",
    "Artık bu şirkette çalışmıyorum.",
    "Şirketten ayrıldım.",
    "Δεν εργάζομαι πλέον στην εταιρεία.",
    "Ma ei tööta enam firmas.",
    "Nebedirbu įmonėje.",
    "3月末で退職いたしました。",
    "我已离职，请联系安娜。",
    "本人已離職。",
    "저는 퇴사하였습니다.",
    "Tôi không còn làm việc tại công ty.",
    "Saya tidak lagi bekerja di perusahaan.",
]
STAYS = [
    "I am out of the office until 3 May.",
    "I no longer work on Fridays and will answer on Monday.",
    "I will no longer have access to e-mail until Monday.",
    "I left the office early today and am back tomorrow.",
    "Ich bin im Urlaub und lese meine Mails nicht.",
    "Ich bin bis 3. Mai nicht im Haus und nicht erreichbar.",
    "Meine Mails werden nicht weitergeleitet.",
    "Je suis en congé jusqu'au 3 mai.",
    "Je ne travaille pas le vendredi.",
    "No trabajo los viernes.",
    "Non lavoro il venerdì.",
    "Ik werk niet op vrijdag.",
    "Jag arbetar inte på fredagar.",
    "Jeg arbejder ikke om fredagen.",
    "Nie pracuję w piątki.",
    "V pátek nepracuji.",
    "Я не работаю по пятницам.",
    "Cuma günleri çalışmıyorum.",
    "Your ticket has been received.",
    "I am on parental leave until 2028.",
    "Ich arbeite nicht am Freitag, aber morgen.",
    "We no longer accept invoices by post.",
    "Não trabalho às sextas.",
    "Estou de férias.",
    "Työskentelen etänä.",
    "Thank you for your message, which we have received.",
    "金曜日は休みです。",
    "我正在休假。",
]


@pytest.mark.parametrize("body", LEFT)
def test_who_is_gone(body: str) -> None:
    raw = f"From: sam@firm.example\nSubject: Automatic reply: A role\nAuto-Submitted: auto-replied\nDate: Tue, 20 Apr 2027 11:00:00 +0100\nContent-Type: text/plain; charset=utf-8\n\nHello,\n\n{body}\n"
    mail = parse_mail(raw.encode())
    assert (mail.event.value, mail.reasons, mail.return_date) == ("auto_reply", ("auto_submitted", "left"), None)


@pytest.mark.parametrize("body", LEFT)
def test_a_colleague_who_writes_so_is_a_person_unless_a_server_wrote_it(body: str) -> None:
    raw = f"From: ana@firm.example\nSubject: Re: A role\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    assert parse_mail(raw.encode()).event.value == "human"
    assert parse_mail(f"Return-Path: <>\n{raw}".encode()).event.value == "auto_reply"


@pytest.mark.parametrize("body", STAYS)
def test_who_comes_back(body: str) -> None:
    assert not says_left("Automatic reply: No longer works here? A role", body)


def test_the_subject_may_say_it_before_ours() -> None:
    assert says_left("Sam Example no longer works here: A role", "See below.")
    assert says_left("No longer employed", "")
    assert not says_left("Automatic reply: I have left the company, a novel", "I am away until May.")
