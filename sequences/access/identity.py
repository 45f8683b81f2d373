"""Who an identity provider says somebody is, and whether that is a user."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Identity:
    """What a checked ID token says. The issuer and the subject are the identity; an address can be given to others.

    Attributes:
        issuer: who says it.
        subject: its id of the account, which never changes.
        email: may be empty.
        email_verified: the issuer knows that the address is theirs.
        groups: of the account; None: it does not say.
        authenticated_at: when the account last proved itself; None: it does not say.
    """

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    groups: tuple[str, ...] | None = None
    authenticated_at: datetime | None = None


class IdentityRefused(enum.StrEnum):
    """Why somebody whom the identity provider knows is not signed in."""

    NOT_INVITED = "not_invited"
    """There is no user with that address, or they are disabled."""
    NOT_VERIFIED = "not_verified"
    """The address is not known to be theirs."""
    ANOTHER_ACCOUNT = "another_account"
    """The user with that address signs in by another account of the same provider."""


@dataclass(frozen=True)
class InvitedUser:
    """The user who has the address of an identity.

    Attributes:
        has_account: they signed in by another account of that issuer before.
    """

    user_id: str
    is_disabled: bool = False
    has_account: bool = False


def refuse_link(identity: Identity, invited: InvitedUser | None) -> IdentityRefused | None:
    """Whether an account that signs in for the first time may become that user's; None: it may."""
    if not identity.email_verified:
        # Said first: else the answer would tell which addresses are users.
        return IdentityRefused.NOT_VERIFIED
    if invited is None or invited.is_disabled:
        return IdentityRefused.NOT_INVITED
    return IdentityRefused.ANOTHER_ACCOUNT if invited.has_account else None
