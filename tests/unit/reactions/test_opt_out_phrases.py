"""The wide lists of other languages: each finds its examples, and English never meets them."""

import json
from pathlib import Path
from typing import Any

import pytest

from sequences.reactions.language import UNDETERMINED, foreign_language
from sequences.reactions.opt_out.match import opt_out_reasons
from sequences.reactions.opt_out.phrases import LANGUAGES, PhrasesFound, asks_in_phrases, phrase_list, read_phrases
from sequences.reactions.sentiment import CalibratedReading, Intent, Label, OptOutLimits, Probabilities, decide

ROOT = Path(__file__).parents[3]
WRITTEN = {code: read_phrases(code) for code in LANGUAGES}
LIMITS = OptOutLimits(obeyed=0.9, with_phrases=0.05, suspected=0.1)
NO = Probabilities(0.1, 0.8, 0.1)


def examples(section: str) -> list[Any]:
    return [
        pytest.param(code, text, id=f"{code}: {text[:40]}")
        for code, written in WRITTEN.items()
        for text in written[section]["examples"]
    ]


@pytest.mark.parametrize(("code", "text"), examples("surely"))
def test_a_wish_is_found(code: str, text: str) -> None:
    assert asks_in_phrases(text, code) == PhrasesFound(surely=True, perhaps=True)


@pytest.mark.parametrize(("code", "text"), examples("perhaps"))
def test_a_hint_is_found_and_is_no_wish_yet(code: str, text: str) -> None:
    assert asks_in_phrases(text, code) == PhrasesFound(surely=False, perhaps=True)


@pytest.mark.parametrize(("code", "text"), examples("harmless"))
def test_what_only_sounds_like_a_wish_is_none(code: str, text: str) -> None:
    assert asks_in_phrases(text, code) == PhrasesFound()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_list_has_the_three_parts_with_examples_and_no_phrase_twice(code: str) -> None:
    for section in ("harmless", "surely", "perhaps"):
        phrases = WRITTEN[code][section]["phrases"].strip().splitlines()
        assert len(phrases) == len(set(phrases)), section
        assert WRITTEN[code][section]["examples"], section


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_named_list_of_words_is_used_and_none_is_missing(code: str) -> None:
    written = WRITTEN[code]
    phrases = str([written[section] for section in ("harmless", "surely", "perhaps")])
    assert [name for name in written["words"] if f"<{name}>" not in phrases + str(written["words"])] == []
    assert phrase_list(code).surely.groups == 0


def test_the_language_says_which_list_is_asked() -> None:
    wish = "Tragen Sie mich aus Ihrem Verteiler aus."
    assert asks_in_phrases(wish, "de").surely
    assert asks_in_phrases(wish, UNDETERMINED).surely
    assert [asks_in_phrases(wish, other) for other in ("sv", "ro", "other", None)] == [PhrasesFound()] * 4
    assert asks_in_phrases("Me tira dessa lista", "es").surely, "short Portuguese is taken for Spanish"


def test_accents_and_typing_in_a_hurry_change_nothing() -> None:
    assert asks_in_phrases("hoeren sie auf, mir zu schreiben", "de") == asks_in_phrases(
        "H\u00f6ren Sie auf, mir zu schreiben!", "de"
    )
    assert asks_in_phrases("arretez de m\u2019ecrire", "fr").surely
    assert asks_in_phrases("nn scrivetemi +", "it").perhaps


def english() -> list[dict[str, str]]:
    files = (ROOT / "benchmarks/data/unseen_replies.jsonl", ROOT / "adapters/sentiment/data/corpus.jsonl")
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def test_english_is_judged_as_without_the_lists() -> None:
    """Of 14,000 replies every fourth: the few that are not surely English are opt-outs by the first list too."""
    for reply in english()[::4]:
        language = foreign_language(reply["text"])
        if language is None:
            assert asks_in_phrases(reply["text"], language) == PhrasesFound()
        elif asks_in_phrases(reply["text"], language).surely:
            assert opt_out_reasons(reply["text"]), reply["text"]


def wished(text: str, wish: float, labels: Probabilities = NO) -> bool:
    reading = CalibratedReading(labels, {Intent.OPT_OUT: wish, Intent.DECLINE: 1 - wish})
    return decide(reading, text, 0.5, opt_out=LIMITS, languages=frozenset(LANGUAGES)).opt_out


def test_a_hint_counts_where_the_model_suspects_a_wish_too() -> None:
    hint, no_hint = "Spart euch die M\u00fche mit euren Nachrichten.", "Ich bin Lehrer und bleibe es auch."
    assert (wished(hint, 0.05), wished(hint, 0.04)) == (True, False)
    assert (wished(no_hint, 0.5), wished(no_hint, 0.9)) == (False, True)
    assert not wished(hint, 0.05, Probabilities(0.3, 0.6, 0.1)), "that they want us is six times as probable"
    assert not wished("Save yourselves the trouble with your messages.", 0.5)


def test_what_made_it_an_opt_out_is_said_and_not_suspected_as_well() -> None:
    reading = CalibratedReading(NO, {Intent.OPT_OUT: 0.3, Intent.DECLINE: 0.7})
    hint = decide(reading, "Spart euch die M\u00fche mit euren Nachrichten.", 0.5, opt_out=LIMITS, languages={"de"})
    assert (hint.label, hint.reasons, hint.needs_review) == (Label.NEGATIVE, ("opt_out:model and phrases",), False)
    wish = decide(reading, "Nehmen Sie mich raus aus Ihrer Kartei!", 0.5, opt_out=LIMITS, languages={"de"})
    assert "opt_out:another language" in wish.reasons
