"""The HTTP app: which way in needs which proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI

from starter.http import (
    bulk,
    crm,
    deliveries,
    docs,
    enrollments,
    errors,
    health,
    inbound,
    links,
    notices,
    reading,
    reviews,
    rules,
    twilio,
    unmatched,
)
from starter.http.security import require_bearer

if TYPE_CHECKING:
    from starter.http.ways import Ways

_DESCRIPTION = """Durable outreach sequences for recruiting.

| who comes | how it is proved |
|---|---|
| the CRM | an HMAC signature, see `POST /hooks/crm` |
| whoever hands in mail | the bearer token, a signature or a login, see `POST /inbound/...` |
| Twilio | `X-Twilio-Signature` over the public URL |
| people and programs that read or steer | `Authorization: Bearer` and the token |
| readers of our mails | the signed token in their link |
| health checks | nothing |

Errors are `{"error", "detail", "hint"}`. 503 comes with `Retry-After`; nothing that was answered 2xx is ever lost.
"""


def create_app(ways: Ways) -> FastAPI:
    """Wires the app."""
    app = FastAPI(title="Relance", version="0.1.0", description=_DESCRIPTION, docs_url=None, redoc_url=None)
    errors.install(app)
    docs.install(app)
    proof = [Depends(require_bearer(ways.settings.bearer_token.get_secret_value()))]
    for guarded in (deliveries, enrollments, notices, reading, reviews, rules, unmatched):
        app.include_router(guarded.router(ways), dependencies=proof)
    if ways.bulk is not None:
        app.include_router(bulk.router(ways, ways.bulk), dependencies=proof)
    if ways.mail is not None:
        app.include_router(inbound.router(ways, ways.mail))
    for proving_itself in (crm, twilio, links, health):
        app.include_router(proving_itself.router(ways))
    return app
