"""The organisation's footer: under a mail that says nowhere how to get no more, once, in both bodies."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.templates import Renderer, TemplateSource
from sequences.page_languages import LANGUAGES
from sequences.records.record_view import signature
from sequences.sending.email_content import EmailContent
from sequences.sending.footer import Footer
from services.organisation import Organisation
from services.sending.footer import footer_for

URL = "https://relance.example/u/token"
ORGANISATION = Organisation(
    public_url="https://relance.example",
    token_keys=(b"key",),
    reply_domain="reply.agency.example",
    mail_domain="agency.example",
    sender_name="Recruiting",
    sender_address="recruiting@agency.example",
    company="Fish & <Chips>",
    sms_sender="",
    phone_region="GB",
    footer_lines=("1 High Street", "No. 12 & 13"),
)
FOOTER = footer_for(ORGANISATION, None, URL)


def rendered(footer: Footer | None = FOOTER, signed: Footer | None = None, **source: Any) -> EmailContent:
    values: dict[str, object] = {
        "person": {"first_name": "Alex"},
        "owner": {"signature": "Dana <d@x.example>\nAgency"},
        "unsubscribe_url": URL,
        "organisation_footer": FOOTER,
    }
    content = Renderer().render(TemplateSource("x", "Hello", **source), values, footer, signed)
    assert isinstance(content, EmailContent)
    return content


def test_it_says_who_writes_and_how_to_get_no_more() -> None:
    assert FOOTER.text == (
        "You get this e-mail from Fish & <Chips>.\n1 High Street\nNo. 12 & 13\n"
        f"Unsubscribe: {URL}\nChoose what we may send you: {URL}/preferences"
    )
    assert "Fish &amp; &lt;Chips&gt;" in FOOTER.html
    assert f'<a href="{URL}">Unsubscribe</a>' in FOOTER.html


@pytest.mark.parametrize(
    "source",
    [
        {"text": "Hi\n"},
        {"text": "Hi\n", "html": "<p>Hi</p>"},
        {"text": "", "html": "<p>Hi</p>"},
        {"text": "", "html": "<html><body><p>Hi</p></BODY ></html>"},
    ],
)
def test_a_mail_without_a_way_out_gets_it_once_in_both_bodies(source: dict[str, Any]) -> None:
    content = rendered(**source)
    assert content.text.count(f"{URL}/preferences") == 1
    assert content.html is not None
    assert content.html.count(f'href="{URL}"') == 1
    assert "1 High Street" in content.text
    assert content.html.index("Hi") < content.html.index("1 High Street") < content.html.index("</body>")


@pytest.mark.parametrize("name", ["unsubscribe_url", "organisation_footer"])
def test_a_mail_that_has_one_of_its_own_gets_no_second_one(name: str) -> None:
    content = rendered(text=f"Hi\n{{{{ {name} }}}}\n")
    assert content.text.count(f"{URL}\n") == 1
    plain = rendered(None, text="Hi\n")
    assert URL not in plain.text


@pytest.mark.parametrize(
    "source",
    [
        {"text": "Hi\n"},
        {"text": "Hi\n{{ organisation_footer }}\n"},
        {"text": "Hi\n{{ organisation_footer }}\n", "html": "<p>Hi</p>{{ organisation_footer }}"},
        {"text": "Hi\n{{ organisation_footer }}\n", "html": "<p>Hi</p>"},
        {"text": "", "html": "<p>Hi</p>{{ organisation_footer }}"},
    ],
)
def test_the_signature_of_a_mailbox_is_once_in_each_body_and_above_a_footer_that_the_template_places(
    source: dict[str, Any],
) -> None:
    content = rendered(signed=Footer("Dana Ross", "<p>Dana Ross</p>"), **source)
    assert content.html is not None
    for body in (content.text, content.html):
        assert body.count("Dana Ross") == 1
    if "organisation_footer" in source.get("html", source["text"]):
        for body in (content.text, content.html):
            assert body.index("Hi") < body.index("Dana Ross") < body.index("1 High Street")


def test_footer_and_signature_keep_their_lines_in_html_and_are_escaped_there() -> None:
    content = rendered(text="", html="<div>{{ owner.signature }}</div>{{ organisation_footer }}")
    assert content.html is not None
    assert "Dana &lt;d@x.example&gt;<br>\nAgency" in content.html
    assert f'<a href="{URL}">Unsubscribe</a>' in content.html
    assert "<Chips>" not in content.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_in_the_language_of_who_gets_it(language: str) -> None:
    texts = {footer_for(ORGANISATION, code, URL).text for code in (language, f"{language.upper()}-XX")}
    assert len(texts) == 1
    assert (texts == {FOOTER.text}) == (language == "en")


def test_a_signature_is_made_of_what_is_known_of_the_owner() -> None:
    owner = {"full_name": "Dana Example", "email": "dana@agency.example", "phone": None}
    assert signature(owner, "Our agency") == "Dana Example\nOur agency\ndana@agency.example"
    assert signature({**owner, "signature": "D."}, "Our agency") == "D."
    assert signature({"id": "dana"}, "Our agency") is None
