"""STOP, START and HELP in texts: Twilio's own list and what people write instead."""

from __future__ import annotations

import enum
import re
import unicodedata


class TextEvent(enum.StrEnum):
    """What an incoming text means before anybody reads it."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    HUMAN = "human"


# Twilio, "Advanced opt-out": the default English keywords. A text is a keyword only as a whole.
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop", "yes"})
_HELP = frozenset({"help", "info"})
# Answers to any question as well as keywords: where no STOP stands, they are a person's words.
_ALSO_ANSWERS = frozenset({"yes"})
# What we also take for a wish to be left alone: losing a reader costs less than texting somebody who said no. Written
# as people write it; accents, case and spaces are folded away below. "td" is what carriers of Canada and China ask for;
# words that are also common short answers ("no", "fin", "dur") are left out.
_MORE_STOP_WRITTEN = """
    stopp stoppen stopper remove unsub removeme takemeoff optmeout deleteme nomore td
    arret arreter arretez desabonner desabonnement desinscription desinscrire
    baja alto parar pare cancelar detener basta desuscribir desuscribirme borrarme
    sair remover descadastrar
    fermare annulla disiscrivimi cancellami
    afmelden uitschrijven abmelden abbestellen austragen abmeldung kündigen
    avsluta avregistrera avmeld afmeld stopptext lopeta peruuta
    rezygnuje wypisz zrušit odhlásit zrušiť odhlásiť leállít leiratkozás dezabonare odjava odjavi iptal ret
    стоп стой отписка отписаться відписатися спри στοπ διαγραφή
    הסר הסרה توقف الغاء إلغاء 停止 配信停止 解除 退订 退訂 取消 중지 수신거부 ยกเลิก
    """
_MORE_START_WRITTEN = "resume subscribe optin unstopp"
_MORE_HELP_WRITTEN = "aide hilfe ayuda aiuto hulp hjälp ajuda pomoc помощь ヘルプ 帮助"
_STOP_SIGN = "\N{OCTAGONAL SIGN}"
_FILLERS = frozenset(
    [
        "please",
        "pls",
        "plz",
        "now",
        "thanks",
        "thank",
        "you",
        "it",
        "this",
        "these",
        "that",
        "texts",
        "texting",
        "text",
        "messages",
        "message",
        "messaging",
        "sms",
        "msgs",
        "msg",
        "me",
        "all",
        "sending",
        "to",
        "contacting",
        "from",
        "your",
        "the",
        "bitte",
        "danke",
        "merci",
        "svp",
        "gracias",
        "por",
        "favor",
        "grazie",
        "alstublieft",
        "aub",
        "jetzt",
        "us",
        "ok",
        "hi",
        "hello",
        "i",
        "said",
        "mir",
        "mich",
        "keine",
        "ces",
        "les",
        "envoyer",
        "mensajes",
        "mensagens",
        "messaggi",
        "berichten",
        "nachrichten",
    ]
)
_PHRASES = re.compile(
    r"^(?:please |pls )?(?:do not|dont|never|no longer) (?:text|contact|message|sms|write to|"
    r"bother) (?:me|us|this number)(?: again| anymore| any more| please| ever)*$|"
    r"^(?:please |pls |kindly )?(?:remove|take|delete) me(?: off| from)?(?: of)?(?: your| the|"
    r" this)?(?: mailing)?(?: list| database| lists)?(?: please| thanks)*$|"
    r"^(?:please |pls )?(?:opt|opt me) out(?: please)?$|^leave me alone(?: please)?$|"
    r"^no more (?:texts|messages|sms)(?: please)?$|^(?:i want to |i would like to |"
    r"i wish to )?(?:unsubscribe|opt out)(?: me)?$|"
    r"^keine (?:sms|nachrichten) mehr(?: bitte)?$|^(?:bitte )?(?:keine weiteren nachrichten|nicht mehr schreiben)$"
)
_NOT_WORD = re.compile(r"[^\w\s]+")
_MAX_CHARS = 1_600


def classify_text(body: str, opt_out_type: str | None = None) -> TextEvent:
    """Tells what a text means.

    Args:
        body: of the text.
        opt_out_type: Twilio's ``OptOutType`` (``STOP``, ``START``, ``HELP``) of a messaging service with Advanced
            Opt-Out. It is trusted above the words: Twilio has already acted on it.

    Returns:
        ``opt_out``, ``opt_in`` or ``help`` for a keyword (the whole text, whatever case, accents or punctuation) or a
        short unmistakable phrase; ``human`` for everything else, which is to be read and scored. A ``YES`` counts as
        ``opt_in`` because Twilio treats it so; whether it is also an answer is for the caller, who knows if a STOP
        stands (see ``is_answer_too``).
    """
    declared = {"STOP": TextEvent.OPT_OUT, "START": TextEvent.OPT_IN, "HELP": TextEvent.HELP}
    trusted = declared.get((opt_out_type or "").strip().upper())
    if trusted is not None:
        return trusted
    text = _fold(body[:_MAX_CHARS])
    words = text.split()
    whole = "".join(words)
    if whole in _STOP_WORDS:
        return TextEvent.OPT_OUT
    if whole in _START_WORDS:
        return TextEvent.OPT_IN
    if whole in _HELP_WORDS:
        return TextEvent.HELP
    if _PHRASES.match(" ".join(words)) or _is_padded_stop(words):
        return TextEvent.OPT_OUT
    return TextEvent.HUMAN


def is_answer_too(body: str) -> bool:
    """Whether an ``opt_in`` may just as well answer a question ("Yes"); "START" cannot."""
    return "".join(_fold(body[:_MAX_CHARS]).split()) in _ALSO_ANSWERS


def _fold(body: str) -> str:
    plain = unicodedata.normalize("NFKD", body.casefold().replace(_STOP_SIGN, " stop "))
    plain = "".join(char for char in plain if not unicodedata.combining(char) and char not in "'’`")
    return " ".join(_NOT_WORD.sub(" ", plain).split())


def _is_padded_stop(words: list[str]) -> bool:
    """For "STOP please", "stop texting me", "unsubscribe me now": a stop word, and nothing but padding around it."""
    if not 2 <= len(words) <= 6:
        return False
    return any(word in _PADDED for word in words) and all(word in _PADDED or word in _FILLERS for word in words)


def _folded(words: str) -> frozenset[str]:
    return frozenset("".join(_fold(word).split()) for word in words.split())


_STOP_WORDS = _STOP | _folded(_MORE_STOP_WRITTEN)
_START_WORDS = _START | _folded(_MORE_START_WRITTEN)
_HELP_WORDS = _HELP | _folded(_MORE_HELP_WRITTEN)
_PADDED = frozenset({"stop", "unsubscribe", "stopp", "unsub", "optout", "stopall", "arret", "arretez", "стоп"})
