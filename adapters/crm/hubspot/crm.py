"""HubSpot: what was modified, by search; objects, notes, tasks and leads."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.crm.crm_http import CrmHttp, json_of
from adapters.crm.pace import Pace
from sequences.crm.reading import instant_of
from sequences.crm.records import CrmChanges, CrmKey, CrmPage, CrmRecord, EntityFields, plain
from sequences.crm.writing import CrmWritten
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import httpx

    from sequences.crm.writing import CrmWrite

DEFAULT_URL: Final = "https://api.hubapi.com"
_PAGE: Final = 100
_PACE: Final = (8.0, 20)
"""Private apps: 100 requests in 10 seconds."""
_SEARCH_PACE: Final = (4.0, 4)
"""Searches: 5 a second."""
_LAG: Final = timedelta(minutes=2)
"""What was modified is found by search a little later: that much is read again."""
_SWEEP: Final = timedelta(hours=6)
"""Search finds nothing that is archived, and no owners: those are walked through now and then."""
_REREAD: Final = timedelta(days=2)
"""After such a walk, what was modified since then is read again: search may have shown it a day late."""
_ASSOCIATIONS: Final = "associations."
_OWNERS: Final = "owners"
_CATEGORY: Final = re.compile(r"[A-Z_]{1,60}", re.ASCII)
_TYPE_IDS: Final[Mapping[tuple[str, str], int]] = {
    ("notes", "contacts"): 202,
    ("notes", "companies"): 190,
    ("notes", "deals"): 214,
    ("tasks", "contacts"): 204,
    ("tasks", "companies"): 192,
    ("tasks", "deals"): 216,
    ("leads", "contacts"): 578,
}
"""HubSpot's own association types, from an activity or lead to a record."""


@dataclass(frozen=True)
class _Place:
    """How far the changes of a kind were read.

    Attributes:
        since: in milliseconds; what was modified then is read again.
        behind: set while more than a page was modified at that one instant: ids up to this one are read.
    """

    since: int
    behind: int | None = None


@dataclass(frozen=True)
class _Cursor:
    """Where a look begins.

    Attributes:
        places: by kind.
        kind: which one is read next; as many as there are: archived objects and owners.
        swept_at: when the last walk through what search does not find began, in ISO 8601.
        sweep: the walk under way: which kind, and what its next page begins behind.
        began: when the first look was, in milliseconds: nothing before it is a change. 0: nobody knows.
    """

    places: Mapping[str, _Place]
    kind: int = 0
    swept_at: str = ""
    sweep: Mapping[str, Any] | None = field(default=None)
    began: int = 0

    def text(self) -> str:
        places = {entity: [place.since, place.behind] for entity, place in self.places.items()}
        return json.dumps({**vars(self), "places": places})

    def not_after(self, place: _Place, at: datetime) -> _Place:
        """The place, or an earlier one: at this instant, but never before the first look."""
        return _Place(min(place.since, max(self.began, _ms(at))))

    @classmethod
    def of(cls, text: str) -> _Cursor:
        read = json.loads(text)
        places = {entity: _Place(since, behind) for entity, (since, behind) in read["places"].items()}
        return cls(places, read["kind"], read["swept_at"], read["sweep"], read.get("began", 0))


