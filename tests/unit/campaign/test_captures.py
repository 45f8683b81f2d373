"""The captures of a campaign are read on while they are written: each message once, and none is missed."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.campaign.captures import Texts, mails


def _line(number: int, status: str = "queued", direction: str = "outbound-api") -> str:
    row = {
        "sid": f"SM{number}",
        "direction": direction,
        "recipient": f"+4474001{number:05d}",
        "body": f"Hello [[reach ping p{number:04d}]]",
        "status": status,
        "created": "2027-05-04T09:00:00+00:00",
        "status_callback": f"http://x/{number}",
    }
    return json.dumps(row) + "\n"


def test_texts_come_once_however_often_one_looks(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    texts = Texts(file)
    assert texts.new() == []
    half = _line(3)
    file.write_text(_line(1) + _line(1, "sent") + _line(2, direction="inbound") + half[:40])
    assert [(each.person, each.file) for each in texts.new()] == [("p0001", "texts.jsonl:1")]
    assert texts.new() == []
    with file.open("a") as out:
        out.write(half[40:] + _line(1, "delivered") + _line(4))
    assert [(each.person, each.file) for each in texts.new()] == [
        ("p0003", "texts.jsonl:4"),
        ("p0004", "texts.jsonl:6"),
    ]
    assert [each.person for each in Texts(file).new()] == ["p0001", "p0003", "p0004"]


def test_a_text_that_a_kill_tore_apart_is_none_and_hides_none(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    texts = Texts(file)
    file.write_text(_line(1) + _line(2)[:30])
    assert [each.person for each in texts.new()] == ["p0001"]
    # The stand-in drops the half when it starts again, or the next line follows it.
    file.write_text(_line(1) + _line(3))
    assert [each.person for each in texts.new()] == ["p0003"]
    with file.open("a") as out:
        out.write(_line(4)[:30] + "\n" + _line(5))
    assert [each.person for each in texts.new()] == ["p0005"]


def test_mails_come_in_their_order_after_the_last_one(tmp_path: Path) -> None:
    assert list(mails(tmp_path / "none yet")) == []
    for number in (2, 1, 3):
        name = f"{number:06d}-00000000.eml"
        envelope = {
            "recipient": f"p{number:04d}@people.example",
            "message_id": f"<{number}@x>",
            "at": "2027-05-04T09:00:00+00:00",
            "sender": "bounce@x",
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(envelope))
        (tmp_path / name).write_text(f"To: p@x\n\nHello [[reach hello p{number:04d}]]\n")
    assert [each.record for each in mails(tmp_path)] == ["p0001", "p0002", "p0003"]
    assert [each.record for each in mails(tmp_path, "000002-00000000.eml")] == ["p0003"]
