"""Does the writer ask not to be contacted any more? Judged by a reviewed list, beside the model.

The model recognises most such wishes; the list makes sure that the plain ones are never left to it alone. A text is
read sentence by sentence, with the spelling of texts evened out ("pls", "ur", "txts"). A sentence that matches a
*guard* (a footer, a ticket notice, "do not call before ten") can never be an opt-out; any other that matches a
*pattern* is one. Each pattern has a name: the reason shown to people.

The list is data: ``patterns.toml`` holds every pattern with texts that it recognises and near misses, which are its
test. It is read once, when the first text comes in. ``other_languages`` reads the same sentences for eight languages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from sequences.reactions.opt_out.other_languages import asks_in_another_language, is_guarded, one_line

# "Cancel?" asks whether it is off.
_EVERYDAY: Final = frozenset({"cancel", "end", "quit"})
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+|(?<!\s)\s+(?=\u2013|\u2014)")
_NOISE: Final = re.compile(r"[.,!?;:\"“”()\[\]\u2013\u2014\u2026*_<>{}#]+")
ELSEWHERE: Final = "another language"
"""The reason where the wish is in another language."""
_LIMIT: Final = 20_000
"""Characters read from each end of a text: a wish to be left alone is at the start or at the end of a long mail."""
_SENTENCE_LIMIT: Final = 600
"""Characters read from each end of a sentence, so that no pattern ever meets a long one."""


@dataclass(frozen=True, slots=True)
class OptOutList:
    """The list of ``patterns.toml``, compiled. What each section is for is said there."""

    spellings: dict[str, str]
    phrases: tuple[tuple[str, str], ...]
    whole: dict[str, re.Pattern[str]]
    around: dict[str, re.Pattern[str]]
    guards: tuple[re.Pattern[str], ...]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]


def opt_out_reasons(text: str) -> tuple[str, ...]:
    """Names of the patterns by which the writer asks not to be contacted; empty when there are none.

    Args:
        text: what the person wrote, without quotes and signature.
    """
    rules = opt_out_list()
    found: dict[str, None] = {}
    cleaned = _cleaned(text)
    sentences = _parts(map(_evened, cleaned))
    for index, sentence in enumerate(sentences):
        asked = sentence in _EVERYDAY and text.rstrip().endswith("?")
        if index == len(sentences) - 1 and not asked and rules.whole["stop"].match(sentence):
            found["stop"] = None
        if len(sentences) == 1 and rules.whole["no more messages"].match(sentence):
            found["no more messages"] = None
        if not _is_harmless(rules, sentences, index):
            named = dict.fromkeys(name for name, pattern in rules.patterns if pattern.search(sentence))
            if ELSEWHERE in named and is_guarded(sentence):
                del named[ELSEWHERE]
            found |= named
    if asks_in_another_language(_parts(cleaned)):
        found[ELSEWHERE] = None
    return tuple(found)


def _is_harmless(rules: OptOutList, sentences: list[str], index: int) -> bool:
    """Is the sentence no wish whatever it matches, by itself or by the sentences around it?"""
    sentence = sentences[index]
    following = " ".join(sentences[index + 1 : index + 2])
    around = rules.around
    if around["pointing"].search(sentence):
        with_previous = " ".join(sentences[max(0, index - 1) : index + 1])
        if around["document"].search(with_previous):
            return True
    return (
        any(guard.search(sentence) for guard in rules.guards)
        or around["taken_back"].match(following) is not None
        or around["offered"].match(f"{sentence} {following}") is not None
    )


def read_sentences(text: str) -> list[str]:
    """The sentences as the patterns see them: lower case, plain quotes, no punctuation, evened spelling.

    Of a long text only both ends are read, and of a long sentence too: at most 1,200 characters each in two parts, and
    twice ``_LIMIT`` in all. This keeps the work linear in the number of sentences, whatever somebody sends.
    """
    return _parts(map(_evened, _cleaned(text)))


def plain_sentences(text: str) -> list[str]:
    """The same sentences as they are spelled: another language is not evened out."""
    return _parts(_cleaned(text))


def _parts(sentences: Iterable[str]) -> list[str]:
    return [short for sentence in sentences if sentence for short in _shortened(sentence)]


def _cleaned(text: str) -> list[str]:
    if len(text) > 2 * _LIMIT:
        text = text[:_LIMIT] + "\n" + text[-_LIMIT:]
    plain = text.replace("\u2019", "'").replace("\u2018", "'").lower()
    return [" ".join(_NOISE.sub(" ", part).split()).strip(" ,-'") for part in _SENTENCE_END.split(plain)]


def _evened(sentence: str) -> str:
    """The sentence in the spelling that the patterns are written in."""
    rules = opt_out_list()
    words = " ".join(rules.spellings.get(word, word) for word in sentence.split())
    for phrase, meant in rules.phrases:
        words = words.replace(phrase, meant)
    return words


def _shortened(sentence: str) -> tuple[str, ...]:
    if len(sentence) <= 2 * _SENTENCE_LIMIT:
        return (sentence,)
    return sentence[:_SENTENCE_LIMIT], sentence[-_SENTENCE_LIMIT:]


def read_patterns() -> dict[str, Any]:
    """``patterns.toml`` as it is written, with the examples."""
    return tomllib.loads((resources.files(__package__) / "patterns.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def opt_out_list() -> OptOutList:
    """The compiled list, read once."""
    written = read_patterns()
    parts = {name: one_line(part) for name, part in written["parts"].items()}

    def compiled(entry: dict[str, Any]) -> re.Pattern[str]:
        pattern = one_line(entry["match"])
        for name, part in parts.items():
            pattern = pattern.replace(f"<{name}>", part)
        return re.compile(pattern)

    return OptOutList(
        spellings={word: meant for meant, words in written["spellings"].items() for word in words.split()},
        phrases=tuple(written["phrases"].items()),
        whole={name: compiled(entry) for name, entry in written["whole"].items()},
        around={name: compiled(entry) for name, entry in written["around"].items()},
        guards=tuple(compiled(entry) for entry in written["guards"]),
        patterns=tuple((name, compiled(entry)) for name, entries in written["patterns"].items() for entry in entries),
    )
