"""The organisation's look: readable on any colour, and settings that say what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.settings import MAX_LOGO, Settings
from starter.http.pages.look import Look, accent_of, luminance
from tests.support.settings import SECRETS

GIVEN = {"database_url": "postgresql://x", **SECRETS}


def contrast(one: str, other: str) -> float:
    light, dark = sorted(
        (luminance(tuple(int(each[at : at + 2], 16) for at in (1, 3, 5))) for each in (one, other)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


@given(st.integers(0, 0xFFFFFF))
def test_what_stands_on_the_colour_can_be_read(number: int) -> None:
    accent = accent_of(f"#{number:06x}")
    assert accent is not None
    assert contrast(accent.light, accent.on_light) >= 4.5
    assert contrast(accent.dark, accent.on_dark) >= 4.5


def test_no_colour_is_that_of_the_style_sheet() -> None:
    assert accent_of("") is None


@pytest.mark.parametrize("colour", ["green", "#12345", "#12345g", "red;} body{display:none"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="not a colour such as #14532d"):
        Settings(**GIVEN, colour=colour)


def test_a_logo_is_part_of_the_page(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n")
    look = Look.of(Settings(**GIVEN, logo_file=str(logo)))
    assert look.logo == "data:image/png;base64,iVBORw0KGgo="


def test_a_logo_that_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(b"x" * (MAX_LOGO + 1))
    for file, words in ((tmp_path / "none.png", "not a readable file"), (large, "larger than 200 kB")):
        with pytest.raises(ValueError, match=words):
            Settings(**GIVEN, logo_file=str(file))
    with pytest.raises(ValueError, match=r"not one of \.png"):
        Settings(**GIVEN, logo_file=str(tmp_path / "logo.svg"))
