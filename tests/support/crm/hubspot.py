"""HubSpot's CRM as its description has it: objects, search, associations, properties, owners."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.support.crm.hubspot_schema import check
from tests.support.crm.world import CrmWorld, ms, whole

_ACTIVITIES = {"notes": "note", "tasks": "task", "leads": "lead"}


@dataclass
class HubSpotWorld(CrmWorld):
    """One account.

    Attributes:
        token: of the private app.
        portal: id of the account.
        links: by kind and kind: id to ids.
        broken: what was wrong with a request, by the description.
    """

    token: str = "pat-eu1-token"
    portal: int = 4711
    links: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def _checked(self, name: str, value: Any) -> Response | None:
        try:
            check(name, value)
        except AssertionError as error:
            self.broken.append(str(error))
            return JSONResponse({"status": "error", "category": "VALIDATION_ERROR", "message": "invalid"}, 400)
        return None

    def _object(self, entity: str, identity: str, names: list[str] | None = None) -> dict[str, Any]:
        values = self.records[entity][identity]
        at = self.modified[entity, identity]
        stamp = "lastmodifieddate" if entity == "contacts" else "hs_lastmodifieddate"
        known = {**values, stamp: whole(at), "hs_object_id": identity}
        shown = (
            known
            if names is None
            else {name: known.get(name) for name in names if name in {*known, *self.fields[entity]}}
        )
        row = {"id": identity, "properties": shown, "createdAt": whole(at), "updatedAt": whole(at), "archived": False}
        check("SimplePublicObject", row)
        return row

    def routes(self, app: FastAPI) -> None:
        @app.api_route("/{path:path}", methods=["GET", "POST", "PATCH"])
        async def everything(request: Request, path: str) -> Response:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return JSONResponse({"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}, 401)
            body = json.loads(raw) if (raw := await request.body()) else None
            parts = path.split("/")
            if parts[:3] == ["crm", "v3", "objects"] and parts[3] not in {*self.fields, *_ACTIVITIES}:
                return _no(400, "VALIDATION_ERROR")
            return self._answer(request.method, path.split("/"), dict(request.query_params), body)

    def _answer(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Response:
        match method, path:
            case "GET", ["account-info", "v3", "details"]:
                return JSONResponse({"portalId": self.portal, "timeZone": "Europe/London"})
            case "GET", ["crm", "v3", "properties", entity]:
                return JSONResponse({"results": [{"name": name} for name in sorted(self.fields[entity])]})
            case "GET", ["crm", "v3", "owners"]:
                rows = [{"id": identity, **row} for identity, row in sorted(self.records.get("owners", {}).items())]
                return JSONResponse({"results": rows})
            case "POST", ["crm", "v3", "objects", entity, "search"]:
                return self._checked("PublicObjectSearchRequest", body) or self._search(entity, body)
            case "GET", ["crm", "v3", "objects", entity]:
                return self._list(entity, query)
            case "GET", ["crm", "v3", "objects", entity, identity]:
                if identity not in self.records.get(entity, {}):
                    return _no(404, "OBJECT_NOT_FOUND")
                return JSONResponse(self._object(entity, identity, query.get("properties", "").split(",")))
            case "POST", ["crm", "v3", "objects", entity]:
                return self._checked("SimplePublicObjectInputForCreate", body) or self._create(entity, body)
            case "PATCH", ["crm", "v3", "objects", entity, identity]:
                return self._checked("SimplePublicObjectInput", body) or self._change(entity, identity, body)
            case "POST", ["crm", "v4", "associations", entity, target, "batch", "read"]:
                known = self.links.get((entity, target), {})
                results = [
                    {
                        "from": {"id": each["id"]},
                        "to": [{"toObjectId": int(other), "associationTypes": []} for other in known[each["id"]]],
                    }
                    for each in body["inputs"]
                    if each["id"] in known
                ]
                return JSONResponse({"status": "COMPLETE", "results": results})
        return _no(404, "OBJECT_NOT_FOUND")

    def _list(self, entity: str, query: dict[str, str]) -> Response:
        limit, behind = int(query.get("limit", "10")), int(query.get("after", "0"))
        if query.get("archived") == "true":
            gone = [
                {
                    "id": identity,
                    "properties": {},
                    "createdAt": whole(at),
                    "updatedAt": whole(at),
                    "archived": True,
                    "archivedAt": whole(at),
                }
                for (kind, identity), at in self.gone.items()
                if kind == entity
            ]
            return JSONResponse({"results": gone})
        ids = sorted((each for each in self.records.get(entity, {}) if int(each) > behind), key=int)
        page = self.page_of(ids, 0, limit)
        rows = [self._object(entity, each, query.get("properties", "").split(",")) for each in page]
        answer: dict[str, Any] = {"results": rows}
        if len(page) < self.length_of(ids):
            answer["paging"] = {"next": {"after": max(page, key=int)}}
        check("CollectionResponse", answer)
        return JSONResponse(answer)

    def _search(self, entity: str, body: dict[str, Any]) -> Response:
        (group,) = body["filterGroups"]
        if entity in _ACTIVITIES:
            made = [row for row in self.made[_ACTIVITIES[entity]] if _fits_made(row, group["filters"])]
            rows = [
                {"id": row["id"], "properties": {}, "createdAt": whole(self.now), "updatedAt": whole(self.now)}
                for row in made
            ]
            return JSONResponse({"total": len(rows), "results": rows})
        # Its index is a little late.
        shown = [each for each in self.records.get(entity, {}) if (entity, each) not in self.late]
        objects = [self._object(entity, each) for each in shown]
        found = [each for each in objects if all(_fits(each["properties"], one) for one in group["filters"])]
        found.sort(key=lambda each: _sortable(each["properties"], body["sorts"][0]))
        answer = {"total": len(found), "results": self.page_of(found, 0, body.get("limit", 10))}
        check("CollectionResponse", answer)
        return JSONResponse(answer)

    def _create(self, entity: str, body: dict[str, Any]) -> Response:
        made = {"id": self.new_id(), **body["properties"], "associations": body.get("associations", [])}
        self.made[_ACTIVITIES[entity]].append(made)
        row = {"id": made["id"], "properties": {}, "createdAt": whole(self.now), "updatedAt": whole(self.now)}
        return JSONResponse(row, 201)

    def _change(self, entity: str, identity: str, body: dict[str, Any]) -> Response:
        if identity not in self.records.get(entity, {}):
            return _no(404, "OBJECT_NOT_FOUND")
        if self.unknown_fields(entity, body["properties"]):
            return _no(400, "VALIDATION_ERROR")
        self.put(entity, identity, **body["properties"])
        return JSONResponse(self._object(entity, identity))


def _no(status: int, category: str) -> Response:
    return JSONResponse({"status": "error", "category": category, "message": "it quotes pat@example.com"}, status)


def _number(value: str) -> int:
    return int(value) if value.isdecimal() else ms(datetime.fromisoformat(value).astimezone(UTC))


def _sortable(properties: dict[str, str], name: str) -> int:
    return _number(properties[name])


def _fits(properties: dict[str, str], one: dict[str, str]) -> bool:
    here, there = _number(properties[one["propertyName"]]), int(one["value"])
    return {"EQ": here == there, "GT": here > there, "GTE": here >= there}[one["operator"]]


def _fits_made(row: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    if filters[0]["operator"] == "CONTAINS_TOKEN":
        return filters[0]["value"] in json.dumps(row)
    return any(each["to"]["id"] == filters[0]["value"] for each in row["associations"])
