"""Many threads, one model: every text gets its own answer, and a text that breaks the model breaks only itself."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sentiment.batching import BatchingScorer
from sequences.errors import ModelError, UnavailableError
from sequences.reactions.sentiment import LONGEST_TEXT, Intent, Label, Probabilities, Score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS = 20.0


def answer_to(text: str) -> Score:
    """A score that only this text gets."""
    return Score(
        Label.NEUTRAL, 0.5, Probabilities(0.2, 0.3, 0.5), Intent.OTHER, False, False, (text[:40], str(len(text)))
    )


class RecordingModel:
    """Remembers each call; a closed ``gate`` holds it inside one. Texts with "bad" break it, and the whole batch."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.threads: set[int] = set()
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    def score(self, texts: Sequence[str]) -> list[Score]:
        self.calls.append(list(texts))
        self.threads.add(threading.get_ident())
        self.entered.release()
        assert self.gate.wait(SECONDS)
        for text in texts:
            if "bad" in text:
                raise ValueError(f"cannot read {text}")
            if "exit" in text:
                raise SystemExit(text)
        return [answer_to(text) for text in texts]

    def is_asked(self) -> bool:
        return self.entered.acquire(timeout=SECONDS)


@contextmanager
def busy(model: RecordingModel, scorer: BatchingScorer) -> Iterator[None]:
    """The model is inside a call of its own until the block ends."""
    model.gate.clear()
    first = scorer.submit("the first")
    assert model.is_asked()
    try:
        yield
    finally:
        model.gate.set()
    assert first.result(SECONDS) == answer_to("the first")


@pytest.fixture
def model() -> RecordingModel:
    return RecordingModel()


@pytest.fixture
def scorer(model: RecordingModel) -> Iterator[BatchingScorer]:
    with BatchingScorer(model) as scorer:
        yield scorer


def test_what_waits_while_the_model_is_busy_is_one_batch(model: RecordingModel, scorer: BatchingScorer) -> None:
    texts = [f"reply {number}" for number in range(75)]
    with busy(model, scorer):
        answers = [scorer.submit(text) for text in texts]
    assert [answer.result(SECONDS) for answer in answers] == [answer_to(text) for text in texts]
    assert model.calls == [["the first"], texts[:32], texts[32:64], texts[64:]]


def test_nobody_waits_for_company(model: RecordingModel, scorer: BatchingScorer) -> None:
    assert scorer.score_one("alone") == answer_to("alone")
    assert scorer.score(["one more"]) == [answer_to("one more")]
    assert model.calls == [["alone"], ["one more"]]


def test_threads_get_their_own_answers_from_one_thread_of_the_model(
    model: RecordingModel, scorer: BatchingScorer
) -> None:
    together = threading.Barrier(64)

    def ask(number: int) -> list[Score]:
        together.wait(SECONDS)
        return [scorer.score_one(f"thread {number}, reply {each}") for each in range(20)]

    with ThreadPoolExecutor(64) as pool:
        found = list(pool.map(ask, range(64)))
    assert found == [[answer_to(f"thread {number}, reply {each}") for each in range(20)] for number in range(64)]
    assert len(model.threads) == 1
    assert threading.get_ident() not in model.threads
    assert sum(len(call) for call in model.calls) == 64 * 20
    assert max(len(call) for call in model.calls) <= 32


def test_a_text_that_breaks_the_model_breaks_only_itself(model: RecordingModel, scorer: BatchingScorer) -> None:
    texts = ["a", "bad b", "c", "exit d", "e"]
    with busy(model, scorer):
        answers = [scorer.submit(text) for text in texts]
    assert [answers[number].result(SECONDS) for number in (0, 2, 4)] == [answer_to(text) for text in "ace"]
    with pytest.raises(ValueError, match="cannot read bad b"):
        answers[1].result(SECONDS)
    with pytest.raises(SystemExit):
        answers[3].result(SECONDS)
    assert model.calls[1:] == [texts, *([text] for text in texts)]
    # The thread of the model has outlived both.
    assert scorer.score_one("later") == answer_to("later")


