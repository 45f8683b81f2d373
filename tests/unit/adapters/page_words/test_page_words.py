"""The words of pages: every language has all of them, with the same values in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import adapters.page_words
from adapters.page_words import words_in
from sequences.forms.answers import Wrong
from sequences.page_languages import LANGUAGES, page_language

FOLDER = Path(adapters.page_words.__file__).parent


def words_of(language: str) -> dict[str, str]:
    found: dict[str, Any] = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return {f"{section}.{key}": text for section, words in found.items() for key, text in words.items()}


def test_there_is_a_file_for_each_language() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_has_the_same_keys_and_values(language: str) -> None:
    english, words = words_of("en"), words_of(language)
    assert list(words) == list(english)
    for key, text in words.items():
        assert sorted(re.findall(r"\{[a-z]+\}", text)) == sorted(re.findall(r"\{[a-z]+\}", english[key])), key
        assert text.strip() == text != "", key


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_each_is_translated(language: str) -> None:
    english, words = words_of("en"), words_of(language)
    same = [key for key in words if words[key] == english[key]]
    # Names of things that are the same word there.
    channels = {"channel.email", "channel.sms", "channel.whatsapp"}
    assert set(same) <= {"form.no", "locked.other", "state.locked"} | channels, same


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mistake_has_words(language: str) -> None:
    assert [wrong for wrong in Wrong if not words_in(language).has(f"wrong.{wrong}")] == []


@pytest.mark.parametrize(
    ("preferred", "accept", "language"),
    [
        ((), "", "en"),
        (("de-AT",), "fr", "de"),
        ((None, "PT_br"), "fr", "pt"),
        (("xx",), "fr-CA, en;q=0.8", "fr"),
        ((), "en;q=0.1, sv;q=0.9", "sv"),
        ((), "sv;q=0, pl", "pl"),
        ((), "xx, *;q=0.5", "en"),
        ((), "nl;q=rubbish, it", "it"),
        ((), "de;" * 5000, "de"),
    ],
)
def test_a_page_is_in_the_best_language_that_there_is(
    preferred: tuple[str | None, ...], accept: str, language: str
) -> None:
    assert page_language(*preferred, accept=accept) == language
