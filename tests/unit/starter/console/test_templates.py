"""Every template of the console with a sample model: nothing undefined, one h1, labelled fields, nothing inline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from starter.console.view import Views
from starter.console.words import strings
from tests.support.screens.html import faults, parse
from tests.support.screens.rig import without_keys
from tests.support.screens.samples import LEAD, samples

TEMPLATES = Path(__file__).parents[4] / "starter" / "console" / "templates"
SAMPLES = list(samples())
BASE = "/console"


@pytest.fixture(scope="module")
def views() -> Views:
    return Views(BASE)


def test_every_screen_has_a_sample() -> None:
    there = {f"screens/{file.name}" for file in (TEMPLATES / "screens").glob("*.html")}
    assert {template for template, *_ in SAMPLES} == there


@pytest.mark.parametrize(
    ("template", "state", "values", "blocks"), SAMPLES, ids=[f"{s[0][8:-5]}-{s[1]}" for s in SAMPLES]
)
def test_it_renders(
    views: Views, template: str, state: str, values: Mapping[str, Any], blocks: tuple[str, ...]
) -> None:
    given = {"viewer": LEAD, **values}
    viewer, rest = given["viewer"], {name: value for name, value in given.items() if name != "viewer"}
    page = bytes(views.page(template, viewer, **rest).body).decode()
    assert faults(page) == []
    # Whatever a value says, it is text.
    assert "<page>" not in page
    assert "&lt;time" not in page
    # A command in a text looks like one.
    prose = parse(page).xpath("//main//text()[not(ancestor::pre or ancestor::textarea or ancestor::code)]")
    assert [each for each in prose if "`" in each] == []
    for block in blocks:
        part = bytes(views.fragment(template, block, viewer, **rest).body).decode()
        assert faults(part, whole=False) == [], state
        assert without_keys(part).strip() in without_keys(page)


def test_every_text_of_the_catalogue_is_used_and_says_something() -> None:
    files = [file for kind in ("*.py", "*.html") for file in TEMPLATES.parent.rglob(kind)]
    code = "".join(file.read_text() for file in files)
    # Whole keys, keys of which the end is put together, and what acts say.
    named = set(re.findall(r'"([a-z_.]+)"', code))
    begun = tuple(
        re.findall(r'"([a-z_]+\.[a-z_]*)" ~', code)
        + re.findall(r'f"([a-z_]+\.[a-z_]*)\{', code)
        + re.findall(r'"([a-z_]+\.(?:[a-z_]+_)?)"', code)
    )
    unused = [
        key
        for key in strings()
        if not ({key, key.removesuffix("_one").removesuffix("_many"), key.removeprefix("said.")} & named)
        and not key.startswith(begun)
    ]
    assert unused == []
    assert [key for key, text in strings().items() if not text.strip()] == []
