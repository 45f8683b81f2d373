"""``relance inbound parse`` on real files."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from sequences.inbound import InboundEvent
from starter.cli.commands.inbound import app

_REPLY = (
    b"From: sam@firm.example\r\nSubject: Re: A role\r\n\r\nYes please\r\n\r\nOn 4 May 2026, Dana "
    b"<d@a.example> wrote:\r\n> Hi\r\n"
)
_AWAY = b"From: sam@firm.example\nSubject: Automatic reply\nDate: Mon, 4 May 2026 09:00:00 +0000\n\nBack on 18 May\n"


def _write(folder: Path) -> list[str]:
    (folder / "reply.eml").write_bytes(_REPLY)
    (folder / "away.eml").write_bytes(_AWAY)
    return [str(folder / "reply.eml"), str(folder / "away.eml")]


def test_one_file_as_json(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["parse", _write(tmp_path)[0], "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"event", "recipient", "status", "original_message_id", "reply_text", "reasons"} <= found.keys()
    assert (found["event"], found["reply_text"], found["recipient"]) == ("human", "Yes please", None)


def test_many_files_are_one_object_a_line(tmp_path: Path) -> None:
    files = _write(tmp_path)
    result = CliRunner().invoke(app, ["parse", *files, "--json"])
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["file"] for each in found] == files
    assert found[1]["return_date"] == "2026-05-18"


def test_for_people(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["parse", _write(tmp_path)[0]])
    assert result.exit_code == 0
    assert "Yes please" in result.stdout


def test_a_missing_file_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["parse", str(tmp_path / "none.eml"), str(tmp_path), _write(tmp_path)[0], "--json"]
    )
    assert result.exit_code == 2
    assert "none.eml: No such file" in result.stderr
    assert "Is a directory" in result.stderr
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["file"].endswith("reply.eml")


def test_standard_input() -> None:
    result = CliRunner().invoke(app, ["parse", "-", "--json"], input=_REPLY)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["reply_text"] == "Yes please"


def test_standard_input_among_files(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["parse", _write(tmp_path)[1], "-", "--json"], input=_REPLY)
    assert [json.loads(line)["event"] for line in result.stdout.splitlines()] == ["auto_reply", "human"]
    assert json.loads(result.stdout.splitlines()[1])["file"] == "-"


def test_one_mail_is_one_line_whatever_it_says(tmp_path: Path) -> None:
    (tmp_path / "odd.eml").write_bytes(
        "Subject: x\u2028y\nContent-Type: text/plain; charset=utf-8\n\nJa, grüß Gott\u0085und\u2029so\n".encode()
    )
    (tmp_path / "half.eml").write_bytes(b"Content-Type: text/plain; charset=utf-7\n\n+2AA- half\n")
    files = [str(tmp_path / "odd.eml"), str(tmp_path / "half.eml")]
    result = CliRunner().invoke(app, ["parse", *files, "--json"])
    assert result.exit_code == 0
    assert result.stdout.isascii()
    assert [json.loads(line)["file"] for line in result.stdout.split("\n")[:-1]] == files
    assert CliRunner().invoke(app, ["parse", *files]).exit_code == 0


def test_the_keys_and_the_events(tmp_path: Path) -> None:
    (tmp_path / "bounce.eml").write_bytes(
        b"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; "
        b"report-type=delivery-status; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\n"
        b"Final-Recipient: rfc822; sam@firm.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 user "
        b"unknown\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <s1@a.example>\n\nHi\n--b--\n"
    )
    found = json.loads(CliRunner().invoke(app, ["parse", str(tmp_path / "bounce.eml"), "--json"]).stdout)
    wanted = {"event": "hard_bounce", "recipient": "sam@firm.example", "status": "5.1.1"}
    assert wanted.items() <= found.items()
    assert found["original_message_id"] == "<s1@a.example>"
    assert isinstance(found["reasons"], list)
    assert isinstance(found["reply_text"], str)
    assert "file" not in found
    assert {each.value for each in InboundEvent} == {
        "human",
        "auto_reply",
        "hard_bounce",
        "soft_bounce",
        "delivered",
        "complaint",
        "auth_failure_report",
    }


# --- texts ----------------------------------------------------------------------------------------------------------

_OURS = "Are you free for a shift on Friday? Sam\nReply STOP to opt out"
_TEXTS = [
    ({"ours": _OURS, "body": f"Liked “{_OURS}”", "expect": "passed over"}, {"kind": "like", "words": ""}),
    ({"ours": [_OURS, "older"], "body": f"Yes!\n{_OURS}"}, {"kind": "human", "words": "Yes!"}),
    ({"body": "STOP"}, {"kind": "opt_out", "words": "STOP"}),
    ({"ours": "", "body": "Hilfe"}, {"kind": "human", "words": "Hilfe"}),
    ({"ours": None, "body": "aaa", "opt_out_type": "START"}, {"kind": "opt_in", "words": "aaa"}),
    (
        {"body": "take me off your list, I moved\u2028on 👍"},
        {"kind": "opt_out", "words": "take me off your list, I moved\u2028on 👍"},
    ),
]


def _lines() -> str:
    return "".join(json.dumps(given, ensure_ascii=False) + "\n" for given, _ in _TEXTS)


def test_texts_of_a_file_and_of_standard_input(tmp_path: Path) -> None:
    (tmp_path / "texts.jsonl").write_text(_lines(), "utf-8")
    for arguments, given in (
        (["--jsonl"], _lines()),
        (["--jsonl", "-"], _lines()),
        ([str(tmp_path / "texts.jsonl"), "--jsonl"], ""),
    ):
        result = CliRunner().invoke(app, ["text", *arguments], input=given.encode())
        assert result.exit_code == 0
        assert result.stdout.isascii()
        assert [json.loads(line) for line in result.stdout.splitlines()] == [wanted for _, wanted in _TEXTS]


def test_a_line_that_cannot_be_read_is_told_by_its_number_and_the_rest_is_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    long = json.dumps({"body": "x" * 1_000_001})
    lines = [
        "\ufeff" + '{"body": "STOP"}',
        "",
        "nonsense",
        '["STOP"]',
        '{"ours": "a"}',
        '{"body": "a", "ours": [1]}',
        long,
    ]
    lines += ['{"body": "a", "opt_out_type": 1}', "[" * 100_000]
    bad.write_bytes("\n".join(lines).encode() + b'\n{"body": "\xff"}\n{"body": "HELP"}')
    result = CliRunner().invoke(app, ["text", "--jsonl", str(bad), str(tmp_path / "none"), str(tmp_path)])
    assert result.exit_code == 2
    assert [json.loads(line)["kind"] for line in result.stdout.splitlines()] == ["opt_out", "help"]
    assert {json.loads(line)["file"] for line in result.stdout.splitlines()} == {str(bad)}
    told = result.stderr.splitlines()
    assert [line.removeprefix(f"{bad}:").split(":")[0] for line in told[:8]] == [
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
    ]
    assert "longer than 1,000,000 bytes" in told[4]
    assert "No such file" in told[8]
    assert "Is a directory" in told[9]


def test_texts_for_people() -> None:
    result = CliRunner().invoke(app, ["text"], input=_lines().encode())
    assert result.exit_code == 0
    assert "Hilfe" in result.stdout
    assert "like" in result.stdout
