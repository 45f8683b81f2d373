"""Who looks at a page, and whose people they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sequences.access.role import PeopleVisible, Role

if TYPE_CHECKING:
    from collections.abc import Iterable


_FEW: Final = 3
_TEAM: Final = 20


@dataclass(frozen=True)
class Scope:
    """Whose people a read shows; statements take it as it is.

    Attributes:
        owner_ids: people of these owners, and people without an owner; None: everybody.
    """

    owner_ids: tuple[str, ...] | None

    @classmethod
    def of(cls, owner_ids: Iterable[str | None]) -> Scope:
        """The people of these owners; None among them counts for nothing."""
        return cls(tuple(sorted({owner for owner in owner_ids if owner is not None})))

    @property
    def owners(self) -> list[str] | None:
        """The owners as statements take them; None: everybody."""
        return None if self.owner_ids is None else list(self.owner_ids)

    @property
    def is_few(self) -> bool:
        """So few owners that it is quicker to read what is theirs than to look who owns what is read."""
        return self.owner_ids is not None and len(self.owner_ids) <= _FEW

    @property
    def is_team(self) -> bool:
        """So few owners that it is quicker to look at each of their open runs than at all that is planned soon."""
        return self.owner_ids is not None and len(self.owner_ids) <= _TEAM

    def holds(self, owner_id: str | None) -> bool:
        """Whether the people of this owner are in it."""
        return self.owner_ids is None or owner_id is None or owner_id in self.owner_ids


EVERYBODY = Scope(None)
"""All people."""


@dataclass(frozen=True)
class Viewer:
    """A user who is signed in.

    Attributes:
        user_id: id of the user.
        email: their address, as it was invited.
        name: what pages call them.
        role: what they may do.
        owner_id: the owner whose people are theirs; None: they own none.
        timezone: IANA name, for every date on a page.
        people_visible: the organisation's setting.
        team_owner_ids: the owners of their team, their own included; empty without a team.
    """

    user_id: str
    email: str
    name: str
    role: Role
    owner_id: str | None = None
    timezone: str = "UTC"
    people_visible: PeopleVisible = PeopleVisible.ALL
    team_owner_ids: tuple[str, ...] = ()

    @property
    def sees(self) -> Scope:
        """Whose people they see."""
        if self.role in (Role.ADMIN, Role.AUDITOR) or self.people_visible is PeopleVisible.ALL:
            return EVERYBODY
        if self.people_visible is PeopleVisible.TEAM or self.role is Role.LEAD:
            return Scope.of((self.owner_id, *self.team_owner_ids))
        return Scope.of((self.owner_id,))

    @property
    def works_with(self) -> Scope:
        """Whose people they enroll, steer and answer."""
        if self.role is Role.ADMIN:
            return EVERYBODY
        if self.role is Role.LEAD:
            # A lead whom no team was given leads everybody: a small agency has one.
            return Scope.of((self.owner_id, *self.team_owner_ids)) if self.team_owner_ids else self.sees
        return Scope.of((self.owner_id,))
