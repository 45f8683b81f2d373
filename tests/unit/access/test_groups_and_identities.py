"""Roles by groups, and whose account may become a user's."""

import pytest

from sequences.access.groups import parse_group_roles, role_of_groups
from sequences.access.identity import Identity, IdentityRefused, InvitedUser, refuse_link
from sequences.access.role import Role
from sequences.errors import SettingsError


def test_the_highest_role_of_all_groups() -> None:
    roles = parse_group_roles("lead: leads, admin: bosses , auditor: audit,lead:heads")
    assert role_of_groups(roles, ["staff"]) is None
    assert role_of_groups(roles, ["audit", "heads"]) is Role.LEAD
    assert role_of_groups(roles, ["leads", "bosses"]) is Role.ADMIN
    assert parse_group_roles(" ") == {}


@pytest.mark.parametrize("text", ["king: all", "lead", "lead:", "lead: a, admin: a"])
def test_what_is_no_list_of_groups(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_group_roles(text)


@pytest.mark.parametrize(
    ("verified", "invited", "why"),
    [
        (False, InvitedUser("u1"), IdentityRefused.NOT_VERIFIED),
        (False, None, IdentityRefused.NOT_VERIFIED),
        (True, None, IdentityRefused.NOT_INVITED),
        (True, InvitedUser("u1", is_disabled=True), IdentityRefused.NOT_INVITED),
        (True, InvitedUser("u1", has_account=True), IdentityRefused.ANOTHER_ACCOUNT),
        (True, InvitedUser("u1"), None),
    ],
)
def test_who_may_be_linked(verified: bool, invited: InvitedUser | None, why: IdentityRefused | None) -> None:
    assert refuse_link(Identity("https://i.example", "s", "a@b.example", verified), invited) is why
