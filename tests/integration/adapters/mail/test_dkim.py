"""DKIM: what is signed verifies without a network, and nothing that matters can be changed or added afterwards."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim
import nacl.signing
import pytest

from adapters.mail.outgoing.dkim import DkimKey, DkimSigner, parse_keys
from adapters.mail.outgoing.message import build_email
from sequences.errors import SettingsError
from sequences.sending.email_content import EmailContent, EmailHeaders

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make keys")

HEADERS = EmailHeaders(
    message_id="<s2.12345678@relance.example>",
    sender_name="Dana Owner",
    sender_address="dana@agency.example",
    recipient_name="Zoë Example",
    recipient_address="zoe@client.example",
    reply_to="r+token@reply.relance.example",
    date=datetime(2027, 5, 4, 9, 30, tzinfo=UTC),
    in_reply_to="<s1.12345678@relance.example>",
    references=("<s0.12345678@relance.example>", "<s1.12345678@relance.example>"),
    unsubscribe_url="https://relance.example/u/" + "t" * 90,
    unsubscribe_mailto="u+token@reply.relance.example",
)
CONTENT = EmailContent(
    "A word for Zoë, and a subject that is long enough to be folded over two lines", "Hello\n", "<p>Hé"
)
MAIL = build_email(HEADERS, CONTENT)


class Keys:
    """Keys of both kinds in files, and the DNS that publishes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dns: dict[bytes, bytes] = {}

    def rsa(self, domain: str, selector: str) -> str:
        file = self.folder / f"{selector}.pem"
        _openssl("genrsa", "-out", str(file), "2048")
        public = _openssl("rsa", "-in", str(file), "-pubout", "-outform", "DER")
        self._publish(domain, selector, b"k=rsa", public)
        return f"{domain}:{selector}:{file}"

    def ed25519(self, domain: str, selector: str) -> str:
        file = self.folder / f"{selector}.pem"
        _openssl("genpkey", "-algorithm", "ed25519", "-out", str(file))
        self._publish(
            domain, selector, b"k=ed25519", _openssl("pkey", "-in", str(file), "-pubout", "-outform", "DER")[-32:]
        )
        return f"{domain}:{selector}:{file}"

    def _publish(self, domain: str, selector: str, kind: bytes, public: bytes) -> None:
        record = b"v=DKIM1; " + kind + b"; p=" + base64.b64encode(public)
        self.dns[f"{selector}._domainkey.{domain}.".encode()] = record

    def verifies(self, mail: bytes, number: int = 0) -> bool:
        try:
            return bool(dkim.DKIM(mail).verify(idx=number, dnsfunc=lambda name, timeout=5: self.dns.get(name)))
        except dkim.ValidationError:
            return False


def _openssl(*words: str) -> bytes:
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def rsa(keys: Keys) -> str:
    return keys.rsa("agency.example", "s2027")


@pytest.fixture(scope="module")
def ed25519(keys: Keys) -> str:
    return keys.ed25519("agency.example", "e2027")


@pytest.fixture(scope="module")
def signed(rsa: str) -> bytes:
    return DkimSigner(parse_keys(rsa))(MAIL)


def test_rsa_verifies_and_the_mail_itself_is_untouched(keys: Keys, signed: bytes) -> None:
    assert signed.endswith(MAIL)
    assert signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
    assert b"\n" not in signed.replace(b"\r\n", b"")
    assert max(map(len, signed.split(b"\r\n"))) <= 998
    assert keys.verifies(signed)


def test_ed25519_verifies(keys: Keys, ed25519: str) -> None:
    assert keys.verifies(DkimSigner(parse_keys(ed25519))(MAIL))


def test_two_keys_of_one_domain_sign_both(keys: Keys, rsa: str, ed25519: str) -> None:
    both = DkimSigner(parse_keys(f"{rsa}, {ed25519}"))(MAIL)
    assert both.count(b"DKIM-Signature:") == 2
    assert keys.verifies(both, 0)
    assert keys.verifies(both, 1)


