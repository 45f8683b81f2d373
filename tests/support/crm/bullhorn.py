"""Bullhorn as its documentation has it: data centre, OAuth, sessions, events that are purged when read, entities."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from tests.support.crm.world import CrmWorld, ms

_CORP = "e999"


@dataclass
class BullhornWorld(CrmWorld):
    """One corporation.

    Attributes:
        password: of the API user.
        corporation: its token.
        sessions: that are good.
        logins: how often a session was made; ``authorized`` of them by the password.
        moved: the login is at another data centre: 307.
    """

    password: str = "api-password"
    corporation: str = _CORP
    client_secret: str = "client-secret"
    sessions: set[str] = field(default_factory=set)
    refresh: str = ""
    codes: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=set)
    logins: int = 0
    authorized: int = 0
    moved: bool = False
    subscription: dict[str, Any] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    read_again: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    last_request: int = 0

    def changed(self, entity: str, identity: str, how: str) -> None:
        if self.subscription is None or entity not in self.subscription["names"] or (entity, identity) in self.late:
            return
        self.events.append(
            {
                "eventId": f"ID:JBM-{len(self.events)}",
                "eventType": "ENTITY",
                "entityName": entity,
                "entityId": int(identity),
                "entityEventType": how,
                "eventTimestamp": ms(self.now),
                "updatedProperties": ["status"],
                "eventMetadata": {},
            }
        )

    def unsettle(self, chance: random.Random) -> None:
        super().unsettle(chance)
        self.events *= 2
        chance.shuffle(self.events)

    def lose_subscription(self) -> None:
        """It expired, with all of its events."""
        self.subscription, self.events, self.read_again = None, [], {}

    def expire(self) -> None:
        self.sessions.clear()

    def _row(self, entity: str, identity: str) -> dict[str, Any]:
        row = {"id": int(identity), "dateLastModified": ms(self.modified[entity, identity])}
        return row | self.records[entity][identity]

    def _bad_field(self, entity: str, names: Any) -> Response | None:
        firsts = {re.split(r"[.(]", name)[0] for name in names} - {"id", "dateLastModified", ""}
        unknown = self.unknown_fields(entity, firsts)
        if not unknown:
            return None
        body = {"errorMessage": f"field {unknown[0]} in {entity}", "errorMessageKey": "errors.invalidField"}
        return JSONResponse(body, 400)

    def routes(self, app: FastAPI) -> None:
        self._oauth(app)

        @app.api_route("/rest-services/{corp}/{path:path}", methods=["GET", "PUT", "POST", "DELETE"])
        async def rest(request: Request, corp: str, path: str) -> Response:
            token = request.headers.get("BhRestToken")
            if token is None:
                return JSONResponse({"errorMessage": "no session"}, 412)
            if token not in self.sessions or corp != self.corporation:
                return JSONResponse({"errorMessage": "Bad 'BhRestToken' or timed-out."}, 401)
            body = json.loads(raw) if (raw := await request.body()) else {}
            kind, _, rest_of = path.partition("/")
            query = dict(request.query_params)
            if kind == "event":
                return self._events(request.method, rest_of, query)
            if kind == "meta":
                return self._meta(rest_of)
            if kind in ("query", "search"):
                return self._found(rest_of, query)
            return self._entity(request.method, rest_of, query, body)

    def _oauth(self, app: FastAPI) -> None:
        @app.get("/rest-services/loginInfo")
        async def login_info(username: str) -> dict[str, str]:
            if username != "api.user":
                return {}
            return {"oauthUrl": f"{self.url}/oauth", "restUrl": f"{self.url}/rest-services/"}

        @app.post("/oauth/authorize")
        async def authorize(request: Request) -> Response:
            form = await request.form()
            if form["password"] != self.password or form["action"] != "Login":
                return PlainTextResponse("Invalid credentials", 200)
            self.authorized += 1
            code = f"code-{self.new_id()}"
            self.codes.add(code)
            return Response(status_code=302, headers={"Location": f"https://relance.example/?code={code}"})

        @app.post("/oauth/token")
        async def token(request: Request) -> Response:
            form = await request.form()
            good = form["client_secret"] == self.client_secret
            if form["grant_type"] == "refresh_token":
                good = good and form["refresh_token"] == self.refresh
            else:
                good = good and str(form["code"]) in self.codes
                self.codes.discard(str(form["code"]))
            if not good:
                return JSONResponse({"error": "invalid_grant"}, 400)
            # Each works once.
            self.refresh, access = f"refresh-{self.new_id()}", f"access-{self.new_id()}"
            self.access.add(access)
            return JSONResponse({"access_token": access, "refresh_token": self.refresh, "expires_in": 600})

        async def signed_in(request: Request) -> Response:
            access = request.query_params["access_token"]
            if access not in self.access:
                return JSONResponse({"errorMessage": "Invalid or expired OAuth access token."}, 400)
            self.access.discard(access)
            self.logins += 1
            session = f"session-{self.new_id()}"
            self.sessions.add(session)
            return JSONResponse({"BhRestToken": session, "restUrl": f"{self.url}/rest-services/{self.corporation}/"})

        @app.post("/rest-services/login")
        async def login(request: Request) -> Response:
            if self.moved:
                there = f"{self.url}/rest-services-2/login?{request.url.query}"
                return Response(status_code=307, headers={"Location": there})
            return await signed_in(request)

        @app.post("/rest-services-2/login")
        async def login_there(request: Request) -> Response:
            return await signed_in(request)

    def _events(self, method: str, path: str, query: dict[str, str]) -> Response:
        if method == "PUT":
            if self.subscription is None:
                self.subscription, self.last_request = {"names": []}, 0
            self.subscription["names"] = query["names"].split(",")
            return JSONResponse({"lastRequestId": self.last_request, "subscriptionId": path, "createdOn": ms(self.now)})
        if self.subscription is None:
            return JSONResponse({"errorMessage": "no such subscription"}, 404)
        if method == "DELETE":
            self.lose_subscription()
            return JSONResponse({"result": True})
        if path.endswith("/lastRequestId"):
            return JSONResponse({"result": self.last_request})
        if "requestId" in query:
            request = int(query["requestId"])
            return JSONResponse({"requestId": request, "events": self.read_again.get(request, [])})
        most = min(int(query["maxEvents"]), 100)
        # Each event is given twice: what fits into an answer is half as much.
        taken = most if self.chance is None else most // 2
        given, self.events = self.page_of(self.events[:taken], 0, most), self.events[taken:]
        if not given:
            return Response(status_code=200)
        self.last_request += 1
        self.read_again[self.last_request] = given
        return JSONResponse({"requestId": self.last_request, "events": given})

    def _meta(self, entity: str) -> Response:
        if not entity:
            return JSONResponse([{"entity": name} for name in self.fields])
        if entity not in self.fields:
            return JSONResponse({"errorMessage": "no such entity"}, 404)
        names = ["id", "dateLastModified", *sorted(self.fields[entity])]
        return JSONResponse({"entity": entity, "fields": [{"name": name, "type": "SCALAR"} for name in names]})

    def _found(self, entity: str, query: dict[str, str]) -> Response:
        if entity not in {*self.fields, "Note", "Task", "Lead"}:
            return JSONResponse({"errorMessage": "no such entity"}, 404)
        if entity in ("Note", "Task", "Lead"):
            wanted = re.findall(r"""["']([^"']+)["']""", query.get("where", query.get("query", "")))[0]
            made = [row for row in self.made[entity.lower()] if wanted in json.dumps(row)]
            return JSONResponse({"data": [{"id": row["id"]} for row in made]})
        if (bad := self._bad_field(entity, _split(query["fields"]))) is not None:
            return bad
        behind = int((re.search(r"id>(\d+)", query["where"]) or [0, 0])[1])
        since = int((re.search(r"dateLastModified>=(\d+)", query["where"]) or [0, 0])[1])
        rows = [self._row(entity, identity) for identity in self.records.get(entity, {})]
        rows = [row for row in rows if row["id"] > behind and row["dateLastModified"] >= since]
        rows.sort(key=lambda row: int(row["id"]))
        return JSONResponse({"data": self.page_of(rows, 0, int(query["count"]))})

    def _entity(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Response:
        entity, _, ids = path.partition("/")
        if method == "PUT" and not ids:
            if entity in ("Note", "Task", "Lead"):
                made = {"id": int(self.new_id()), **body}
                self.made[entity.lower()].append(made)
                self.touched(entity, body)
                return JSONResponse(
                    {"changedEntityType": entity, "changedEntityId": made["id"], "changeType": "INSERT"}
                )
            return JSONResponse({"errorMessageKey": "errors.notSupported"}, 400)
        if method == "PUT":
            return JSONResponse({"changeType": "ASSOCIATE"})
        known = [each for each in ids.split(",") if each in self.records.get(entity, {})]
        if not known:
            return JSONResponse({"errorMessage": "not found"}, 404)
        if method == "POST":
            if (bad := self._bad_field(entity, body)) is not None:
                return bad
            self.put(entity, known[0], **body)
            return JSONResponse({"changedEntityType": entity, "changedEntityId": int(known[0]), "changeType": "UPDATE"})
        if self._bad_field(entity, _split(query["fields"])) is not None:
            # As documented: 404 for fields that do not exist, too.
            return JSONResponse({"errorMessage": "not found"}, 404)
        rows = [self._row(entity, each) for each in known]
        return JSONResponse({"data": rows if "," in ids else rows[0]})

    def touched(self, entity: str, body: dict[str, Any]) -> None:
        """A note moves the date of the last comment of its person."""
        person = str(body.get("personReference", {}).get("id", ""))
        for kind in ("Candidate", "ClientContact"):
            if entity == "Note" and person in self.records.get(kind, {}):
                self.put(kind, person, dateLastComment=ms(self.now))


def _split(fields: str) -> list[str]:
    """``id,owner(id,name)`` as two names."""
    return re.sub(r"\([^)]*\)", "", fields).split(",")
