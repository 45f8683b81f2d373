"""What people write instead of Twilio's keywords: a wish to get no more texts, and a cry for help, as a whole text.

Losing a reader costs less than texting somebody who said no; but a word that people of our trade also answer with
("Cancelar" an appointment, "Kündigen" a job, "Alto" as a height) means it only where our own text told them to send it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from sequences.sms.keywords import WORDS, Keyword

# Written as people write it; accents, case, spaces and punctuation are folded away below.
_STOP_WRITTEN: Final = """
    stopp stoppen stopper remove unsub removeme takemeoff optmeout deleteme nomore nomoretexts
    arret arreter arretez desabonner desabonnement desinscription desinscrire
    baja parar pare detener basta desuscribir desuscribirme borrarme
    sair remover descadastrar
    fermare disiscrivimi cancellami
    afmelden uitschrijven abmelden abbestellen austragen abmeldung
    avregistrera avmeld afmeld stopptext lopeta
    wypisz odhlásit odhlásiť leállít leiratkozás dezabonare odjava odjavi
    стоп стой отписка отписаться відписатися спри στοπ διαγραφή
    הסר הסרה توقف 停止 配信停止 退订 退訂 중지 수신거부
    """
# "td" is what carriers of Canada and China ask for.
_STOP_IF_TOLD_WRITTEN: Final = """
    td alto cancelar annuler annulla avsluta peruuta kündigen rezygnuje zrušit zrušiť iptal ret fin dur
    الغاء إلغاء 解除 取消 ยกเลิก
    """
_HELP_WRITTEN: Final = """
    aide aidez-moi hilfe ayuda aiuto hulp hjälp hjælp hjelp apua ajuda pomoc pomoć segítség ajutor yardım
    помощь помогите допомога помощ βοήθεια עזרה مساعدة ヘルプ 帮助 幫助 도움말 ช่วยด้วย
    """
_STOP_SIGN: Final = "\N{OCTAGONAL SIGN}"
_FILLERS_WRITTEN: Final = """
    please pls plz now thanks thank you it this these that texts texting text messages message messaging sms msgs msg
    me all sending to contacting from your the bitte danke merci svp gracias por favor grazie alstublieft aub jetzt us
    ok hi hello i said mir mich keine ces les envoyer mensajes mensagens messaggi berichten nachrichten
    """
_PADDED_WRITTEN: Final = """
    stop unsubscribe stopp unsub optout stopall arret arretez arreter abmelden afmelden baja стоп
    """
_PHRASES: Final = re.compile(
    r"^(?:please |pls )?(?:do not|dont|never|no longer) (?:text|contact|message|sms|write to|"
    r"bother) (?:me|us|this number)(?: again| anymore| any more| please| ever)*$|"
    r"^(?:please |pls |kindly )?(?:remove|take|delete) me(?: off| from)?(?: of)?(?: your| the|"
    r" this)?(?: mailing)?(?: list| database| lists)?(?: please| thanks)*$|"
    r"^(?:please |pls )?(?:opt|opt me) out(?: please)?$|^leave me alone(?: please)?$|"
    r"^(?:please |pls )?no more (?:texts|messages|sms)(?: please)?$|^(?:i want to |i would like to |"
    r"i wish to )?(?:unsubscribe|opt out)(?: me)?$|"
    # The instruction under our own text, said back.
    r"^(?:reply|text|txt|send|answer) stop$|^stop to (?:opt out|unsubscribe|end|stop|cancel|quit)$|"
    r"^(?:bitte )?keine (?:sms|nachrichten|textnachrichten) mehr(?: bitte)?$|"
    r"^(?:bitte )?(?:keine weiteren (?:sms|nachrichten)|nicht mehr schreiben)(?: bitte)?$|"
    r"^plus (?:de|aucun) (?:sms|messages?|textos?)(?: svp| merci)?$|"
    r"^(?:por favor )?no (?:mas|quiero mas|me (?:envien|manden|escriban) mas) (?:mensajes|sms|textos)(?: por favor)?$|"
    r"^(?:per favore )?(?:basta|niente piu|non voglio piu) (?:messaggi|sms)(?: grazie| per favore)?$|"
    r"^(?:por favor )?(?:chega de|sem mais|nao quero mais|nao me envie mais) (?:mensagens|sms)(?: por favor)?$|"
    r"^geen (?:sms|smsjes|berichten) meer(?: aub| graag)?$|"
    r"^(?:(?:quiero|quisiera|deseo) )?(?:dar(?:se|me)|den?me|dadme) de baja(?: por favor| gracias)?$"
)
# Said by text, and yet about more than texts.
_OF_THE_PERSON: Final = re.compile(
    r"\b(?:contact|contacting|bother|write to|(?:remove|take|delete) me|leave me alone)\b"
)
_NOT_WORD: Final = re.compile(r"[^\w\s]+")
_EVERYDAY: Final = frozenset({"cancel", "end", "quit"})
_TOKEN: Final = re.compile(r"\w+")


def means_stop(words: str, told: Iterable[str] = ()) -> bool:
    """Whether a whole text asks for no more of them: a word, whatever its case, accents or punctuation, or a phrase.

    Args:
        words: the person's own.
        told: our texts: a word that they name in capitals is meant when it is sent back.
    """
    folded = _fold(words)
    parts = folded.split()
    whole = "".join(parts)
    if whole in _EVERYDAY and "?" in words:
        # "Cancel?" asks whether it is off.
        return False
    if whole in _STOP_WORDS or _PHRASES.match(folded) or _is_padded_stop(parts):
        return True
    return whole in _IF_TOLD and any(_names(text, whole) for text in told)


def means_person(words: str) -> bool:
    """Whether words that ask for no more texts say that they mean all messages: "do not contact me", "remove me"."""
    return _OF_THE_PERSON.search(_fold(words)) is not None


def is_signed_stop(words: str) -> bool:
    """Whether a stop word has a line to itself, with a name or a phone's footer below, or is "stop, thanks Tom".

    Args:
        words: the person's own; of a whole text what is below may be ours.
    """
    first, _, below = words.strip().partition("\n")
    below = below.strip()
    if below and "?" not in first and not below[0].islower() and _fold(first) in _PADDED:
        return True
    parts, last = _fold(words).split(), words.split()[-1:]
    return len(parts) > 2 and parts[-2] in _THANKS and last[0][0].isupper() and _is_padded_stop(parts[:-1])


def names_stop(word: str) -> bool:
    """Whether a text of ours may tell people to send this word for an opt-out."""
    whole = "".join(_fold(word).split())
    return whole in _STOP_WORDS or whole in _IF_TOLD


def asks_help(words: str) -> bool:
    """Whether a whole text is the word for help in another language: no keyword, and somebody must answer it."""
    return "".join(_fold(words).split()) in _HELP_WORDS


def _names(text: str, whole: str) -> bool:
    if text == text.upper() != text.lower():
        return False
    return any(token == token.upper() and _fold(token) == whole for token in _TOKEN.findall(text))


def _fold(body: str) -> str:
    plain = unicodedata.normalize("NFKD", body.casefold().replace(_STOP_SIGN, " stop "))
    plain = "".join(char for char in plain if not unicodedata.combining(char) and char not in "'’`")
    return " ".join(_NOT_WORD.sub(" ", plain).split())


def _is_padded_stop(words: list[str]) -> bool:
    """For "STOP please", "stop texting me", "unsubscribe me now": a stop word, and nothing but padding around it."""
    if not 2 <= len(words) <= 6:
        return False
    return any(word in _PADDED for word in words) and all(word in _PADDED or word in _FILLERS for word in words)


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset("".join(_fold(word).split()) for word in words)


_STOP_WORDS: Final = _folded((*WORDS[Keyword.STOP], *_STOP_WRITTEN.split()))
_IF_TOLD: Final = _folded(_STOP_IF_TOLD_WRITTEN.split())
_FILLERS: Final = frozenset(_FILLERS_WRITTEN.split())
_PADDED: Final = frozenset(_PADDED_WRITTEN.split())
_THANKS: Final = frozenset(
    {"thanks", "danke", "merci", "gracias", "grazie", "bedankt", "tack", "tak", "regards", "cheers"}
)
_HELP_WORDS: Final = _folded(_HELP_WRITTEN.split())
