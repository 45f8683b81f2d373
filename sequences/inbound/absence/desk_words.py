"""How a desk says that a mail arrived: "your request has been received", with the number it goes by.

Most desks say in a header that a machine answered. These words are for those that do not; a person writes some of
them, too, so a number must stand beside them, and nobody may say "I".
"""

from __future__ import annotations

import re

from sequences.inbound.reports.own_subject import answers

_THING = (
    r"(?:ticket|support case|case|(?:support |service )?request|(?:request|ticket) for (?:support|help)|inquiry|"
    r"enquiry|message|"
    r"anfrage|anliegen|vorgang|nachricht|demande|solicitud|consulta|mensaje|richiesta|messaggio|"
    r"solicitação|pedido|chamado|mensagem|verzoek|aanvraag|melding|bericht|ärende|ärendet|förfrågan|sag|henvendelse|"
    r"zgłoszenie|wiadomość|požadavek|запрос|обращение|заявка|звернення)"
)
_ARRIVED = (
    r"(?:(?:has|have) been|was|is) (?:successfully )?(?:received|created|opened|logged|registered|assigned|submitted|"
    r"recorded)|"
    r"(?:ist|wurde)\b[^.\n]{0,40}\b(?:eingegangen|erstellt|angelegt|registriert|erfasst|eröffnet)|"
    r"(?:a|à) (?:bien )?été (?:créée?|reçue?|enregistrée?|ouverte?)|"
    r"(?:ha sido|fue|se ha|foi|è stat[ao]|è) (?:\w+ )?(?:recibid[oa]|cread[oa]|registrad[oa]|ricevut[oa]|creat[oa]|"
    r"registrat[oa]|aperto|aperta|recebid[oa]|criad[oa]|abert[oa])|"
    r"(?:is|werd) (?:goed )?(?:ontvangen|aangemaakt|geregistreerd)|har (?:mottagits|registrerats|skapats)|"
    r"er (?:modtaget|mottatt|oprettet|opprettet|registreret|registrert)|"
    r"został[ao]? (?:przyjęt[ea]|zarejestrowan[ea]|utworzon[ea])|byl[ao]? (?:přijat[ao]?|vytvořen[ao]?)|"
    r"(?:принят|зарегистрирован|получен|прийнят|зареєстрован)[оаы]?"
)
_SAYS = re.compile(
    rf"\b{_THING}\b[^.!?\n]{{0,80}}?\b(?:{_ARRIVED})(?!\w)|"
    rf"\b(?:received|created|opened|logged|registered) (?:a|your) (?:new )?{_THING}\b|"
    rf"\b(?:(?:haben|hat) (?:ihre|ihr|eine?) {_THING}\b[^.\n]{{0,40}}(?:erhalten|erstellt|angelegt)|"
    rf"se ha (?:cread[oa]|registrad[oa])\b[^.\n]{{0,20}}{_THING}|hemos recibido (?:su|tu) {_THING}|"
    rf"(?:avons bien|bien|avons) reçu votre {_THING}|abbiamo ricevuto (?:la )?(?:sua|tua|vostra) {_THING}|"
    rf"recebemos (?:a |o )?(?:sua|seu) {_THING})\b",
    re.I,
)
# The number it goes by: behind a word for one, or in brackets behind a hash.
_NUMBER = re.compile(
    r"(?:\b(?:ticket|case|request|reference|ref|id|number|no|nr|nummer|numéro|número|numero|vorgangsnummer|"
    r"ticketnummer|fallnummer|ärendenummer|sagsnummer|"
    r"номер)\b[\s.:#№º°-]{0,4}(?:id|number|no|nr|is|lautet|est|es|est le)?[\s.:#№º°-]{0,4}|[#№])\[?#?"
    r"(?:[A-Z]{1,8}[-_]?)?\d{3,}",
    re.I,
)
_PERSON = re.compile(
    r"(?<![\w'’])(?:i|i['’](?:m|ll|ve|d)|me|my|ich|mir|mich|mein\w{0,2}|je|j['’]ai|yo|io|eu|ik|jag|jeg|ja|я)(?![\w-])",
    re.I,
)
_NO_REPLY = re.compile(
    r"(?:^|[.+_-])(?:no|do-?not|dont|nicht|ne-?pas)[._-]?(?:reply|repondre|antworten|responder)(?:$|[.+_-])|"
    r"^(?:donotreply|noreply|nao-?responda|noresponder|nepasrepondre|nicht-?antworten)",
    re.I,
)
_UNREAD = re.compile(
    r"(?:do not|don't|please don't) (?:reply|respond|answer)\b|(?:not|never|un)\s?monitored|cannot (?:receive|be "
    r"replied)|replies (?:to this|are not)|nicht auf diese|bitte (?:antworten sie )?nicht (?:auf|antworten)|"
    r"ne (?:pas|répondez pas)\b|no responda|no conteste|non rispondere|não responda|niet (?:beantwoorden|op dit)|"
    r"svara inte|svar ikke|nie odpowiada|не отвечайте",
    re.I,
)
_FIRST_WORDS = 500
# Whose words are longer than this writes a letter.
_LONGEST = 1_500


def says_received(subject: str, own_words: str) -> bool:
    """True for the words of a desk that a mail of ours became a ticket.

    Args:
        subject: decoded; the number may stand there, but one in ours is no evidence ("Re: Welder, ref. 4711").
        own_words: the text without what it quotes.
    """
    if len(own_words) > _LONGEST:
        return False
    said = own_words[:_FIRST_WORDS]
    lead = "" if answers(subject) else subject[:200].partition(":")[0]
    numbered = _NUMBER.search(f"{lead}\n{said}") is not None
    return numbered and _SAYS.search(said) is not None and _PERSON.search(own_words) is None


def unread(sender: str, own_words: str) -> bool:
    """True for an address that by its name nobody reads, with the words that say so.

    Args:
        sender: address of the From line.
        own_words: the text without what it quotes.
    """
    local = sender.rpartition("@")[0]
    return _NO_REPLY.search(local) is not None and _UNREAD.search(own_words[:_LONGEST]) is not None
