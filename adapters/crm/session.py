"""A session with a CRM that all processes share: made by one of them, used by all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class CrmSessions(Protocol):
    """Where a session is kept."""

    async def current(self) -> str | None:
        """The one that was made last; None: there is none."""
        ...

    async def renewed(self, former: str | None, make: Callable[[str | None], Awaitable[str]]) -> str:
        """Another one than ``former``: what somebody else made meanwhile, or what ``make`` makes of the last one."""
        ...


class OwnSession:
    """A session of this process alone, for a command that only looks."""

    def __init__(self) -> None:
        self._session: str | None = None

    async def current(self) -> str | None:
        """As ``CrmSessions``."""
        return self._session

    async def renewed(self, former: str | None, make: Callable[[str | None], Awaitable[str]]) -> str:
        """As ``CrmSessions``."""
        if self._session is None or self._session == former:
            self._session = await make(self._session)
        return self._session
