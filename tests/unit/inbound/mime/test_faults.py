"""Mails whose parts, parameters and transfer encodings are not as the RFCs have them. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import base64
import binascii

import pytest

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.mime.charset import decode_transfer
from sequences.inbound.mime.headers import decode_words, parameters
from sequences.inbound.model import InboundMail
from sequences.reactions.opt_out.match import opt_out_reasons

NO = "Please stop writing to me, I have a post."
ENCODED = base64.b64encode(NO.encode()).decode()
PLAIN = "Content-Type: text/plain; charset=utf-8\n"


def mail(head: str, body: str | bytes) -> InboundMail:
    raw = f"From: Sam <sam@firm.example>\nTo: dana@agency.example\nSubject: Re: A role\nMIME-Version: 1.0\n{head}\n".encode()
    return parse_mail(raw + (body if isinstance(body, bytes) else body.encode()))


def words(found: InboundMail) -> str:
    assert found.event is InboundEvent.HUMAN
    return " ".join(found.reply_text.split())


# --- parameters (RFC 2231) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('a/b; name*0=one; name*1="two"', {"name": "onetwo"}),
        ("a/b; name*1=two; name*0=one", {"name": "onetwo"}),
        ("a/b; name*0=one; name*2=three", {"name": "one"}),
        ("a/b; name*=iso-8859-1'de'Gr%FC%DFe", {"name": "Grüße"}),
        ("a/b; name*0*=utf-8''Gr%C3; name*1*=%BC%C3%9F; name*2=e", {"name": "Grüße"}),
        ("a/b; name*=utf-8''%zz%4", {"name": "%zz%4"}),
        ("a/b; name=x; name*=utf-8''y", {"name": "y"}),
        ("a/b; name=x; NAME=y", {"name": "x"}),
        ('a/b; name="=?utf-8?Q?Gr=C3=BC=C3=9Fe?="', {"name": "Grüße"}),
        ("a/b; charset*=us-ascii'en-us'koi8-r", {"charset": "koi8-r"}),
        ('a/b; charset = "utf-8" (a comment; name=x)', {"charset": "utf-8"}),
        ("a/b (c(d)e); charset=utf-8", {"charset": "utf-8"}),
        ('a/b; name="a\\"b (c)"; x=1', {"name": 'a"b (c)', "x": "1"}),
        ('a/b; boundary="open; charset=utf-8', {"boundary": "open", "charset": "utf-8"}),
        ("a/b", {}),
        ("a/b; " + "x*9999999999=1;" * 3, {}),
    ],
)
def test_parameters(value: str, found: dict[str, str]) -> None:
    assert {name: text for name, text in parameters(value).items() if name != "x" or text == "1"} == found or not found


@pytest.mark.parametrize(
    "boundary",
    [
        'boundary*0="on"; boundary*1="etwo"',
        "boundary*=us-ascii''onetwo",
        "boundary*0*=us-ascii''one; boundary*1*=t%77o",
        "boundary*=utf-8'en'%6Fnetwo",
        'BOUNDARY="onetwo"',
        'boundary = "onetwo" (of ours)',
        "boundary=onetwo;",
        'boundary="onetwo ',
        'boundary="one\\two"',
        "boundary*1=two; boundary*0=one",
        'charset=utf-8; boundary="onetwo"',
        "boundary=another",
        'boundary="=?utf-8?Q?onetwo?="',
        "",
    ],
)
@pytest.mark.parametrize("kind", ["alternative", "mixed", "related", "signed"])
def test_the_parts_are_found(kind: str, boundary: str) -> None:
    body = f"preamble\n--onetwo\n{PLAIN}Content-Transfer-Encoding: base64\n\n{ENCODED}\n--onetwo--\n"
    assert words(mail(f"Content-Type: multipart/{kind}; {boundary}\n", body)) == NO


def test_parts_in_a_mail_that_says_nothing_of_them() -> None:
    assert words(mail("", f"--onetwo\n{PLAIN}\n{NO}\n--onetwo--\n")) == NO


@pytest.mark.parametrize(
    "body", ["--\nContent-Type: text/plain is what I need\n", "--yes--\nSam\n", "--a\nContent with it\n"]
)
def test_dashes_of_a_person_are_no_parts(body: str) -> None:
    assert body.strip() in mail("", body).text


def test_a_multipart_that_is_encoded_as_a_whole() -> None:
    inner = base64.encodebytes(f"--b\n{PLAIN}\n{NO}\n--b--\n".encode())
    assert words(mail('Content-Type: multipart/mixed; boundary="b"\nContent-Transfer-Encoding: base64\n', inner)) == NO


def test_an_attached_mail_that_is_encoded() -> None:
    ours = base64.encodebytes(b"Message-ID: <ours@agency.example>\nSubject: A role\n\nHi Sam\n").decode()
    body = f"--b\n{PLAIN}\nSee below.\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{ours}\n--b--\n"
    found = mail('Content-Type: multipart/mixed; boundary="b"\n', body)
    assert (words(found), found.original_message_id) == ("See below.", "<ours@agency.example>")


# --- transfer encodings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        '"quoted-printable"',
        "'quoted-printable'",
        "quoted-printable (by us)",
        "(by us) quoted-printable",
        "QUOTED-PRINTABLE;",
        "quoted_printable",
        "quoted printable",
        "Quoted-Printable; charset=utf-8",
    ],
)
def test_names_of_quoted_printable(name: str) -> None:
    found = mail(f"{PLAIN}Content-Transfer-Encoding: {name}\n", "No =E2=80=93 st=\nop writing =  \nto me =3D=\n")
    assert words(found) == "No – stop writing to me ="


@pytest.mark.parametrize("name", ['"base64"', "base64;", "Base64 (by us)", "(x) base64", "base-64", "BASE64"])
def test_names_of_base64(name: str) -> None:
    assert words(mail(f"{PLAIN}Content-Transfer-Encoding: {name}\n", f"{ENCODED}\n")) == NO


@pytest.mark.parametrize("name", ["8-bit", "8bit;", "utf-8", "unknown", "x-none", "7-bit", "binary", "amazing-final"])
def test_names_that_encode_nothing(name: str) -> None:
    assert words(mail(f"{PLAIN}Content-Transfer-Encoding: {name}\n", "Grüße = x, a=b")) == "Grüße = x, a=b"


FIRST, REST = base64.b64encode(NO[:16].encode()).decode(), base64.b64encode(NO[16:].encode()).decode()


@pytest.mark.parametrize(
    "body",
    [
        f"{ENCODED}\n",
        ENCODED.rstrip("="),
        f"{FIRST}\n{REST}\n",
        f"{FIRST}\n\n{REST}\n",
        FIRST + REST,
        "\n".join(base64.b64encode(NO[at : at + 7].encode()).decode() for at in range(0, len(NO), 7)),
        f"  {ENCODED[:20]}  \n\t{ENCODED[20:]}\t\n",
        f"{ENCODED[:10]}!{ENCODED[10:30]}\x7f{ENCODED[30:]}",
        f"{ENCODED[:8]}={ENCODED[8:]}",
        f"{ENCODED[:8]}\n=\n{ENCODED[8:]}",
        " ".join(ENCODED[at : at + 4] for at in range(0, len(ENCODED), 4)),
        f"{ENCODED}\n\n-- \nScanned by a filter, see http://filter.example\n",
        f"{ENCODED}\n_______________________________\nA list\nlist@lists.example\nhttp://lists.example/\n",
        f"{ENCODED[:20]}\n*** line noise, 3 retries ***\n{ENCODED[20:]}\n",
        f"{ENCODED}==\n",
        f"\n\n{ENCODED}",
    ],
)
def test_base64_in_pieces_and_with_noise(body: str) -> None:
    assert words(mail(f"{PLAIN}Content-Transfer-Encoding: base64\n", body)) == NO


def test_base64_that_ends_in_the_middle_of_a_character() -> None:
    whole = base64.b64encode(f"{NO} \U0001f600".encode()).decode()
    assert words(mail(f"{PLAIN}Content-Transfer-Encoding: base64\n", whole[:-4])) == f"{NO} \ufffd"


@pytest.mark.parametrize(
    "text", ["Plain it is, whatever is said above.", "Yes.", "No!", "Stop it, please.\nThanks\nSam"]
)
def test_a_text_that_is_only_called_base64(text: str) -> None:
    assert words(mail(f"{PLAIN}Content-Transfer-Encoding: base64\n", text)).startswith(text.split("\n", maxsplit=1)[0])


def test_base64_for_addresses_of_the_web() -> None:
    text = "Grüße ÿÿ??>>"
    assert decode_transfer(base64.urlsafe_b64encode(text.encode()), "base64") == text.encode()


def test_quoted_printable_that_nobody_calls_so() -> None:
    assert (
        words(mail(PLAIN, "Bitte l=C3=B6schen Sie mich, Gr=C3=BC=C3=9Fe=\n aus K=C3=B6ln"))
        == "Bitte löschen Sie mich, Grüße aus Köln"
    )
    assert words(mail(PLAIN, "a =?utf-8?Q?=C3=BC?= b, =C3=BC")) == "a =?utf-8?Q?=C3=BC?= b, =C3=BC"
    assert words(mail(PLAIN, "https://x.example/?a=1&b=FF")) == "https://x.example/?a=1&b=FF"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"100% = =G1 =C3=BC =", b"100% = =G1 \xc3\xbc "),
        (b"a=\n\nb", b"a\nb"),
        (b"=c3=bc", b"\xc3\xbc"),
        (b"x=3D\n", b"x=\n"),
    ],
)
def test_faults_of_quoted_printable(raw: bytes, read: bytes) -> None:
    assert decode_transfer(raw, "quoted-printable") == read


def test_a_file_in_the_text_itself_is_no_words() -> None:
    lines = "".join(binascii.b2a_uu(bytes([number]) * 45).decode() for number in range(9))
    assert words(mail(PLAIN, f"My CV.\n\nbegin 644 cv.pdf\n{lines}`\nend\n\nCall me.")) == "My CV. Call me."
    for text in ("I begin 2027 here.\nbegin 100 people\nat the\nend", "begin 644 x\nWE ARE\nNOT AT the end"):
        assert mail(PLAIN, text).text == text


def test_uuencode() -> None:
    coded = b"begin 644 x.txt\n" + binascii.b2a_uu(NO.encode()) + b"`\nend\n"
    assert words(mail(f"{PLAIN}Content-Transfer-Encoding: x-uuencode\n", coded)) == NO
    assert words(mail(f"{PLAIN}Content-Transfer-Encoding: uuencode\n", NO)) == NO
    assert decode_transfer(b"begin 644 x\n#\xff\xff\xff\xff\nend\n", "uuencode") == b""


# --- encoded-words (RFC 2047) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("=?utf-8?B?R3LD?= =?UTF-8?B?vMOfZQ==?=", "Grüße"),
        ("=?utf-8?B?R3LDv?=\n =?utf-8?B?MOfZQ==?=", "Grüße"),
        ("=?utf-8?Q?=F0=9F=98?= =?utf-8*en?Q?=80?=", "\U0001f600"),
        ("=?utf-8?Q?Gr=C3?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
        ("=?utf-8?Q?Free_on_Monday??=", "Free on Monday?"),
        ("=?utf-8?Q?=3D?= = x", "= = x"),
        ("a =?utf-8?Q??= b", "a  b"),
        ("=?cp1251?B?zeXy?=", "Нет"),
        ("=?unknown?B?zeXyLCDx7+Dx6OHu?=", "Нет, спасибо"),
        ("=?utf-8?X?abc?= =?utf-8?Q?abc", "=?utf-8?X?abc?= =?utf-8?Q?abc"),
    ],
)
def test_encoded_words(value: str, read: str) -> None:
    assert decode_words(value) == read


# --- parts -----------------------------------------------------------------------------------------------------------

_MIXED = 'Content-Type: multipart/mixed; boundary="b"\n'
_PICTURE = "--b\nContent-Type: image/png; name=logo.png\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw0=\n"


@pytest.mark.parametrize(
    "head",
    [
        'Content-Type: text/plain; charset=utf-8; name="mail.txt"',
        'Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline; filename="mail.txt"',
        "Content-Type: text/plain; charset=utf-8; name*=utf-8''mail\nContent-Disposition: inline",
        "Content-Type: text/html; charset=utf-8; name=body.html",
        "Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline",
        'Content-Type: text/html; name="mail body"\nContent-Disposition: INLINE; filename="mail.htm"',
    ],
)
def test_a_text_with_a_name_is_the_text(head: str) -> None:
    assert words(mail(_MIXED, f"--b\n{head}\n\n{NO}\n{_PICTURE}--b--\n")) == NO


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/plain; charset=utf-8; name=cv.txt\nContent-Disposition: attachment; filename=cv.txt",
        "Content-Type: text/plain\nContent-Disposition:  ATTACHMENT",
        'Content-Type: text/plain; name="table.csv"\nContent-Disposition: inline',
        "Content-Type: text/csv; name=x.csv",
        "Content-Type: text/plain; name=cv.pdf",
    ],
)
def test_a_file_is_not_the_text(head: str) -> None:
    found = mail(_MIXED, f"--b\n{PLAIN}\nMy CV.\n--b\n{head}\n\n{NO}\n--b--\n")
    assert words(found) == "My CV."
    assert not opt_out_reasons(found.text)


def test_texts_around_pictures_belong_together() -> None:
    one, two = f"--b\n{PLAIN}\nFirst.\n", f"--b\n{PLAIN}\nThen {NO}\n"
    assert words(mail(_MIXED, f"{one}{_PICTURE}{two}{_PICTURE}--b--\n")) == f"First. Then {NO}"
    html = f"--b\nContent-Type: text/html\n\n<p>Then {NO}</p>\n"
    assert words(mail(_MIXED, f"{one}{_PICTURE}{html}--b--\n")) == f"First. Then {NO}"
    assert words(mail(_MIXED, f"{html}{_PICTURE}{one}--b--\n")) == f"Then {NO} First."


def test_one_text_in_two_forms_that_nobody_calls_alternatives_is_read_once() -> None:
    one, two = f"--b\n{PLAIN}\nYes, on Monday.\n", "--b\nContent-Type: text/html\n\n<p>Yes, on <b>Monday</b>.</p>\n"
    assert words(mail(_MIXED, f"{one}{two}--b--\n")) == "Yes, on Monday."
    assert words(mail(_MIXED, f"{two}{one}--b--\n")) == "Yes, on Monday."


def test_alternatives_in_any_order_and_number() -> None:
    head = 'Content-Type: multipart/alternative; boundary="b"\n'
    plain, html = f"--b\n{PLAIN}\nYes, on Monday.\n", "--b\nContent-Type: text/html\n\n<p>Yes, on <b>Monday</b>.</p>\n"
    amp = "--b\nContent-Type: text/x-amp-html\n\n<p>Press here</p>\n"
    poor = "--b\nContent-Type: text/plain; charset=us-ascii\n\nYes, on M?nday.\n"
    for body in (plain + html, html + plain, plain + amp + html, poor + plain + html, poor + plain):
        assert words(mail(head, f"{body}--b--\n")) == "Yes, on Monday."
    inner = 'Content-Type: multipart/mixed; boundary="c"\n\n--c\nContent-Type: text/html\n\n<p>Yes,</p>\n--c\nContent-Type: image/png; name=x\n\nx\n--c\nContent-Type: text/html\n\n<p>on Monday.</p>\n--c--\n'
    assert words(mail(head, f"{plain}--b\n{inner}--b--\n")) == "Yes, on Monday."


@pytest.mark.parametrize(
    "kind", ["plain/text", "text", "text/x-unknown", "TEXT/PLAIN", "text/plain;;", "; charset=utf-8"]
)
def test_types_that_are_none(kind: str) -> None:
    assert words(mail(f"Content-Type: {kind}\n", NO)) == NO


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("<bold>No thanks</bold>, take <italic>me</italic> off.", "No thanks, take me off."),
        (
            "<color><param>red</param>No</color>\nthanks.\n\nAna <<ana@client.example>",
            "No thanks. Ana <ana@client.example>",
        ),
        ("<nofill>a\nb</nofill>", "a b"),
        ("2 < 3 is true", "2 < 3 is true"),
    ],
)
def test_the_commands_of_enriched_text_are_no_words(body: str, read: str) -> None:
    assert words(mail("Content-Type: text/enriched; charset=utf-8\n", body)) == read


@pytest.mark.parametrize(
    "form", ["format=flowed; delsp=yes", 'Format="Flowed"; DelSp="Yes"', "delsp=YES; format=flowed"]
)
def test_blanks_that_are_none(form: str) -> None:
    body = "> our wo \n> rds\nPlease st \nop writing. \n \nThanks\n-- \nSam Exam \nple\n"
    found = mail(f"Content-Type: text/plain; charset=utf-8; {form}\n", body)
    assert "our words\nPlease stop writing.\nThanks\n-- \nSam Example" in found.text.replace("\n\n", "\n")


def test_blanks_that_are_some_stay() -> None:
    assert (
        words(mail("Content-Type: text/plain; charset=utf-8; format=flowed\n", "Please \nstop writing."))
        == "Please stop writing."
    )


@pytest.mark.parametrize(
    "body",
    ["<html><body><p>{}</p></body></html>", "<!DOCTYPE html>\n<div>{}</div>", "<div>{}</div>", "<p style='x'>{}</p>"],
)
def test_html_that_is_called_plain(body: str) -> None:
    assert words(mail(PLAIN, body.format(NO))) == NO


@pytest.mark.parametrize(
    "body", ["<sam@firm.example> is me.", "<b>no</b> is what I say", "I <3 it", "<grin> see you </grin>"]
)
def test_angles_of_a_person_are_no_html(body: str) -> None:
    assert mail(PLAIN, body).text == body


def test_plain_that_is_called_html_keeps_its_lines() -> None:
    assert (
        mail("Content-Type: text/html; charset=utf-8\n", "One &amp; two.\nThree.\n").reply_text == "One & two.\nThree."
    )
