"""Text and HTML of one mail that differ, and what of HTML is read. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.mime.html_text import html_to_text, without_marks
from sequences.reactions.opt_out.match import opt_out_reasons

NO = "No, please stop writing to me."


def both(plain: str, html: str) -> tuple[str, str]:
    """Reply text on one line, and the full text, of a mail in both forms."""
    raw = (
        "From: Sam <sam@firm.example>\nTo: dana@agency.example\nSubject: Re: A role\n"
        'Content-Type: multipart/alternative; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
    )
    found = parse_mail(raw.encode())
    assert found.event is InboundEvent.HUMAN
    return " ".join(found.reply_text.split()), found.text


def html_only(html: str, *, keep_signature: bool = False) -> str:
    raw = f"From: sam@firm.example\nSubject: Re: A role\nContent-Type: text/html; charset=utf-8\n\n{html}"
    return " ".join(parse_mail(raw.encode(), keep_signature=keep_signature).reply_text.split())


@pytest.mark.parametrize(
    "note",
    [
        "",
        "-",
        "\u00a0",
        "[cid:image001.png@01D]",
        "[image: logo]",
        "https://mail.example/view?id=1",
        "This is an HTML message.",
        "Your mail program does not support HTML mail.",
        "This message contains only HTML, please use another mail client.",
        "Diese E-Mail ist im HTML-Format, Ihr Mailprogramm zeigt es nicht an.",
        "Ce courriel est au format HTML.",
        "Este correo está en formato HTML; ábralo con otro programa.",
        "Questa mail è in formato HTML.",
        "Deze e-mail is in HTML.",
        "Esta mensagem está em HTML.",
        "Ta wiadomość jest w formacie HTML.",
        "Tato zpráva je ve formátu HTML.",
        "Это письмо в формате HTML.",
        "このメールはHTML形式です。",
        "这是一封HTML邮件。",
        "이 메일은 HTML 형식입니다.",
        "To view this message online, go to http://mail.example/v/1",
        "This is a multi-part message in MIME format.",
        "Se não visualizar esta mensagem, abra no navegador.",
        "No plain text version is available.",
        "Content-Type: text/html",
    ],
)
def test_a_note_that_there_is_html_gives_way_to_it(note: str) -> None:
    assert both(note, f"<p>{NO}</p>") == (NO, NO)


def test_a_wish_is_no_note() -> None:
    words = "I do not read HTML. Please stop writing to me."
    reply, _ = both(words, "<p>Sent by our office</p>")
    assert words in reply


def test_a_note_above_a_quote_gives_way_too() -> None:
    html = f"<p>{NO}</p><p>On 3 May 2027, Dana wrote:</p><blockquote>Are you hiring?</blockquote>"
    assert both("Your program shows no HTML.\n\n> Are you hiring?", html)[0] == NO


@pytest.mark.parametrize(
    "words",
    ["Yes", "Ok.", "I write HTML for a living, call me.", "Send it as plain text, please.", "View this as a yes."],
)
def test_words_about_html_are_words(words: str) -> None:
    assert both(words, f"<p>{words}</p>")[0] == words
    assert (
        words in both(words, "<p>Something else entirely</p>")[0]
        or "html" in words.lower()
        or "text" in words
        or "View" in words
    )


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("Thank you", f"<p>Thank you</p><p>{NO}</p>"),
        ("Thank you\n", f"Thank you<br><br>{NO}"),
        ("I have a post.", f"<div>{NO}</div>"),
        ("Hello Dana,", f"<p>Hello Dana,</p><p>{NO}</p><p>Sam</p>"),
    ],
)
def test_a_wish_that_stands_in_one_form_only_is_found(plain: str, html: str) -> None:
    reply, _ = both(plain, html)
    assert NO in reply
    assert plain.strip() in reply
    assert opt_out_reasons(reply)
    reply, _ = both(f"{plain}\n{NO}", f"<p>{plain}</p>")
    assert NO in reply


def test_a_text_that_breaks_off_goes_on_in_the_html() -> None:
    more = "We have filled the post last week. Ask again in the autumn."
    assert both("Hello Dana, sorry.", f"<p>Hello Dana, sorry.</p><p>{more}</p>")[0] == f"Hello Dana, sorry. {more}"


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("Yes, call me.", "<p>Yes, call me.</p><p>Sam Example<br>Head of Works | Firm Ltd<br>www.firm.example</p>"),
        (
            "Yes, call me.\n\n-- \nSam",
            "<p>Yes, call me.</p><p>--&nbsp;<br>Sam</p><p>Follow our page for more news.</p>",
        ),
        ("Yes, call me.", "<p>Yes, <b>call</b> me.</p><img src='x' alt='Unsubscribe me'>"),
        ("Yes, see https://firm.example/a now.", "<p>Yes, see <a href='https://firm.example/a'>this page</a> now.</p>"),
        (
            "Yes, call me.\n\nOn 3 May 2027, Dana wrote:\n> To unsubscribe, write to us.",
            "<p>Yes, call me.</p><div class=gmail_quote><div class=gmail_attr>On 3 May 2027, Dana wrote:</div><blockquote>To unsubscribe, write to us.</blockquote></div>",
        ),
        ("* one\n* two", "<ul><li>one</li><li>two</li></ul>"),
    ],
)
def test_what_decorates_the_html_stays_out(plain: str, html: str) -> None:
    reply, _ = both(plain, html)
    assert not opt_out_reasons(reply)
    assert reply in (" ".join(plain.split("\n\n", maxsplit=1)[0].split()), "- one - two")


# --- what a reader does not see --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hidden",
    [
        'style="display:none"',
        "style='DISPLAY : none !important'",
        'style="font-size:1px;display:none;max-height:0"',
        'style="visibility:hidden"',
        'style="mso-hide:all"',
        'style="opacity:0"',
        'style="max-height:0px;overflow:hidden"',
        'style="overflow:hidden;max-height:0"',
        'style="font-size:0"',
        "style='line-height:0;font-size:0px;color:#fff'",
        "hidden",
        'hidden="hidden"',
        'class=x style="color:#fff; display:none;"',
    ],
)
@pytest.mark.parametrize("tag", ["div", "span", "p", "td", "font"])
def test_what_is_hidden_is_not_read(tag: str, hidden: str) -> None:
    html = f"<{tag} {hidden}>{NO} <{tag}>and <br>more</{tag}></{tag}><p>Yes, call me.</p>"
    assert html_only(html) == "Yes, call me."


@pytest.mark.parametrize(
    "seen",
    [
        'style="display:block"',
        'style="max-height:10px;overflow:hidden"',
        'style="opacity:0.8"',
        'class="hidden-phone"',
        'style="max-height:0"',
        'data-hidden="false"',
        'title="display:none"',
        'style="visibility:visible"',
    ],
)
def test_what_is_seen_is_read(seen: str) -> None:
    assert html_only(f"<div {seen}>Yes, call me.</div>") == "Yes, call me."


def test_tables_without_a_size_hold_words_that_have_one() -> None:
    html = '<table style="font-size:0"><tr><td style="font-size:14px">Yes, call me.</td></tr></table>'
    assert html_only(html * 9) == " ".join(["Yes, call me."] * 9)


def test_what_is_hidden_and_never_ends_is_read() -> None:
    assert "Yes, call me." in html_only('<p style="display:none">x<p>Yes, call me.')


def test_many_hidden_elements_cost_little() -> None:
    assert "Yes" in html_to_text('<div style="display:none">' * 20_000 + "Yes")


# --- signatures in containers of their own ---------------------------------------------------------------------------

_CARD = "<div>Sam Example</div><div>No more news? Unsubscribe at firm.example</div></div>"


@pytest.mark.parametrize(
    "container",
    [
        '<div class="gmail_signature">',
        '<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">',
        '<div id="Signature">',
        '<div id="x_Signature">',
        '<div class="moz-signature">',
        '<div class="protonmail_signature_block protonmail_signature_block-x">',
        '<div id="ms-outlook-mobile-signature">',
        '<div name="messageSignatureSection">',
        '<div class="ydp12ab34cdsignature">',
        '<div id="AppleMailSignature" dir="ltr">',
        '<div id="bloop_sign_1601234567">',
    ],
)
def test_a_signature_in_its_container_is_no_reply(container: str) -> None:
    assert html_only(f"<div>Yes, call me.</div>{container}{_CARD}") == "Yes, call me."
    assert "Unsubscribe at" in html_only(f"<div>Yes, call me.</div>{container}{_CARD}", keep_signature=True)
    assert html_only(f"<div>Hello</div>{container}{_CARD}<div>{NO}</div>") == f"Hello {NO}"


def test_html_of_quotes_alone() -> None:
    assert both("> Hi", "<blockquote>Hi</blockquote>")[0] == "> Hi"


def test_a_signature_in_its_container_is_looked_through() -> None:
    raw = f'From: sam@firm.example\nContent-Type: text/html\n\n<p>Yes.</p><div class="gmail_signature">{NO}</div>'
    found = parse_mail(raw.encode())
    assert (found.reply_text, found.other_words) == ("Yes.", (NO,))


def test_words_in_the_container_of_a_signature_are_words_where_there_are_no_others() -> None:
    quote = "<div class=gmail_quote><div class=gmail_attr>On Monday Dana wrote:</div><blockquote>Hi</blockquote></div>"
    for after in ("", quote):
        assert html_only(f'<div class="gmail_signature"><div>{NO}</div></div>{after}') == NO


def test_nobody_can_write_our_marks() -> None:
    text = html_to_text("&#xe004;<br>Yes.<br>&#57348;<br>\ue002<br>No.")
    assert without_marks(text).split() == ["Yes.", "\ue002", "No."] or without_marks(text).split() == ["Yes.", "No."]
    assert html_only("<p>&#xE002;</p><p>Yes.</p><p>&#xe005;</p>") == "Yes."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<pre>Yes.\n\nOn Monday,\nat two.</pre>", "Yes.\n\nOn Monday,\nat two."),
        ("<pre>One\n<b>two</b>\nthree</pre>four\nfive", "One\ntwo\nthree\nfour five"),
        ("<div>one\ntwo</div></pre>three\nfour", "one two\nthree four"),
        ("<p>unsub&shy;scribe&#8203; me&zwnj;</p>", "unsubscribe me"),
    ],
)
def test_lines_that_are_lines_and_signs_that_nobody_sees(source: str, text: str) -> None:
    assert html_to_text(source) == text