def test_a_broken_text_alone_is_tried_once(model: RecordingModel, scorer: BatchingScorer) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        scorer.score_one("bad")
    assert model.calls == [["bad"]]


def test_a_model_that_gives_too_few_answers_gives_none(model: RecordingModel) -> None:
    class Short(RecordingModel):
        def score(self, texts: Sequence[str]) -> list[Score]:
            return super().score(texts)[1:]

    with BatchingScorer(Short()) as scorer, pytest.raises(ModelError, match="0 answers to 1 texts"):
        scorer.score_one("anything")


def test_a_text_of_megabytes_waits_in_a_line_of_its_own(model: RecordingModel, scorer: BatchingScorer) -> None:
    huge = ["x" * 5_000_000, "y" * 5_000_000, "z" * (LONGEST_TEXT + 1)]
    usual = [f"reply {number}" for number in range(40)]
    with busy(model, scorer):
        answers = [scorer.submit(text) for text in (*huge, *usual)]
    assert [answer.result(SECONDS) for answer in answers] == [answer_to(text) for text in (*huge, *usual)]
    # In turn: neither line waits for the whole of the other.
    assert [call[0][:9] for call in model.calls[1:]] == ["x" * 9, "reply 0", "y" * 9, "reply 32", "z" * 9]
    assert [len(call) for call in model.calls[1:]] == [1, 32, 1, 8, 1]


def test_closing_answers_what_was_asked_and_refuses_the_rest(model: RecordingModel, scorer: BatchingScorer) -> None:
    with busy(model, scorer):
        answers = [scorer.submit(text) for text in ("a", "b", "c" * 30_000)]
        closing = threading.Thread(target=scorer.close)
        closing.start()
    closing.join(SECONDS)
    assert not closing.is_alive()
    assert [answer.result(0) for answer in answers] == [answer_to(text) for text in ("a", "b", "c" * 30_000)]
    with pytest.raises(UnavailableError, match="shutting down"):
        scorer.submit("too late")
    scorer.close()


def test_no_thread_is_left(model: RecordingModel) -> None:
    before = Counter(thread.name for thread in threading.enumerate())
    with BatchingScorer(model) as scorer:
        scorer.score_one("a")
        assert [thread.daemon for thread in threading.enumerate() if thread.name == "sentiment-model"] == [False]
    assert Counter(thread.name for thread in threading.enumerate()) == before


def test_who_cancelled_before_their_turn_is_not_judged(model: RecordingModel, scorer: BatchingScorer) -> None:
    with busy(model, scorer):
        gone, kept = scorer.submit("gone"), scorer.submit("kept")
        assert gone.cancel()
        alone = scorer.submit("x" * 30_000)
        assert alone.cancel()
    assert kept.result(SECONDS) == answer_to("kept")
    with pytest.raises(CancelledError):
        gone.result(0)
    assert scorer.score_one("after") == answer_to("after")
    assert model.calls == [["the first"], ["kept"], ["after"]]


@settings(max_examples=40, deadline=None)
@given(
    shares=st.lists(st.lists(st.sampled_from(["a", "bad", "exit", "x" * 20_001]), max_size=6), max_size=6),
    most=st.integers(1, 5),
)
def test_any_mix_of_texts_and_threads(shares: list[list[str]], most: int) -> None:
    model = RecordingModel()

    with BatchingScorer(model, most) as scorer, ThreadPoolExecutor(6) as pool:

        def ask(share: tuple[int, list[str]]) -> None:
            for place, text in enumerate(share[1]):
                own = f"{share[0]} {place} {text}"
                if text in ("bad", "exit"):
                    with pytest.raises((ValueError, SystemExit), match=own):
                        scorer.score_one(own)
                else:
                    assert scorer.score_one(own) == answer_to(own)

        list(pool.map(ask, enumerate(shares)))
    assert all(len(call) <= most for call in model.calls)
