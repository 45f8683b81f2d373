"""A CRM connected to a real Postgres: the same parts as `relance serve` has, driven by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.crm.session import OwnSession
from sequences.crm.mapping import CrmMapping
from sequences.crm.mapping_file import read_mapping
from services.crm.read_changes import CrmLook
from services.crm.status import CrmStatus, crm_status
from starter.crm_wiring import CrmParts, parts_of
from tests.support.crm.connected import NAMES, WORLDS, adapter
from tests.support.rigs.api import ApiRig, ways_for

MAPPING = """
crm: bullhorn
connect: {url: URL, client_id: client-id, user: api.user, timezone: America/New_York}
read:
  - record: owner
    from: CorporateUser
    prefix: user-
    fields: {first_name: firstName, last_name: lastName, email: email}
  - record: client
    from: ClientCorporation
    prefix: company-
    fields: {name: name}
  - record: person
    from: Candidate
    prefix: candidate-
    fields:
      first_name: firstName
      last_name: lastName
      email: email
      status: {from: status, values: {"Interested party": Interested}}
      owner: owner.id
    constants: {type: Candidate}
    events: {contacted: dateLastComment}
    suppress:
      - {channel: email, when: {massMailOptOut: true}}
      - {channel: all, when: {status: [Off limits]}}
    deleted_when: {isDeleted: true}
  - record: placement
    from: Placement
    prefix: placement-
    fields: {person: candidate.id, status: status, start_date: dateBegin}
write:
  - {on: enrolled, note: {kind: Email, text: "Added to {{ sequence }}"}}
  - {on: replied.positive, note: {text: "{{ label }}: {{ reply }}"}}
  - {on: task, task: {kind: Follow-up}}
  - {on: lead, lead: {fields: {status: New Lead}}}
  - {on: field_set, fields: [person.status]}
  - {on: opted_out, channel: email, set: {massMailOptOut: true}}
  - {on: erased, note: {kind: Other, text: "Erased in Relance on {{ at }}"}}
"""


_CONNECT = {
    "bullhorn": "{client_id: client-id, user: api.user}",
    "hubspot": "{}",
    "tracker_rms": "{url: URL}",
    "hooks": "{url: URL}",
}


def small_mapping(crm: str) -> str:
    """People and one kind of note, of whichever CRM."""
    names = NAMES[crm]
    return f"""
crm: {crm}
connect: {_CONNECT[crm]}
read:
  - record: person
    from: {names.person}
    prefix: candidate-
    fields: {{first_name: {names.first}, status: {names.status}, email: email}}
    constants: {{type: Candidate}}
write:
  - {{on: enrolled, note: {{text: "Added to {{{{ sequence }}}}"}}}}
"""


@dataclass
class CrmRig:
    """A CRM, our database, and what works between them. ``world`` is the stand-in of that CRM."""

    api: ApiRig
    world: Any
    parts: CrmParts
    mapping: CrmMapping

    async def look(self) -> CrmLook:
        """One look, whatever the CRM asked us to wait for before."""
        await self.pass_time(0)
        return await self.parts.reading.look()

    async def write(self) -> None:
        """Plans and writes until nothing is left to do at once."""
        while await self.parts.planning.plan():
            continue
        while await self.parts.sending.send():
            continue

    async def pass_time(self, seconds: float) -> None:
        """Both clocks go on together."""
        self.api.now = max(self.api.now, self.world.tick(seconds))
        self.world.now = self.api.now

    async def writes(self, **more: Any) -> list[Any]:
        rows = await self.api.fetch("SELECT * FROM crm_write ORDER BY number")
        return [row for row in rows if all(row[name] == value for name, value in more.items())]

    async def status(self) -> CrmStatus:
        async with self.api.database.statement() as connection:
            return await crm_status(connection, self.mapping.crm, self.api.now)

    def another(self, *, accept_account: bool = False) -> CrmParts:
        """The same connection in another process."""
        return parts_of(
            self.api.settings,
            self.api.database,
            ways_for(self.api).crm,
            self.parts.connected.crm,
            self.mapping,
            self.api.clock,
            accept_account=accept_account,
        )


@asynccontextmanager
async def open_crm_rig(api: ApiRig, mapping: str = MAPPING, crm: str = "bullhorn") -> AsyncIterator[CrmRig]:
    world: Any = WORLDS[crm]()
    world.now = api.now
    async with world.served():
        read = read_mapping(mapping.replace("URL", world.url), "crm.yaml", api.settings.catalogue())
        assert read.mapping is not None, read.report()
        port = adapter(crm, world, OwnSession(), api.clock)
        parts = parts_of(api.settings, api.database, ways_for(api).crm, port, read.mapping, api.clock)
        await parts.connected.register()
        try:
            yield CrmRig(api, world, parts, read.mapping)
        finally:
            await port.aclose()
