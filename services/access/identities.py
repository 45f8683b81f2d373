"""Signing in by an identity provider: only users who were invited, and always the same account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.access.groups import role_of_groups
from sequences.access.identity import IdentityRefused, InvitedUser, refuse_link
from sequences.email_address import email_key
from sequences.errors import RefusedError
from services.access.audit import Deed, record
from services.access.begin_session import Browser, begin_session
from services.access.users import change_role

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.access.groups import GroupRoles
    from sequences.access.identity import Identity
    from services.access.audit import Doer
    from services.access.sessions import NewSession

WAY = "oidc"


@dataclass(frozen=True)
class ByIdentity:
    """A sign-in by an identity provider.

    Attributes:
        identity: as its checked token says.
        roles: which of its groups give which role.
    """

    identity: Identity
    roles: GroupRoles


async def user_of_identity(
    connection: Connection, doer: Doer, identity: Identity, now: datetime
) -> str | IdentityRefused:
    """The user whose account it is; with the first sign-in it becomes theirs.

    Args:
        connection: in a transaction.
        doer: from where.
        identity: as a checked token says.
        now: UTC.
    """
    await queries.lock_users(connection)
    known = await queries.user_of_identity(connection, issuer=identity.issuer, subject=identity.subject)
    if known is not None:
        if known.disabled_at is not None:
            return IdentityRefused.NOT_INVITED
        await queries.use_user_identity(connection, issuer=identity.issuer, subject=identity.subject, at=now)
        return known.id
    row = await queries.invited_by_address(connection, email_key=email_key(identity.email), issuer=identity.issuer)
    invited = InvitedUser(row.id, row.disabled_at is not None, row.has_account) if row else None
    refused = refuse_link(identity, invited)
    if refused is not None or invited is None:
        return refused or IdentityRefused.NOT_INVITED
    await queries.add_user_identity(
        connection, issuer=identity.issuer, subject=identity.subject, user_id=invited.user_id, at=now
    )
    known_doer = replace(doer, user_id=invited.user_id)
    await record(connection, known_doer, Deed("identity_linked", f"user:{invited.user_id}"), now)
    return invited.user_id


async def sign_in_by_identity(
    connection: Connection, doer: Doer, asked: ByIdentity, browser: Browser, now: datetime
) -> NewSession | IdentityRefused:
    """Begins a session of the user whose account it is, with the role that its groups give."""
    user_id = await user_of_identity(connection, doer, asked.identity, now)
    if isinstance(user_id, IdentityRefused):
        await record(connection, doer, Deed("sign_in_refused", detail={"way": WAY, "why": user_id}), now)
        return user_id
    role = role_of_groups(asked.roles, asked.identity.groups or ())
    if role is not None:
        try:
            await change_role(connection, replace(doer, user_id=user_id), user_id, role, now)
        except RefusedError:
            # The only admin stays one, whatever the groups say.
            await record(connection, doer, Deed("role_kept", f"user:{user_id}", {"wanted": role}), now)
    return await begin_session(connection, doer, user_id, browser, now)
