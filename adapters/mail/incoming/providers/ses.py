"""Amazon SES: a receipt rule with an SNS action posts the whole message, in a notification that SNS signed.

Source: docs.aws.amazon.com, "Verifying the signatures of Amazon SNS messages" and "Publish to Amazon SNS topic action"
(mail of 150 KB at the most; set its encoding to Base64).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from adapters.mail.incoming.providers import PayloadError, ProviderMail, addresses_of, spf_result
from adapters.mail.incoming.providers.certificate import Certificate, read_certificate
from sequences.errors import TokenError
from sequences.inbound.authentication import ProviderResults
from sequences.inbound.delivery_events.ses import read_ses
from sequences.inbound.mime.authentication_results import MethodResult

if TYPE_CHECKING:
    from datetime import datetime

    from sequences.inbound.delivery_events.event import DeliveryEvent

Fetch = Callable[[str], Awaitable[bytes]]
"""Gets what lies at an https address; ``UnavailableError`` when nobody answers 200."""

_HOST = re.compile(r"sns\.([a-z]{2}(?:-[a-z]+)+-\d{1,2})\.(amazonaws\.com(?:\.cn)?)")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{32}\.pem")
_CONFIRMING = re.compile(r"/\?Action=ConfirmSubscription&[!\"$-~]+")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: dict[str, tuple[str, ...]] = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
# Version 1 is what topics are set to by default. A signature needs no collision resistance of what its signer chose.
_DIGESTS: dict[str, Literal["sha1", "sha256"]] = {"1": "sha1", "2": "sha256"}
_KEPT = 20
# "Contents of notifications for Amazon SES email receiving"; gray: there is no policy, or no signature.
_STATUSES = {"pass": "pass", "fail": "fail", "gray": "none", "processing_failed": "temperror"}


class SnsVerifier:
    """Tells what SNS signed for one of our topics.

    Args:
        topics: ARNs. Anybody with an account there can have SNS sign a message and post it here: only the topic says
            that it is ours.
        fetch: gets certificates, and visits the address that confirms a subscription.
    """

    def __init__(self, topics: Sequence[str], fetch: Fetch) -> None:
        self._topics = frozenset(topics)
        self._fetch = fetch
        self._certificates: dict[str, Certificate] = {}

    async def check(self, body: bytes, now: datetime) -> dict[str, Any]:
        """The document of a post, once its signature was checked.

        Raises:
            PayloadError: no document of SNS.
            TokenError: of another topic, or not signed by SNS.
            UnavailableError: the certificate cannot be had now.
        """
        document = read_document(body)
        kind, topic = document.get("Type"), document.get("TopicArn")
        if kind not in _SIGNED:
            raise PayloadError("Type is not one that SNS sends")
        if topic not in self._topics:
            raise TokenError("the topic is not one of RELANCE_SES_TOPICS")
        digest = _DIGESTS.get(str(document.get("SignatureVersion")))
        if digest is None:
            raise TokenError("SignatureVersion is neither 1 nor 2")
        try:
            signature = base64.b64decode(str(document.get("Signature")), validate=True)
        except ValueError:
            raise TokenError("the signature is not base64") from None
        certificate = await self._certificate(require_certificate_url(document.get("SigningCertURL")))
        certificate.check(string_to_sign(document), signature, digest, now)
        return document

    async def confirm(self, document: Mapping[str, Any]) -> None:
        """Confirms the subscription of a checked document: SNS posts nothing else before that.

        Raises:
            TokenError: the address to visit is not Amazon's.
            UnavailableError: it does not answer now.
        """
        await self._fetch(_require(document.get("SubscribeURL"), _CONFIRMING))

    async def _certificate(self, url: str) -> Certificate:
        found = self._certificates.get(url)
        if found is None:
            found = read_certificate(await self._fetch(url), signer_names(url))
            if len(self._certificates) >= _KEPT:
                self._certificates.clear()
            self._certificates[url] = found
        return found


def require_certificate_url(url: object) -> str:
    """The address of a certificate, when it is one at which SNS keeps its own.

    Host alone says little: the API of SNS answers there too, and quotes what its callers wrote.

    Raises:
        TokenError: it is not.
    """
    return _require(url, _CERTIFICATE)


def signer_names(url: str) -> frozenset[str]:
    """The names in the certificates of SNS, by region, for an address of ``require_certificate_url``.

    Source: ``SnsMessageManager`` of the AWS SDK for Java.
    """
    host = _HOST.fullmatch(urlsplit(url).netloc)
    if host is None:
        return frozenset()
    region, domain = host.groups()
    names = {"sns.amazonaws.com", f"sns-signing.{region}.{domain}", f"sns-{region}.{domain}"}
    # Both regions of the government have the certificate of one.
    if region.startswith("us-gov-"):
        names.add("sns-us-gov-west-1.amazonaws.com")
    return frozenset(names)


def _require(url: object, rest: re.Pattern[str]) -> str:
    """The address, when it is one of SNS itself, exactly as SNS writes it; ``rest`` follows the host.

    Compared as written: a reader of addresses that is more lenient than this one must not be led elsewhere.

    Raises:
        TokenError: it is not; its author wants us to trust or to visit somebody else.
    """
    text = url if isinstance(url, str) else ""
    scheme, _, address = text.partition("://")
    host, slash, path = address.partition("/")
    if scheme != "https" or not _HOST.fullmatch(host) or not rest.fullmatch(slash + path):
        raise TokenError("an address in the message does not belong to SNS")
    return text


def string_to_sign(document: Mapping[str, Any]) -> bytes:
    """What SNS signs: names and values of the fields that count, each on a line of its own."""
    names = [name for name in _SIGNED[document["Type"]] if name in document]
    return "".join(f"{name}\n{document[name]}\n" for name in names).encode("utf-8", "replace")


def read(document: Mapping[str, Any]) -> ProviderMail | tuple[DeliveryEvent, ...]:
    """The message of a checked notification, or what it tells of mails that SES sent for us; it may be nothing.

    Raises:
        PayloadError: a notification of nothing of the kind, or without the message.
    """
    message = str(document.get("Message", ""))
    try:
        notice = json.loads(message)
    except (ValueError, RecursionError):
        notice = None
    if not isinstance(notice, dict):
        # "Successfully validated SNS topic for Amazon SES event publishing."
        if message.startswith("Successfully validated SNS topic"):
            return ()
        raise PayloadError("not an SES notification")
    content, kind = notice.get("content"), notice.get("notificationType") or notice.get("eventType")
    if kind != "Received" and isinstance(kind, str):
        # What SES says when a topic is set, and kinds that matter to nobody here, tell of nothing.
        return read_ses(notice, str(document.get("MessageId", "")))
    if kind != "Received" or not isinstance(content, str) or not content:
        raise PayloadError("no content: use an SNS action in the receipt rule")
    receipt = _object(notice, "receipt")
    action = _object(receipt, "action")
    raw = content.encode("utf-8", "replace")
    if str(action.get("encoding", "")).upper() == "BASE64":
        try:
            raw = base64.b64decode(content, validate=True)
        except ValueError:
            raise PayloadError("the content is marked as base64 but is not") from None
    return ProviderMail(raw, addresses_of(receipt.get("recipients")), _told(notice, receipt))


def _told(notice: Mapping[str, Any], receipt: Mapping[str, Any]) -> ProviderResults:
    """The verdicts; that on DKIM does not say whose signature it is about, and DMARC's covers it."""
    dmarc = str(_object(receipt, "dmarcVerdict").get("status", "")).lower()
    results = (MethodResult("dmarc", _STATUSES.get(dmarc, "none"), {}),)
    spf = str(_object(receipt, "spfVerdict").get("status", "")).lower()
    source = str(_object(notice, "mail").get("source", ""))
    return ProviderResults("ses", results + spf_result(_STATUSES.get(spf, "none"), source))


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def read_document(body: bytes) -> dict[str, Any]:
    """The JSON object of a post, unchecked.

    Raises:
        PayloadError: it is none.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise PayloadError("the body is not a JSON object")
    return document
