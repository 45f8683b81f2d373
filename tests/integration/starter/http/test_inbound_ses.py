"""SES by SNS: openssl signs, as Amazon's key would; nothing else is believed."""

from __future__ import annotations

import base64
import dataclasses
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from adapters.mail.incoming.providers.certificate import read_certificate
from adapters.mail.incoming.providers.ses import require_certificate_url, signer_names, string_to_sign
from sequences.errors import TokenError, UnavailableError
from tests.support.delivery_events import ses_event
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import Fetched, reply, reply_address, serving, stored

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to sign")

TOPIC = "arn:aws:sns:eu-west-1:123456789012:answers"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
CONFIRM = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y"

NAMES = frozenset({"sns.amazonaws.com"})

Sign = Callable[..., bytes]


def make_certificate(folder: Path, kind: str = "rsa:2048", name: str = "sns.amazonaws.com") -> tuple[Path, bytes]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    # One day before the tests' own clock, which is not the wall's, and ten years after.
    arguments = f"openssl req -x509 -newkey {kind} -nodes -days 3650 -subj /CN={name}"
    subprocess.run([*arguments.split(), "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return key, cert.read_bytes()


@pytest.fixture(scope="module")
def key_and_certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    return make_certificate(tmp_path_factory.mktemp("sns"))


@pytest.fixture
def sign(key_and_certificate: tuple[Path, bytes]) -> Sign:
    def signed(document: dict[str, Any], *, version: str = "2", **changed: Any) -> bytes:
        digest = {"1": "-sha1", "2": "-sha256"}[version]
        done = subprocess.run(
            ["openssl", "dgst", digest, "-sign", str(key_and_certificate[0])],
            input=string_to_sign(document),
            check=True,
            capture_output=True,
        )
        signature = base64.b64encode(done.stdout).decode()
        proof = {"SignatureVersion": version, "Signature": signature, "SigningCertURL": CERTIFICATE}
        return json.dumps(document | proof | changed).encode()

    return signed


@dataclasses.dataclass
class Place:
    api: ApiRig
    outside: Fetched

    async def post(self, body: bytes) -> int:
        answer = await self.api.http.post("/inbound/ses", content=body, headers={"Content-Type": "text/plain"})
        return answer.status_code


@pytest_asyncio.fixture
async def place(api: ApiRig, database_url: str, key_and_certificate: tuple[Path, bytes]) -> AsyncIterator[Place]:
    api.now = datetime.now(UTC)
    outside = Fetched({CERTIFICATE: key_and_certificate[1], CONFIRM: b"<ConfirmSubscriptionResponse/>"})
    async with serving(api, database_url, outside, ses_topics=f"arn:aws:sns:eu-west-1:1:other, {TOPIC}"):
        yield Place(api, outside)


def received(raw: bytes, *recipients: str, encoding: str = "BASE64", **more: Any) -> dict[str, Any]:
    content = base64.b64encode(raw).decode() if encoding == "BASE64" else raw.decode("latin-1")
    notice = {
        "notificationType": "Received",
        "content": content,
        "mail": {"messageId": "d6iitobk75ur44p8kdnnp7g2n800"},
        "receipt": {"recipients": list(recipients), "action": {"type": "SNS", "topicArn": TOPIC, "encoding": encoding}},
    }
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Receipt Notification",
        "Message": json.dumps(notice),
        "Timestamp": "2027-05-04T09:00:00.000Z",
    } | more


CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "165545c9",
    "Token": "2336412f37",
    "TopicArn": TOPIC,
    "Message": "You have chosen to subscribe to the topic",
    "SubscribeURL": CONFIRM,
    "Timestamp": "2027-05-04T09:00:00.000Z",
}


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_message_is_stored_byte_for_byte_once(place: Place, sign: Sign, version: str) -> None:
    send = await place.api.sent(await place.api.enrolled())
    body = sign(received(reply(), reply_address(send)), version=version)
    assert [await place.post(body) for _ in range(2)] == [200, 200]
    assert await stored(place.api) == [("matched", "token", reply())]
    # The certificate is got once.
    assert place.outside.asked == [CERTIFICATE]


