"""One model, many threads that ask: what waits while the model is busy is judged together in the next call."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, Protocol, Self

from sequences.errors import ModelError, UnavailableError
from sequences.reactions.sentiment import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from sequences.reactions.sentiment import Score

MOST: Final = 32
"""Texts in one call of the model."""


class Model(Protocol):
    """What judges many texts in one call, such as ``FlairScorer``."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One score a text, in order."""
        ...


class _Question:
    __slots__ = ("answer", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.answer: Future[Score] = Future()


class BatchingScorer:
    """Scores texts for any number of threads, in as few calls of the model as their number allows.

    Nobody waits for company: a batch is whatever was asked while the model was busy. One thread runs the model, from
    here to ``close()``. Texts that no person types (above ``LONGEST_TEXT`` characters) wait in a line of their own and
    are judged one at a time, in turn with the batches of all others: no batch waits for more than one of them.

    Args:
        model: is called by one thread only.
        most: texts in one call, 1 or more.
    """

    def __init__(self, model: Model, most: int = MOST) -> None:
        self._model = model
        self._most = most
        self._usual: deque[_Question] = deque()
        self._long: deque[_Question] = deque()
        self._long_next = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="sentiment-model")
        self._thread.start()

    def submit(self, text: str) -> Future[Score]:
        """Asks for a score without waiting. A cancelled future whose turn has not come costs the model nothing.

        Raises:
            UnavailableError: the scorer is closed.
        """
        question = _Question(text)
        with self._changed:
            if self._closed:
                raise UnavailableError("the sentiment model is shutting down; another worker takes the reply")
            (self._long if len(text) > LONGEST_TEXT else self._usual).append(question)
            self._changed.notify()
        return question.answer

    def score_one(self, text: str) -> Score:
        """The score of one text. Blocks until the model has come to it.

        Raises:
            UnavailableError: the scorer is closed.
            Exception: whatever the model raises over this text, and over no other.
        """
        return self.submit(text).result()

    def score(self, texts: Sequence[str]) -> list[Score]:
        """One score a text, in order; as ``score_one`` for each of them."""
        return [answer.result() for answer in [self.submit(text) for text in texts]]

    def close(self) -> None:
        """Lets what was asked be answered, then ends the thread of the model. Blocks; closing again does nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the model's thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while taken := self._take():
            # Whoever cancelled meanwhile is not judged; from here on nobody can.
            batch = [question for question in taken if question.answer.set_running_or_notify_cancel()]
            if batch:
                self._judge(batch)

    def _take(self) -> list[_Question]:
        """What waits, up to the limit, once something does; nothing when it is closed and all was answered."""
        with self._changed:
            self._changed.wait_for(lambda: self._usual or self._long or self._closed)
            if self._long and (self._long_next or not self._usual):
                self._long_next = False
                return [self._long.popleft()]
            self._long_next = True
            return [self._usual.popleft() for _ in range(min(self._most, len(self._usual)))]

    def _judge(self, batch: list[_Question]) -> None:
        try:
            scores = self._model.score([question.text for question in batch])
            if len(scores) != len(batch):
                raise ModelError(f"the sentiment model gave {len(scores)} answers to {len(batch)} texts")  # noqa: TRY301
        except BaseException as error:  # noqa: BLE001 - a worker whose model thread died would poll and answer nobody
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
                return
            # One of them is to blame: each alone, so that only that one gets the error.
            for question in batch:
                self._judge([question])
            return
        for question, score in zip(batch, scores, strict=True):
            question.answer.set_result(score)
