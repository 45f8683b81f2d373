"""Everything that intake does with a mail before it is stored, over generated and mutated mails: nothing raises.

Two thousand here. ``RELANCE_FUZZ_MAILS=100000`` is the full run; ``RELANCE_FUZZ_CORPUS`` names a folder of mails to
mutate beside those of this file, and ``RELANCE_FUZZ_SEED`` where the dice begin.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from pathlib import Path

from sequences.errors import TokenError
from sequences.inbound.about_send import about_send
from sequences.inbound.identity import content_key
from sequences.inbound.opt_out_wish import wish_in_mail
from sequences.inbound.parse import parse_mail
from sequences.reactions.sentiment import concerns
from sequences.reactions.undelivered import undelivered_words
from sequences.tokens import TokenKind, verify
from services.intake.store_inbound import storable
from tests.unit.inbound.mime.test_fuzz import _SEEDS
from tests.unit.inbound.reports.test_rejection import WORDS, receipt

COUNT = int(os.environ.get("RELANCE_FUZZ_MAILS", "2000"))
SEED = int(os.environ.get("RELANCE_FUZZ_SEED", "11"))
# Two seconds on a fast core; what grows with the square takes minutes.
LONGEST = 12.0

PIECES = (
    b"&#" + b"9" * 5_000 + b";",
    b"&#x" + b"f" * 5_000,
    b"&#" + b"0" * 6_000 + b"65;",
    b"&#xD800;",
    b"&#1114112;",
    b"\0",
    b"\r",
    b"\n\n",
    b"\r\n\r\n",
    b"--b\n",
    b"--b--\n",
    b'"' * 50,
    b"<" * 500,
    b"(" * 500,
    b"=?utf-8?b?",
    b"?=",
    b"=?utf-7?q?+2AA-?=",
    b"charset=utf-7",
    b"charset=utf-16",
    b"charset=idna",
    b"charset=unicode_escape",
    b"charset=raw_unicode_escape",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\xe2\x80\xa8",
    b"+2AA-3AA-",
    b"=\n",
    b"=ED=A0=80",
    b"Date: Fri, 31 Dec 9999 23:59:59 +0000\n",
    b"Date: Mon, 01 Jan 0001 00:00:00 -1200\n",
    b"Date: 1\n",
    b"Date: Mon, 4 May 2026 09:00:00 +99999999999\n",
    b"Date: " + b"9" * 5_000 + b"\n",
    b"Auto-Submitted: auto-replied\n",
    b"Auto-Submitted: auto-replied (rejected)\n",
    b"back in week 99",
    b"back on 31.12.9999",
    b"until the end of December 9999",
    b"back next week",
    b"back tomorrow",
    b"31/02/2027",
    b"12" * 3_000,
    b"Status: 5." + b"1" * 5_000 + b"\n",
    b"Content-Type: multipart/mixed; boundary=\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n",
    b"Content-Type: text/html\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"Message-ID: <" + b"x" * 4_000 + b"@y>\n",
    b"Message-ID: <\xc3\xa9\xe2\x98\x83@\xff>\n",
    b"In-Reply-To: " + b"<a@b>" * 300,
    b"To: r" + "\u00e9\u2603".encode() * 20 + b"@reply.relance.example\n",
    b"From: <>\n",
    b"From: \xff\xfe@\x00\n",
    b"From: =?utf-8?q?=ED=A0=80?= <a@b.example>\n",
    b'{"notificationType":"Bounce","n":' + b"9" * 5_000 + b"}",
    b'{"a":' * 2_000,
    b"[" * 3_000,
    b"BEGIN:VCALENDAR\nMETHOD:REPLY\nATTENDEE;PARTSTAT=DECLINED:x\n",
    b"> " * 300,
    b"On 4 May 2026, Dana wrote:\n",
    b"-----BEGIN PGP MESSAGE-----\n",
    b"<!--",
    b"<style>",
    b"<blockquote>" * 300,
    b"stop",
    b"unsubscribe",
    b"please remove me from your list",
    b"-- \n",
    b" \t" * 400,
    "\U0001f600".encode() * 200,
    "\u202e\u2066\u200f".encode(),
    "\u0130\u1e9e\ufb01".encode() * 50,
    b"a" * 3_000,
    b"a@" * 500,
    b"a." * 500 + b"@b",
)


def corpus() -> list[bytes]:
    seeds = [seed.encode() for seed in _SEEDS] + [receipt(WORDS), b"", b"\n", b"From: a@b.example\n\nYes\n"]
    folder = os.environ.get("RELANCE_FUZZ_CORPUS")
    if folder:
        seeds += [file.read_bytes()[:200_000] for file in sorted(Path(folder).rglob("*")) if file.is_file()]
    return seeds


def mutated(dice: random.Random, seeds: list[bytes]) -> bytes:
    raw = bytearray(dice.choice(seeds))
    for _ in range(dice.randint(0, 8)):
        at, kind = dice.randint(0, len(raw)), dice.randint(0, 7)
        if kind <= 2:
            raw[at:at] = dice.choice(PIECES)
        elif kind == 3:
            raw[at : at + dice.randint(1, 40)] = dice.randbytes(dice.randint(0, 20))
        elif kind == 4:
            del raw[at : at + dice.randint(1, 400)]
        elif kind == 5:
            piece = raw[at : at + dice.randint(1, 300)]
            raw[at:at] = piece * dice.randint(1, 6)
        elif kind == 6:
            other = dice.choice(seeds)
            start = dice.randint(0, len(other))
            raw[at:at] = other[start : start + dice.randint(1, 2_000)]
        elif raw:
            raw[at % len(raw)] ^= 1 << dice.randint(0, 7)
    line_end = dice.choice((b"\n", b"\r\n", b"\r", b""))
    return bytes(raw).replace(b"\r\n", b"\n").replace(b"\n", line_end) if line_end else bytes(raw)


def check(raw: bytes) -> None:
    """Everything that intake asks of a mail on its way into the tables."""
    mail = parse_mail(raw)
    key = storable(content_key(raw))
    about = about_send(
        mail,
        recipient="s@f.example",
        sender="dana@a.example",
        reply_domain="reply.relance.example",
        parent_text="Hi,\nwe have an opening that may suit you.\nTo unsubscribe, reply STOP to this mail.",
    )
    for text in (mail.text, about.reply_text):
        wish_in_mail(
            about.reply_text,
            text,
            certain="no_own_words" not in mail.reasons,
            subject=mail.subject,
            parent_text="we have an opening that may suit you",
        )
    concerns(mail.reply_text)
    undelivered_words(mail.reasons, about.event.value, other=False)
    for address in mail.recipients:
        for kind in (TokenKind.REPLY, TokenKind.BOUNCE, TokenKind.UNSUBSCRIBE):
            with contextlib.suppress(TokenError):
                verify(kind, address.rpartition("@")[0], (b"key",))
    kept = (key, mail.sender, mail.text, mail.reply_text, mail.message_id, *mail.references, *mail.reasons)
    for value in map(storable, kept):
        assert "\0" not in value
        value.encode()
    # A key of Postgres' index: 2,704 octets at the most.
    assert len(key.encode()) < 2_700
    if mail.return_date is not None:
        mail.return_date.isoformat()


def test_no_mail_breaks_intake_or_costs_much() -> None:
    seeds, slowest = corpus(), 0.0
    for number in range(COUNT):
        dice = random.Random(f"{SEED}:{number}")
        raw = mutated(dice, seeds)
        began = time.process_time()
        try:
            check(raw)
        except Exception as error:
            raise AssertionError(f"mail {number} of seed {SEED}: {raw[:2_000]!r}") from error
        slowest = max(slowest, time.process_time() - began)
    assert slowest < LONGEST
    print(f"{COUNT} mails, {len(seeds)} seeds, the slowest took {slowest:.2f} s")  # noqa: T201 - seen with -s
