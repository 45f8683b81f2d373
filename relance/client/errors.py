"""What the API says instead of an answer, as exceptions."""

from __future__ import annotations

from typing import Final

from relance.client.models import Problem


class ApiError(Exception):
    """The API said no.

    Attributes:
        status: of HTTP.
        problem: what it said: ``error`` and ``reason`` for programs, ``detail`` and ``hint`` for people.
        retry_after: seconds after which it asks to be called again; None: it does not say.
    """

    def __init__(self, status: int, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {problem.error}: {problem.detail} ({problem.hint})")
        self.status = status
        self.problem = problem
        self.retry_after = retry_after


class UnauthorizedError(ApiError):
    """401: there is no token, or it is unknown, expired or revoked."""


class ForbiddenError(ApiError):
    """403: the token lacks a scope; ``problem.detail`` says which."""


class NotFoundError(ApiError):
    """404."""


class RefusedError(ApiError):
    """409: the rules forbid it; ``problem.reason`` says why, for programs."""


class InvalidError(ApiError):
    """400 or 422: a value cannot be taken; ``problem.detail`` names it."""


class TooManyError(ApiError):
    """429: too many requests, more often than a client tries again by itself."""


class UnavailableError(ApiError):
    """503: a server behind the API does not answer; nothing was lost or half done."""


_KINDS: Final[dict[int, type[ApiError]]] = {
    400: InvalidError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: RefusedError,
    422: InvalidError,
    429: TooManyError,
    503: UnavailableError,
}


def error_of(status: int, problem: Problem, retry_after: float | None) -> ApiError:
    """The exception of a status."""
    return _KINDS.get(status, ApiError)(status, problem, retry_after)
