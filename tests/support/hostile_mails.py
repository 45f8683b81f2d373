"""Mails of ten megabytes that are made to cost much, by what is in them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

_MB = 1_000_000
HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "body": lambda: b"Subject: x\n\n" + b"word " * (2 * _MB),
    "one_line": lambda: b"Subject: x\n\n" + b"a" * (10 * _MB),
    "quotes": lambda: b"Subject: x\n\n" + b"> a\n" * (2 * _MB),
    "html_nesting": lambda: b"Content-Type: text/html\n\n" + b"<div><blockquote>" * (_MB // 3),
    "html_open_tags": lambda: b"Content-Type: text/html\n\n" + b'<a href="' * _MB,
    "html_entities": lambda: b"Content-Type: text/html\n\n" + b"&amp;&#x1F600;&lt" * (_MB // 3),
    "html_comments": lambda: b"Content-Type: text/html\n\n" + b"<!--" * _MB,
    "html_attributes": lambda: b"Content-Type: text/html\n\n<div " + b"a='b' " * _MB + b">",
    "html_hidden": lambda: b"Content-Type: text/html\n\n" + b"<style><script>" * (_MB // 3),
    "base64": lambda: b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"yes\n" * (2 * _MB)),
    "base64_garbage": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"!=?*" * (2 * _MB),
    "quoted_printable": lambda: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=3D=\n" * (2 * _MB),
    "headers": lambda: b"X-A: b\n" * _MB + b"\nHi\n",
    "header_folds": lambda: b"Subject: a\n" + b" b\n" * (2 * _MB) + b"\nHi\n",
    "addresses": lambda: b"To: " + b"a@b.example, " * (_MB // 2) + b"\n\nHi\n",
    "references": lambda: b"References: " + b"<a@b> " * _MB + b"\n\nHi\n",
    "encoded_words": lambda: b"Subject: " + b"=?utf-8?b?w6Q=?= " * (_MB // 4) + b"\n\nHi\n",
    "parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nHi\n" * _MB,
    "boundaries": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--bx" * (2 * _MB),
    "attached_messages": lambda: b"Content-Type: message/rfc822\n\n" * 300_000,
    "recipients_of_a_report": lambda: (
        b"From: mailer-daemon@x\nContent-Type: message/delivery-status\n\n"
        + b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\n\n" * 100_000
    ),
    "notice": lambda: (
        b"From: mailer-daemon@x.example\nSubject: failure notice\n\n" + b"<a@b.example>: 550 user unknown\n" * 300_000
    ),
    "attributions": lambda: b"Subject: x\n\n" + b"On 4 May 2026 Dana wrote\n" * 400_000,
    "calendar": lambda: b"Content-Type: text/calendar\n\n" + b"METHOD:REPLY\nATTENDEE\n ;\n" * 400_000,
    "json": lambda: b"Subject: x\n\n" + b'{"a":' * (2 * _MB),
    "nuls": lambda: b"Subject: x\n\n" + b"\0" * (10 * _MB),
    "bare_cr": lambda: b"Subject: x\r\r" + b"a\r" * (5 * _MB),
    "utf7": lambda: b"Content-Type: text/plain; charset=utf-7\n\n" + b"+2AA-" * (2 * _MB),
    "tab_space": lambda: b"Subject: x\n\n" + b" \t" * (5 * _MB) + b"x",
    "pgp": lambda: b"Subject: x\n\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n" * 250_000,
}
