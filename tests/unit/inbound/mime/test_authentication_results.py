"""Authentication-Results: the examples of RFC 8601, fields as they come, and fields that want to be read otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.inbound.mime.authentication_results import MethodResult, read_authentication_results

EXAMPLES = [
    # RFC 8601, appendix B.2 to B.7.
    ("example.org 1; none", "example.org", []),
    (
        "example.com; spf=pass smtp.mailfrom=example.net",
        "example.com",
        [("spf", "pass", {"smtp.mailfrom": "example.net"})],
    ),
    (
        "example.com; auth=pass (cleartext) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net",
        "example.com",
        [
            ("auth", "pass", {"smtp.auth": "sender@example.net"}),
            ("spf", "pass", {"smtp.mailfrom": "example.net"}),
        ],
    ),
    (
        "example.com; iprev=pass policy.iprev=192.0.2.200",
        "example.com",
        [("iprev", "pass", {"policy.iprev": "192.0.2.200"})],
    ),
    (
        'example.com; dkim=fail reason="bad signature" header.i=@mail-router.example.net; dkim=pass (good signature) '
        "header.i=@newyork.example.com",
        "example.com",
        [
            ("dkim", "fail", {"reason": "bad signature", "header.i": "@mail-router.example.net"}),
            ("dkim", "pass", {"header.i": "@newyork.example.com"}),
        ],
    ),
    (
        "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy "
        "(A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
        "foo.example.net",
        [("dkim", "fail", {"policy.expired": "1362471462"})],
    ),
    # As they come: Google, OpenDMARC, rspamd.
    (
        "mx.google.com; dkim=pass header.i=@client.example header.s=sel header.b=Ab/c+; spf=pass (google.com: domain "
        "of ada@client.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=ada@client.example; dmarc=pass "
        "(p=NONE sp=NONE dis=NONE) header.from=client.example",
        "mx.google.com",
        [
            ("dkim", "pass", {"header.i": "@client.example", "header.s": "sel", "header.b": "Ab/c+"}),
            ("spf", "pass", {"smtp.mailfrom": "ada@client.example"}),
            ("dmarc", "pass", {"header.from": "client.example"}),
        ],
    ),
    ("MX.example; DMARC=Pass Header.From=a.example", "mx.example", [("dmarc", "pass", {"header.from": "a.example"})]),
    (
        "mx.example; dmarc=fail action=none header.from=a.example",
        "mx.example",
        [("dmarc", "fail", {"action": "none", "header.from": "a.example"})],
    ),
]


@pytest.mark.parametrize(("value", "authserv_id", "results"), EXAMPLES)
def test_it_is_read(value: str, authserv_id: str, results: list[tuple[str, str, dict[str, str]]]) -> None:
    found = read_authentication_results(value)
    assert found is not None
    assert found.authserv_id == authserv_id
    assert list(found.results) == [MethodResult(*each) for each in results]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "; dmarc=pass",
        # Microsoft 365 names nobody.
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=pass header.d=a.example",
        "mx.example 2; dmarc=pass header.from=a.example",
        'mx.example; dmarc=pass header.from="a.example',
        "mx.example; dmarc=pass (header.from=a.example",
        "mx.example and friends; dmarc=pass",
    ],
)
def test_what_is_no_field_of_this_kind_proves_nothing(value: str) -> None:
    assert read_authentication_results(value) is None


@pytest.mark.parametrize(
    "hidden",
    [
        '"a; dmarc=pass header.from=b.example"@a.example',
        '"a\\"; dmarc=pass header.from=b.example; \\""@a.example',
    ],
)
def test_what_a_sender_writes_between_quotes_is_no_result(hidden: str) -> None:
    found = read_authentication_results(f"mx.example; spf=pass smtp.mailfrom={hidden}")
    assert found is not None
    assert [(each.method, each.result) for each in found.results] == [("spf", "pass")]


def test_a_comment_hides_what_is_in_it() -> None:
    found = read_authentication_results(
        "mx.example; spf=fail (; dmarc=pass (deep \\) ; dkim=pass)) smtp.mailfrom=a.example"
    )
    assert found is not None
    assert [(each.method, each.result) for each in found.results] == [("spf", "fail")]


def test_a_result_that_cannot_be_read_is_left_out_alone() -> None:
    found = read_authentication_results("mx.example; dkim=pass ?; dmarc/2=pass; spf=none")
    assert found is not None
    assert [(each.method, each.result) for each in found.results] == [("spf", "none")]


@given(st.text(alphabet='ab=;()"\\./@ \t1', max_size=200))
def test_it_never_raises(value: str) -> None:
    read_authentication_results(value)


@pytest.mark.parametrize("piece", ["(", '"', ";", "a=", "\\", "x ", "a.b=c ", 'a.b="'])
def test_it_is_linear(piece: str) -> None:
    # The longest field that the reader of headers hands on; a square of its length would take minutes.
    read_authentication_results("mx.example; dkim=pass " + piece * (20_000 // len(piece)))
