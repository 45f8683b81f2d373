"""Where what strangers wrote is read: away from the event loop, which everybody waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_T = TypeVar("_T")


class Apart(Protocol):
    """Calls a pure function away from the event loop; see ``adapters.side_processes``."""

    def __call__(self, function: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Awaitable[_T]:
        """The result of the function.

        Raises:
            UnfinishedError: it came to no end.
            UnavailableError: it cannot be called now.
        """
        ...
