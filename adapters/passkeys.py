"""Passkeys: what a browser is asked, and whether its answer is good. The user must have been verified by the device."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sequences.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The library takes a third of a second to import: only who uses a passkey waits for it.
# ruff: noqa: PLC0415

_NAME: Final = "Relance"


class PasskeyError(PermanentError):
    """What a browser answered is no good passkey; the message has no values."""


@dataclass(frozen=True)
class RelyingParty:
    """For whom passkeys are made.

    Attributes:
        id: the host; a passkey works nowhere else.
        origin: of our pages.
    """

    id: str
    origin: str


@dataclass(frozen=True)
class PasskeyHolder:
    """Whose a new passkey becomes."""

    user_id: str
    email: str
    name: str


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that was just made.

    Attributes:
        id: as the authenticator made it.
        is_synced: it is on the user's other devices too.
    """

    id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    is_synced: bool


@dataclass(frozen=True)
class StoredPasskey:
    """What is known of a passkey that is used.

    Attributes:
        sign_count: at its last use; one that does not go up is a copy, unless it is always 0.
    """

    user_id: str
    public_key: bytes = field(repr=False)
    sign_count: int


def relying_party(public_url: str, host: str) -> RelyingParty | None:
    """For whom passkeys are made; None: browsers make none here, because the address is a number or in clear.

    Args:
        public_url: the setting.
        host: of the request, which has the port on the own machine.
    """
    address = urlsplit(public_url)
    if address.scheme == "https" and address.hostname:
        number = address.hostname.replace(".", "").isdigit() or ":" in address.hostname
        return None if number else RelyingParty(address.hostname, f"https://{address.netloc}")
    if urlsplit(f"//{host}").hostname == "localhost":
        return RelyingParty("localhost", f"http://{host}")
    return None


def creation_options(party: RelyingParty, holder: PasskeyHolder, known: Sequence[bytes], challenge: bytes) -> str:
    """What a browser needs to make a passkey, as JSON.

    Args:
        party: for whom.
        holder: whose it becomes.
        known: ids of theirs: a device makes one only.
        challenge: comes back signed.
    """
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_id=holder.user_id.encode(),
        user_name=holder.email,
        user_display_name=holder.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return options_to_json(options)


def request_options(party: RelyingParty, challenge: bytes) -> str:
    """What a browser needs to use a passkey, as JSON; whose it is, the passkey says."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=party.id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options)


def made_passkey(party: RelyingParty, challenge: bytes, answer: str) -> NewPasskey:
    """The passkey that a browser made.

    Raises:
        PasskeyError: the answer is not good.
    """
    from webauthn import verify_registration_response

    with _checked():
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    return NewPasskey(
        found.credential_id, found.credential_public_key, found.sign_count, is_synced=found.credential_backed_up
    )


def passkey_id(answer: str) -> bytes:
    """Which passkey a browser used.

    Raises:
        PasskeyError: it does not say.
    """
    from webauthn import base64url_to_bytes

    try:
        return base64url_to_bytes(json.loads(answer)["rawId"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise PasskeyError("this is no answer of a passkey") from None


def used_passkey(party: RelyingParty, challenge: bytes, answer: str, stored: StoredPasskey) -> int:
    """Checks the use of a passkey; its new count.

    Raises:
        PasskeyError: the answer is not good, or the passkey is somebody else's.
    """
    from webauthn import base64url_to_bytes, verify_authentication_response

    with _checked():
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=stored.public_key,
            credential_current_sign_count=stored.sign_count,
            require_user_verification=True,
        )
        said: dict[str, Any] = json.loads(answer)["response"]
        holder = base64url_to_bytes(said["userHandle"])
    if holder != stored.user_id.encode():
        raise PasskeyError("the passkey is another user's")
    return found.new_sign_count


@contextmanager
def _checked() -> Iterator[None]:
    """What the library and a browser's answer can fail with is one error, which quotes nothing."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PasskeyError(f"the passkey could not be checked ({type(error).__name__})") from None
