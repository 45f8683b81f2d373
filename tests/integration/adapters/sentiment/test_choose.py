"""The settings choose the model: shipped ones, a folder, a Flair model of somebody else's."""

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.sentiment import choose
from adapters.sentiment.choose import open_model, open_scorer
from adapters.sentiment.encoder.find import MINILM, find_encoder
from adapters.sentiment.settings import SentimentSettings
from adapters.sentiment.training.card import FAST, MAIN
from adapters.sentiment.training.corpus import LabelledReply
from adapters.sentiment.training.fitting import Recipe, fit
from sequences.errors import ModelError
from sequences.reactions.sentiment import Intent, Label, ReviewReason


def settings(**given: Any) -> SentimentSettings:
    return SentimentSettings(**{f"sentiment_{name}": value for name, value in given.items()})


def test_the_fast_one_with_a_threshold_of_ones_own() -> None:
    scorer = open_scorer(settings(model="fast", threshold=1.0, multilingual=False))
    (score,) = scorer.score(["Please tell me more"])
    assert scorer.name == "fast"
    assert (score.label, score.needs_review) == (Label.POSITIVE, True)


def test_a_folder_of_ones_own_and_the_languages_that_it_knows(tmp_path: Path) -> None:
    shutil.copytree(FAST, tmp_path / "ours")
    scorer = open_scorer(settings(model=str(tmp_path / "ours"), languages="en, de", threshold=0.0))
    german, french = scorer.score(["Kein Interesse, danke.", "Pas intéressé, merci."])
    assert scorer.name == "ours"
    assert not german.needs_review
    assert ReviewReason.OTHER_LANGUAGE in french.reasons


def test_without_the_large_encoder_the_fast_model_judges_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(choose, "is_installed", lambda _: False)
    with caplog.at_level(logging.WARNING):
        assert choose._folder("") == FAST
    assert "the fast one scores" in caplog.text
    monkeypatch.setattr(choose, "is_installed", lambda _: True)
    assert choose._folder("") == MAIN


def test_what_is_no_model_is_said() -> None:
    with pytest.raises(ModelError, match="not main, fast, multilingual"):
        open_model(settings(model="/no/such/folder"))
    with pytest.raises(ModelError, match="There is no Flair model file"):
        open_model(settings(model="flair:sentiment-fast"))


@pytest.mark.parametrize("labels", ["POSITIVE", "POSITIVE=happy", "=positive"])
def test_labels_that_cannot_be_read(labels: str) -> None:
    with pytest.raises(ValidationError, match="write it as POSITIVE=positive"):
        settings(labels=labels)


@pytest.mark.parametrize("languages", ["english", "en-GB", "d"])
def test_languages_that_are_no_codes(languages: str) -> None:
    with pytest.raises(ValidationError, match="ISO 639-1"):
        settings(languages=languages)


def test_what_a_compose_file_hands_on_for_nothing_set_is_nothing() -> None:
    assert settings(threshold="", languages="", labels="").sentiment_threshold is None


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A Flair model as its users save theirs: other labels, the library's own format."""
    replies = [
        LabelledReply(text=text, label="positive") for text in ("yes please", "good, go on", "I would love that")
    ]
    replies += [
        LabelledReply(text=text, label="negative") for text in ("no thanks", "bad, not for me", "I would hate that")
    ]
    fitted = fit(
        find_encoder(MINILM.name),
        ("negative/other", "positive/other"),
        replies * 4,
        Recipe(epochs=8, learning_rate=5e-3, batch_size=4, rank=0),
        lambda _done, _total: None,
    )
    file = tmp_path_factory.mktemp("stock") / "stock.pt"
    fitted.classifier.save(file)
    return file


def test_a_flair_model_of_somebody_else(stock: Any) -> None:
    labels = "positive/other=positive,negative/other=negative"
    scorer = open_scorer(settings(model=f"flair:{stock}", labels=labels, threshold=0.6))
    yes, no, out = scorer.score(["yes, good, I would love that", "no thanks, bad", "Please remove me from your list"])
    assert (yes.label, yes.intent, yes.needs_review) == (Label.POSITIVE, Intent.OTHER, False)
    assert no.label is Label.NEGATIVE
    assert yes.probabilities.neutral == 0.0
    assert (out.opt_out, out.intent) == (True, Intent.OPT_OUT)


def test_labels_of_a_flair_model_that_mean_nothing(stock: Any) -> None:
    with pytest.raises(ModelError, match=r"The labels positive/other of .*RELANCE_SENTIMENT_LABELS"):
        open_model(settings(model=f"flair:{stock}", labels="negative/other=negative"))


def test_a_file_that_is_no_flair_model(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="Flair cannot load"):
        open_model(settings(model=f"flair:{tmp_path / 'model.pt'}", labels="A=positive"))
