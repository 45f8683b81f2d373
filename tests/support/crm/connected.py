"""The four CRMs, each with its adapter and the names that the kit of contract tests uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.crm.bullhorn.crm import BullhornCrm, BullhornLogin
from adapters.crm.hooks.crm import HooksCrm
from adapters.crm.hubspot.crm import HubSpotCrm
from adapters.crm.pace import Pace
from adapters.crm.session import CrmSessions, OwnSession
from adapters.crm.tracker_rms.crm import TrackerRmsCrm
from sequences.crm.records import CrmChanges, CrmRecord, EntityFields, value_at
from services.crm.port import Crm
from tests.support.crm.bullhorn import BullhornWorld
from tests.support.crm.hooks import KEY, HooksWorld
from tests.support.crm.hubspot import HubSpotWorld
from tests.support.crm.tracker_rms import TrackerWorld
from tests.support.crm.world import CrmWorld, quick

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Names:
    """What the CRM calls things.

    Attributes:
        person: the kind of record of a person.
        first: its field for the first name; ``status``, for the status; ``blank``, for a field that may be blank.
        sessions: a session can be over, and a login makes another one.
        deletes: it says what was deleted.
        looks: the requests that say what changed, as ``CrmWorld.repeat`` takes them.
    """

    person: str
    first: str
    status: str
    blank: str
    looks: str
    sessions: bool = False
    deletes: bool = True


@dataclass(frozen=True)
class Kit:
    """A CRM and its adapter."""

    name: str
    world: Any
    crm: Crm
    names: Names
    again: Callable[[CrmSessions], Crm]

    @property
    def wanted(self) -> tuple[EntityFields, ...]:
        return (EntityFields(self.names.person, (self.names.first, self.names.status)),)

    def put(self, identity: int, first: str, status: str = "New", **more: Any) -> None:
        values = {self.names.first: first, self.names.status: status, **more}
        self.world.put(self.names.person, str(identity), **values)

    async def drain(self, cursor: str | None) -> tuple[list[CrmRecord], str]:
        """Everything behind a cursor, and where it ends."""
        found: list[CrmRecord] = []
        for _ in range(200):
            before = cursor
            changes: CrmChanges = await self.crm.changes(cursor, self.wanted)
            found += changes.records
            cursor = changes.cursor
            if not changes.more or changes.cursor == before:
                return found, cursor
        raise AssertionError("it never ends")

    async def looks(self, cursor: str, hours: int) -> tuple[list[CrmRecord], str]:
        """A look an hour, while the clock goes on."""
        found: list[CrmRecord] = []
        for _ in range(hours):
            more, cursor = await self.drain(cursor)
            found += more
            self.world.tick(3_600)
        return found, cursor

    def newest(self, found: Iterable[CrmRecord]) -> dict[str, object]:
        """The first name of each record by its newest telling, as the intake takes them; a deleted one has None."""
        known: dict[str, CrmRecord] = {}
        for record in found:
            before = known.get(record.key.id)
            if before is None or (record.at or EPOCH) >= (before.at or EPOCH):
                known[record.key.id] = record
        return {each: None if one.deleted else value_at(one.values, self.names.first) for each, one in known.items()}

    async def begun(self) -> str:
        """A cursor behind everything that is there."""
        return (await self.crm.changes(None, self.wanted)).cursor


_PEOPLE = {"firstName", "lastName", "email", "phone", "status", "customText1", "massMailOptOut", "dateLastComment"}
_PEOPLE |= {"owner", "clientCorporation", "isDeleted"}
NAMES = {
    "bullhorn": Names("Candidate", "firstName", "status", "customText1", "GET .*/event/.*/relance", sessions=True),
    "hubspot": Names("contacts", "firstname", "hs_lead_status", "jobtitle", "POST .*/search"),
    "tracker_rms": Names(
        "Candidate", "firstName", "status", "customText1", "POST .*/PagedSearch", sessions=True, deletes=False
    ),
    "hooks": Names("Person", "first", "status", "note", "GET /changes"),
}


def bullhorn_world() -> BullhornWorld:
    placement = {"candidate", "status", "dateBegin", "dateEnd", "owner"}
    fields = {"Candidate": _PEOPLE, "ClientContact": _PEOPLE, "Placement": placement}
    return BullhornWorld(fields | {"CorporateUser": {"firstName", "lastName", "email"}, "ClientCorporation": {"name"}})


def hubspot_world() -> HubSpotWorld:
    contact = {"firstname", "lastname", "email", "phone", "hs_lead_status", "jobtitle", "hubspot_owner_id"}
    contact |= {"hs_email_optout", "notes_last_contacted", "lastmodifieddate", "lifecyclestage"}
    deal = {"dealname", "dealstage", "closedate", "hubspot_owner_id", "hs_lastmodifieddate"}
    return HubSpotWorld({"contacts": contact, "deals": deal, "companies": {"name", "city"}})


def tracker_world() -> TrackerWorld:
    return TrackerWorld({"Candidate": _PEOPLE, "Contact": _PEOPLE})


def hooks_world() -> HooksWorld:
    return HooksWorld({"Person": {"first", "status", "note", "email", "out"}})


WORLDS: dict[str, Callable[[], CrmWorld]] = {
    "bullhorn": bullhorn_world,
    "hubspot": hubspot_world,
    "tracker_rms": tracker_world,
    "hooks": hooks_world,
}


def adapter(name: str, world: Any, sessions: CrmSessions, clock: Callable[[], datetime] | None = None) -> Crm:
    """The adapter of a CRM, as quick as its stand-in."""
    now = clock or (lambda: world.now)
    match name:
        case "bullhorn":
            login = BullhornLogin("client-id", "client-secret", "api.user", "api-password", world.url)
            return BullhornCrm(login, sessions, now, http=quick())
        case "hubspot":
            return HubSpotCrm("pat-eu1-token", now, world.url, http=quick(), searches=Pace(10_000, 10_000))
        case "tracker_rms":
            return TrackerRmsCrm("tracker-token", sessions, now, world.url, http=quick())
        case _:
            return HooksCrm(world.url, [KEY], lambda key: f"echo-of-{key}", lambda: now().timestamp(), http=quick())


@asynccontextmanager
async def open_kit(name: str) -> AsyncIterator[Kit]:
    world = WORLDS[name]()
    async with world.served():
        crm = adapter(name, world, OwnSession())
        try:
            yield Kit(name, world, crm, NAMES[name], lambda sessions: adapter(name, world, sessions))
        finally:
            await crm.aclose()