async def test_a_message_in_utf_8_and_without_a_subject(place: Place, sign: Sign) -> None:
    document = received(reply(), "x@y.example", encoding="UTF-8")
    del document["Subject"]
    assert await place.post(sign(document)) == 200
    assert (await stored(place.api))[0][2] == reply().decode("latin-1").encode()


async def test_a_subscription_is_confirmed_once_it_is_proved(place: Place, sign: Sign) -> None:
    assert await place.post(sign(CONFIRMATION)) == 200
    assert place.outside.asked == [CERTIFICATE, CONFIRM]
    assert await place.post(sign(CONFIRMATION | {"SubscribeURL": "https://evil.example/?x"})) == 403
    assert await place.post(sign(CONFIRMATION, SubscribeURL="https://evil.example/")) == 403
    assert place.outside.asked == [CERTIFICATE, CONFIRM]
    assert await place.post(sign(CONFIRMATION | {"Type": "UnsubscribeConfirmation"})) == 200
    assert place.outside.asked == [CERTIFICATE, CONFIRM]


async def test_what_is_not_signed_by_sns_for_our_topic(place: Place, sign: Sign) -> None:
    document = received(reply(), "x@y.example")
    wrong = [
        sign(document, Message=json.dumps({"notificationType": "Received", "content": "forged"})),
        sign(document, Signature=base64.b64encode(b"x" * 256).decode()),
        sign(document, Signature=""),
        sign(document, Signature="%"),
        sign(document, SignatureVersion="1"),
        sign(document, SignatureVersion="3"),
        sign(document, Timestamp="2027-05-04T09:00:01.000Z"),
        sign(document | {"TopicArn": "arn:aws:sns:eu-west-1:666:answers"}),
        sign(document, SigningCertURL="https://evil.example/key.pem"),
        sign(document, SigningCertURL="http://sns.eu-west-1.amazonaws.com/key.pem"),
        sign(document, SigningCertURL=None),
        json.dumps(document).encode(),
    ]
    assert [await place.post(body) for body in wrong] == [403] * len(wrong)
    assert await stored(place.api) == []
    assert set(place.outside.asked) <= {CERTIFICATE}


NAMED = "SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


@pytest.mark.parametrize(
    "url",
    [
        f"https://sns.eu-west-1.amazonaws.com.evil.example/{NAMED}",
        f"https://evil.example/sns.eu-west-1.amazonaws.com/{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com@evil.example/{NAMED}",
        f"https://user@sns.eu-west-1.amazonaws.com/{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com:8443/{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com:/{NAMED}",
        f"https://bucket.s3.amazonaws.com/{NAMED}",
        f"https://sns-eu-west-1.amazonaws.com/{NAMED}",
        f"https://evil.example\\@sns.eu-west-1.amazonaws.com/{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com?/{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com/{NAMED}?Action=GetEndpointAttributes&Version=2010-03-31",
        f"https://sns.eu-west-1.amazonaws.com/x.pem?/{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com/{NAMED}#fragment",
        f"https://sns.eu-west-1.amazonaws.com/../{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com//{NAMED}",
        f"https://sns.eu-west-1.amazonaws.com/%53{NAMED[1:]}",
        f"https://sns.eu-west-1.amazonaws.com/{NAMED}\n",
        f"https://sns.eu-west-1.amazonaws.com/{NAMED.upper()}",
        f"https://[sns.eu-west-1.amazonaws.com/{NAMED}",
        f"HTTPS://sns.eu-west-1.amazonaws.com/{NAMED}",
        f"http://sns.eu-west-1.amazonaws.com/{NAMED}",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.eu-west-1.amazonaws.com/x.pem",
        "",
        5,
        None,
    ],
)
def test_addresses_at_which_sns_keeps_no_certificate(url: object) -> None:
    with pytest.raises(TokenError):
        require_certificate_url(url)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("sns.us-east-1.amazonaws.com", "sns.amazonaws.com"),
        ("sns.eu-south-1.amazonaws.com", "sns-signing.eu-south-1.amazonaws.com"),
        ("sns.us-gov-east-1.amazonaws.com", "sns-us-gov-west-1.amazonaws.com"),
        ("sns.cn-north-1.amazonaws.com.cn", "sns-cn-north-1.amazonaws.com.cn"),
    ],
)
def test_whose_certificates_are_believed(host: str, name: str) -> None:
    names = signer_names(require_certificate_url(f"https://{host}/{NAMED}"))
    assert name in names
    assert not names & {host, "amazonaws.com", "evil.example"}


