"""Mutated and generated MIME, and mails made to cost much: no crash, bounded time, bounded memory.

Two thousand examples here and in ``test_inbound_fuzz``; ``HYPOTHESIS_PROFILE=nightly`` makes them forty thousand.
"""

from __future__ import annotations

import base64
import os
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.identity import content_key
from tests.support.hostile_mails import HOSTILE
from tests.support.mails import SEEDS

_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
_SETTINGS = settings(
    max_examples=10_000 if _NIGHTLY else 250, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

_CHUNKS = st.sampled_from(
    [
        b"\0",
        b"\r",
        b"\n\n",
        b"\r\r\n",
        b"--b",
        b"--b--",
        b'"',
        b"<",
        b"<>",
        b";",
        b"boundary=",
        b"=?utf-8?q?",
        b"?=",
        b"\xff\xfe",
        b"\x1b$B",
        b"<!--",
        b"<blockquote>",
        b"charset=utf-16",
        b"charset=utf-7",
        b"base64",
        b"> ",
        b"=\n",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: message/rfc822\n\n",
        b"5.1.1",
        b"\xed\xa0\x80",
        b"Content-Transfer-Encoding: base64\n",
        b" " * 300,
        b"a" * 2_000,
        b"+2AA-",
        b"METHOD:REPLY",
        b"wrote:",
    ]
)


def check(raw: bytes) -> None:
    """What must hold of any bytes."""
    mail = parse_mail(raw)
    assert mail.event in InboundEvent
    assert mail.reasons
    assert "\r" not in mail.text
    assert "\0" not in mail.text + mail.reply_text + mail.subject
    assert "\n" not in mail.subject
    assert len(mail.text) <= 1_000_000
    assert len(mail.recipients) <= 2_000


@_SETTINGS
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(_CHUNKS, st.binary(max_size=12))), max_size=6),
)
def test_mutated_mails(seed: str, changes: list[tuple[float, int, bytes]]) -> None:
    raw = seed.encode()
    for place, dropped, added in changes:
        at = int(place * len(raw))
        raw = raw[:at] + added + raw[at + dropped :]
    check(raw)


_leaves = st.builds(
    lambda kind, encoding, body: (
        b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + body
    ),
    st.sampled_from(
        [
            b"text/plain",
            b"text/html; charset=utf-16le",
            b"text/plain; charset=iso-2022-jp",
            b"text/html",
            b"image/png",
            b"message/delivery-status",
            b"message/feedback-report",
            b"text/calendar; method=REPLY",
            b"text/rfc822-headers",
            b"application/ms-tnef; name=winmail.dat",
            b"message/disposition-notification",
            b"text/plain; charset=hex",
        ]
    ),
    st.sampled_from([b"7bit", b"base64", b"quoted-printable", b"8bit", b"x-uuencode", b"", b"binary"]),
    st.one_of(st.binary(max_size=200), st.binary(max_size=150).map(base64.encodebytes)),
)


def _nest(children: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    def wrap(kind: bytes, boundary: bytes, parts: list[bytes]) -> bytes:
        if kind == b"message/rfc822":
            return b"Content-Type: message/rfc822\n\nFrom: a@b.example\n" + (parts[0] if parts else b"")
        cut = b"\n--" + boundary + b"\n"
        return (
            b"Content-Type: "
            + kind
            + b'; boundary="'
            + boundary
            + b'"\n\n'
            + cut
            + cut.join(parts)
            + b"\n--"
            + boundary
            + b"--\n"
        )

    kinds = st.sampled_from(
        [b"multipart/mixed", b"multipart/alternative", b"multipart/report", b"multipart/digest", b"message/rfc822"]
    )
    return st.builds(wrap, kinds, st.sampled_from([b"b", b"bb", b"=_x", b"b--"]), st.lists(children, max_size=4))


@_SETTINGS
@given(st.recursive(_leaves, _nest, max_leaves=12), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_generated_trees(tree: bytes, end: bytes) -> None:
    raw = b"From: Mail Delivery System <mailer-daemon@b.example>\nSubject: Returned mail\n" + tree
    check(raw.replace(b"\n", end))


_MB = 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_ten_megabytes_cost_little(name: str) -> None:
    raw = HOSTILE[name]()
    began = time.process_time()
    check(raw)
    content_key(raw)
    # Two seconds on a fast core; what grows with the square takes minutes.
    assert time.process_time() - began < 12


@pytest.mark.slow
@pytest.mark.parametrize("name", ["body", "html_nesting", "base64", "parts"])
def test_memory_is_bounded_by_the_size(name: str) -> None:
    raw = HOSTILE[name]()
    tracemalloc.start()
    try:
        parse_mail(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * len(raw) + 50 * _MB
