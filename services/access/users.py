"""Users: who is invited, with which role, and who may come no longer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.postgres import queries
from sequences import ids
from sequences.access.role import Role
from sequences.email_address import email_key, email_problem, trimmed
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.access.audit import Deed, record
from services.access.links import make_link
from services.access.sessions import EndedBy, end_all

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.access.audit import Doer
    from services.access.links import MadeLink

_LONGEST_NAME = 100


@dataclass(frozen=True)
class User:
    """Somebody who may use the console.

    Attributes:
        owner_id: the owner whose people are theirs.
        team: a name; users with the same one are a team.
        timezone: None: the organisation's.
        disabled_at: None: they may sign in.
    """

    id: str
    email: str
    name: str
    role: Role
    owner_id: str | None
    team: str | None
    timezone: str | None
    disabled_at: datetime | None


@dataclass(frozen=True)
class Invitation:
    """Whom to invite; None: as it is, or as a new user has it.

    Attributes:
        role: of a new user recruiter.
        owner_id: of a new user the only owner with that address.
        team: of a new user none.
        name: of a new user that of the owner, or the part before the @.
    """

    email: str
    role: Role | None = None
    owner_id: str | None = None
    team: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class OwnDescription:
    """What users say of themselves.

    Attributes:
        timezone: IANA name; None: the organisation's.
    """

    name: str
    timezone: str | None


@dataclass(frozen=True)
class Invited:
    """A user with a link.

    Attributes:
        is_new: they were not there before.
    """

    user: User
    link: MadeLink
    is_new: bool


async def invite(connection: Connection, doer: Doer, invitation: Invitation, now: datetime) -> Invited:
    """Makes a user and their link; of a user who is there, only a new link, and what the invitation changes.

    A disabled user may sign in again by it. The role of a user who is there stays: ``change_role`` changes it.

    Raises:
        RefusedError: the address, the owner or the team cannot be used, or the user has another role.
    """
    await queries.lock_users(connection)
    row = await queries.user_by_email(connection, email_key=_key(invitation.email))
    if row is None:
        user = await _add(connection, invitation, now)
        detail = {"role": user.role, "owner": user.owner_id, "team": user.team}
        await record(connection, doer, Deed("user_invited", f"user:{user.id}", detail), now)
        return Invited(user, await make_link(connection, user.id, now), is_new=True)
    before = _user(row)
    if invitation.role not in (None, before.role):
        raise _refused(f"the user has the role {before.role}; change it first")
    await _check(connection, invitation)
    user = replace(
        before,
        name=_name(invitation.name) or before.name,
        owner_id=invitation.owner_id or before.owner_id or await _owner_of(connection, before.email),
        team=invitation.team or before.team,
        disabled_at=None,
    )
    if user != before:
        await _write(connection, user)
        after = {"owner": user.owner_id, "team": user.team, "enabled": before.disabled_at is not None}
        await record(connection, doer, Deed("user_changed", f"user:{user.id}", after), now)
    await record(connection, doer, Deed("link_made", f"user:{user.id}"), now)
    return Invited(user, await make_link(connection, user.id, now), is_new=False)


async def add_first_admin(connection: Connection, doer: Doer, email: str, name: str, now: datetime) -> User | None:
    """Makes the first admin, whom nobody can invite; None: there are users already.

    Raises:
        RefusedError: the address cannot be used.
    """
    await queries.lock_users(connection)
    if await queries.any_user(connection):
        return None
    user = await _add(connection, Invitation(email, Role.ADMIN, name=name or None), now)
    await record(connection, replace(doer, user_id=user.id), Deed("first_admin_made", f"user:{user.id}"), now)
    return user


async def change_role(connection: Connection, doer: Doer, user_id: str, role: Role, now: datetime) -> bool:
    """Gives a user another role, and ends their sessions; False: they have it already.

    Raises:
        NotFoundError: there is no such user.
        RefusedError: nobody would be an admin.
    """
    await queries.lock_users(connection)
    user = await user_of(connection, user_id)
    if user.role is role:
        return False
    await _keep_an_admin(connection, user)
    await _write(connection, replace(user, role=role))
    detail = {"before": user.role, "after": role}
    await record(connection, doer, Deed("role_changed", f"user:{user.id}", detail), now)
    await end_all(connection, doer, user.id, EndedBy.ROLE_CHANGED, now)
    return True


async def set_people(
    connection: Connection, doer: Doer, user_id: str, owner_id: str | None, team: str | None, now: datetime
) -> bool:
    """Says whose people are a user's, and the team; None: nobody's, and none. False: it was so already.

    Raises:
        NotFoundError: there is no such user.
        RefusedError: there is no such owner, or that is no name of a team.
    """
    await queries.lock_users(connection)
    before = await user_of(connection, user_id)
    if owner_id != before.owner_id or team != before.team:
        await _check(connection, Invitation(before.email, owner_id=owner_id, team=team))
    user = replace(before, owner_id=owner_id, team=team)
    if user == before:
        return False
    await _write(connection, user)
    await record(connection, doer, Deed("user_changed", f"user:{user.id}", {"owner": owner_id, "team": team}), now)
    return True


async def disable(connection: Connection, doer: Doer, user_id: str, now: datetime) -> bool:
    """Shuts a user out, at once; False: they were already.

    Raises:
        NotFoundError: there is no such user.
        RefusedError: nobody would be an admin.
    """
    await queries.lock_users(connection)
    user = await user_of(connection, user_id)
    if user.disabled_at is not None:
        return False
    await _keep_an_admin(connection, user)
    await _write(connection, replace(user, disabled_at=now))
    await queries.end_sign_in_links(connection, user_id=user.id, at=now)
    await record(connection, doer, Deed("user_disabled", f"user:{user.id}"), now)
    await end_all(connection, doer, user.id, EndedBy.DISABLED, now)
    return True


async def describe_self(
    connection: Connection, doer: Doer, user_id: str, described: OwnDescription, now: datetime
) -> None:
    """Changes what users may change of themselves.

    Raises:
        NotFoundError: there is no such user.
        RefusedError: the name is empty, or there is no such time zone.
    """
    name = _name(described.name)
    if not name:
        raise _refused("a name is needed")
    if described.timezone is not None:
        try:
            ZoneInfo(described.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise _refused("the time zone is not an IANA name such as Europe/London") from None
    user = await user_of(connection, user_id)
    changed = replace(user, name=name, timezone=described.timezone)
    if changed != user:
        await _write(connection, changed)
        await record(connection, doer, Deed("described_self", f"user:{user.id}", {"timezone": changed.timezone}), now)


async def user_of(connection: Connection, given: str) -> User:
    """The user with this id or address.

    Raises:
        NotFoundError: there is none.
    """
    row = await queries.user_row(connection, id=given)
    if row is None and "@" in given:
        row = await queries.user_by_email(connection, email_key=email_key(given))
    if row is None:
        raise NotFoundError("no user has that address or id; `relance user list` shows them")
    return _user(row)


async def _add(connection: Connection, invitation: Invitation, now: datetime) -> User:
    await _check(connection, invitation)
    email = trimmed(invitation.email)
    owner = await _match(connection, invitation.owner_id, email)
    user = User(
        id=ids.user_id(secrets.token_hex(16)),
        email=email,
        name=_name(invitation.name) or _name(owner.name if owner else None) or email.partition("@")[0],
        role=invitation.role or Role.RECRUITER,
        owner_id=owner.id if owner else None,
        team=invitation.team,
        timezone=None,
        disabled_at=None,
    )
    await queries.add_user(
        connection,
        id=user.id,
        email=user.email,
        email_key=_key(email),
        name=user.name,
        role=user.role,
        owner_id=user.owner_id,
        team=user.team,
        timezone=user.timezone,
        at=now,
    )
    return user


async def _match(connection: Connection, owner_id: str | None, email: str) -> queries.OwnersToMatchRow | None:
    """The owner with that id, else the only one with that address."""
    owners = await queries.owners_to_match(connection, id=owner_id, email=email)
    return owners[0] if len(owners) == 1 else None


async def _owner_of(connection: Connection, email: str) -> str | None:
    owner = await _match(connection, None, email)
    return owner.id if owner else None


async def _write(connection: Connection, user: User) -> None:
    await queries.change_user(
        connection,
        id=user.id,
        name=user.name,
        role=user.role,
        owner_id=user.owner_id,
        team=user.team,
        timezone=user.timezone,
        disabled_at=user.disabled_at,
    )


async def _check(connection: Connection, invitation: Invitation) -> None:
    if invitation.owner_id is not None and not await queries.known_owner(connection, id=invitation.owner_id):
        raise _refused("there is no such owner; `relance people` shows the owners of people")
    if invitation.team is not None and not (invitation.team.isprintable() and len(invitation.team) <= _LONGEST_NAME):
        raise _refused("a team has a name of at most 100 characters")


async def _keep_an_admin(connection: Connection, user: User) -> None:
    if user.role is Role.ADMIN and user.disabled_at is None and not await queries.other_admins(connection, id=user.id):
        raise _refused("this is the only admin; make another user an admin first")


def _key(email: str) -> str:
    problem = email_problem(email)
    if problem is not None:
        raise _refused(f"this is not an e-mail address: {problem}")
    return email_key(email)


def _name(name: str | None) -> str:
    return "".join(filter(str.isprintable, name or "")).strip()[:_LONGEST_NAME]


def _user(row: queries.ConsoleUserRow) -> User:
    return User(row.id, row.email, row.name, Role(row.role), row.owner_id, row.team, row.timezone, row.disabled_at)


def _refused(why: str) -> RefusedError:
    return RefusedError(RequestRefused.INVALID, why)
