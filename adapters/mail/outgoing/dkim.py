"""DKIM signatures (RFC 6376, RFC 8463) put on a finished mail: once, at freezing, so that the signed bytes are kept.

RFC 8058 section 4 wants both unsubscribe headers under the signature, which dkimpy does not do by itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNED: Final = (
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
)
"""Headers under the signature; one that a mail lacks cannot be added to it later."""

_SIGNED_TWICE: Final = ("From", *SIGNED)  # a second From, which some programs would show, breaks the signature
_LABELS: Final = re.compile(r"[a-z0-9]([a-z0-9\-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]*[a-z0-9])?)*")
_PEM: Final = re.compile(rb"-----BEGIN (RSA )?PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END")
# RFC 8410 section 7: what stands before the 32 bytes of an Ed25519 key in PKCS #8.
_ED25519: Final = bytes.fromhex("302e020100300506032b657004220420")
_SHAPE: Final = "written DOMAIN:SELECTOR:FILE, several separated by commas"


@dataclass(frozen=True)
class DkimKey:
    """One private key.

    Attributes:
        domain: whose DNS has the public key; it signs for senders there and below.
        selector: its name under ``_domainkey``.
        algorithm: ``rsa-sha256`` or ``ed25519-sha256``.
        private: as dkimpy takes it (PEM, or base64 of the 32 bytes).
    """

    domain: str
    selector: str
    algorithm: Literal["rsa-sha256", "ed25519-sha256"]
    private: bytes = field(repr=False)

    def public(self) -> str:
        """The public key as DNS has it: base64 of SubjectPublicKeyInfo for RSA, of the 32 bytes for Ed25519."""
        if self.algorithm == "ed25519-sha256":
            secret = Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.private))
            content = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            # By its bytes: what is between the lines of the PEM may be PKCS #8 or PKCS #1.
            der = base64.b64decode(b"".join(self.private.splitlines()[1:-1]))
            content = (
                load_der_private_key(der, None)
                .public_key()
                .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            )
        return base64.b64encode(content).decode()


def parse_keys(text: str) -> tuple[DkimKey, ...]:
    """Reads ``RELANCE_DKIM_KEYS``.

    Args:
        text: ``DOMAIN:SELECTOR:KEY``, several with commas. KEY is a file with an absolute path (PEM, or base64 of the
            key), or that base64 itself: PKCS #8 or PKCS #1 in DER, or the 32 bytes of an Ed25519 key.

    Raises:
        SettingsError: one cannot be read, or does not sign. The message quotes no key.
    """
    keys = tuple(_key(number, part.strip()) for number, part in enumerate(text.split(","), 1) if part.strip())
    if len({(key.domain, key.selector) for key in keys}) < len(keys):
        raise SettingsError("a DKIM selector is listed twice for a domain")
    return keys


class DkimSigner:
    """Signs mails of the domains that there are keys for; others stay as they are.

    Two keys of one domain (RSA and Ed25519) make two signatures: receivers that do not know the newer take the older.
    """

    def __init__(self, keys: Sequence[DkimKey]) -> None:
        self._keys = tuple(keys)

    def __call__(self, mail: bytes) -> bytes:
        """The mail with its signatures in front, or unchanged. About 8 ms for each RSA key of 2048 bits."""
        domain = _domain_of(mail)
        for key in self._keys_of(domain):
            signer = dkim.DKIM(mail, signature_algorithm=key.algorithm.encode())
            mail = (
                signer.sign(
                    key.selector.encode(),
                    key.domain.encode(),
                    key.private,
                    canonicalize=(b"relaxed", b"simple"),
                    include_headers=[name.encode() for name in _SIGNED_TWICE],
                )
                + mail
            )
        return mail

    def _keys_of(self, domain: str) -> list[DkimKey]:
        """Those of the nearest domain: DMARC asks that it be the sender's, or one above it in the same organisation."""
        fitting = [key for key in self._keys if domain == key.domain or domain.endswith("." + key.domain)]
        nearest = max((len(key.domain) for key in fitting), default=0)
        return [key for key in fitting if len(key.domain) == nearest]


def _domain_of(mail: bytes) -> str:
    head = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    sender = message_from_bytes(head, policy=default_policy)["From"]
    return str(sender.addresses[0].domain).lower() if sender is not None and sender.addresses else ""


def _key(number: int, text: str) -> DkimKey:
    domain, selector, kept = ([*text.split(":", 2), "", ""])[:3]
    domain, selector, kept = domain.strip().lower(), selector.strip().lower(), kept.strip()
    if not _LABELS.fullmatch(domain) or not _LABELS.fullmatch(selector) or not kept:
        raise SettingsError(f"DKIM key {number} cannot be read; {_SHAPE}")
    der = _der(number, _content(number, kept))
    seed = der[len(_ED25519) :] if der.startswith(_ED25519) else der
    if len(seed) == 32:
        key = DkimKey(domain, selector, "ed25519-sha256", base64.b64encode(seed))
    else:
        pem = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(der) + b"-----END PRIVATE KEY-----\n"
        key = DkimKey(domain, selector, "rsa-sha256", pem)
    _try(number, key)
    return key


def _content(number: int, kept: str) -> bytes:
    if not kept.startswith("/"):
        return kept.encode()
    try:
        return Path(kept).read_bytes()
    except OSError as error:
        raise SettingsError(f"the file of DKIM key {number} cannot be read ({type(error).__name__})") from None


def _der(number: int, content: bytes) -> bytes:
    pem = _PEM.search(content)
    try:
        return base64.b64decode(b"".join((pem[2] if pem else content).split()), validate=True)
    except binascii.Error:
        raise SettingsError(f"DKIM key {number} is neither PEM nor base64 of an unencrypted private key") from None


def _try(number: int, key: DkimKey) -> None:
    """A key that cannot sign must stop the start, and not each mail."""
    try:
        DkimSigner([key])(f"From: postmaster@{key.domain}\r\nSubject: x\r\n\r\nx\r\n".encode())
    except (dkim.DKIMException, ValueError, IndexError, KeyError) as error:
        raise SettingsError(f"DKIM key {number} cannot sign ({type(error).__name__})") from None
