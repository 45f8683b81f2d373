"""Is a short text plainly written in a language that the shipped model does not know?

A count of the commonest words that are no English ones: enough for the one-liners of four languages, not a general
detector. A text it does not recognise counts as English and is left to the model's own confidence.
"""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that are also English ("also", "die", "hier", "pour", "was"), and those that the English borrow, are left out.
_FOREIGN: Final = {
    "de": _words(
        """
        ich nicht und der das ist ein eine einen mich mir sie wir bitte danke nein ja kein keine habe
        haben bin sind mit für auf auch noch mehr aber schon gerne gern interesse interessiert wäre
        würde können kann zur zum bei von vom wie wann vielen dank leider melden löschen stelle heute
        morgen keinen aus dem den es euch ihre ihr gehalt wieviel verdient
        """
    ),
    "fr": _words(
        """
        je ne pas suis est les des une oui non vous nous merci bonjour avec votre vos mon ma mes cette
        ce plus très bien intéressé intéressée intéresse pour quoi quel quelle beaucoup désolé désolée
        mais ça c'est j'ai d'accord n'est m'intéresse salaire poste rappelez demain sur du aux recevoir
        contactez envoyez s'il plaît puis-je
        """
    ),
    "es": _words(
        """
        el los las una que sí estoy gracias por favor para pero muy con mi su usted interesa interesado
        interesada quiero puede cuánto cuándo dónde hola buenos días tardes más esta este es ya tengo
        trabajo ahora momento llámame mañana mucho sueldo saber información número equivocado lo siento baja
        mensajes
        """
    ),
    "nl": _words(
        """
        ik niet het een en van dank bedankt graag geen heb ben voor met maar ook nog wel je jij jullie u
        mij mijn deze dit dat zijn wil kan kunt meer nee interesse geïnteresseerd alstublieft
        alsjeblieft wat hoeveel wanneer verdient momenteel hoor belt bellen morgen mail helaas vacature zou
        willen hebben
        """
    ),
}
_SHARED_WITH_ENGLISH: Final = _words(
    """
    mail plus dank mes ma es per favor merci wat je mi ja el los las den dem sur con u van ben wel met
    """
)
_ENGLISH: Final = _words(
    """
    i i'm the a an is are it to of and for you your my we not yes please thanks thank am be have this
    that in on at with do don't what when how can will would but if so he she they was were our us from
    """
)
_NEVER_ENGLISH: Final = frozenset("ñ¿¡ßœ")


def foreign_language(text: str) -> str | None:
    """The ISO 639-1 code of the language (``de | fr | es | nl``, ``other`` for another script), or None for English.

    Names count for little: two telling words are needed, or one in a text of at most four words.
    """
    head = text[:2000].lower().replace("\u2019", "'")
    if _other_script(head):
        return "other"
    words = _WORD.findall(head)
    if not words:
        return None
    english = sum(word in _ENGLISH for word in words)
    counts = {code: _telling(words, known) for code, known in _FOREIGN.items()}
    code = max(counts, key=lambda key: counts[key])
    strange_letters = 0.5 * sum(letter in _NEVER_ENGLISH for letter in head)
    needed = 1.0 if len(words) <= 4 else 2.0
    if counts[code] + (strange_letters if counts[code] else 0.0) >= needed and counts[code] > english:
        return code
    return None


def _telling(words: list[str], known: frozenset[str]) -> float:
    """Words shared with English names or slang tell half as much as the others."""
    return sum(0.5 if word in _SHARED_WITH_ENGLISH else 1.0 for word in words if word in known)


def _other_script(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    beyond_latin = sum(ord(letter) > 0x24F for letter in letters)
    return bool(letters) and beyond_latin * 2 > len(letters)
