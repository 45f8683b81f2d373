"""The clients that the CRM knows. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from adapters.postgres import listings
from services.reading.listed import ClientRecord, line_of
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import Asked, RecordId

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class ClientsPage(Page[ClientRecord]):
    """A page of clients."""


def router(ways: Ways) -> APIRouter:
    """``/clients`` and ``/clients/{id}``."""
    routes = APIRouter(prefix="/clients", tags=["reading"])

    @routes.get("", summary="Clients, by id")
    async def list_clients(asked: Annotated[Asked, Query()]) -> ClientsPage:
        return await listed(ways, listings.CLIENTS, ClientsPage, ClientRecord, asked)

    @routes.get("/{client}", summary="A client", responses=answers(404))
    async def get_client(client: RecordId) -> ClientRecord:
        return line_of(ClientRecord, await the_one(ways, listings.CLIENTS, "client", client))

    return routes
