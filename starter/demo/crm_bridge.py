"""The CRM of the demo: a bridge of its own, as docs/crm.md describes one. It keeps what Relance writes about people."""

from __future__ import annotations

import hmac
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from adapters.loop_server import LoopServer
from sequences.sending.webhook_signature import webhook_headers
from starter.demo.people import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

_EXAMPLE: Final = "https://bridge.agency.example/relance"


@dataclass
class CrmOfOne:
    """What the CRM has of one record: texts of notes, titles of tasks, and fields."""

    notes: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)


class CrmBridge:
    """Takes signed writes, each once; changes go to Relance by its hook.

    Args:
        secret: signs requests, as ``RELANCE_CRM_SECRET``.
    """

    def __init__(self, secret: str) -> None:
        self.records: dict[str, CrmOfOne] = defaultdict(CrmOfOne)
        self.unsigned = 0
        self._secret = secret
        self._taken: set[str] = set()
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.post("/writes")(self._write)
        self._server = LoopServer(app, "127.0.0.1", 0)

    async def start(self) -> None:
        """Listens."""
        await self._server.start()

    async def stop(self) -> None:
        """Ends."""
        await self._server.stop()

    def settings(self, folder: Path) -> dict[str, str]:
        """What Relance has to be told: the example's mapping file, with this address."""
        file = folder / "crm.yaml"
        text = (EXAMPLES / "crm" / "hooks.yaml").read_text()
        file.write_text(text.replace(_EXAMPLE, f"http://127.0.0.1:{self._server.port}"))
        return {"RELANCE_CRM_FILE": str(file), "RELANCE_CRM_SECRET": self._secret}

    async def _write(self, request: Request) -> Response:
        body = await request.body()
        ident, stamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "0")
        expected = webhook_headers([self._secret.encode()], ident, int(stamp), body)["webhook-signature"]
        if not hmac.compare_digest(expected.encode(), request.headers.get("webhook-signature", "").encode()):
            self.unsigned += 1
            return JSONResponse({"detail": "the signature is wrong"}, 401)
        # The same write may come again, when its answer was lost.
        if ident not in self._taken:
            self._taken.add(ident)
            self._keep(json.loads(body)["data"])
        return JSONResponse({})

    def _keep(self, data: dict[str, Any]) -> None:
        record = self.records[data["record"]]
        match data["kind"]:
            case "note":
                record.notes.append(data["text"])
            case "task":
                record.tasks.append(data.get("title") or "")
            case "fields":
                record.fields |= data["fields"]
