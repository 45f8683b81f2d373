"""The certificate of a signature: whether it is valid now, and whether its key signed this. Public keys only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sequences.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Collection

_SHORTEST_BITS = 2048
_BEGIN = b"-----BEGIN CERTIFICATE-----"


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


def read_certificate(pem: bytes, names: Collection[str]) -> Certificate:
    """Reads the first certificate of a PEM file.

    Args:
        pem: begins with the certificate. Something else may hold one too, such as an answer of the API of SNS that
            quotes what somebody else wrote.
        names: whose certificate it may be.

    Raises:
        TokenError: it is none, is somebody else's, or its key is not RSA of 2048 bits or more.
    """
    if not pem.startswith(_BEGIN):
        raise TokenError("the certificate of the signature cannot be read")
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
        owners = _owners(found)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise TokenError("the certificate of the signature cannot be read") from error
    if not owners & set(names):
        raise TokenError("the certificate of the signature belongs to somebody else")
    if not isinstance(key, rsa.RSAPublicKey):
        raise TokenError("the key of the signature is not RSA")
    if key.key_size < _SHORTEST_BITS:
        raise TokenError("the key of the signature is too short")
    return Certificate(key, found.not_valid_before_utc, found.not_valid_after_utc)


def _owners(found: x509.Certificate) -> set[str]:
    """The names that a certificate is for: its common name, and its host names."""
    owners = {str(name.value) for name in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    try:
        hosts = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return owners
    return owners | set(hosts.get_values_for_type(x509.DNSName))
