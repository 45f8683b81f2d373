"""What a person wrote, out of mails as the common programs write them. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import time

import pytest

from sequences.inbound import parse_mail, read_reply
from sequences.inbound.mime.html_text import html_to_text
from sequences.inbound.replies.reply_text import reply_text

_OWN = "Yes, Tuesday works for me.\n\nCould you call after five?"

_PLAIN = {
    "gmail": f"{_OWN}\n\nOn Mon, May 4, 2026 at 9:12 AM Dana Recruiter <dana@agency.example>\nwrote:\n\n> Hi "
    f"Sam,\n>\n> are you free?\n",
    "apple": f"{_OWN}\n\n> On 4 May 2026, at 09:12, Dana <dana@agency.example> wrote:\n> \n> Hi Sam\n",
    "iphone": f"{_OWN}\n\nSent from my iPhone\n\n> On 4 May 2026, at 09:12, Dana <dana@agency.example> "
    f"wrote:\n> \n> Hi\n",
    "outlook": f"{_OWN}\n\n________________________________\nFrom: Dana <dana@agency.example>\nSent: Monday, May "
    f"4, 2026 9:12 AM\nTo: Sam\nSubject: A role\n\nHi Sam",
    "outlook_old": f"{_OWN}\n\n-----Original Message-----\nFrom: Dana [mailto:dana@agency.example]\nSent: "
    f"Monday\nTo: Sam\nSubject: A role\n\nHi",
    "yahoo": f"{_OWN}\n\n    On Monday, May 4, 2026, 09:12:13 AM GMT+1, Dana <dana@agency.example> wrote:  \n "
    f"\n Hi Sam,\n are you free?",
    "thunderbird": f"{_OWN}\n\nAm 04.05.26 um 09:12 schrieb Dana:\n> Hi Sam\n",
    "german_gmail": f"{_OWN}\n\nAm Mo., 4. Mai 2026 um 09:12 Uhr schrieb Dana <\ndana@agency.example>:\n\n> Hallo\n",
    "german_outlook": f"{_OWN}\n\nVon: Dana <dana@agency.example>\nGesendet: Montag, 4. Mai 2026 09:12\nAn: "
    f"Sam\nBetreff: Eine Stelle\n\nHallo",
    "french": f"{_OWN}\n\nLe lun. 4 mai 2026 à 09:12, Dana <dana@agency.example> a écrit :\n\n> Bonjour\n",
    "french_outlook": f"{_OWN}\n\nDe : Dana <dana@agency.example>\nEnvoyé : lundi 4 mai 2026 09:12\nÀ : Sam\nObjet : Un "
    f"poste\n\nBonjour",
    "spanish": f"{_OWN}\n\nEl lun, 4 may 2026 a las 9:12, Dana (<dana@agency.example>) escribió:\n\n> Hola\n",
    "dutch": f"{_OWN}\n\nOp ma 4 mei 2026 om 09:12 schreef Dana <dana@agency.example>:\n\n> Hoi\n",
    "dutch_outlook": f"{_OWN}\n\nVan: Dana <dana@agency.example>\nVerzonden: maandag 4 mei 2026 09:12\nAan: "
    f"Sam\nOnderwerp: Een baan\n\nHoi",
    "italian": f"{_OWN}\n\nIl giorno lun 4 mag 2026 alle ore 09:12 Dana <dana@agency.example> ha scritto:\n\n> Ciao\n",
    "portuguese": f"{_OWN}\n\nEm seg., 4 de mai. de 2026 às 09:12, Dana <dana@agency.example>\nescreveu:\n\n> Olá\n",
    "swedish": f"{_OWN}\n\nDen mån 4 maj 2026 kl 09:12 skrev Dana <dana@agency.example>:\n\n> Hej\n",
    "polish": f"{_OWN}\n\npon., 4 maj 2026 o 09:12 Dana <dana@agency.example> napisał(a):\n\n> Dzień dobry\n",
    "unmarked": f"{_OWN}\n\nOn 4 May 2026 at 09:12, Dana <dana@agency.example> wrote:\n\nHi Sam,\nare you free?\n",
    "signature": f"{_OWN}\n\n-- \nSam Example\n+44 20 7946 0000\n",
    "bottom": f"On 4 May 2026, Dana <dana@agency.example> wrote:\n> Hi Sam,\n> are you free?\n\n{_OWN}\n",
    "forward": f"{_OWN}\n\n---------- Forwarded message ---------\nFrom: Dana <dana@agency.example>\nDate: Mon, "
    f"4 May 2026\nSubject: A role\n\nHi",
}


@pytest.mark.parametrize("name", _PLAIN)
def test_plain_replies(name: str) -> None:
    assert reply_text(_PLAIN[name]) == _OWN


_HTML_OWN = "<div>Yes, Tuesday works for me.</div><div><br></div><div>Could you call after five?</div>"
_HTML = {
    "gmail": f'<div dir="ltr">{_HTML_OWN}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, May 4, 2026 at 9:12 AM Dana &lt;<a href="mailto:dana@agency.example">dana@agency.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote"><div>Hi Sam</div></blockquote></div>',
    "gmail_unknown_language": f'{_HTML_OWN}<div class="gmail_quote"><div class="gmail_attr">Dana-k hau idatzi du:</div><blockquote class="gmail_quote">Kaixo</blockquote></div>',
    "outlook": f'<html><head><style>p {{ color: red }}</style></head><body>{_HTML_OWN}<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Dana<br><b>Sent:</b> Monday<br></div><div>Hi Sam</div></body></html>',
    "outlook_desktop": f'{_HTML_OWN}<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>Bidaltzailea:</b> Dana</p></div><p>Kaixo Sam</p>',
    "apple": f'{_HTML_OWN}<div><blockquote type="cite"><div>On 4 May 2026, at 09:12, Dana &lt;dana@agency.example&gt; wrote:</div><div>Hi Sam</div></blockquote></div>',
    "thunderbird": f'{_HTML_OWN}<div class="moz-cite-prefix">Am 04.05.26 um 09:12 schrieb Dana:<br></div><blockquote type="cite" cite="mid:1@x"><p>Hallo</p></blockquote>',
    "yahoo": f'{_HTML_OWN}<div id="ydp1" class="yahoo_quoted"><div>On Monday, Dana wrote:</div><div>Hi Sam</div></div>',
    "proton": f'{_HTML_OWN}<div class="protonmail_quote">On Monday, Dana wrote:<br><blockquote type="cite">Hi</blockquote></div>',
}


@pytest.mark.parametrize("name", _HTML)
def test_html_replies(name: str) -> None:
    assert "".join(reply_text(html_to_text(_HTML[name])).split()) == "".join(_OWN.split())


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I can start.\nWhat did you write: 5 or 6?",
        "From what I see: fine.\nTo me: ok.",
        "As I wrote on 5 May: no thanks.\n\nPlease stop.",
        "The interview:\n\nDate: Monday 4 May\nTime: 09:00\nPlace: here",
        "I scored 5 > 4 and 3 -- fine",
        "- one\n- two\n\n- three",
    ],
)
def test_what_looks_like_a_quote_but_is_not(text: str) -> None:
    assert reply_text(text) == text


def test_answers_between_the_quotes_are_all_kept() -> None:
    text = (
        "Hi Dana,\n\nOn 4 May 2026, Dana <dana@agency.example> wrote:\n> Are you free?\n\nYes.\n\n> "
        "Where?\n\nIn Leeds.\n"
    )
    assert reply_text(text).split() == ["Hi", "Dana,", "Yes.", "In", "Leeds."]


def test_a_mobile_tagline_above_the_quote_does_not_swallow_the_answers_below() -> None:
    text = (
        "See below.\n\nSent from my iPhone\n\n> On 4 May 2026, Dana <d@agency.example> wrote:\n> Where?\n\nIn Leeds.\n"
    )
    assert reply_text(text).split() == ["See", "below.", "In", "Leeds."]


def test_a_quote_alone_comes_back_and_is_not_certain() -> None:
    reply = read_reply("> just this")
    assert (reply.text, reply.certain) == ("> just this", False)


def test_nothing_written_above_the_quote_is_empty() -> None:
    reply = read_reply("\n\nOn 4 May 2026, Dana <dana@agency.example> wrote:\n> Hi\n")
    assert (reply.text, reply.certain) == ("", False)


def test_signature_can_be_kept() -> None:
    text = "Hello\n\nSent from my iPhone\n\nOn 4 May 2026, Dana <dana@agency.example> wrote:\n> Hi\n"
    assert reply_text(text, keep_signature=True) == "Hello\n\nSent from my iPhone"
    assert reply_text(text) == "Hello"


def test_our_own_lines_are_taken_away_without_any_mark() -> None:
    parent = "Hi Sam,\n\nwe have an opening in Leeds that could suit you well. Are you interested?\n\nDana"
    text = "No thanks.\n\nwe have an opening in Leeds that\ncould suit you well. Are you interested?\nDana"
    assert reply_text(text, parent_text=parent) == "No thanks.\n\nDana"


def test_repeating_our_line_first_is_the_authors_word() -> None:
    assert reply_text("Are you interested?\nYes I am", parent_text="Are you interested?").startswith("Are you")


def test_html_is_preferred_where_the_plain_part_hides_the_quote() -> None:
    raw = (
        b'From: sam@example.com\nContent-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
        b"Fine.\n\nKaixo Sam, zer moduz?\n--b\nContent-Type: text/html\n\n"
        b'<p>Fine.</p><div id="divRplyFwdMsg">x</div><p>Kaixo Sam, zer moduz?</p>\n--b--\n'
    )
    assert parse_mail(raw).reply_text == "Fine."


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["On 1 wrote\n", "a@b\n", "From: a\n", "> ", '<a "', "<blockquote>", "\n", "5.1.1 ", "-- original "]
)
def test_hostile_text_takes_time_in_line_with_its_size(piece: str) -> None:
    def spent(size: int) -> float:
        raw = b"Subject: x\n\n" + (piece * (size // len(piece))).encode()
        best = 1e9
        for _ in range(2):
            began = time.process_time()
            parse_mail(raw)
            best = min(best, time.process_time() - began)
        return best

    # Twice the input may take about twice the time; a quadratic step would take four times.
    assert spent(200_000) < 3.2 * spent(100_000) + 0.05


SLOW = {
    "labels": "Tel: +44 20 7946 0018\n",
    "header": "foo: Dana <dana@agency.example> 3 March 2027 9:00\n",
    "verbs": "wrote 1:\n",
    "colleague": "On 3 March 2027 your colleague Ben wrote:\ntext\n",
    "long lines": f"On 3 March 2027 at 09:00 Dana{' lorem ipsum dolor' * 9}:\n",
    "sentences": f"{'ok. Yes! On 3 May? ' * 9}@:\n",
    "empty lines": "\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_a_mail_of_four_megabytes_is_read_in_no_time(name: str) -> None:
    raw = b"Subject: Re: x\n\nHi\n" + (SLOW[name] * (4_000_000 // len(SLOW[name]))).encode()
    began = time.process_time()
    parse_mail(raw)
    # Less than a second on the machines of 2026, with room for slow ones.
    assert time.process_time() - began < 4
