"""The certificate of a signature: whether it is valid now, and whether its key signed this. Public keys only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sequences.errors import TokenError

_SHORTEST_BITS = 2048


@dataclass(frozen=True)
class Certificate:
    """What is needed of a certificate; times are UTC."""

    key: rsa.RSAPublicKey
    not_before: datetime
    not_after: datetime

    def check(self, content: bytes, signature: bytes, digest: Literal["sha1", "sha256"], now: datetime) -> None:
        """Checks a PKCS #1 v1.5 signature.

        Raises:
            TokenError: the certificate is not valid now, or did not sign this.
        """
        if not self.not_before <= now <= self.not_after:
            raise TokenError("the certificate of the signature is not valid now")
        # SHA-1 is version 1 of SNS: a signature needs no collision resistance of what its signer chose.
        algorithm = hashes.SHA1() if digest == "sha1" else hashes.SHA256()  # noqa: S303
        try:
            self.key.verify(signature, content, padding.PKCS1v15(), algorithm)
        except InvalidSignature:
            raise TokenError("the signature does not match") from None


def read_certificate(pem: bytes) -> Certificate:
    """Reads the first certificate of a PEM file.

    Raises:
        TokenError: it is none, or its key is not RSA of 2048 bits or more.
    """
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise TokenError("the certificate of the signature cannot be read") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise TokenError("the key of the signature is not RSA")
    if key.key_size < _SHORTEST_BITS:
        raise TokenError("the key of the signature is too short")
    return Certificate(key, found.not_valid_before_utc, found.not_valid_after_utc)
