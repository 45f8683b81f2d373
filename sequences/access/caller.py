"""Who calls the HTTP API: a named token, or the one of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sequences.access.token_scope import TokenScope

TOOL_HEADER: Final = "Relance-Tool"
"""By which tool of an assistant a request comes: each of them is in the audit log, those that only read too."""


@dataclass(frozen=True)
class Caller:
    """Who calls.

    Attributes:
        scopes: what the token allows.
        token_id: of a named token; None: ``RELANCE_BEARER_TOKEN``.
        name: of the token; empty without one.
    """

    scopes: tuple[TokenScope, ...]
    token_id: str | None = None
    name: str = ""

    @property
    def by(self) -> str:
        """What lists and stories say of what it does."""
        return f"token:{self.name}" if self.token_id else "HTTP"

    def speaking_for(self, person: str) -> str:
        """The person for whom a program says it acts; a named token is never left out, so none can act as another.

        Args:
            person: as the request names them; empty: it names nobody.
        """
        if self.token_id is None:
            return person
        return f"{person} ({self.by})" if person else self.by


BREAK_GLASS = Caller((TokenScope.ADMIN,))
"""A bearer token of the settings: it may do everything, and needs no database to be known."""
