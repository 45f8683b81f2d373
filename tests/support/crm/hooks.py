"""A bridge that speaks the generic contract of docs/crm.md; signatures are checked by the official library."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from sequences.sending.webhook_signature import webhook_headers
from tests.support.crm.world import CrmWorld, whole

KEY = b"a-key-that-signs-what-goes-out-32b"


@dataclass
class HooksWorld(CrmWorld):
    """A receiver with lists of its own.

    Attributes:
        lists: it offers changes, records and fields; else it takes writes alone.
        tokens: the echo tokens that came with writes.
        unsettled: so much of its log keeps its order.
    """

    key: bytes = KEY
    account: str = "bridge-1"
    lists: bool = True
    log: list[tuple[str, str, bool]] = field(default_factory=list)
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    unsettled: int = 0

    def changed(self, entity: str, identity: str, how: str) -> None:
        if (entity, identity) not in self.late:
            self.log.append((entity, identity, how == "DELETED"))

    def unsettle(self, chance: random.Random) -> None:
        super().unsettle(chance)
        begun = self.unsettled
        waiting = self.log[begun:] * 2
        chance.shuffle(waiting)
        self.log[begun:] = waiting
        self.unsettled = len(self.log)

    def _record(self, entity: str, identity: str, *, deleted: bool = False) -> dict[str, Any]:
        at = (self.gone if deleted else self.modified)[entity, identity]
        values = {} if deleted else self.records[entity][identity]
        return {"entity": entity, "id": identity, "values": values, "at": whole(at), "deleted": deleted}

    def _signed(self, request: Request, body: bytes) -> bool:
        ident, stamp = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
        expected = webhook_headers([self.key], ident, stamp, body)["webhook-signature"]
        return expected == request.headers["webhook-signature"] and bool(base64.b64decode(expected[3:]))

    def routes(self, app: FastAPI) -> None:
        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def everything(request: Request, path: str) -> Response:
            body = await request.body()
            if not self._signed(request, body):
                return JSONResponse({"message": "bad signature"}, 401)
            if request.method == "POST":
                return self._write(json.loads(body), request.headers["webhook-id"])
            return self._get(path.split("/"), dict(request.query_params)) if self.lists else Response(status_code=404)

    def _write(self, message: dict[str, Any], key: str) -> Response:
        if key in self.known:
            return JSONResponse(self.known[key])
        data, kind = message["data"], message["type"].removeprefix("crm.")
        self.tokens.append(data["echo"])
        entity, record = data["entity"], data["record"]
        if kind != "fields":
            self.made[kind].append({**data, "id": self.new_id()})
            answer: dict[str, Any] = {"id": self.made[kind][-1]["id"]}
        else:
            if record not in self.records.get(entity, {}):
                return JSONResponse({"message": "no such record"}, 404)
            if self.unknown_fields(entity, data["fields"]):
                return JSONResponse({"message": "no such field"}, 422)
            here = self.records[entity][record]
            written = {
                name: value for name, value in data["fields"].items() if not (data["only_if_blank"] and here.get(name))
            }
            if written:
                self.put(entity, record, **written)
            answer = {"written": written}
        self.known[key] = answer
        return JSONResponse(answer)

    def _get(self, path: list[str], query: dict[str, str]) -> Response:
        match path:
            case ["account"]:
                return JSONResponse({"account": self.account})
            case ["changes"]:
                begin = int(query["cursor"]) if "cursor" in query else len(self.log)
                page = self.log[begin : begin + 50]
                end = begin + len(page)
                newest = {(entity, identity): deleted for entity, identity, deleted in page}
                records = [
                    self._record(entity, identity, deleted=identity not in self.records.get(entity, {}))
                    for (entity, identity) in newest
                ]
                told = self.page_of(records, 0, 2 * len(records))
                return JSONResponse({"records": told, "cursor": str(end), "more": end < len(self.log)})
            case ["records", entity] if entity in self.fields:
                behind = int(query.get("after", "0"))
                ids = sorted((each for each in self.records.get(entity, {}) if int(each) > behind), key=int)
                after = ids[99] if len(ids) > 100 else None
                told = self.page_of([self._record(entity, each) for each in ids[:100]], 0, 200)
                return JSONResponse({"records": told, "after": after})
            case ["records", entity, identity] if identity in self.records.get(entity, {}):
                return JSONResponse(self._record(entity, identity))
            case ["fields", entity] if entity in self.fields:
                return JSONResponse({"fields": sorted(self.fields[entity])})
        return Response(status_code=404)
