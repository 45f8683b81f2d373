"""Mail that a provider received for us and posts: how each proves itself, and where the raw message lies in it."""

from __future__ import annotations

from dataclasses import dataclass

from sequences.errors import PermanentError
from sequences.inbound.authentication import ProviderResults
from sequences.inbound.mime.authentication_results import MethodResult


@dataclass(frozen=True)
class ProviderMail:
    """One mail as a provider handed it over.

    Attributes:
        raw: the message as it came, byte for byte where the provider's format allows it.
        recipients: of the envelope, as far as the provider tells.
        results: what the provider says of the sender; None: nothing.
    """

    raw: bytes
    recipients: tuple[str, ...]
    results: ProviderResults | None = None


class PayloadError(PermanentError):
    """What was posted is proved to come from the provider, and holds no raw message; the message says what to set."""


def addresses_of(value: object) -> tuple[str, ...]:
    """The addresses in a list (or a single one) of a JSON document; whatever else lies in it is left out."""
    items = value if isinstance(value, list) else [value]
    return tuple(item.strip() for item in items if isinstance(item, str) and item.strip())


def spf_result(said: str, mail_from: str) -> tuple[MethodResult, ...]:
    """What a provider's word on SPF comes to: about the envelope's sender, by whatever capitals it is written."""
    word = said.strip().lower()
    return (MethodResult("spf", word, {"smtp.mailfrom": mail_from}),) if word.isalpha() else ()
