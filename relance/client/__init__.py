"""A typed client of the HTTP API, for threads (``Client``) and for asyncio (``AsyncClient``).

    with Client("https://hooks.agency.example", token) as client:
        enrolled = client.enroll_person(models.EnrollRequest(sequence="new-services", person="p1"))

Operations have the names of the API's description. What the API refuses is an exception with its ``Problem``.
"""

from relance.client import models
from relance.client.call import Retries
from relance.client.errors import (
    ApiError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RefusedError,
    TooManyError,
    UnauthorizedError,
    UnavailableError,
)
from relance.client.hooks import signed_event
from relance.client.in_asyncio import AsyncClient
from relance.client.in_threads import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ForbiddenError",
    "InvalidError",
    "NotFoundError",
    "RefusedError",
    "Retries",
    "TooManyError",
    "UnauthorizedError",
    "UnavailableError",
    "models",
    "signed_event",
]