async def test_only_the_page_that_confirms_a_subscription_is_visited(place: Place, sign: Sign) -> None:
    host = "https://sns.eu-west-1.amazonaws.com/"
    for url in (host, f"{host}?Action=Unsubscribe&x", f"{host}?Action=ConfirmSubscription&x#y", f"{host}x{CONFIRM}"):
        assert await place.post(sign(CONFIRMATION | {"SubscribeURL": url})) == 403
    assert place.outside.asked == [CERTIFICATE]


async def test_a_certificate_that_cannot_be_had_is_503_and_works_later(place: Place, sign: Sign) -> None:
    body = sign(received(reply(), "x@y.example"))
    place.outside.down = UnavailableError("an address of the provider does not answer")
    assert await place.post(body) == 503
    place.outside.down = None
    assert await place.post(body) == 200


async def test_a_certificate_that_is_not_valid_now(place: Place, sign: Sign) -> None:
    place.api.now = datetime(2050, 1, 1, tzinfo=UTC)
    assert await place.post(sign(received(reply(), "x@y.example"))) == 403


async def test_notifications_that_hold_no_mail(place: Place, sign: Sign) -> None:
    told: list[Any] = ["Successfully validated SNS topic for Amazon SES."]
    told += [{"notificationType": "AmazonSnsSubscriptionSucceeded"}, {"notificationType": "Bounce"}]
    for message in told:
        text = message if isinstance(message, str) else json.dumps(message)
        assert await place.post(sign(received(b"x", Message=text))) == 200
    for message in ({"notificationType": "Received"}, {"notificationType": 7}, {}, [], "hello"):
        assert await place.post(sign(received(b"x", Message=json.dumps(message)))) == 422
    broken = {"notificationType": "Received", "content": "%", "receipt": {"action": {"encoding": "BASE64"}}}
    assert await place.post(sign(received(b"x", Message=json.dumps(broken)))) == 422
    for body in (b"", b"[]", b"{", b'{"Type": "Other"}'):
        assert await place.post(body) == 422
    assert await place.post(b"x" * 1_000_001) == 413
    assert await stored(place.api) == []


@pytest.mark.parametrize(
    ("what", "kind", "channel"), [("bounce", "bounced", "email"), ("complaint", "complained", "all"), ("full", "", "")]
)
async def test_what_ses_tells_of_our_mails_is_obeyed_once_whichever_notification_tells_it(
    place: Place, sign: Sign, what: str, kind: str, channel: str
) -> None:
    api = place.api
    enrollment = await api.enrolled()
    message_id = f"<{await api.sent(enrollment)}@relance.example>"
    told = received(b"x", Message=json.dumps(ses_event(what, message_id)))
    for number in (1, 1, 2):
        assert await place.post(sign(told | {"MessageId": f"notification-{number}"})) == 200
    for other in ("delivered", "delayed", "opened", "unknown"):
        message = json.dumps(ses_event(other, message_id))
        assert await place.post(sign(received(b"x", Message=message, MessageId=other))) == 200
    forged = json.loads(sign(told))
    forged["Message"] = json.dumps(ses_event("complaint", message_id, ident="forged"))
    assert await place.post(json.dumps(forged).encode()) == 403
    assert [row["kind"] for row in await api.fetch("SELECT kind FROM reaction")] == ([kind] if kind else [])
    rows = await api.fetch("SELECT DISTINCT channel, reason FROM suppression")
    assert [(row["channel"], row["reason"]) for row in rows] == ([(channel, kind)] if kind else [])
    (row,) = await api.fetch("SELECT undelivered_at FROM send")
    assert (row["undelivered_at"] is not None) == (what == "full")


