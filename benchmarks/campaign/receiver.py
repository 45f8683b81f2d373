"""The receiver of webhooks: keeps each request with its instant before it answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response

from adapters.loop_server import LoopServer


def receiver(file: Path) -> LoopServer:
    """A server to start in a running loop; it writes to ``file``, a line a request."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/hook")
    async def keep(request: Request) -> Response:
        body = await request.json()
        kept = {name: body[name] for name in ("id", "event", "person", "sequence", "enrollment", "cause")}
        with file.open("a") as out:
            out.write(json.dumps({"at": datetime.now(UTC).isoformat(), **kept}) + "\n")
        return Response(status_code=204)

    return LoopServer(app, "127.0.0.1", 0)
