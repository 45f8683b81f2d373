"""One reading of e-mail addresses: what is one, what is told of the others, and how two spellings are compared."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sequences.email_address import (
    AddressProblem,
    BadEmail,
    Email,
    address_key,
    ascii_host,
    email_key,
    email_problem,
    phone_key,
    read_email,
)

GOOD = {
    "jo@client.example": "jo@client.example",
    "  Jo.Doe@Client.EXAMPLE \n": "jo.doe@client.example",
    "\u200bjo@client.example\ufeff": "jo@client.example",
    "\u00a0jo@client.example\u00a0": "jo@client.example",
    "jo+tag@client.example": "jo+tag@client.example",
    "o'neil@client.example": "o'neil@client.example",
    '"jo"@client.example': "jo@client.example",
    "jo@bücher.example": "jo@xn--bcher-kva.example",
    "JO@BÜCHER.example": "jo@xn--bcher-kva.example",
    "jo@xn--bcher-kva.example": "jo@xn--bcher-kva.example",
    "jo@bu\u0308cher.example": "jo@xn--bcher-kva.example",
    "jo@例子。example": "jo@xn--fsqu00a.example",
    "jo@straße.example": "jo@xn--strae-oqa.example",
    "jo@strasse.example": "jo@strasse.example",
    "jo@r3---sn-x.client.example": "jo@r3---sn-x.client.example",
    "Jörg@client.example": "jörg@client.example",
    "jo\u0308rg@client.example": "jörg@client.example",
    "用户@例子.example": "用户@xn--fsqu00a.example",
    f"{'a' * 64}@client.example": f"{'a' * 64}@client.example",
}
BAD = {
    "": AddressProblem.MISSING,
    " \u00a0\u200b ": AddressProblem.MISSING,
    "jo": AddressProblem.NO_AT,
    "jo＠client.example": AddressProblem.NO_AT,
    "jo@client.example;b@client.example": AddressProblem.SEVERAL,
    "jo@client.example b@client.example": AddressProblem.SEVERAL,
    "jo@@client.example": AddressProblem.SEVERAL,
    "mailto:jo@client.example": AddressProblem.WRAPPED,
    "MAILTO:jo@client.example": AddressProblem.WRAPPED,
    "<jo@client.example>": AddressProblem.WRAPPED,
    "Jo Doe <jo@client.example>": AddressProblem.WRAPPED,
    "jo@client.example (work)": AddressProblem.WRAPPED,
    "'jo@client.example'": AddressProblem.WRAPPED,
    '"jo@client.example"': AddressProblem.WRAPPED,
    "jo@client,example": AddressProblem.PUNCTUATION,
    "jo@client.example,": AddressProblem.PUNCTUATION,
    "jo@client.example;": AddressProblem.PUNCTUATION,
    "jo@client.example:25": AddressProblem.PUNCTUATION,
    "jo doe@client.example": AddressProblem.INVISIBLE,
    "jo\u00a0doe@client.example": AddressProblem.INVISIBLE,
    "jo\u200bdoe@client.example": AddressProblem.INVISIBLE,
    "jo@cli\u00adent.example": AddressProblem.INVISIBLE,
    "jo@client.example\r\nBcc: b": AddressProblem.PUNCTUATION,
    "jo\r\n@client.example": AddressProblem.INVISIBLE,
    "jo\x00@client.example": AddressProblem.INVISIBLE,
    '"jo doe"@client.example': AddressProblem.QUOTED,
    "jo@[192.0.2.1]": AddressProblem.LITERAL,
    "jo@[IPv6:2001:db8::1]": AddressProblem.LITERAL,
    "@client.example": AddressProblem.LOCAL,
    ".jo@client.example": AddressProblem.LOCAL,
    "jo.@client.example": AddressProblem.LOCAL,
    "jo..doe@client.example": AddressProblem.LOCAL,
    "jo,doe@client.example": AddressProblem.LOCAL,
    "jo\ud800@client.example": AddressProblem.LOCAL,
    "jo@": AddressProblem.DOMAIN,
    "jo@client": AddressProblem.DOMAIN,
    "jo@client.example.": AddressProblem.DOMAIN,
    "jo@.client.example": AddressProblem.DOMAIN,
    "jo@client..example": AddressProblem.DOMAIN,
    "jo@-client.example": AddressProblem.DOMAIN,
    "jo@cli_ent.example": AddressProblem.DOMAIN,
    "jo@192.0.2.1": AddressProblem.DOMAIN,
    "jo@i❤.example": AddressProblem.DOMAIN,
    "jo@xn--a-ecp.example": AddressProblem.DOMAIN,
    f"jo@{'a' * 64}.example": AddressProblem.DOMAIN,
    f"jo@{'ü' * 63}.example": AddressProblem.DOMAIN,
    f"{'a' * 65}@client.example": AddressProblem.LONG,
    f"{'ü' * 33}@client.example": AddressProblem.LONG,
    f"{'a' * 60}@{'.'.join(['a' * 60] * 4)}": AddressProblem.LONG,
}


@pytest.mark.parametrize(("written", "key"), GOOD.items())
def test_an_address_and_its_compared_form(written: str, key: str) -> None:
    found = read_email(written)
    assert isinstance(found, Email)
    assert found.key == key
    assert email_key(written) == key
    assert email_problem(written) is None


@pytest.mark.parametrize(("written", "problem"), BAD.items())
def test_what_is_none_is_told_by_name_and_without_quoting_it(written: str, problem: AddressProblem) -> None:
    found = read_email(written)
    assert isinstance(found, BadEmail)
    assert found.problem is problem
    assert email_problem(written) == found.words
    assert not written.strip() or written not in found.words


def test_the_mailbox_is_kept_as_it_was_written_and_only_the_domain_is_not() -> None:
    found = read_email("Jörg.Doe@Bücher.Example")
    assert isinstance(found, Email)
    assert found.wire == "Jörg.Doe@xn--bcher-kva.example"
    plain = read_email("Jo@Bücher.Example")
    assert isinstance(plain, Email)
    assert plain.wire == "Jo@xn--bcher-kva.example"


@pytest.mark.parametrize("value", [None, 7, b"jo@client.example", ["jo@client.example"]])
def test_no_text_is_no_address(value: object) -> None:
    found = read_email(value)
    assert isinstance(found, BadEmail)
    assert found.problem is AddressProblem.MISSING


def test_other_mailboxes_stay_others() -> None:
    assert email_key("jo.doe@client.example") != email_key("jodoe@client.example")
    assert email_key("jo+a@client.example") != email_key("jo@client.example")
    assert email_key("straße@client.example") != email_key("strasse@client.example")


@given(st.text(max_size=80))
@example("K" * 30 + "@ü")
@example("ſ@x.example")
@example("@≮")
@example("\u1fef@x.example")
def test_no_text_makes_it_raise_and_folding_again_changes_nothing(text: str) -> None:
    read_email(text)
    for fold in (email_key, address_key, lambda given: phone_key(given, "GB")):
        once = fold(text)
        assert fold(once) == once


@pytest.mark.slow
@given(
    st.from_regex(r"[a-zA-Z0-9öÖéÉ用]{1,12}(\.[a-zA-Z0-9]{1,8}){0,2}", fullmatch=True),
    st.from_regex(r"[a-z0-9üÜß例]{1,12}\.example", fullmatch=True),
)
def test_spellings_of_one_address_are_one(local: str, domain: str) -> None:
    key = email_key(f"{local}@{domain}")
    if isinstance(read_email(f"{local}@{domain}"), BadEmail):
        return
    for written in (
        f"{local.lower()}@{domain}",
        f"{local}@{domain.replace('.', '。')}",
        f" {local}@{domain}\u200b",
        f'"{local}"@{domain}',
        f"{local}@{ascii_host(domain)}",
        f"{local}@{str(ascii_host(domain)).upper()}",
    ):
        assert email_key(written) == key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+44 20 7183 8750", "+442071838750"),
        ("020 7183 8750", "+442071838750"),
        ("(020) 7183-8750", "+442071838750"),
        ("no number", "no number"),
    ],
)
def test_numbers_are_compared_as_e164(written: str, key: str) -> None:
    assert address_key(written, "GB") == key