@pytest.mark.parametrize(
    "name",
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Reply-To",
        "MIME-Version",
        "Content-Type",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    ],
)
@pytest.mark.parametrize("how", ["changed", "removed"])
def test_no_signed_header_can_be_changed_or_removed(keys: Keys, signed: bytes, name: str, how: str) -> None:
    lines = signed.split(b"\r\n")
    first = next(number for number, line in enumerate(lines) if line.startswith(name.encode() + b":"))
    if how == "changed":
        lines[first] += b"x"
    else:
        del lines[first]
        while lines[first].startswith((b" ", b"\t")):
            del lines[first]
    assert not keys.verifies(b"\r\n".join(lines))


def test_no_second_from_can_be_added(keys: Keys, signed: bytes) -> None:
    assert not keys.verifies(b"From: other@elsewhere.example\r\n" + signed)


def test_unsubscribe_headers_cannot_be_added_to_a_mail_without(keys: Keys, rsa: str) -> None:
    bare = build_email(replace(HEADERS, unsubscribe_url=None, unsubscribe_mailto=None), CONTENT)
    signed = DkimSigner(parse_keys(rsa))(bare)
    assert keys.verifies(signed)
    assert not keys.verifies(b"List-Unsubscribe: <https://elsewhere.example/u>\r\n" + signed)
    assert not keys.verifies(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" + signed)


def test_the_body_cannot_be_changed(keys: Keys, signed: bytes) -> None:
    assert not keys.verifies(signed.replace(b"Hello", b"Hullo"))


def test_the_nearest_domain_signs_and_others_do_not(keys: Keys, rsa: str) -> None:
    nearer = keys.ed25519("team.agency.example", "near")
    sign = DkimSigner(parse_keys(f"{rsa},{nearer}"))

    def of(address: str) -> bytes:
        return sign(build_email(replace(HEADERS, sender_address=address), CONTENT))

    assert b"d=team.agency.example;" in of("dana@team.agency.example")
    assert b"d=agency.example;" in of("dana@post.agency.example")
    assert b"DKIM-Signature" not in of("dana@notagency.example")


def test_a_mail_with_utf8_in_its_header_is_signed_too(keys: Keys, rsa: str) -> None:
    mail = build_email(
        replace(HEADERS, sender_address="jörg@agency.example", recipient_address="用户@例子.example"), CONTENT
    )
    signed = DkimSigner(parse_keys(rsa))(mail)
    assert b"d=agency.example;" in signed
    assert keys.verifies(signed)


def test_a_key_may_stand_in_the_setting_itself(keys: Keys, rsa: str) -> None:
    der = _openssl("pkcs8", "-topk8", "-nocrypt", "-in", rsa.split(":")[2], "-outform", "DER")
    inline = f"agency.example:s2027:{base64.b64encode(der).decode()}"
    assert keys.verifies(DkimSigner(parse_keys(inline))(MAIL))
    seed = base64.b64encode(bytes(nacl.signing.SigningKey.generate())).decode()
    assert parse_keys(f"agency.example:e:{seed}")[0].algorithm == "ed25519-sha256"


@pytest.mark.parametrize(
    "text",
    [
        "agency.example",
        "agency.example:s",
        "agency.example:s:/nowhere/key.pem",
        "a b:s:/x",
        "agency.example:s:AAAA",
        "agency.example:s:not base64!",
        "agency.example:s\r\nx:AAAA",
    ],
)
def test_a_key_that_cannot_sign_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="DKIM key 1"):
        parse_keys(text)


def test_a_selector_is_named_once(rsa: str) -> None:
    with pytest.raises(SettingsError, match="twice"):
        parse_keys(f"{rsa},{rsa}")
    assert parse_keys("") == ()


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(DkimKey("agency.example", "s", "rsa-sha256", b"secret"))
