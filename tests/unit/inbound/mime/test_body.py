"""Mails that are more than text: attachments, signatures, ciphers, calendars, forwards. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.model import InboundMail


def mail(content_type: str, body: str, head: str = "Subject: Re: A role") -> InboundMail:
    return parse_mail(
        f"From: Sam <sam@firm.example>\nTo: dana@agency.example\n{head}\nMIME-Version: 1.0\nContent-Type: {content_type}\n\n{body}".encode()
    )


_QUOTE = "On 4 May 2026, Dana <dana@agency.example> wrote:\n> Hi\n"
_PDF = "--b\nContent-Type: application/pdf; name=cv.pdf\nContent-Disposition: attachment; filename=cv.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n"


def test_only_an_attachment() -> None:
    found = mail('multipart/mixed; boundary="b"', f"--b\nContent-Type: text/plain\n\n\n{_PDF}--b--\n")
    assert (found.event, found.reply_text) == (InboundEvent.HUMAN, "")
    assert {"attachment", "no_own_words"} <= set(found.reasons)


def test_a_bare_file() -> None:
    found = mail("application/pdf; name=cv.pdf\nContent-Disposition: attachment", "JVBERi0=\n")
    assert (found.event, found.reply_text, found.text) == (InboundEvent.HUMAN, "", "")
    assert "attachment" in found.reasons


def test_words_beside_an_attachment() -> None:
    found = mail('multipart/mixed; boundary="b"', f"--b\nContent-Type: text/plain\n\nMy CV.\n\n{_QUOTE}{_PDF}--b--\n")
    assert (found.reply_text, found.reasons) == ("My CV.", ("human", "attachment"))


def test_an_inline_image_with_words_around() -> None:
    found = mail(
        'multipart/related; boundary="b"',
        '--b\nContent-Type: text/html\n\n<div>See this:<img src="cid:1"></div><div>Good?</div>\n--b\nContent-Type: image/png; name=x.png\nContent-ID: <1>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw0=\n--b--\n',
    )
    assert found.reply_text.split() == ["See", "this:", "Good?"]


def test_apple_splits_the_text_around_an_image() -> None:
    found = mail(
        'multipart/mixed; boundary="b"',
        "--b\nContent-Type: text/plain\n\nBefore.\n--b\nContent-Type: image/jpeg; name=x.jpg\nContent-Disposition: inline\n\nx\n--b\nContent-Type: text/plain\n\nAfter.\n--b--\n",
    )
    assert found.reply_text.split() == ["Before.", "After."]


def test_an_smime_signature_is_no_attachment() -> None:
    found = mail(
        'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="b"',
        f"--b\nContent-Type: text/plain\n\nYes.\n\n{_QUOTE}\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nMIAG\n--b--\n",
    )
    assert (found.event, found.reply_text, found.reasons) == (InboundEvent.HUMAN, "Yes.", ("human",))


def test_a_pgp_signature_beside_the_text() -> None:
    found = mail(
        'multipart/signed; protocol="application/pgp-signature"; boundary="b"',
        "--b\nContent-Type: text/plain\n\nYes.\n--b\nContent-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n--b--\n",
    )
    assert (found.reply_text, found.reasons) == ("Yes.", ("human",))


def test_a_pgp_signature_around_the_text() -> None:
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.\n\n{_QUOTE}\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n"
    assert mail("text/plain", text).reply_text == "Yes."


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "MIAG\n"),
        (
            'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"',
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----\n--b--\n",
        ),
        ("text/plain", "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n"),
    ],
)
def test_what_we_cannot_decipher_is_a_persons(kind: str, body: str) -> None:
    found = mail(kind, body)
    assert found.event is InboundEvent.HUMAN
    assert {"encrypted", "no_own_words"} <= set(found.reasons)


def test_outlooks_own_format() -> None:
    tnef = (
        "--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+\n--b--\n"
    )
    found = mail('multipart/mixed; boundary="b"', f"--b\nContent-Type: text/plain\n\nYes.\n{tnef}")
    assert (found.reply_text, found.reasons) == ("Yes.", ("human",))
    assert "attachment" in mail('multipart/mixed; boundary="b"', tnef).reasons


_CALENDAR = "BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={answer};CN=\n Sam:mailto:sam@firm.example\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize("answer", ["ACCEPTED", "DECLINED", "TENTATIVE"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_a_calendar_answer_is_a_persons_answer(answer: str, end: str) -> None:
    body = f"--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: text/calendar; charset=utf-8; method=REPLY\n\n{_CALENDAR.format(method='REPLY', answer=answer)}--b--\n"
    raw = f'From: sam@firm.example\nSubject: {answer.title()}: Interview\nAuto-Submitted: auto-replied\nContent-Type: multipart/alternative; boundary="b"\n\n{body}'
    found = parse_mail(raw.replace("\n", end).encode())
    assert (found.event, found.calendar_answer) == (InboundEvent.HUMAN, answer.lower())
    assert "calendar_answer" in found.reasons


def test_an_invitation_is_a_persons_and_no_answer() -> None:
    found = mail("text/calendar; method=REQUEST", _CALENDAR.format(method="REQUEST", answer="NEEDS-ACTION"))
    assert (found.event, found.calendar_answer) == (InboundEvent.HUMAN, "")
    assert "calendar_invitation" in found.reasons


def test_an_absence_in_the_calendar_program_stays_an_absence() -> None:
    found = mail(
        "text/plain",
        "I am away until 18 May.",
        "Subject: Automatic reply: A role\nDate: Mon, 4 May 2026 09:00:00 +0200",
    )
    assert found.event is InboundEvent.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        (
            "Fwd: A role",
            "Ann, is this for you?\n\n---------- Forwarded message ---------\nFrom: Dana <dana@agency.example>\nDate: Mon, 4 May 2026\nSubject: A role\nTo: Sam\n\nHi Sam",
        ),
        (
            "WG: A role",
            "Ann, is this for you?\n\nVon: Dana <dana@agency.example>\nGesendet: Montag, 4. Mai 2026 09:12\nAn: Sam\nBetreff: A role\n\nHallo Sam",
        ),
        (
            "TR : A role",
            "Ann, is this for you?\n\nDe : Dana <dana@agency.example>\nEnvoyé : lundi 4 mai 2026 09:12\nÀ : Sam\nObjet : A role\n\nBonjour Sam",
        ),
        (
            "RV: A role",
            "Ann, is this for you?\n\nDe: Dana <dana@agency.example>\nEnviado el: lunes, 4 de mayo de 2026\nPara: Sam\nAsunto: A role\n\nHola Sam",
        ),
        (
            "Re: A role",
            "Ann, is this for you?\n\nBegin forwarded message:\n\nFrom: Dana <dana@agency.example>\nSubject: A role\nDate: 4 May 2026\nTo: Sam\n\nHi Sam",
        ),
    ],
)
def test_a_forward_is_a_persons_and_says_so(subject: str, body: str) -> None:
    found = mail("text/plain", body, f"Cc: r1@reply.agency.example\nSubject: {subject}")
    assert (found.event, found.reply_text) == (InboundEvent.HUMAN, "Ann, is this for you?")
    assert "forward" in found.reasons


def test_a_forward_without_a_word() -> None:
    found = mail(
        "text/plain",
        "---------- Forwarded message ---------\nFrom: Dana <dana@agency.example>\nDate: Mon, 4 May 2026\nSubject: A role\nTo: Sam\n\nHi Sam",
        "Subject: Fwd: A role",
    )
    assert (found.event, found.reply_text, "no_own_words" in found.reasons) == (InboundEvent.HUMAN, found.text, True)


def test_a_forward_as_an_attachment() -> None:
    found = mail(
        'multipart/mixed; boundary="b"',
        "--b\nContent-Type: text/plain\n\nFor you, Ann.\n--b\nContent-Type: message/rfc822\n\nFrom: dana@agency.example\nTo: sam@firm.example\nSubject: A role\nMessage-ID: <step1@x.example>\n\nHi\n--b--\n",
        "Subject: FW: A role",
    )
    assert (found.event, found.reply_text) == (InboundEvent.HUMAN, "For you, Ann.")
    assert "forward" in found.reasons
    assert found.original_message_id == "<step1@x.example>"


def test_a_plain_part_that_says_only_that_html_is_needed() -> None:
    found = mail(
        'multipart/alternative; boundary="b"',
        "--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>Yes.</p><blockquote>Hi</blockquote>\n--b--\n",
    )
    assert found.reply_text == "Yes."
