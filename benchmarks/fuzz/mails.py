"""Mails that are broken at random, from seeds and from pieces that break readers."""

from __future__ import annotations

import random

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


def mutated(dice: random.Random, seeds: list[bytes]) -> bytes:
    """One of the mails, with up to eight changes, in some kind of line ends."""
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
