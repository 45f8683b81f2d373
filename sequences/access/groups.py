"""Roles by the groups of an identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sequences.access.role import Role
from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    GroupRoles = Mapping[str, Role]

_HIGHEST_FIRST: Final = (Role.ADMIN, Role.LEAD, Role.RECRUITER, Role.AUDITOR)


def parse_group_roles(text: str) -> GroupRoles:
    """Reads ``admin: relance-admins, lead: team-leads``; a role may have several groups.

    Raises:
        SettingsError: a part is no ``role: group``, or a group has two roles.
    """
    found: dict[str, Role] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        role, colon, group = (each.strip() for each in part.partition(":"))
        if role not in set(Role) or not colon or not group:
            raise SettingsError(f"{part!r} is not ROLE: GROUP with one of the roles {', '.join(Role)}")
        if group in found:
            raise SettingsError(f"the group {group!r} has two roles")
        found[group] = Role(role)
    return found


def role_of_groups(roles: GroupRoles, groups: Collection[str]) -> Role | None:
    """The role with the most rights that the groups give; None: no group gives one."""
    given = {roles[group] for group in groups if group in roles}
    return next((role for role in _HIGHEST_FIRST if role in given), None)
