"""The author's own words that look like a signature or a quoted header: a no must not be cut away with them."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from tests.support.mails import read

BELOW = [
    "",
    "\n\nOn Tue, Apr 20, 2027 at 9:00 AM Dana Example <dana@agency.example> wrote:\n> Shall we talk?",
    "\n\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana Example <ana@client.example>\nSubject: A quick hello\n\nShall we talk?",
    "\n\nDana Example <dana@agency.example> 于2027年4月20日周二 09:00写道：\n\n> Shall we talk?",
]
OWN_WORDS = [
    "Date: Tuesday 4 May\nFrom: 2 pm\nTo: 4 pm\n\nPlease stop writing.",
    "Date: 4 May 2027\nTime: 14:00\nFrom: Leeds\nTo: York\n\nI do not want this.",
    "From: Leeds\nTo: York\nDate: 4 May 2027, 14:00\nSubject: welding\n\nNo more mails.",
    "Von: Leipzig\nNach: Köln\nAm: 4.5.2027 um 14:00\nBetreff: Umzug\n\nBitte nicht mehr schreiben.",
    "Von: 14 Uhr\nBis: 16 Uhr\nDatum: 4. Mai 2027\n\nBitte keine Mails mehr.",
    "De: 14h00\nÀ: 16h00\nDate: 4 mai 2027\n\nNe m'écrivez plus.",
    "De: París\nPara: Madrid\nFecha: 4/5/2027 14:00\n\nNo me escriban más.",
    "Van: maandag\nTot: vrijdag\nDatum: 4 mei 2027\n\nStop met mailen.",
    "Name: Lea Sample\nE-mail: lea@works.example\nPhone: 020 7946 0031\nFree from: 4 May 2027, 9:00\n\nPlease put me forward.",
    "Name: Ana Example\nE-mail: ana@client.example\nStart: 4 May 2027 09:00\n\nPlease put me forward.",
    "Contact: Ben Sample\nMail: ben@client.example\nTel: 020 7946 0031\n\nWrite to him, not to me.",
    "Nom : Léa Exemple\nCourriel : lea@works.example\nDisponible : 4 mai 2027\n\nMerci de me retirer.",
    "Name: Lea\nMail: lea@private.example\nPhone: 1\n\nthis is my private address.",
    "Role: Welder\nPlace: Leeds\nStart: 4 May 2027 08:00\nPay: 20 an hour\n\nIs it still open?",
    "Subject: A quick hello\nMy answer: no\n\nThat is all.",
    "1. From: May\n2. To: June\n\nplease.",
    "To: be or not\nFrom: me\n\nno thanks.",
    "From: 3 May 2027\nTo: 14 May 2027\nDate: to be agreed\nSubject: welding\n\nCould you send two people?",
    "Start date: 3 May 2027\nEnd date: 14 May 2027\n\nWe need them.",
    "From my side: no.\nTo be clear: stop.\nSubject closed: yes.",
    "________________________________\nName: Ana\n________________________________\nAnswer: please remove me from your database\n________________________________",
    "Hello,\n________________________________\nPlease take me off your list.",
    "Q: may I call?\n________________________________\nNo.\n________________________________\nQ: when?\n________________________________\nNever, please.",
    "Question one\n_____\nNo thanks\n_____\nQuestion two\n_____\nRemove me",
    "1. Call?\nYes, at two.\n--\n2. How many?\nThree.\n--\n3. Else?\nNo more mails to Ben please.",
    "First point.\n--\nSecond point, please stop mailing us.",
    "First point.\n---\nSecond point, please stop mailing us.\n---\nThird.",
    "Hello,\n-----\nthis is my answer: no thanks.\n-----\nAna",
    "Hi\n__\nplease do not write again",
    "We said:\n--\nno.\n--\nAnd again: no.",
    "Hello Dana,\n\nOn 3 March your colleague wrote:\nwe will not mail you again.\n\nPlease remove me.",
    "Hello Dana,\n\nOn 3 March 2027 your colleague Ben wrote:\nI would not be contacted again. Please remove me.",
    "Hello Dana,\n\nOn 3 March 2027 at 10:15 your colleague Ben <ben@agency.example> wrote:\nI would not be contacted again. Please remove me.",
    "Hello,\n\nAm 3. März 2027 um 10:15 schrieb Ihr Kollege Ben:\nwir melden uns nicht mehr. Bitte löschen Sie mich.",
    "Bonjour,\n\nLe 3 mars 2027 votre collègue a écrit :\non ne vous écrira plus. Retirez-moi.",
    "Hola,\n\nEl 3 de marzo de 2027 su colega escribió:\nno le escribiremos más. Bórrenme.",
    "Op 3 maart 2027 schreef uw collega:\nwe mailen u niet meer. Haal mij van de lijst.",
    "Il 3 marzo 2027 il vostro collega ha scritto:\nnon vi scriveremo più. Cancellatemi.",
    "As I wrote on 3 March 2027 at 10:15:\nno thanks. Remove me.",
    "I wrote to Ben Sample <ben@agency.example> on 3 March 2027 at 10:15 and asked this:\nremove me.",
    "Please send the papers to Ben Sample <ben@client.example> by 4 May 2027, 12:00, and these too:\n- passport\n- licence\n\nAnd stop calling me.",
    "My colleague Ben <ben@client.example> is free on 4 May 2027 at 14:00. He needs:\n- gloves\n- boots",
    "On Monday I can start. On Tuesday I cannot: sorry.",
    "On 4 May 2027 at 14:00 we meet:\n- Ben\n- Ana\n\nPlease bring the contract.",
    "My answer of 20.04.2027:\nno thanks, not again.",
    "Here is what the driver needs:-\n\nNorth yard\n\ngate code\n\n4711\n\n06/27\n\nSee you on Tuesday.",
    "Time: 14:00\nDate: 4/5/2027\nWhere: Leeds\nWho: me@client.example\n\nok?",
    "Travel:\n--- Outward ---\nFrom: Leeds\nTo: York\nDate: 4 May 2027\n--- Return ---\nFrom: York\nTo: Leeds\nDate: 6 May 2027\n\nPlease book it.",
    "APPLICANT\n---\nTwo welders\n---\nPlease do not contact me again.",
    "Yes. Call me at 9:00 on 20/04/2027, my number: 020 7946 0000",
    'You wrote: "we are hiring". I am not: stop.',
    "Your colleague Ben <ben@agency.example> wrote this to me: leave me alone. Please do.",
    "The mail of 20/04/2027 from Dana <dana@agency.example> was wrong: I am no welder. Remove me.",
    "Von meinem Büro aus gesehen: nein.\nAn: wen soll ich mich wenden?\nDatum: egal",
    "Monday: 9:00-17:00\nTuesday: 9:00-12:00\nWednesday: off\n\nThose are my hours.",
    "From: 09:00\nTo: 17:00\nOn: weekdays\n\nNever on Sundays please.",
    "Tema: soldadura\nDe: mayo\nA: junio\nData: 2027\n\nno gracias",
    "Od: pondělí\nDo: pátek\nDatum: 4. 5. 2027\n\nuž nepište",
    "Fra: mandag\nTil: fredag\nDato: 4. maj 2027 kl. 9.00\n\nstop",
    "От: понедельника\nДо: пятницы\nДата: 4 мая 2027\n\nне пишите",
    "Details below.\n--\nStart: Monday\nPay: 20 an hour\nWhere: Leeds\n\nIs that right?",
    "Fine.\n\n--\nAnd one more thing: take me off the list",
    "see attached\n\n------------------\nWe are closing in May.\n------------------",
    "Hello\n\n____________\nI am on holiday until May",
    "In reply to Dana's mail of 20.04.2027:\nno thanks.",
    "Dear Dana Example <dana@agency.example>:\n\nNo thanks, please remove me.",
    "To: dana@agency.example\nSubject: A quick hello\n\nNo thanks, please remove me.",
    "Hi Dana,\n\nplease mail these two:\nBen Sample <ben@client.example>\nCara Sample <cara@client.example>: she is free on 4 May 2027, 9:00\n\nNot me.",
    "Contact: Ben Sample <ben@client.example>\nWhen: 4 May 2027, 9:00\nWhere: Leeds\n\nNot me please.",
    "Interview\nDate: 4 May 2027, 09:00\nWith: Dana Example, dana@agency.example\nWhere: Leeds\n\nI cannot come, please cancel and stop writing.",
    "Name: Lea Sample\nMail: lea@private.example\nFree: 4 May 2027, 9:00-17:00\nJob: A quick hello\n\nPlease put me forward.",
    "You sent this:\nFrom: Dana\nSubject: A quick hello\n\nPlease never again.",
    "Bonjour,\n\nDate : mardi 4 mai\nDe : 14 h\nÀ : 16 h\n\nMais ne m'appelez plus sur mon portable.",
    "Hola,\n\nFecha: martes 4 de mayo\nDe: 14:00\nA: 16:00\nAsunto: soldadura\n\nNo me llamen más.",
    "Ciao,\n\nData: 4 maggio 2027 14:00\nDa: Milano\nA: Roma\nOggetto: saldatura\n\nNon scrivetemi più.",
    "Hi,\n\nFrom: Leeds\nSent: by train\nTo: York\nSubject: tools\n\nPlease stop.",
    "Dziękuję,\n\nOd: 3 maja\nDo: 14 maja\nTemat: spawanie\n\nProszę nie pisać.",
    "Please book: From: Leeds To: York Date: 4 May 2027, 14:00\n\nand stop mailing.",
    "I can do 4 May 2027, 9:00, or these:\n\n- 5 May\n- 6 May",
]


@pytest.mark.parametrize("below", BELOW, ids=["alone", "attribution", "header", "other language"])
@pytest.mark.parametrize("words", OWN_WORDS)
def test_own_words_stay_whole(words: str, below: str) -> None:
    # A ruler at the very end says nothing.
    assert read(f"{words}{below}").rstrip("_- ") == " ".join(words.split()).rstrip("_- ")


QUOTE = "\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n"
FEET = [
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n-- \nThis e-mail was checked by Example Mail Guard",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n\n________________________________\nThis e-mail was scanned by Example Guard.",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n\n---\nThis email has been checked for viruses by Example antivirus software.\nhttps://www.guard.example",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n\n--\nDiese E-Mail wurde von Example auf Viren geprüft.",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n--\nThis message has been scanned for viruses and\ndangerous content by Example, and is\nbelieved to be clean.",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n\n______________________________________________________________________\nThis email has been scanned by the Example Email Security service.\nFor more information please visit http://www.guard.example\n______________________________________________________________________",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n-- \nЭто письмо проверено антивирусом Example.",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\n--\nThis email has been checked for viruses by Example antivirus software.\nwww.guard.example\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Both dates suit us.",
    ),
    (
        "Both dates suit us.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n\n--\nYou received this message because you are subscribed to the group.\nTo unsubscribe from this group, send an email to group+unsubscribe@lists.example.",
        "Both dates suit us.",
    ),
    (
        "Yes, call me on Monday.\n\n________________________________\nRui Sample\nHead of Yard\nYard Ltd\nTel. +44 20 7946 0018\nwww.yard.example\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n\n_____________\nRui Sample\nYard Ltd | 1 Road, Town\n+44 20 7946 0018\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n\n--\nRui\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        'Yes, call me on Monday.\n\n-- \nRui Sample\nwelding since 1980\n"We make it work."\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n',
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n--\nRui Sample\nYard Ltd\n\nThis e-mail is confidential and intended for the addressee only. If you are not the intended recipient please delete it.\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n\n--\nMit freundlichen Grüßen\n\nRui Sample\nYard GmbH\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n\n--\nrui sample, yard ltd, +44 20 7946 0018\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n\n____________________\nDr. Rui Sample\nrui@yard.example\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n\n--\nSent from my phone\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
    (
        "Yes, call me on Monday.\n\n-- \nRui van der Sample\nAccount Manager Benelux\nM: +31 6 1234 5678\nE: rui@yard.example\n\nYard BV\nKade 1\n1000 AA Amsterdam\nKvK 12345678\n\nOn 24/03/27 10:55, Dana wrote:\n> Shall we talk?\n",
        "Yes, call me on Monday.",
    ),
]


@pytest.mark.parametrize(("body", "own"), FEET)
def test_a_signature_and_what_a_scanner_adds_are_cut(body: str, own: str) -> None:
    assert read(body) == own


@pytest.mark.parametrize(
    "added",
    [
        "PS: not on Mondays please.",
        "P.S. Take my colleague off your list.",
        "PPS - no calls.",
        "P.-S. : pas de mails.",
        "PD: no me llamen.",
        "PS please do not ring me.",
    ],
)
@pytest.mark.parametrize(
    "foot", ["Sent from my iPhone", "-- \nBen Sample\nHead of Sales", "--\nBen Sample\nTel. 020 7946 0018"]
)
def test_what_is_added_under_a_signature_stays(added: str, foot: str) -> None:
    assert read(f"Thanks, yes.\n\n{foot}\n\n{added}{QUOTE}") == f"Thanks, yes. {added}"


@pytest.mark.parametrize("card", ["P. S. Miller", "P D Smith", "PS Tools Ltd", "PSD2 desk", "PS"])
def test_initials_under_a_signature_are_a_name(card: str) -> None:
    assert read(f"Thanks, yes.\n\n-- \n{card}\nTel. 020 7946 0018{QUOTE}") == "Thanks, yes."


SECTIONS = [
    "Hello,\n________________________________\nPlease take me off your list.",
    "Question 1: call?\n_________\nNo.\n_________\nQuestion 2: mail?\n_________\nNo mails, please.",
    "- - - - -\nAna\n- - - - -\nPlease stop.",
    "-- \nAna Example\nHead of Welding\n\nNo thank you, please do not write again.",
    "Ana Example\nHead of Welding\n--\n\nNo thank you, please do not write again.",
    "--\nMy answer\n--\nNo, and please remove me",
    "See below\n--\nno",
    "Your question 1\n--\nNo thanks\n--\nYour question 2\n--\nno",
    "Part one\n***\nPart two: stop mailing us",
]


SECTIONS += [
    "Hello Dana,\n\n-- \nAna Example\nHead of Welding\nana@client.example\n\nNo thank you, please do not write again.",
    "Hallo Dana,\n\n-- \nAna Example\n\nnein danke, bitte nicht mehr schreiben.",
]


@pytest.mark.parametrize("words", SECTIONS)
def test_rulers_and_dashes_between_sections_are_no_signature(words: str) -> None:
    assert read(f"{words}{QUOTE}") == " ".join(words.split())


def test_an_answer_with_a_date_above_the_next_question_stays() -> None:
    answer = "I can do 4 May 2027, 9:00, or these:"
    assert read(f"> When?\n\n{answer}\n\n> Where?\n\nLeeds.") == f"{answer} Leeds."
