"""Mails read per second on one core: ``python benchmarks/inbound_speed.py [--corpora PATH] [--json]``.

Reads the mails of a corpus (``mail.jsonl`` beside them), or thirty made-up ones when there is none, and compares with
the standard library's parser (``email.message_from_bytes`` with its default policy), which only takes a mail apart, in
the same run. Processor time, best of several rounds, so that a busy machine tells much the same.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sequences.inbound import parse_mail

_AIM = 500
_REPORT = (
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: b{n}@mail.agency.example\n"
    "Subject: Undelivered Mail Returned to "
    'Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\n'
    "<s{n}@firm.example>: host "
    "mx.firm.example said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n\n--b\nContent-Type: message/delivery-"
    "status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; s{n}@firm.example\n"
    "Action: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n--b\nContent-Type: message/rfc822\n\n"
    "Message-ID: <s{n}@a.example>\n"
    "To: s{n}@firm.example\nSubject: A role\n\n{text}\n--b--\n"
)
_REPLY = (
    "From: Sam <s{n}@firm.example>\nTo: dana@agency.example\nSubject: Re: A role\nIn-Reply-To: <s{n}@a.example>\n"
    'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n'
    "\nYes, call me.\n\n"
    "On Mon, 4 May 2026 at 09:12, Dana <dana@agency.example> wrote:\n> {text}\n--b\nContent-Type: text/html\n\n"
    '<div>Yes, call me.</div><div class="gmail_quote"><blockquote>{text}</blockquote></div>\n--b--\n'
)
_AWAY = (
    "From: s{n}@firm.example\nSubject: Automatic reply\nDate: Mon, 4 May 2026 09:00:00 +0200\n\n"
    "Back on 18 May.\n{text}\n"
)


def made_up() -> list[bytes]:
    """Thirty mails of three kinds, of a few kilobytes each."""
    text = "We have an opening that may suit you. " * 30
    return [form.format(n=number, text=text).encode() for number in range(10) for form in (_REPORT, _REPLY, _AWAY)]


def corpus(folder: Path) -> list[bytes]:
    """The mails that ``mail.jsonl`` names."""
    lines = (folder / "mail.jsonl").read_text().splitlines()
    return [(folder / json.loads(line)["file"]).read_bytes() for line in lines]


def per_second(read: Callable[[bytes], object], mails: list[bytes], rounds: int) -> float:
    """Mails per second of processor time, in the best round."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for raw in mails:
            read(raw)
        best = min(best, time.process_time() - began)
    return len(mails) / best


def measure(mails: list[bytes], rounds: int) -> dict[str, float | int]:
    """Our reader and the standard library's, on the same mails."""
    slowest = max(1 / per_second(parse_mail, [raw], 1) for raw in mails)
    ours = per_second(parse_mail, mails, rounds)
    theirs = per_second(lambda raw: email.message_from_bytes(raw, policy=email.policy.default), mails, rounds)
    return {
        "mails": len(mails),
        "mean_bytes": round(sum(map(len, mails)) / len(mails)),
        "per_second": round(ours),
        "email_package_per_second": round(theirs),
        "ratio": round(ours / theirs, 2),
        "slowest_ms": round(slowest * 1_000, 1),
        "aim": _AIM,
    }


def main() -> int:
    """Prints the figures beside the aim."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    found = (chosen.corpora / "mail.jsonl").is_file()
    figures = measure(corpus(chosen.corpora) if found else made_up(), chosen.rounds)
    if chosen.json:
        print(json.dumps(figures))  # noqa: T201
    else:
        print(f"{'corpus' if found else 'made-up mails':28}")  # noqa: T201
        print("\n".join(f"{name:28}{value:>10}" for name, value in figures.items()))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
