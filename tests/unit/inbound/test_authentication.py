"""Whose word on the sender counts, for which domain, and what it comes to."""

from __future__ import annotations

import pytest

from sequences.inbound.authentication import Authentication, ProviderResults, Verdict, authenticate
from sequences.inbound.mime.authentication_results import MethodResult
from sequences.inbound.parse import parse_mail

OURS = ("mx.agency.example",)
_FROM = "From: Ada <ada@client.example>"


def verdict(*fields: str, trusted: tuple[str, ...] = OURS, told: ProviderResults | None = None) -> Authentication:
    raw = "\r\n".join((*fields, "", "Hello", "")).encode()
    return authenticate(parse_mail(raw).trace, trusted, told)


def results(said: str, by: str = "mx.agency.example") -> str:
    return f"Authentication-Results: {by}; {said}"


@pytest.mark.parametrize(
    ("said", "expected", "by"),
    [
        ("dmarc=pass header.from=client.example", Verdict.PROVED, "dmarc=pass"),
        ("dmarc=pass", Verdict.PROVED, "dmarc=pass"),
        ("dmarc=pass header.from=evil.example", Verdict.FAILED, "another domain"),
        ("dmarc=fail header.from=client.example", Verdict.FAILED, "dmarc=fail"),
        # The owner of the domain has said what counts: a pass beside it is of another domain, or not aligned as asked.
        ("spf=pass smtp.mailfrom=client.example; dmarc=fail header.from=client.example", Verdict.FAILED, "dmarc=fail"),
        ("dkim=pass header.d=client.example", Verdict.PROVED, "dkim=pass"),
        ("dkim=pass header.i=@client.example", Verdict.PROVED, "dkim=pass"),
        ("dkim=pass header.d=evil.example", Verdict.FAILED, "another domain"),
        ("dkim=pass header.d=evilclient.example", Verdict.FAILED, "another domain"),
        ("dkim=pass header.d=example", Verdict.FAILED, "another domain"),
        ("dkim=pass header.d=news.client.example", Verdict.FAILED, "another domain"),
        ("dkim=fail header.d=client.example", Verdict.FAILED, "dkim=fail"),
        ("dkim=fail header.d=a.example; dkim=pass header.d=client.example", Verdict.PROVED, "dkim=pass"),
        ("spf=pass smtp.mailfrom=ada@client.example", Verdict.PROVED, "spf=pass"),
        ("spf=pass smtp.helo=client.example", Verdict.FAILED, "another domain"),
        ("spf=softfail smtp.mailfrom=client.example; dkim=none; dmarc=none", Verdict.FAILED, "spf=softfail"),
        ("spf=none; dkim=none", Verdict.FAILED, "spf=none"),
        ("none", Verdict.FAILED, "dmarc=none"),
        ("arc=pass; iprev=pass", Verdict.FAILED, "dmarc=none"),
    ],
)
def test_aligned_results_prove_and_nothing_else_does(said: str, expected: Verdict, by: str) -> None:
    assert verdict(results(said), _FROM) == Authentication(expected, by)


def test_a_signature_of_what_lies_above_proves_what_lies_below() -> None:
    below = "From: ada@mail.client.example"
    assert verdict(results("dkim=pass header.d=client.example"), below).verdict is Verdict.PROVED


def test_nobody_looks_without_a_setting() -> None:
    assert verdict(results("dmarc=fail"), _FROM, trusted=()) == Authentication(Verdict.UNKNOWN)


def test_only_the_trusted_server_counts() -> None:
    by_another = results("dmarc=pass header.from=client.example", by="mx.evil.example")
    assert verdict(by_another, _FROM) == Authentication(Verdict.FAILED, "no results")
    assert verdict(by_another, results("dkim=pass header.d=client.example"), _FROM).verdict is Verdict.PROVED
    assert verdict(_FROM) == Authentication(Verdict.FAILED, "no results")


def test_only_the_topmost_counts() -> None:
    forged = results("dmarc=pass header.from=client.example")
    assert verdict(results("dmarc=fail header.from=client.example"), forged, _FROM).verdict is Verdict.FAILED


def test_nothing_counts_below_what_another_host_added() -> None:
    forged = results("dmarc=pass header.from=client.example")
    ours = "Received: from store.lan by mx.agency.example with LMTP"
    inside = "Received: from mx.agency.example by store.lan (Dovecot) with LMTP"
    loop = "Received: from localhost (localhost [127.0.0.1]) by localhost with ESMTP"
    theirs = "Received: from ada by smtp.client.example with ESMTPS"
    assert verdict(inside, loop, ours, forged, _FROM).verdict is Verdict.PROVED
    assert verdict(ours, theirs, forged, _FROM) == Authentication(Verdict.FAILED, "no results")
    # An id that is no host name, or a machine's address: it cannot be told whose host that is.
    named = results("dmarc=pass header.from=client.example", by="border")
    assert verdict(theirs, named, _FROM, trusted=("border",)).verdict is Verdict.PROVED
    google = "Received: by 2002:a05:6512:3d0d:b0:539 with SMTP id x; Tue, 4 May 2027 09:00:00 +0000"
    assert verdict(google, forged, _FROM).verdict is Verdict.PROVED


def test_a_name_may_stand_for_the_servers_of_a_provider() -> None:
    by = results("dmarc=pass header.from=client.example", by="mx12.provider.example")
    assert verdict(by, _FROM, trusted=("*.provider.example",)).verdict is Verdict.PROVED
    assert verdict(by, _FROM, trusted=("*.vider.example",)).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "authors",
    [
        (),
        (_FROM, "From: eve@evil.example"),
        ("From: ada@client.example, eve@evil.example",),
        ("Sender: ada@client.example",),
    ],
)
def test_a_mail_has_one_author(authors: tuple[str, ...]) -> None:
    assert verdict(results("dmarc=pass"), *authors) == Authentication(Verdict.FAILED, "not one author")


def test_a_provider_that_is_named_counts_before_the_mail() -> None:
    told = ProviderResults("ses", (MethodResult("dmarc", "fail", {}),))
    forged = results("dmarc=pass header.from=client.example", by="amazonses.com")
    assert verdict(forged, _FROM, trusted=("ses", "amazonses.com"), told=told).by == "dmarc=fail"
    assert verdict(forged, _FROM, trusted=("amazonses.com",), told=told).verdict is Verdict.PROVED
    assert verdict(_FROM, trusted=(), told=told).verdict is Verdict.UNKNOWN
