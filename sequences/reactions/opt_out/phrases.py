"""Phrases by which people ask not to be contacted, in eight languages; only for a text that is not surely English.

``other_languages`` is asked about every text, so it has only what no English sentence can say. These lists are wider.
``surely`` has wishes. ``perhaps`` has words that many harmless replies have too ("no more", "your list"):
they count where the model suspects a wish. A sentence with a phrase of ``harmless`` is no wish.

A list is written for people who know the language, not the program (``phrases/CODE.toml``). A phrase is a line of words
with accents, and these signs: ``*`` any ending; ``_`` at most one word; ``..`` at most four words; ``(a|b)`` one of
them; ``?`` what is before it may be missing; ``^`` and ``$`` start and end of the sentence; ``<name>`` one of the words
of that name. It is found in a sentence without accents, punctuation and polite words, whole words at a time.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from sequences.reactions.language import UNDETERMINED
from sequences.reactions.opt_out.match import plain_sentences
from sequences.reactions.opt_out.other_languages import LETTERS, folded, opt_outs_by_language

LANGUAGES: Final = ("de", "es", "fr", "it", "nl", "pl", "pt", "sv")
_ALSO: Final = {"es": ("es", "pt"), "pt": ("pt", "es")}
"""Short texts of these are taken for each other."""
_TYPED: Final = str.maketrans({"ä": "ae?", "ö": "oe?", "ü": "ue?"})
"""Letters that are also typed as two."""
_NO_WORD: Final = re.compile(r"[^\w'+]+")
_SIGNS: Final = (
    (re.compile(r"'(?=[\w<(])"), "' "),
    (re.compile(r"\+"), r"\\+"),
    (re.compile(r"\("), "(?:"),
    (re.compile(r"\*"), r"\\w*"),
    (re.compile(r"(?<!\S)_ "), r"(?:\\S+ )?"),
    (re.compile(r" \.\. "), r" (?:\\S+ ){0,4}?"),
)
_BETWEEN_WORDS: Final = re.compile(r"[,\n]+(?![^()]*\))")


class PhrasesFound(NamedTuple):
    """What the phrases of a text say.

    Attributes:
        surely: a wish not to be contacted.
        perhaps: one if the model suspects it too; always so if ``surely``.
    """

    surely: bool = False
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class PhraseList:
    """The list of one language, compiled. ``spellings``: words by what is typed for them in a hurry."""

    spellings: Mapping[str, str]
    harmless: re.Pattern[str]
    surely: re.Pattern[str]
    perhaps: re.Pattern[str]


def asks_in_phrases(text: str, language: str | None) -> PhrasesFound:
    """Do the phrases of its language find a wish not to be contacted in a text?

    Args:
        text: what the person wrote, without quotes and signature.
        language: of ``foreign_language``; None, for sure English, asks no list, and an unknown one asks all.
    """
    codes = LANGUAGES if language == UNDETERMINED else _ALSO.get(language or "", (language,))
    lists = [phrase_list(code) for code in codes if code in LANGUAGES]
    if not lists:
        return PhrasesFound()
    polite, _ = opt_outs_by_language()
    surely = perhaps = False
    for sentence in plain_sentences(text):
        plain = folded(sentence, polite)
        asked = [(each, spelled(plain, each)) for each in lists]
        if any(each.harmless.search(words) for each, words in asked):
            continue
        surely = surely or any(each.surely.search(words) for each, words in asked)
        perhaps = perhaps or surely or any(each.perhaps.search(words) for each, words in asked)
    return PhrasesFound(surely, perhaps)


def spelled(sentence: str, written: PhraseList) -> str:
    """A sentence without accents as the phrases are written: words with one space between them, in full."""
    words = _NO_WORD.sub(" ", sentence).replace("'", "' ").split()
    return " ".join(written.spellings.get(word, word) for word in words)


def read_phrases(code: str) -> dict[str, Any]:
    """``phrases/CODE.toml`` as it is written, with the examples."""
    file = resources.files(__package__) / "phrases" / f"{code}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=len(LANGUAGES))
def phrase_list(code: str) -> PhraseList:
    """The compiled list of a language, read once."""
    written = read_phrases(code)
    parts: dict[str, str] = {}
    for name, words in written["words"].items():
        pieces = [word for word in _BETWEEN_WORDS.split(words) if word.strip()]
        parts[name] = f"(?:{'|'.join(_expression(piece, parts) for piece in pieces)})"
    harmless, surely, perhaps = (
        _compiled(written[section]["phrases"], parts) for section in ("harmless", "surely", "perhaps")
    )
    return PhraseList(
        spellings={
            _plain(typed): _plain(meant)
            for meant, all_typed in written.get("spellings", {}).items()
            for typed in all_typed.split()
        },
        harmless=harmless,
        surely=surely,
        perhaps=perhaps,
    )


def _compiled(phrases: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    any_of = "|".join(_expression(line, parts) for line in phrases.strip().splitlines())
    return re.compile(rf"(?<!\S)(?:{any_of})(?!\S)")


def _expression(phrase: str, parts: Mapping[str, str]) -> str:
    written = _plain(" ".join(phrase.replace("-", " ").lower().split()).translate(_TYPED))
    for sign, meant in _SIGNS:
        written = sign.sub(meant, written)
    return re.sub(r"<(\w+)>", lambda name: parts[name[1]], written)


def _plain(text: str) -> str:
    """Without accents, as ``other_languages.folded`` leaves a sentence."""
    letters = unicodedata.normalize("NFD", text.translate(LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
