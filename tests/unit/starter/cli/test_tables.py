"""How a table is laid out: what stands beside, what below, and what is never broken."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.cells import cell_len

from starter.cli.tables import Ident, Whole, pairs, table

NOW = datetime(2027, 4, 20, 9, 5, tzinfo=UTC)
LONG = "e7lrkyxht42kdktkipqq4qf63ck"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Prints a table in so many columns, or in a pipe, and gives its lines."""

    def shown(columns: Any, names: Any, rows: Any, **more: Any) -> list[str]:
        if columns is None:
            monkeypatch.delenv("COLUMNS", raising=False)
        else:
            monkeypatch.setenv("COLUMNS", str(columns))
        table("Title", names, rows, **more)
        return capsys.readouterr().out.splitlines()

    return shown


def test_a_table_that_fits(lines: Callable[..., list[str]]) -> None:
    rows = [(Ident("p1", name="Ana Example"), 3, NOW, None), (Ident("p2"), 12, None, None)]
    assert lines(80, ("person", "tries", "when", "why"), rows) == [
        "Title",
        "person            tries  when",
        "────────────────  ─────  ─────────────────",
        "Ana Example (p1)      3  2027-04-20 09:05Z",
        "p2                   12",
    ]


def test_what_has_no_room_stands_below_with_its_name(lines: Callable[..., list[str]]) -> None:
    rows = [(Ident("p1", name="Ana Example"), Ident(LONG, LONG[:8]), Whole("x" * 36), NOW)]
    assert lines(46, ("person", "enrollment", "to", "when"), rows) == [
        "Title",
        "person            enrollment",
        "────────────────  ──────────",
        "Ana Example (p1)  e7lrkyxh",
        f"    to: {'x' * 36}",
        "    when: 2027-04-20 09:05Z",
    ]


def test_a_pipe_gets_whole_ids_and_a_line_for_each_row(lines: Callable[..., list[str]]) -> None:
    rows = [(Ident("p" * 40, "pppppppp", "Ana"), Ident(LONG, LONG[:8]), "one\n\ntwo " + "word " * 60)]
    shown = lines(None, ("person", "enrollment", "words"), rows)
    assert len(shown) == 4
    assert shown[3] == f"Ana ({'p' * 40})  {LONG}  one  two {'word ' * 60}".rstrip()


def test_a_long_cell_is_folded_then_cut_and_says_so(lines: Callable[..., list[str]]) -> None:
    shown = lines(40, ("id", "words"), [(Ident(LONG, LONG[:8]), "word " * 100)])
    assert len(shown) == 3 + 6
    assert shown[3].startswith("e7lrkyxh  word")
    assert shown[-1].endswith(" …")
    assert max(map(cell_len, shown)) <= 40


def test_letters_of_two_columns_are_counted_so(lines: Callable[..., list[str]]) -> None:
    rows = [(Ident("p1", name="山田 太郎"), "x"), (Ident("p2", name="Ana"), "y")]
    assert lines(80, ("person", "what"), rows)[2:] == [
        "──────────────  ────",
        "山田 太郎 (p1)  x",
        "Ana (p2)        y",
    ]


def test_an_empty_table_says_so(lines: Callable[..., list[str]]) -> None:
    assert lines(80, ("person",), [], empty="nobody") == ["nobody"]
    assert lines(80, ("person",), []) == []


def test_markup_and_steering_characters_are_shown(lines: Callable[..., list[str]]) -> None:
    assert lines(80, ("person",), [(Ident("p1", name="[red]A\x1b[31m"),)])[-1] == "[red]A\ufffd[31m (p1)"


@pytest.mark.parametrize("seed", range(200))
def test_whatever_stands_in_it_a_table_fits_and_breaks_no_id(lines: Callable[..., list[str]], seed: int) -> None:
    """Random tables of random widths; every id of up to 40 characters stands in one piece, nothing is lost."""
    dice = random.Random(seed)
    columns = dice.randrange(60, 160)

    def word(most: int) -> str:
        return "".join(dice.choice("abcdefghij0123456789-_.:é山") for _ in range(dice.randrange(1, most)))

    def value(kind: Any) -> Any:
        if dice.random() < 0.2:
            return None
        if kind == "id":
            whole = "".join(dice.choice("abcdefghij234567") for _ in range(dice.randrange(8, 40)))
            return Ident(
                whole, whole[:8] if dice.random() < 0.5 else "", " ".join(word(14) for _ in range(dice.randrange(4)))
            )
        if kind == "text":
            return " ".join(word(20) for _ in range(dice.randrange(8)))
        return {"number": dice.randrange(10**6), "instant": NOW, "name": Whole(word(50))}[kind]

    kinds = [dice.choice(["id", "text", "number", "instant", "name"]) for _ in range(dice.randrange(2, 13))]
    rows = [[value(kind) for kind in kinds] for _ in range(dice.randrange(1, 9))]
    names = [f"c{number}" for number in range(len(kinds))]
    shown = lines(columns, names, rows)
    assert [line for line in shown if cell_len(line) > columns] == []
    flat = "\n".join(shown)
    for row in rows:
        for each in row:
            if isinstance(each, Ident):
                token = each.short or each.whole
                assert re.search(rf"(?<![\w]){token}(?![\w])", flat), token
            elif isinstance(each, Whole) and len(each) < 50:
                assert str(each) in flat
    for number, name in enumerate(names):
        filled = any(str(row[number] or "").strip() or isinstance(row[number], int) for row in rows)
        heading = re.search(rf"(?<!\w){name}(?!\w)", flat)
        assert bool(heading) is filled, (name, shown)


def test_parts_of_one_thing_keep_their_lines_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    pairs("mail.eml", [("event", "human"), ("reply_text", "Yes, please.\n\nAna")])
    assert capsys.readouterr().out.splitlines() == [
        "mail.eml",
        "event       human",
        "reply_text  Yes, please.",
        "",
        "            Ana",
    ]


def test_parts_of_one_thing_break_no_address(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    url = "file:///a/very/long/path/" + "x" * 40
    pairs("It is up", [("here", url), ("and said", "one two three four five six seven eight nine ten")])
    assert capsys.readouterr().out.splitlines() == [
        "It is up",
        f"here      {url}",
        "and said  one two three four five six",
        "          seven eight nine ten",
    ]
