"""The RSA key of an X.509 certificate, and what it signed. Public keys only: nothing here is secret.

Own code, because no library that we use anyway reads certificates; the fields that are needed are few (RFC 5280
section 4.1), and the check rebuilds the padding and compares it as a whole (RFC 8017 section 8.2.2), which leaves an
attacker no room inside it.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sequences.errors import TokenError

_RSA = bytes.fromhex("06092a864886f70d010101")
# DigestInfo up to the digest (RFC 8017 section 9.2, notes).
_PREFIXES = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}
_SHORTEST_BITS = 2048
_LONGEST_BITS = 8192


@dataclass(frozen=True)
class Certificate:
    """What is needed of a certificate; times are UTC."""

    modulus: int
    exponent: int
    not_before: datetime
    not_after: datetime

    def check(self, content: bytes, signature: bytes, digest: Literal["sha1", "sha256"], now: datetime) -> None:
        """Checks a PKCS #1 v1.5 signature.

        Raises:
            TokenError: the certificate is not valid now, or did not sign this.
        """
        if not self.not_before <= now <= self.not_after:
            raise TokenError("the certificate of the signature is not valid now")
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            raise TokenError("the signature has not the length of its key")
        info = _PREFIXES[digest] + hashlib.new(digest, content).digest()
        expected = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
        if not hmac.compare_digest(pow(number, self.exponent, self.modulus).to_bytes(size, "big"), expected):
            raise TokenError("the signature does not fit")


def read_certificate(pem: bytes) -> Certificate:
    """Reads the first certificate of a PEM file.

    Raises:
        TokenError: it is none, or its key is not RSA of 2048 bits or more.
    """
    try:
        text = pem.decode("ascii")
        end = "-----END CERTIFICATE-----"
        der = ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN") : text.index(end) + len(end)])
        return _read(der)
    except (ValueError, IndexError) as error:
        raise TokenError("the certificate of the signature cannot be read") from error


def _read(der: bytes) -> Certificate:
    signed = _children(_children(_children(der)[0][1])[0][1])
    # The version may be left out: then the serial number comes first.
    fields = signed[1:] if signed[0][0] == 0xA0 else signed
    validity, key = _children(fields[3][1]), _children(fields[5][1])
    if not key[0][1].startswith(_RSA):
        raise TokenError("the key of the signature is not RSA")
    # A bit string; its first octet says how many bits are unused.
    modulus, exponent = (int.from_bytes(part, "big") for _, part in _children(_children(key[1][1][1:])[0][1]))
    if not _SHORTEST_BITS <= modulus.bit_length() <= _LONGEST_BITS or exponent < 3 or exponent > 2**32:
        raise TokenError("the key of the signature is too short")
    return Certificate(modulus, exponent, _time(*validity[0]), _time(*validity[1]))


def _children(der: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of what lies side by side."""
    found = []
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4:
                raise ValueError("a length that DER does not allow")
            length, at = int.from_bytes(der[at : at + octets], "big"), at + octets
        if at + length > len(der):
            raise ValueError("cut off")
        found.append((tag, der[at : at + length]))
        at += length
    return found


def _time(tag: int, content: bytes) -> datetime:
    # UTCTime has two digits for the year; 50 and above is the last century (RFC 5280 section 4.1.2.5.1).
    text = content.decode("ascii")
    if tag == 0x17:
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
