import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sentiment.text import FIRST_WORDS, LAST_WORDS, prepare


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("  I\u2019m \n\n in\t", "I'm in"),
        ("I can´t, won`t", "I can't, won't"),
        ("ok 👍🏽", "ok thumbs up sign"),
        ("\u202eyes\u200b", "yes"),
        ("a\0b \ud83d", "a b"),
        ("see https://x.example/abc?token=1 now", "see link now"),
        ("\u200f", ""),
    ],
)
def test_what_the_model_reads(text: str, read: str) -> None:
    assert prepare(text) == read


def test_long_mail_keeps_its_beginning_and_its_last_sentence() -> None:
    read = prepare("first " + "word " * 1000 + ". And so, stop writing to me.").split()
    assert read[0] == "first"
    assert read[-6:] == ["And", "so,", "stop", "writing", "to", "me."]
    assert len(read) <= FIRST_WORDS + LAST_WORDS


@given(st.text(st.characters(), max_size=300))
def test_no_text_makes_it_raise_and_what_it_gives_is_fit_for_utf_8(text: str) -> None:
    prepare(text).encode()


@pytest.mark.parametrize("run", ["\n", " ", "\r\n", ". ", "! ", "\t", "-", "\u2014 "])
def test_a_long_run_of_anything_is_read_in_one_go(run: str) -> None:
    # Cubic, this would take hours; linear, milliseconds.
    assert prepare("hello" + run * 20_000 + "b. c. d").startswith("hello")
