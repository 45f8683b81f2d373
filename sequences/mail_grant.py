"""Access to a mailbox that its owner grants at the provider (OAuth 2.0): what is asked for, and whose account it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sequences.email_address import email_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class MailProviderName(enum.StrEnum):
    """Who keeps the mailbox."""

    GOOGLE = "google"
    MICROSOFT = "microsoft"


class MailAccess(enum.StrEnum):
    """By which way a mailbox is used. One token is good for one of them."""

    SERVERS = "servers"
    """Its SMTP and IMAP servers, by XOAUTH2."""
    API = "api"
    """The provider's HTTP interface: the Gmail API, Microsoft Graph."""


class GrantRefused(enum.StrEnum):
    """Why an account that came back from the provider is not connected."""

    WRONG_ACCOUNT = "wrong_account"
    """Another account than the mailbox's was chosen there."""
    NOT_VERIFIED = "not_verified"
    """The provider does not know that the address is the account's."""
    RIGHTS_MISSING = "rights_missing"
    """Not everything that is needed was allowed."""
    NO_REFRESH = "no_refresh"
    """There is no refresh token: the access would end within the hour."""


class GrantEnd(enum.StrEnum):
    """Why a mailbox is connected no longer."""

    REVOKED = "revoked"
    CONSENT = "consent"
    KEY_GONE = "key_gone"
    BY_HAND = "by_hand"


END_WORDS: Final[Mapping[str, str]] = {
    GrantEnd.REVOKED: "the access was revoked at the provider, or has expired",
    GrantEnd.CONSENT: "the provider wants the account to sign in again",
    GrantEnd.KEY_GONE: "its tokens were sealed with a key that RELANCE_TOKEN_KEYS has no longer",
    GrantEnd.BY_HAND: "somebody disconnected it",
}
"""Of ``GrantEnd``, for people."""

_ENDS: Final[Mapping[str, GrantEnd]] = {
    "invalid_grant": GrantEnd.REVOKED,
    "consent_required": GrantEnd.CONSENT,
    "interaction_required": GrantEnd.CONSENT,
    "login_required": GrantEnd.CONSENT,
}
_ALWAYS_GIVEN: Final = frozenset({"openid", "email", "profile", "offline_access"})


def grant_end(error: str) -> GrantEnd | None:
    """Whether a refusal of the token endpoint ends the grant; None: it is about our registration, not this account.

    Args:
        error: the protocol's word (RFC 6749 section 5.2; OpenID Connect Core section 3.1.2.6).
    """
    return _ENDS.get(error)


@dataclass(frozen=True)
class MailAccount:
    """What a checked ID token says of an account.

    Attributes:
        addresses: which the provider knows to be the account's.
        verified: whether the provider stands for them.
    """

    addresses: tuple[str, ...]
    verified: bool

    @classmethod
    def of(cls, claims: Mapping[str, Any], names: Collection[str], *, trusts_all: bool) -> MailAccount:
        """Reads the claims that may hold an address.

        Args:
            claims: of the ID token.
            names: of those claims.
            trusts_all: a directory of our own, whose administrators give the addresses; else ``email_verified`` counts.
        """
        addresses = tuple(claims[name] for name in names if isinstance(claims.get(name), str))
        return cls(addresses, trusts_all or claims.get("email_verified") in (True, "true"))


def refuse_grant(mailbox: str, account: MailAccount) -> GrantRefused | None:
    """Why an account may not become that mailbox's; None: it may.

    Args:
        mailbox: the address that mail shall leave from.
        account: who signed in at the provider.
    """
    if email_key(mailbox) not in {email_key(address) for address in account.addresses}:
        return GrantRefused.WRONG_ACCOUNT
    return None if account.verified else GrantRefused.NOT_VERIFIED


def rights_missing(asked: Collection[str], granted: str | None) -> frozenset[str]:
    """The scopes that were asked for and not granted.

    Providers write a scope in full or only its name: ``https://graph.microsoft.com/Mail.Send`` and ``Mail.Send`` are
    one.

    Args:
        asked: scopes.
        granted: of the token answer, with blanks between; None: all that was asked for (RFC 6749 section 5.1).

    >>> sorted(rights_missing(["https://graph.microsoft.com/Mail.Send", "openid"], "mail.read profile"))
    ['https://graph.microsoft.com/Mail.Send']
    """
    if granted is None:
        return frozenset()
    have = {_name(scope) for scope in granted.split()}
    return frozenset(scope for scope in asked if scope not in _ALWAYS_GIVEN and _name(scope) not in have)


def _name(scope: str) -> str:
    return scope.rstrip("/").rpartition("/")[2].lower()
