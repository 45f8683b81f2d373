"""The HTTP app: which way in needs which proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI

from starter.http import api_description, docs, errors
from starter.http.list_parameters import only_known
from starter.http.routes import (
    batches,
    bulk,
    calendar,
    calendar_feed,
    clients,
    closed_days,
    company_opt_outs,
    crm,
    deliveries,
    enrollments,
    explain,
    fields,
    form_pages,
    forms,
    health,
    inbound,
    leads,
    links,
    lists,
    message_test_pages,
    messages,
    notifications,
    notify_by,
    owners,
    people,
    placements,
    refusals,
    replies,
    replies_by,
    reviews,
    scans,
    sequences,
    stats,
    submissions,
    suppressions,
    tasks,
    twilio,
    unmatched,
    unreachable,
    uploads,
    windows,
)
from starter.http.security import require_bearer
from starter.version import version

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_DESCRIPTION = """Durable outreach sequences for recruiting.

| caller | proof |
|---|---|
| the CRM | an HMAC signature, see `POST /hooks/crm` |
| mail providers and servers | the bearer token, a signature or a login, see `POST /inbound/...` |
| Twilio | `X-Twilio-Signature` over the public URL |
| people and programs that read or control | `Authorization: Bearer` and the token |
| readers of our mails | the signed token in their link |
| health checks | nothing |

Every error is a `Problem`. 503 comes with `Retry-After`. Nothing that was answered with 2xx is ever lost.

Lists answer `{"items", "next"}`: pass `next` as `cursor`, with the same filters, to get the following page; null means
the end. Rows that are added meanwhile do not shift pages. Unknown query parameters are refused.
"""

_GUARDED = (
    enrollments,
    sequences,
    stats,
    messages,
    people,
    placements,
    clients,
    calendar,
    closed_days,
    owners,
    suppressions,
    tasks,
    leads,
    lists,
    notifications,
    unmatched,
    replies,
    reviews,
    company_opt_outs,
    unreachable,
    explain,
    windows,
    batches,
    refusals,
    scans,
    fields,
    deliveries,
    notify_by,
    forms,
    submissions,
    replies_by,
)
"""What needs the bearer token, in the order of the API's description."""


def create_app(ways: Ways) -> FastAPI:
    """Wires the app."""
    app = FastAPI(
        title="Relance",
        version=version(),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        # One name for each operation, in clients as well: that of its function.
        generate_unique_id_function=lambda route: route.name,
    )
    errors.install(app)
    docs.install(app)
    api_description.install(app, crm.schemas())
    guarded: dict[str, Any] = {
        "dependencies": [Depends(require_bearer(ways.settings.bearer_token.get_secret_value())), Depends(only_known)],
        "responses": errors.answers(401, 422, 500, 503),
    }
    for behind in _GUARDED:
        app.include_router(behind.router(ways), **guarded)
    if ways.bulk is not None:
        app.include_router(bulk.router(ways, ways.bulk), **guarded)
    if ways.mail is not None:
        app.include_router(inbound.router(ways, ways.mail))
    if ways.forms is not None:
        app.include_router(form_pages.router(ways, ways.forms))
    if ways.uploads is not None:
        app.include_router(uploads.router(ways, ways.uploads))
    for proving_itself in (crm, twilio, links, message_test_pages, calendar_feed, health):
        app.include_router(proving_itself.router(ways))
    return app
