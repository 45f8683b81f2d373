"""Attributions, header blocks, taglines and odd places of answers, as mail programs put them. All mails are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.mime.html_text import html_to_text
from sequences.inbound.replies.reply_text import reply_text

_OWN = "Yes, Tuesday works.\n\nCall me after five?"

ATTRIBUTIONS = {
    "en_gmail": "On Mon, May 4, 2026 at 9:12 AM Dana Recruiter <dana@agency.example> wrote:",
    "en_wrapped": "On Mon, May 4, 2026 at 9:12 AM Dana Recruiter With A Long Name\n<dana.recruiter@agency.example>\nwrote:",
    "en_apple": "On May 4, 2026, at 9:12 AM, Dana Recruiter <dana@agency.example> wrote:",
    "en_outlook_mac": 'On 5/4/26, 9:12 AM, "Dana Recruiter" <dana@agency.example> wrote:',
    "en_proton": "On Monday, May 4th, 2026 at 9:12 AM, Dana Recruiter <dana@agency.example> wrote:",
    "en_thunderbird": "On 04/05/2026 09:12, Dana Recruiter wrote:",
    "en_name_first": "Dana Recruiter <dana@agency.example> wrote:",
    "en_iso": "2026-05-04 9:12 GMT+02:00 Dana Recruiter <dana@agency.example>:",
    "de_gmail": "Am Mo., 4. Mai 2026 um 09:12 Uhr schrieb Dana Muster <dana@agency.example>:",
    "de_apple": "Am 04.05.2026 um 09:12 schrieb Dana Muster <dana@agency.example>:",
    "de_thunderbird": "Am 04.05.26 um 09:12 schrieb Dana Muster:",
    "de_gmx": 'Gesendet: Montag, 4. Mai 2026 um 09:12 Uhr\nVon: "Dana Muster" <dana@agency.example>\nAn: sam@firm.example\nBetreff: Eine Stelle',
    "de_outlook_mobile": "Von: Dana Muster <dana@agency.example>\nDatum: Montag, 4. Mai 2026 um 09:12\nAn: Sam\nBetreff: Eine Stelle",
    "fr_gmail": "Le lun. 4 mai 2026 à 09:12, Dana Exemple <dana@agency.example> a écrit :",
    "fr_apple": "Le 4 mai 2026 à 09:12, Dana Exemple <dana@agency.example> a écrit :",
    "fr_orange": '> Message du 04/05/26 09:12\n> De : "Dana Exemple" <dana@agency.example>\n> A : sam@firm.example\n> Copie à : \n> Objet : Un poste\n>',
    "fr_outlook": "De : Dana Exemple <dana@agency.example>\nEnvoyé : lundi 4 mai 2026 09:12\nÀ : Sam\nObjet : Un poste",
    "es_gmail": "El lun, 4 may 2026 a las 9:12, Dana Ejemplo (<dana@agency.example>) escribió:",
    "es_apple": "El 4 may 2026, a las 9:12, Dana Ejemplo <dana@agency.example> escribió:",
    "es_outlook": "De: Dana Ejemplo <dana@agency.example>\nEnviado el: lunes, 4 de mayo de 2026 9:12\nPara: Sam\nAsunto: Un puesto",
    "it_gmail": "Il giorno lun 4 mag 2026 alle ore 09:12 Dana Esempio <dana@agency.example> ha scritto:",
    "it_apple": "Il giorno 4 mag 2026, alle ore 09:12, Dana Esempio <dana@agency.example> ha scritto:",
    "it_thunderbird": "Il 04/05/26 09:12, Dana Esempio ha scritto:",
    "it_outlook": "Da: Dana Esempio <dana@agency.example>\nInviato: lunedì 4 maggio 2026 09:12\nA: Sam\nOggetto: Un posto",
    "nl_gmail": "Op ma 4 mei 2026 om 09:12 schreef Dana Voorbeeld <dana@agency.example>:",
    "nl_apple": "Op 4 mei 2026, om 09:12 heeft Dana Voorbeeld <dana@agency.example> het volgende geschreven:",
    "nl_outlook": "Van: Dana Voorbeeld <dana@agency.example>\nVerzonden: maandag 4 mei 2026 09:12\nAan: Sam\nOnderwerp: Een baan",
    "pt_gmail": "Em seg., 4 de mai. de 2026 às 09:12, Dana Exemplo <dana@agency.example> escreveu:",
    "pt_apple": "No dia 4/05/2026, às 09:12, Dana Exemplo <dana@agency.example> escreveu:",
    "pt_outlook": "De: Dana Exemplo <dana@agency.example>\nEnviado: segunda-feira, 4 de maio de 2026 09:12\nPara: Sam\nAssunto: Uma vaga",
    "pl_gmail": "pon., 4 maj 2026 o 09:12 Dana Przykład <dana@agency.example> napisał(a):",
    "pl_thunderbird": "W dniu 04.05.2026 o 09:12, Dana Przykład pisze:",
    "pl_apple": "Wiadomość napisana przez Dana Przykład <dana@agency.example> w dniu 04.05.2026, o godz. 09:12:",
    "pl_outlook": "Od: Dana Przykład <dana@agency.example>\nWysłano: poniedziałek, 4 maja 2026 09:12\nDo: Sam\nTemat: Praca",
    "sv_gmail": "Den mån 4 maj 2026 kl 09:12 skrev Dana Exempel <dana@agency.example>:",
    "sv_apple": "4 maj 2026 kl. 09:12 skrev Dana Exempel <dana@agency.example>:",
    "sv_outlook": "Från: Dana Exempel <dana@agency.example>\nSkickat: den 4 maj 2026 09:12\nTill: Sam\nÄmne: Ett jobb",
    "da_gmail": "Den man. 4. maj 2026 kl. 09.12 skrev Dana Eksempel <dana@agency.example>:",
    "da_outlook": "Fra: Dana Eksempel <dana@agency.example>\nSendt: 4. maj 2026 09:12\nTil: Sam\nEmne: Et job",
    "no_gmail": "man. 4. mai 2026 kl. 09:12 skrev Dana Eksempel <dana@agency.example>:",
    "no_apple": "4. mai 2026 kl. 09:12 skrev Dana Eksempel <dana@agency.example>:",
    "fi_gmail": "ma 4. toukok. 2026 klo 9.12 Dana Esimerkki (dana@agency.example) kirjoitti:",
    "fi_outlook": "Lähettäjä: Dana Esimerkki <dana@agency.example>\nLähetetty: maanantai 4. toukokuuta 2026 9.12\nVastaanottaja: Sam\nAihe: Työ",
    "cs_gmail": "po 4. 5. 2026 v 9:12 odesílatel Dana Vzor <dana@agency.example> napsal:",
    "cs_outlook": "Od: Dana Vzor <dana@agency.example>\nOdesláno: pondělí 4. května 2026 9:12\nKomu: Sam\nPředmět: Práce",
    "hu_gmail": "Dana Minta <dana@agency.example> ezt írta (időpont: 2026. máj. 4., H, 9:12):",
    "ro_gmail": "În lun., 4 mai 2026 la 09:12, Dana Exemplu <dana@agency.example> a scris:",
    "ru_gmail": "пн, 4 мая 2026 г. в 09:12, Dana <dana@agency.example>:",
    "tr_gmail": "Dana Örnek <dana@agency.example>, 4 May 2026 Pzt, 09:12 tarihinde şunu yazdı:",
    "original_message": "-----Original Message-----\nFrom: Dana <dana@agency.example>\nSent: Monday, 4 May 2026 09:12\nTo: Sam\nSubject: A role",
    "ursprungliche_nachricht": "-----Ursprüngliche Nachricht-----\nVon: Dana <dana@agency.example>\nGesendet: Montag, 4. Mai 2026 09:12\nAn: Sam\nBetreff: Stelle",
    "message_origine": "-----Message d'origine-----\nDe : Dana <dana@agency.example>\nEnvoyé : lundi 4 mai 2026 09:12\nÀ : Sam\nObjet : Poste",
    "bold_outlook": "*From:* Dana <dana@agency.example>\n*Sent:* Monday, May 4, 2026 9:12 AM\n*To:* Sam\n*Subject:* A role",
    "rule_outlook": "________________________________\nFrom: Dana <dana@agency.example>\nSent: Monday, May 4, 2026 9:12 AM\nTo: Sam <sam@firm.example>\nSubject: A role",
    "rule_outlook_de": "________________________________\nVon: Dana <dana@agency.example>\nGesendet: Montag, 4. Mai 2026 09:12\nAn: Sam <sam@firm.example>\nBetreff: Stelle",
}


@pytest.mark.parametrize("quoted", [True, False], ids=["quoted", "bare"])
@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_attributions(name: str, quoted: bool) -> None:
    parent = "Hi Sam,\n\nare you free next week?\n\nDana"
    marked = quoted or name == "fr_orange"
    block = "\n".join(f"> {line}" for line in parent.split("\n")) if marked else parent
    assert reply_text(f"{_OWN}\n\n{ATTRIBUTIONS[name]}\n\n{block}\n") == _OWN


@pytest.mark.parametrize(
    "tagline",
    [
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy smartphone.",
        "Sent from Outlook for iOS",
        "Get Outlook for iOS<https://aka.example/o0ukef>",
        "Get Outlook for Android",
        "Sent from Yahoo Mail for iPhone",
        "Sent from Mail for Windows 10",
        "Sent via Android",
        "Sent with Proton Mail secure email.",
        "Von meinem iPhone gesendet",
        "Von meinem Samsung Galaxy Smartphone gesendet.",
        "Gesendet von Outlook für iOS",
        "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
        "Holen Sie sich Outlook für iOS",
        "Envoyé de mon iPhone",
        "Envoyé depuis mon appareil Galaxy",
        "Télécharger Outlook pour iOS",
        "Enviado desde mi iPhone",
        "Obtener Outlook para iOS",
        "Inviato da iPhone",
        "Inviato dal mio dispositivo Android",
        "Scarica Outlook per iOS",
        "Verstuurd vanaf mijn iPhone",
        "Verzonden vanaf mijn Galaxy",
        "Outlook voor iOS downloaden",
        "Enviado do meu iPhone",
        "Enviado a partir do meu smartphone Samsung Galaxy.",
        "Wysłane z iPhone'a",
        "Wysłano z iPhone",
        "Skickat från min iPhone",
        "Skickades från min iPhone",
        "Sendt fra min iPhone",
        "Sendt fra Outlook for iOS",
        "Lähetetty iPhonesta",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
        "iPhone'umdan gönderildi",
    ],
)
def test_taglines(tagline: str) -> None:
    text = f"{_OWN}\n\n{tagline}\n\nOn 4 May 2026, at 09:12, Dana <dana@agency.example> wrote:\n\n> Hi\n"
    assert reply_text(text) == _OWN
    assert reply_text(f"{_OWN}\n\n{tagline}\n") == _OWN


INTERLEAVED = [
    (
        "On 4 May 2026, Dana <dana@agency.example> wrote:\n> Hi Sam,\n> are you free on Tuesday?\n\nYes, after five.\n\n> And where?\n\nLeeds is best.\n\n> Dana\n",
        "Yes, after five. Leeds is best.",
    ),
    (
        "Answers below.\n\nAm 04.05.2026 um 09:12 schrieb Dana Muster:\n> Wann?\nDienstag.\n> Wo?\nIn Köln.\n>\n> Dana\n\nGruß, Sam",
        "Answers below. Dienstag. In Köln. Gruß, Sam",
    ),
    (
        "> Are you still looking?\nYes.\n\n> What do you earn?\nThat is private.\n",
        "Yes. That is private.",
    ),
    (
        "Le 4 mai 2026 à 09:12, Dana Exemple <dana@agency.example> a écrit :\n\n> Quand ?\n\nMardi.\n\n> Où ?\n\nÀ Lyon.",
        "Mardi. À Lyon.",
    ),
]


@pytest.mark.parametrize(("text", "words"), INTERLEAVED)
def test_answers_between_quotes(text: str, words: str) -> None:
    assert " ".join(reply_text(text).split()) == words


@pytest.mark.parametrize(
    "text",
    [
        "Am Montag kann ich.\nWas schrieb der Kunde: ja oder nein?",
        "Le salaire : 50 000 euros.\nDate : lundi",
        "El lunes puedo: sí.",
        "Op maandag kan ik.",
        "Den mån passar mig bra.",
        "Von: Montag an bin ich frei.",
        "To: be or not to be.",
        "Hi,\n\nFrom: 9 to 5 I work.\n\nSam",
        "On the 4th I wrote to you: no answer yet.",
        "I can do:\n* Monday\n* Tuesday",
        "On Monday at 9 I have time, on Tuesday at 10 not.\nThe price: 50.",
        "Subject: to approval, yes.",
        "My number: 020 7946 0000\nMy mail: sam@firm.example",
        "1. yes\n2. no\n3. 04.05.2026",
        "I met sam@firm.example, who wrote about it.\nBest",
        "De: nada!",
        "A: yes\nB: no",
        "Sent you my CV yesterday.",
        "Sent from my heart: no thanks.\nReally.",
    ],
)
def test_words_that_look_like_marks(text: str) -> None:
    assert reply_text(text) == text


def test_our_own_words_mentioned_by_the_author_stay() -> None:
    raw = b'From: sam@firm.example\nSubject: Re: A role\n\nYou wrote:\n"are you free"\nI am.\n'
    assert parse_mail(raw).reply_text == 'You wrote:\n"are you free"\nI am.'


@pytest.mark.parametrize(
    "source",
    [
        '<div dir="auto">Yes, Tuesday works.<br><br>Call me after five?</div><div class="gmail_quote"><div dir="ltr">On Mon, Dana wrote:<br></div><blockquote class="gmail_quote">Hi</blockquote></div>',
        '<div>Yes, Tuesday works.</div><div><br></div><div>Call me after five?</div><div class="gmail_extra"><br><div class="gmail_quote">Le 4 mai 2026 à 09:12, Dana &lt;<a>dana@agency.example</a>&gt; a écrit :<blockquote>Hi</blockquote></div></div>',
        '<p class="MsoNormal">Yes, Tuesday works.</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">Call me after five?</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in"><p><b>From:</b> Dana</p></div><p>Hi Sam</p>',
        '<div>Yes, Tuesday works.</div><div><br></div><div>Call me after five?</div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="x_divRplyFwdMsg" dir="ltr"><b>De :</b> Dana<br></div><div>Bonjour</div>',
        '<p>Yes, Tuesday works.</p><p>Call me after five?</p><div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid #C3D9E5;"><div><b>Gesendet:</b> Montag<br><b>Von:</b> Dana &lt;dana@agency.example&gt;<br><b>An:</b> Sam<br><b>Betreff:</b> Stelle</div><div>Hallo</div></div>',
        '<div>Yes, Tuesday works.</div><div><br></div><div>Call me after five?</div><div class="zmail_extra"><div>---- On Mon, 04 May 2026 Dana wrote ----</div><blockquote>Hi</blockquote></div>',
        '<div>Yes, Tuesday works.<br><br>Call me after five?</div><div class="ms-outlook-mobile-reference-message">From: Dana</div>Hi',
        '<p>Yes, Tuesday works.</p><p>Call me after five?</p><div class="yahoo_quoted"><p>On Monday, Dana wrote:</p><p>Hi</p></div>',
        '<div>Yes, Tuesday works.</div><br><div>Call me after five?</div><br><div id="mail-editor-reference-message-container"><b>From:</b> Dana<div>Hi</div></div>',
        '<div>Yes, Tuesday works.</div><div><br></div><div>Call me after five?</div><div><br></div><div>Sent from my iPhone</div><div><br><blockquote type="cite">On 4 May 2026, at 09:12, Dana wrote:<br><br></blockquote></div><blockquote type="cite"><div>Hi</div></blockquote>',
        '<div class="WordSection1"><p>Yes, Tuesday works.</p><p>Call me after five?</p><div><div style="border:none; border-top:solid windowtext 1.0pt"><p><b>Von:</b> Dana &lt;dana@agency.example&gt; <br><b>Gesendet:</b> Montag, 4. Mai 2026<br><b>An:</b> Sam<br><b>Betreff:</b> Stelle</p></div></div><p>Hallo</p></div>',
    ],
)
def test_html_of_more_programs(source: str) -> None:
    assert "".join(reply_text(html_to_text(source)).split()) == "".join(_OWN.split())
