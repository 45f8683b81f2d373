"""The model for other languages: what its card says is so, on replies whose writers had seen nothing of its text."""

import dataclasses
import itertools
import os
from collections import defaultdict
from pathlib import Path

import pytest

from adapters.sentiment.choose import open_scorer
from adapters.sentiment.encoder.find import E5
from adapters.sentiment.encoder.hashes import file_hash
from adapters.sentiment.model import LoadedModel, load_model
from adapters.sentiment.scorer import FlairScorer
from adapters.sentiment.settings import SentimentSettings
from adapters.sentiment.training.card import CARD_NAME, MULTILINGUAL, WEIGHTS_NAME, read_card
from adapters.sentiment.training.corpus import CORPUS, OTHER_LANGUAGES, LabelledReply, read_replies
from adapters.sentiment.training.evaluate import evaluate
from adapters.sentiment.training.train import SHIPPED, corpora_hash
from sequences.reactions.opt_out.phrases import LANGUAGES
from sequences.reactions.sentiment import Intent, Label, ReviewReason, Score

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
ROOT = Path(__file__).parents[4]
UNSEEN = ROOT / "benchmarks" / "data" / "unseen_other_languages.jsonl"
SAMPLE = 24
"""Replies of each language that are judged in every run; with HYPOTHESIS_PROFILE=nightly all are."""
_FEWEST_FOUND, _MOST_NO_AS_YES = 0.97, 0.02
_MOST_FALSE_ALARMS = 0.03
_KNOWN = frozenset(SHIPPED["multilingual"][1].languages)


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return load_model(MULTILINGUAL)


@pytest.fixture(scope="module")
def judged(model: LoadedModel) -> dict[str, list[tuple[LabelledReply, Score]]]:
    by_language: defaultdict[str, list[LabelledReply]] = defaultdict(list)
    for reply in read_replies(UNSEEN):
        by_language[reply.language].append(reply)
    # As if all were judged: which ones are is what the measure decides.
    scorer = FlairScorer(dataclasses.replace(model, languages=_KNOWN))
    chosen = [
        reply
        for replies in by_language.values()
        for reply in (replies if NIGHTLY else replies[:: len(replies) // SAMPLE])
    ]
    found: defaultdict[str, list[tuple[LabelledReply, Score]]] = defaultdict(list)
    for reply, score in zip(chosen, scorer.score([reply.text for reply in chosen]), strict=True):
        found[reply.language].append((reply, score))
    return found


def test_the_card_is_of_these_corpora_and_this_encoder() -> None:
    card = read_card(MULTILINGUAL / CARD_NAME)
    assert card.corpus_sha256 == corpora_hash((CORPUS, OTHER_LANGUAGES))
    assert (card.encoder.name, card.encoder.files) == (E5.name, E5.files)
    assert card.languages == SHIPPED["multilingual"][1].judged
    assert set(card.languages) < _KNOWN == set(LANGUAGES)
    assert (MULTILINGUAL / WEIGHTS_NAME).stat().st_size < 8_000_000
    assert file_hash(MULTILINGUAL / WEIGHTS_NAME) == card.weights_sha256


def test_what_is_judged_is_judged_as_well_as_is_asked_and_what_is_not_is_held(
    model: LoadedModel, judged: dict[str, list[tuple[LabelledReply, Score]]]
) -> None:
    if not NIGHTLY:
        pytest.skip("3,296 replies, a minute of two cores: with HYPOTHESIS_PROFILE=nightly; a sample is judged always")
    good = set()
    for code in _KNOWN:
        report = evaluate(*map(list, zip(*judged[code], strict=True)))
        found, no_as_yes = report.opt_out_recall or 0.0, report.negative_as_positive or 0.0
        if found >= _FEWEST_FOUND and no_as_yes <= _MOST_NO_AS_YES:
            good.add(code)
        assert found >= 0.94, code
        assert (report.opt_out_false_alarms or 0.0) <= _MOST_FALSE_ALARMS, code
        assert (report.accuracy_above_threshold or 0.0) >= 0.97, code
    assert good == model.languages


def test_a_sample_of_each_language(model: LoadedModel, judged: dict[str, list[tuple[LabelledReply, Score]]]) -> None:
    pairs = list(itertools.chain.from_iterable(judged[code] for code in _KNOWN))
    sure = [(reply, score) for reply, score in pairs if not score.needs_review]
    assert len(sure) >= len(pairs) / 2
    assert sum(reply.label is score.label for reply, score in sure) >= 0.96 * len(sure)
    assert no_as_sure_yes(pairs) <= _MOST_NO_AS_YES
    asked = [score for reply, score in pairs if reply.intent is Intent.OPT_OUT]
    assert sum(score.opt_out for score in asked) >= 0.92 * len(asked)
    others = [score for reply, score in pairs if reply.intent is not Intent.OPT_OUT]
    assert sum(score.opt_out for score in others) <= _MOST_FALSE_ALARMS * len(others)


def no_as_sure_yes(pairs: list[tuple[LabelledReply, Score]]) -> float:
    """Part of the negative replies that were called positive without a review."""
    negative = [score for reply, score in pairs if reply.label is Label.NEGATIVE]
    return sum(score.label is Label.POSITIVE and not score.needs_review for score in negative) / len(negative)


def test_it_joins_the_english_one() -> None:
    scorer = open_scorer(SentimentSettings(sentiment_model="fast"))
    no, spanish, yes, stop, greek = scorer.score(
        [
            "Nein danke, ich habe letzte Woche schon eine neue Stelle angefangen.",
            "No, gracias, la semana pasada ya empec\u00e9 en otro trabajo.",
            "Yes please, tell me more about it",
            "Supprimez mes coordonn\u00e9es et ne m'\u00e9crivez plus jamais.",
            "\u038c\u03c7\u03b9, \u03b5\u03c5\u03c7\u03b1\u03c1\u03b9\u03c3\u03c4\u03ce",
        ]
    )
    assert scorer.name == "fast and multilingual"
    assert (no.label, no.needs_review) == (Label.NEGATIVE, False)
    assert (yes.label, yes.needs_review) == (Label.POSITIVE, False)
    assert stop.opt_out
    assert (spanish.label, spanish.needs_review) == (Label.NEGATIVE, True)
    assert ReviewReason.OTHER_LANGUAGE in spanish.reasons
    assert greek.needs_review
    assert ReviewReason.OTHER_LANGUAGE in greek.reasons
