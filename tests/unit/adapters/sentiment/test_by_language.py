"""Each text goes to the model that knows its language, and the answers come back in the order of the texts."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.sentiment.by_language import ByLanguage

ENGLISH = ["Yes please, tell me more about the job", "No thanks, I have found something", "STOP"]
OTHERS = ["Nein danke, ich habe schon etwas gefunden", "Tack men nej tack", "prima", "\u041d\u0435\u0442"]


class Named:
    """A scorer that says its name and the text."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.warm = 0
        self.asked: list[str] = []

    def warm_up(self) -> None:
        self.warm += 1

    def score(self, texts: Sequence[str]) -> list[Any]:
        self.asked += texts
        return [(self.name, text) for text in texts]


def both() -> tuple[ByLanguage, Named, Named]:
    english: Any = Named("main")
    others: Any = Named("multilingual")
    return ByLanguage(english, others), english, others


@given(st.lists(st.sampled_from([*ENGLISH, *OTHERS])))
def test_what_is_surely_english_is_judged_by_the_one_and_the_rest_by_the_other(texts: list[str]) -> None:
    scorer, english, others = both()
    answers: list[Any] = [*scorer.score(texts)]
    assert answers == [("main" if text in ENGLISH else "multilingual", text) for text in texts]
    assert english.asked == [text for text in texts if text in ENGLISH]
    assert others.asked == [text for text in texts if text in OTHERS]


def test_both_are_warmed_and_named() -> None:
    scorer, english, others = both()
    scorer.warm_up()
    assert (english.warm, others.warm) == (1, 1)
    assert scorer.name == "main and multilingual"
