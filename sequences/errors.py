"""Every error that Relance raises on purpose. One hierarchy; ``permanent`` decides whether a retry can help.

Messages never hold an address, a number, a name or a body: they end up in logs and in Temporal.
The mapping to Temporal's ``ApplicationError`` lives in ``activities.failures`` and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from sequences.sending.outcome import TransportOutcome


class RelanceError(Exception):
    """Something went wrong that we can name.

    Attributes:
        permanent: True when trying again without a change elsewhere cannot succeed.
    """

    permanent: ClassVar[bool] = False

    def report(self) -> str:
        """What a person at the command line reads."""
        return f"error: {self}"


class PermanentError(RelanceError):
    """Trying again will not help."""

    permanent: ClassVar[bool] = True


class DefinitionError(PermanentError):
    """A sequence file cannot be used as it is."""


class GrammarError(DefinitionError):
    """A text that somebody wrote does not follow its grammar: a duration, a time of day, an address.

    Attributes:
        message: what is wrong, without the text itself.
        found: the text.
        allowed: what it could be.
    """

    def __init__(self, message: str, found: str, allowed: str) -> None:
        self.message = message
        self.found = found
        self.allowed = allowed
        super().__init__(message)


class TemplateError(PermanentError):
    """A template cannot be rendered as it is."""


class NotFoundError(PermanentError):
    """There is no such thing under that id."""


class RefusedError(PermanentError):
    """The rules do not allow it; the message says which."""


class TokenError(PermanentError):
    """A token is malformed or its signature does not match."""


class SettingsError(PermanentError):
    """A setting is missing or cannot be used."""


class ModelError(PermanentError):
    """The sentiment model cannot be loaded or does not fit."""


class UnavailableError(RelanceError):
    """A server that we need does not answer; trying again may help."""


class NotReadyError(UnavailableError):
    """There is no connection on which a message could be handed over now; nothing of it was said to anybody.

    Attributes:
        outcome: what to tell of it, and when to try again.
    """

    def __init__(self, outcome: TransportOutcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome
