"""TrackerRMS as far as documents say: a token for a JWT, paged search, records by id."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.support.crm.world import CrmWorld, whole

_PAGE = 10


@dataclass
class TrackerWorld(CrmWorld):
    """One database.

    Attributes:
        token: that was generated last.
        jwts: that are good.
        logins: how often a token was exchanged.
    """

    token: str = "tracker-token"
    database: str = "agency"
    jwts: set[str] = field(default_factory=set)
    logins: int = 0

    def expire(self) -> None:
        self.jwts.clear()

    def routes(self, app: FastAPI) -> None:
        @app.post("/api/Auth/ExchangeToken")
        async def exchange(request: Request) -> Response:
            if (await request.json()).get("bearerToken") != self.token:
                return JSONResponse({"message": "Unauthorized"}, 401)
            self.logins += 1
            claims = base64.urlsafe_b64encode(json.dumps({"database": self.database, "n": self.logins}).encode())
            jwt = f"e30.{claims.decode().rstrip('=')}.signature"
            self.jwts.add(jwt)
            return JSONResponse({"token": jwt})

        @app.api_route("/api/v1/{path:path}", methods=["GET", "POST", "PATCH"])
        async def everything(request: Request, path: str) -> Response:
            if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.jwts:
                return JSONResponse({"message": "Unauthorized"}, 401)
            body = json.loads(raw) if (raw := await request.body()) else {}
            resource = path.split("/", maxsplit=1)[0]
            if resource not in self.fields and resource.lower() not in self.made:
                return JSONResponse({"message": "not found"}, 404)
            return self._answer(request.method, path.split("/"), body)

    def _row(self, entity: str, identity: str) -> dict[str, Any]:
        own = f"{entity[:1].lower()}{entity[1:]}Id"
        at = whole(self.modified[entity, identity])
        return {own: int(identity), "updatedDate": at, **self.records[entity][identity]}

    def _answer(self, method: str, path: list[str], body: dict[str, Any]) -> Response:
        match method, path:
            case "POST", [entity, "PagedSearch"]:
                rows = self._rows(entity, body)
                page = int(body["pageNumber"])
                shown = self.page_of(rows, _PAGE * (page - 1), _PAGE)
                return JSONResponse(
                    {
                        "data": shown,
                        "totalCount": len(rows),
                        "hasNextPage": self.length_of(rows) > _PAGE * page,
                        "pageNumber": page,
                    }
                )
            case "GET", [entity, identity] if identity in self.records.get(entity, {}):
                return JSONResponse(self._row(entity, identity))
            case "PATCH", [entity, identity] if identity in self.records.get(entity, {}):
                if self.unknown_fields(entity, body):
                    return JSONResponse({"message": "unknown field"}, 400)
                self.put(entity, identity, **body)
                return JSONResponse(self._row(entity, identity))
            case "POST", [entity] if entity.lower() in self.made:
                made = {"id": int(self.new_id()), **body}
                self.made[entity.lower()].append(made)
                return JSONResponse(made, 201)
        return JSONResponse({"message": "not found"}, 404)

    def _rows(self, entity: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        if entity.lower() in self.made:
            return [row for row in self.made[entity.lower()] if row.get("externalId") == body.get("externalId")]
        shown = [each for each in self.records.get(entity, {}) if (entity, each) not in self.late]
        rows = [self._row(entity, identity) for identity in shown]
        if "updatedAfter" in body:
            since = datetime.combine(date.fromisoformat(body["updatedAfter"]), datetime.min.time(), UTC)
            rows = [row for row in rows if datetime.fromisoformat(row["updatedDate"]) >= since]
        return rows