class HubSpotCrm:
    """One account.

    Args:
        token: of a private app.
        clock: the wall clock, UTC.
        url: None: HubSpot's own.
    """

    def __init__(
        self,
        token: str,
        clock: Callable[[], datetime],
        url: str | None = None,
        http: CrmHttp | None = None,
        searches: Pace | None = None,
    ) -> None:
        self._token = token
        self._clock = clock
        self._url = (url or DEFAULT_URL).rstrip("/")
        self._http = http or CrmHttp(Pace(*_PACE))
        self._searches = searches or Pace(*_SEARCH_PACE)

    async def aclose(self) -> None:
        """As ``services.crm.port.Crm``."""
        await self._http.aclose()

    async def account(self) -> str:
        """The id of the account (hub)."""
        answer = await self._get("/account-info/v3/details", {})
        return plain(answer.get("portalId")) if isinstance(answer, dict) else ""

    # --- reading ------------------------------------------------------------------------------------------------

    async def changes(self, cursor: str | None, wanted: Sequence[EntityFields]) -> CrmChanges:
        """A page of one kind a call, by the instant of modification: no page number moves under it."""
        now = self._clock()
        searched = [each for each in wanted if each.entity != _OWNERS]
        known = _Cursor.of(cursor) if cursor is not None else _Cursor({}, swept_at=now.isoformat(), began=_ms(now))
        new = {each.entity: _Place(_ms(now)) for each in searched if each.entity not in known.places}
        known = replace(known, places={**known.places, **new})
        if cursor is None:
            return CrmChanges((), replace(known, sweep={"kind": 0, "after": None}).text())
        if known.kind < len(searched):
            return await self._modified(known, searched[known.kind])
        due = now - datetime.fromisoformat(known.swept_at) > _SWEEP
        if known.sweep is not None or due:
            return await self._sweep(known, wanted, now)
        return CrmChanges((), replace(known, kind=0).text())

    async def _modified(self, cursor: _Cursor, wanted: EntityFields) -> CrmChanges:
        place = cursor.places[wanted.entity]
        modified = _modified_property(wanted.entity)
        if place.behind is not None:
            filters = [
                {"propertyName": modified, "operator": "EQ", "value": str(place.since)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": str(place.behind)},
            ]
            rows = await self._search(wanted, filters, "hs_object_id")
            full = len(rows) >= _PAGE
            place = _Place(place.since, max(int(row["id"]) for row in rows)) if full else _Place(place.since + 1)
            return await self._found(cursor, wanted, rows, place, full=True)
        since = {"propertyName": modified, "operator": "GTE", "value": str(place.since)}
        rows = await self._search(wanted, [since], modified)
        full = len(rows) >= _PAGE
        newest = max((_ms_of(row, modified) for row in rows), default=place.since)
        if full:
            place = _Place(newest) if newest > place.since else _Place(place.since, 0)
        else:
            # Also behind full pages of the last minutes: search may show more of them.
            place = cursor.not_after(_Place(max(place.since, newest)), self._clock() - _LAG)
        return await self._found(cursor, wanted, rows, place, full=full)

    async def _found(
        self, cursor: _Cursor, wanted: EntityFields, rows: Sequence[Mapping[str, Any]], place: _Place, *, full: bool
    ) -> CrmChanges:
        records = await self._records(wanted, rows)
        places = {**cursor.places, wanted.entity: place}
        kind = cursor.kind if full else cursor.kind + 1
        return CrmChanges(records, replace(cursor, places=places, kind=kind).text(), more=True)

    async def _search(
        self, wanted: EntityFields, filters: Sequence[Mapping[str, str]], sort: str
    ) -> list[dict[str, Any]]:
        await self._searches.turn()
        body = {
            "filterGroups": [{"filters": list(filters)}],
            "sorts": [sort],
            "properties": [*_properties(wanted), _modified_property(wanted.entity)],
            "limit": _PAGE,
        }
        answer = await self._answer(
            await self._ask("POST", f"/crm/v3/objects/{wanted.entity}/search", body=body), write=False
        )
        return list(answer["results"])

    async def _sweep(self, cursor: _Cursor, wanted: Sequence[EntityFields], now: datetime) -> CrmChanges:
        """What search does not find: archived objects, and owners."""
        sweep = dict(cursor.sweep or {"kind": 0, "after": None, "began": now.isoformat()})
        sweep.setdefault("began", now.isoformat())
        if sweep["kind"] >= len(wanted):
            places = {entity: cursor.not_after(place, now - _REREAD) for entity, place in cursor.places.items()}
            done = replace(cursor, places=places, kind=0, sweep=None, swept_at=sweep["began"])
            return CrmChanges((), done.text())
        each = wanted[sweep["kind"]]
        if each.entity == _OWNERS:
            page = await self.page(each, sweep["after"])
            records = page.records
        else:
            page, records = await self._archived(each, sweep["after"], datetime.fromisoformat(cursor.swept_at))
        sweep |= {"after": page.after} if page.after is not None else {"kind": sweep["kind"] + 1, "after": None}
        return CrmChanges(records, replace(cursor, sweep=sweep).text(), more=True)

    async def _archived(
        self, wanted: EntityFields, after: str | None, since: datetime
    ) -> tuple[CrmPage, tuple[CrmRecord, ...]]:
        params = {"limit": str(_PAGE), "archived": "true"} | ({"after": after} if after else {})
        answer = await self._get(f"/crm/v3/objects/{wanted.entity}", params)
        gone = []
        for row in answer["results"]:
            at = instant_of(row.get("archivedAt")) or self._clock()
            if at >= since - _LAG:
                gone.append(CrmRecord(CrmKey(wanted.entity, str(row["id"])), {}, at, deleted=True))
        return CrmPage((), _after(answer)), tuple(gone)

    async def _records(self, wanted: EntityFields, rows: Sequence[Mapping[str, Any]]) -> tuple[CrmRecord, ...]:
        associated: dict[str, dict[str, str]] = defaultdict(dict)
        for path in wanted.fields:
            if path.startswith(_ASSOCIATIONS) and rows:
                target = path.removeprefix(_ASSOCIATIONS)
                found = await self._associated(wanted.entity, target, [str(row["id"]) for row in rows])
                for identity, other in found.items():
                    associated[identity][target] = other
        records = []
        for row in rows:
            identity = str(row["id"])
            values = {**(row.get("properties") or {}), "id": identity, "associations": associated[identity]}
            at = instant_of(row.get("updatedAt"))
            records.append(CrmRecord(CrmKey(wanted.entity, identity), values, at, bool(row.get("archived"))))
        return tuple(records)

    async def _associated(self, entity: str, target: str, ids: Sequence[str]) -> Mapping[str, str]:
        """By id: the first of the associated records, a primary one before others."""
        body = {"inputs": [{"id": identity} for identity in ids]}
        response = await self._ask("POST", f"/crm/v4/associations/{entity}/{target}/batch/read", body=body)
        answer = await self._answer(response, write=False)
        found: dict[str, str] = {}
        for result in answer.get("results", []):
            to = sorted(result.get("to", []), key=lambda each: (not _is_primary(each), int(each["toObjectId"])))
            if to:
                found[str(result["from"]["id"])] = str(to[0]["toObjectId"])
        return found

    async def record(self, key: CrmKey, fields: Sequence[str]) -> CrmRecord | None:
        """One object."""
        wanted = EntityFields(key.entity, tuple(fields))
        params = {"properties": ",".join(_properties(wanted))}
        response = await self._ask("GET", f"/crm/v3/objects/{key.entity}/{key.id}", params=params)
        if response.status_code == 404:
            return None
        answer = await self._answer(response, write=False)
        return (await self._records(wanted, [answer]))[0]

    async def page(self, wanted: EntityFields, after: str | None) -> CrmPage:
        """As HubSpot pages: by id."""
        params = {"limit": str(_PAGE)} | ({"after": after} if after else {})
        if wanted.entity == _OWNERS:
            answer = await self._get("/crm/v3/owners", params)
            rows = [{**row, "properties": row} for row in answer["results"]]
        else:
            params["properties"] = ",".join(_properties(wanted))
            answer = await self._get(f"/crm/v3/objects/{wanted.entity}", params)
            rows = answer["results"]
        return CrmPage(await self._records(wanted, rows), _after(answer))

    async def fields(self, entity: str) -> Collection[str] | None:
        """The properties, and what else a path may begin with."""
        if entity == _OWNERS:
            return ("id", "email", "firstName", "lastName", "userId", "archived")
        answer = await self._get(f"/crm/v3/properties/{entity}", {})
        return (*(str(row["name"]) for row in answer["results"]), "id", "associations")

    # --- writing ------------------------------------------------------------------------------------------------

    async def write(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        """As the port. A note or task carries the key in its text, and a lead in its name's label; see docs/crm.md."""
        match write.kind:
            case "fields":
                return await self._write_fields(write)
            case "note":
                body = {"hs_timestamp": write.at.isoformat(), "hs_note_body": f"{write.text}\n\n(Relance {key})"}
                return await self._activity("notes", "hs_note_body", body, write, key, maybe_done=maybe_done)
            case "task":
                body = {
                    "hs_timestamp": (write.due or write.at).isoformat(),
                    "hs_task_subject": write.title,
                    "hs_task_body": f"{write.text}\n\n(Relance {key})".strip(),
                    "hs_task_status": "NOT_STARTED",
                    "hs_task_type": write.label or "TODO",
                }
                return await self._activity("tasks", "hs_task_body", body, write, key, maybe_done=maybe_done)
            case "lead":
                return await self._lead(write, key, maybe_done=maybe_done)

    async def _write_fields(self, write: CrmWrite) -> CrmWritten:
        fields = dict(write.fields)
        if write.only_if_blank:
            there = await self.record(CrmKey(write.entity, write.record), tuple(fields))
            if there is None:
                raise CrmRefusedError("the record does not exist in HubSpot")
            fields = {name: value for name, value in fields.items() if not plain(there.values.get(name))}
        if fields:
            body = {"properties": {name: plain(value) for name, value in fields.items()}}
            path = f"/crm/v3/objects/{write.entity}/{write.record}"
            await self._answer(await self._ask("PATCH", path, body=body, writes=True), write=True)
        return CrmWritten(fields=fields)

    async def _activity(
        self, kind: str, text: str, properties: dict[str, str], write: CrmWrite, key: str, *, maybe_done: bool
    ) -> CrmWritten:
        if maybe_done:
            found = await self._search(
                EntityFields(kind, ()),
                [{"propertyName": text, "operator": "CONTAINS_TOKEN", "value": key}],
                "hs_object_id",
            )
            if found:
                return CrmWritten(made=str(found[0]["id"]))
        if write.owner is not None:
            properties["hubspot_owner_id"] = write.owner
        return CrmWritten(made=await self._create(kind, properties, write))

    async def _lead(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        if maybe_done:
            found = await self._search(
                EntityFields("leads", ()),
                [
                    {"propertyName": "associations.contact", "operator": "EQ", "value": write.record},
                    {"propertyName": "hs_createdate", "operator": "GTE", "value": str(_ms(write.at))},
                ],
                "hs_object_id",
            )
            if found:
                return CrmWritten(made=str(found[0]["id"]))
        wanted = tuple(dict.fromkeys(("firstname", "lastname", *write.copied.values())))
        person = await self.record(CrmKey(write.entity, write.record), wanted)
        if person is None:
            raise CrmRefusedError("the record does not exist in HubSpot")
        name = " ".join(filter(None, (plain(person.values.get(each)) for each in ("firstname", "lastname"))))
        properties = {"hs_lead_name": name or f"Lead {key}"}
        properties |= {theirs: plain(person.values.get(path)) for theirs, path in write.copied.items()}
        properties |= {theirs: plain(value) for theirs, value in write.fields.items()}
        if write.owner is not None:
            properties["hubspot_owner_id"] = write.owner
        return CrmWritten(made=await self._create("leads", properties, write))

    async def _create(self, kind: str, properties: Mapping[str, str], write: CrmWrite) -> str:
        type_id = _TYPE_IDS.get((kind, write.entity))
        if type_id is None:
            raise CrmRefusedError(f"HubSpot's {kind} cannot be associated with {write.entity}")
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
        body = {"properties": properties, "associations": [{"to": {"id": write.record}, "types": types}]}
        response = await self._ask("POST", f"/crm/v3/objects/{kind}", body=body, writes=True)
        answer = await self._answer(response, write=True)
        return str(answer["id"])

    # --- asking -------------------------------------------------------------------------------------------------

    async def _get(self, path: str, params: Mapping[str, str]) -> Any:
        return await self._answer(await self._ask("GET", path, params=params), write=False)

    async def _answer(self, response: httpx.Response, *, write: bool) -> Any:
        status, why = response.status_code, _why(response)
        if status == 401:
            raise CrmAccessError("HubSpot refuses the token: it is wrong, expired or revoked (HTTP 401)")
        if status == 403 and not write:
            raise CrmAccessError(f"the private app of HubSpot lacks a scope (HTTP 403{why})")
        if status >= 400:
            raise CrmRefusedError(f"HubSpot refuses it (HTTP {status}{why})")
        if status >= 300:
            raise CrmAccessError(f"HubSpot redirects (HTTP {status})")
        answer = json_of(response, writes=write)
        if not isinstance(answer, dict):
            raise CrmAwayError("HubSpot's answer is not as documented", uncertain=write, whole=False)
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        writes: bool = False,
    ) -> httpx.Response:
        return await self._http.ask(
            method,
            f"{self._url}{path}",
            params=params,
            body=body,
            headers={"Authorization": f"Bearer {self._token}"},
            writes=writes,
        )


def _modified_property(entity: str) -> str:
    return "lastmodifieddate" if entity == "contacts" else "hs_lastmodifieddate"


def _properties(wanted: EntityFields) -> list[str]:
    return [path for path in wanted.fields if not path.startswith(_ASSOCIATIONS) and path != "id"]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _ms_of(row: Mapping[str, Any], modified: str) -> int:
    at = instant_of((row.get("properties") or {}).get(modified)) or instant_of(row.get("updatedAt"))
    return _ms(at if at is not None else datetime.fromtimestamp(0, UTC))


def _after(answer: Mapping[str, Any]) -> str | None:
    following = (answer.get("paging") or {}).get("next") or {}
    return str(following["after"]) if following.get("after") is not None else None


def _is_primary(to: Mapping[str, Any]) -> bool:
    return any(str(each.get("label") or "").lower() == "primary" for each in to.get("associationTypes", []))


def _why(response: httpx.Response) -> str:
    """The category of an error, which is a constant of theirs; its message may quote what we sent."""
    try:
        answer = response.json()
    except ValueError:
        return ""
    category = answer.get("category") if isinstance(answer, dict) else None
    return f", {category}" if isinstance(category, str) and _CATEGORY.fullmatch(category) else ""
