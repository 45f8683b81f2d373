"""What recruiters and programs read: the mirror's records, tasks, leads, lists, notifications, what came unmatched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import APIRouter, Path, Query

from adapters.postgres import listings
from adapters.postgres.paging import one
from sequences.errors import NotFoundError
from services.reading.listed import (
    ClientRecord,
    LeadLine,
    ListMember,
    NotificationLine,
    OwnerRecord,
    PersonLine,
    PlacementRecord,
    SuppressionLine,
    TaskLine,
    UnmatchedLine,
    line_of,
)
from services.reading.person import PersonRecord, person_record
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    ID,
    TEXT,
    WORD,
    Channel,
    Cursor,
    Limit,
    OfEnrollment,
    OfOwner,
    OfPerson,
    OfSequence,
    PersonType,
    ReadState,
    Since,
    SuppressionChannel,
    SuppressionState,
    TaskState,
    Until,
)

if TYPE_CHECKING:
    from adapters.postgres.paging import Listing
    from adapters.postgres.row import Row
    from starter.http.dependencies import Ways

_R = TypeVar("_R", bound="Row")

RecordId = Annotated[str, Path(pattern=ID, description="The CRM's id.")]
OwnId = Annotated[str, Path(pattern=r"^[a-z0-9]{1,64}$", description="Our id.")]
OfClient = Annotated[str | None, Query(pattern=ID, description="The CRM's id of the client.")]
Deleted = Annotated[bool, Query(description="Only those that the CRM deleted or merged.")]
_MISSING = answers(404)


class PeoplePage(Page[PersonLine]):
    """A page of people."""


class PlacementsPage(Page[PlacementRecord]):
    """A page of placements."""


class ClientsPage(Page[ClientRecord]):
    """A page of clients."""


class OwnersPage(Page[OwnerRecord]):
    """A page of owners."""


class TasksPage(Page[TaskLine]):
    """A page of tasks."""


class LeadsPage(Page[LeadLine]):
    """A page of leads."""


class ListMembersPage(Page[ListMember]):
    """A page of lists and who is on them."""


class NotificationsPage(Page[NotificationLine]):
    """A page of notifications."""


class UnmatchedPage(Page[UnmatchedLine]):
    """A page of messages that match no run."""


class SuppressionsPage(Page[SuppressionLine]):
    """A page of suppressions."""


def router(ways: Ways) -> APIRouter:
    """One list a kind, and one record of each."""
    routes = APIRouter(tags=["reading"])
    _records(routes, ways)
    _made(routes, ways)
    _told(routes, ways)
    return routes


async def _one(ways: Ways, listing: Listing[_R], what: str, key: str) -> _R:
    async with ways.database.transaction() as connection:
        row = await one(connection, listing, "id", key)
    if row is None:
        raise NotFoundError(f"no {what} has the id {key}")
    return row


def _records(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/people", summary="People, by id")
    async def list_people(
        owner: OfOwner = None,
        client: OfClient = None,
        type: PersonType | None = None,
        status: Annotated[str | None, Query(pattern=TEXT, description="As the CRM writes it.")] = None,
        sequence: Annotated[OfSequence, Query(description="Who is or was in this sequence.")] = None,
        deleted: Deleted = False,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> PeoplePage:
        asked = {
            "owner": owner,
            "client": client,
            "type": type,
            "status": status,
            "sequence": sequence,
            "gone": deleted,
            "since": since,
            "until": until,
        }
        return await listed(ways, listings.PEOPLE, PeoplePage, PersonLine, asked, cursor, limit)

    @routes.get("/people/{person}", summary="A person: fields, runs, suppressions", responses=_MISSING)
    async def get_person(person: RecordId) -> PersonRecord:
        async with ways.database.transaction() as connection:
            return await person_record(connection, person)

    @routes.get("/placements", summary="Placements, by id")
    async def list_placements(
        person: OfPerson = None,
        owner: Annotated[OfOwner, Query(description="Its own owner; fallback: the owner of the person.")] = None,
        client: OfClient = None,
        status: Annotated[str | None, Query(pattern=TEXT, description="As the CRM writes it.")] = None,
        sequence: Annotated[OfSequence, Query(description="Those that are or were in this sequence.")] = None,
        deleted: Deleted = False,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> PlacementsPage:
        asked = {
            "person": person,
            "owner": owner,
            "client": client,
            "status": status,
            "sequence": sequence,
            "gone": deleted,
        }
        return await listed(ways, listings.PLACEMENTS, PlacementsPage, PlacementRecord, asked, cursor, limit)

    @routes.get("/placements/{placement}", summary="A placement", responses=_MISSING)
    async def get_placement(placement: RecordId) -> PlacementRecord:
        return line_of(PlacementRecord, await _one(ways, listings.PLACEMENTS, "placement", placement))

    @routes.get("/clients", summary="Clients, by id")
    async def list_clients(limit: Limit = 100, cursor: Cursor = None) -> ClientsPage:
        return await listed(ways, listings.CLIENTS, ClientsPage, ClientRecord, {}, cursor, limit)

    @routes.get("/clients/{client}", summary="A client", responses=_MISSING)
    async def get_client(client: RecordId) -> ClientRecord:
        return line_of(ClientRecord, await _one(ways, listings.CLIENTS, "client", client))

    @routes.get("/owners", summary="Owners, by id")
    async def list_owners(limit: Limit = 100, cursor: Cursor = None) -> OwnersPage:
        return await listed(ways, listings.OWNERS, OwnersPage, OwnerRecord, {}, cursor, limit)

    @routes.get("/owners/{owner}", summary="An owner", responses=_MISSING)
    async def get_owner(owner: RecordId) -> OwnerRecord:
        return line_of(OwnerRecord, await _one(ways, listings.OWNERS, "owner", owner))

    @routes.get("/suppressions", summary="People and addresses that must not be contacted, newest first")
    async def list_suppressions(
        person: OfPerson = None,
        owner: Annotated[OfOwner, Query(description="Owner of the person.")] = None,
        sequence: Annotated[OfSequence, Query(description="Of people who are or were in it.")] = None,
        channel: SuppressionChannel | None = None,
        reason: Annotated[str | None, Query(pattern=WORD, description="Such as opt_out.")] = None,
        state: SuppressionState = "standing",
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> SuppressionsPage:
        asked = {
            "person": person,
            "owner": owner,
            "sequence": sequence,
            "channel": channel,
            "reason": reason,
            "lifted": state == "lifted",
            "since": since,
            "until": until,
        }
        return await listed(ways, listings.SUPPRESSIONS, SuppressionsPage, SuppressionLine, asked, cursor, limit)


def _made(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/tasks", summary="Tasks, newest first")
    async def list_tasks(
        person: OfPerson = None,
        owner: OfOwner = None,
        sequence: OfSequence = None,
        enrollment: OfEnrollment = None,
        state: TaskState | None = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> TasksPage:
        asked = {
            "person": person,
            "owner": owner,
            "sequence": sequence,
            "enrollment": enrollment,
            "state": state,
            "since": since,
            "until": until,
        }
        return await listed(ways, listings.TASKS, TasksPage, TaskLine, asked, cursor, limit)

    @routes.get("/tasks/{task}", summary="A task", responses=_MISSING)
    async def get_task(task: OwnId) -> TaskLine:
        return line_of(TaskLine, await _one(ways, listings.TASKS, "task", task))

    @routes.get("/leads", summary="Leads, newest first")
    async def list_leads(
        person: OfPerson = None,
        owner: OfOwner = None,
        sequence: OfSequence = None,
        enrollment: OfEnrollment = None,
        source: Annotated[str | None, Query(pattern=TEXT)] = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> LeadsPage:
        asked = {
            "person": person,
            "owner": owner,
            "sequence": sequence,
            "enrollment": enrollment,
            "source": source,
            "since": since,
            "until": until,
        }
        return await listed(ways, listings.LEADS, LeadsPage, LeadLine, asked, cursor, limit)

    @routes.get("/leads/{lead}", summary="A lead", responses=_MISSING)
    async def get_lead(lead: OwnId) -> LeadLine:
        return line_of(LeadLine, await _one(ways, listings.LEADS, "lead", lead))

    @routes.get("/lists", summary="Members of lists")
    async def list_list_members(
        list: Annotated[str | None, Query(pattern=TEXT, description="Name of the list.")] = None,
        person: OfPerson = None,
        owner: Annotated[OfOwner, Query(description="Owner of the person.")] = None,
        sequence: OfSequence = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> ListMembersPage:
        asked = {"list": list, "person": person, "owner": owner, "sequence": sequence, "since": since, "until": until}
        return await listed(ways, listings.LIST_MEMBERS, ListMembersPage, ListMember, asked, cursor, limit)


def _told(routes: APIRouter, ways: Ways) -> None:
    @routes.get("/notifications", summary="Notifications to recruiters, newest first")
    async def list_notifications(
        person: OfPerson = None,
        owner: Annotated[OfOwner, Query(description="The owner who was notified.")] = None,
        sequence: OfSequence = None,
        kind: Annotated[str | None, Query(pattern=WORD, description="Such as clicked.")] = None,
        state: ReadState | None = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> NotificationsPage:
        asked = {
            "person": person,
            "owner": owner,
            "sequence": sequence,
            "kind": kind,
            "read": None if state is None else state == "read",
            "since": since,
            "until": until,
        }
        return await listed(ways, listings.NOTIFICATIONS, NotificationsPage, NotificationLine, asked, cursor, limit)

    @routes.get("/unmatched", summary="Messages that match no run, newest first")
    async def list_unmatched(
        channel: Channel | None = None,
        event: Annotated[str | None, Query(pattern=WORD, description="How it was classified, such as bounce.")] = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> UnmatchedPage:
        asked = {"channel": channel, "event": event, "since": since, "until": until}
        return await listed(ways, listings.UNMATCHED, UnmatchedPage, UnmatchedLine, asked, cursor, limit)