def test_certificates_that_prove_nothing(tmp_path: Path, key_and_certificate: tuple[Path, bytes]) -> None:
    good = key_and_certificate[1]
    lines = good.split(b"\n")
    for bad in (
        b"",
        b"hello",
        good[:300],
        b"\n".join([lines[0], lines[2], *lines[3:]]),
        good.replace(b"M", b"\xff"),
        good.replace(b"CERTIFICATE", b"RSA PRIVATE KEY"),
        _pem(b"\x30\x03\x02\x01\x01"),
        _pem(b"garbage") + good,
        b"junk\n" + good,
        b"\n" + good,
        b"<Attributes>" + good + b"</Attributes>",
        key_and_certificate[0].read_bytes(),
    ):
        with pytest.raises(TokenError, match="cannot be read"):
            read_certificate(bad, NAMES)
    # Of a chain the first one signs; what comes after it may be anything.
    for chain in (good + make_certificate(tmp_path)[1], good + b"garbage", good + good[:300]):
        assert read_certificate(chain, NAMES).key.public_numbers() == read_certificate(good, NAMES).key.public_numbers()


def test_a_certificate_of_somebody_else(tmp_path: Path) -> None:
    for name in ("evil", "sns.amazonaws.com.evil.example", "SNS.amazonaws.com"):
        with pytest.raises(TokenError, match="somebody else"):
            read_certificate(make_certificate(tmp_path, name=name)[1], NAMES)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("rsa:1024", "too short"), ("rsa:2040", "too short"), ("ec", "not RSA"), ("ed25519", "not RSA")],
)
def test_keys_that_sns_does_not_sign_with(tmp_path: Path, kind: str, words: str) -> None:
    options = " -pkeyopt ec_paramgen_curve:P-256" if kind == "ec" else ""
    with pytest.raises(TokenError, match=words):
        read_certificate(make_certificate(tmp_path, kind + options)[1], NAMES)


def test_a_certificate_is_good_between_its_dates_only(key_and_certificate: tuple[Path, bytes]) -> None:
    key = serialization.load_pem_private_key(key_and_certificate[0].read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(b"words", padding.PKCS1v15(), hashes.SHA256())
    found = read_certificate(key_and_certificate[1], NAMES)
    for good in (found.not_before, found.not_after):
        found.check(b"words", signature, "sha256", good)
    for bad in (found.not_before - timedelta(seconds=1), found.not_after + timedelta(seconds=1)):
        with pytest.raises(TokenError, match="not valid now"):
            found.check(b"words", signature, "sha256", bad)


def test_signatures_of_another_form_or_digest(key_and_certificate: tuple[Path, bytes]) -> None:
    key = serialization.load_pem_private_key(key_and_certificate[0].read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    found = read_certificate(key_and_certificate[1], NAMES)
    good = key.sign(b"words", padding.PKCS1v15(), hashes.SHA256())
    pss = key.sign(b"words", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    sha512 = key.sign(b"words", padding.PKCS1v15(), hashes.SHA512())
    for bad in (b"", good[:-1], good + b"\0", b"\0" + good, bytes(256), b"\xff" * 256, pss, sha512):
        with pytest.raises(TokenError, match="does not match"):
            found.check(b"words", bad, "sha256", found.not_before)
    with pytest.raises(TokenError, match="does not match"):
        found.check(b"words", good, "sha1", found.not_before)


def _pem(der: bytes) -> bytes:
    return ssl.DER_cert_to_PEM_cert(der).encode()


async def test_a_no_is_obeyed_before_amazon_hears_200(place: Place, sign: Sign) -> None:
    send = await place.api.sent(await place.api.enrolled())
    place.api.runs.down = True
    raw = reply(words="Please stop e-mailing me.")
    assert await place.post(sign(received(raw, reply_address(send)))) == 200
    rows = await place.api.fetch("SELECT person_id, reason FROM suppression WHERE lifted_at IS NULL")
    assert [(row["person_id"], row["reason"]) for row in rows] == [("p1", "opt_out")]
