"""What commands print: plain values, and text that cannot steer a terminal."""

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from starter.cli import output


class Colour(enum.StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    at: datetime
    colours: tuple[Colour, ...]


def test_plain_values() -> None:
    at = datetime(2027, 4, 20, 12, 0, 0, 500000, tzinfo=timezone(timedelta(hours=2)))
    assert output.plain({"thing": Thing(at, (Colour.RED,)), 1: date(2027, 5, 4), "x": [None, True, 1.5]}) == {
        "thing": {"at": "2027-04-20T10:00:00.500000Z", "colours": ["red"]},
        "1": "2027-05-04",
        "x": [None, True, 1.5],
    }


def test_bytes_are_never_printed() -> None:
    with pytest.raises(TypeError, match="bytes"):
        output.plain({"raw": b"mail"})


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"name": "Zoë\x9b31m"})
    assert capsys.readouterr().out == '{\n  "name": "Zo\\u00eb\\u009b31m"\n}\n'


def test_text_that_steers_a_terminal_is_shown_instead() -> None:
    assert output.safe("علی\u200cرضا\u00a0A\u202f! soft\u00adly\ufeff").plain == "علی\u200cرضا A ! softly"
    assert output.safe("a\x1b[31m\x9b\r\nb\tc\u202e\rd").plain == "a\ufffd[31m\ufffd\nb    c\ufffd\ufffdd"


def test_cells() -> None:
    assert output.cell(datetime(2027, 4, 20, 9, 5, tzinfo=UTC)).plain == "2027-04-20 09:05Z"
    assert [output.cell(value).plain for value in (None, True, False, 3, "[bold]")] == ["", "yes", "", "3", "[bold]"]


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    console = output.console()
    with console.capture() as shown:
        console.print(output.state("sent"))
    assert "32" not in shown.get()
    monkeypatch.delenv("NO_COLOR")
    console = output.console()
    with console.capture() as shown:
        console.print(output.state("sent"))
    assert "\x1b[32m" in shown.get()
