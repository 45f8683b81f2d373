"""The HTTP app: which way in needs which proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from starter.console.app import LARGEST_BODY, PATH, mount_console, viewers_of
from starter.http import api_description, docs, errors
from starter.http.border import BodyRules, Border, body_limits
from starter.http.callers import caller_by, declared, guard
from starter.http.list_parameters import only_known
from starter.http.rates import RateLimits
from starter.http.routes import (
    batches,
    bookings,
    bulk,
    calendar,
    calendar_feed,
    calendar_link,
    clients,
    closed_days,
    codec,
    company_opt_outs,
    crm,
    crm_connection,
    deliveries,
    delivery_events,
    doctor,
    drafts,
    enrollments,
    events,
    explain,
    fields,
    form_pages,
    forms,
    health,
    inbound,
    jobs,
    leads,
    links,
    lists,
    mail_push,
    mailboxes,
    message_test_pages,
    messages,
    notifications,
    notify_by,
    owners,
    people,
    person_consents,
    person_runs,
    placements,
    refusals,
    replies,
    replies_by,
    retention,
    reviews,
    scans,
    search,
    sequences,
    stats,
    submissions,
    suppressions,
    tasks,
    tokens,
    twilio,
    unknown,
    unmatched,
    unreachable,
    uploads,
    webhooks,
    windows,
)
from starter.version import version

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_DESCRIPTION = """Durable outreach sequences for recruiting.

| caller | proof |
|---|---|
| the CRM | an HMAC signature, see `POST /hooks/crm` |
| mail providers and servers | a bearer token, a signature or a login, see `POST /inbound/...` |
| Twilio | `X-Twilio-Signature` over the public URL |
| Calendly and Cal.com | their signature over the body, see `POST /bookings/...` |
| Microsoft and Google, of new mail | the secret of our subscription, or a token of Google, see `POST /mail-push/...` |
| people and programs that read or control | `Authorization: Bearer` and a token with the scope of the operation |
| readers of our mails | the signed token in their link |
| health checks | nothing |

A token has the scopes `hooks`, `enroll`, `read`, `draft`, `judge`, `steer` or `admin`, which holds all. Each operation
names its own.

Every error is a `Problem`. 503 and 429 (too many requests) come with `Retry-After`. Nothing that was answered with
2xx is ever lost.

Lists answer `{"items", "next"}`: pass `next` as `cursor`, with the same filters, to get the following page; null means
the end. Rows that are added meanwhile do not shift pages. Unknown query parameters are refused.
"""

_GUARDED = (
    enrollments,
    sequences,
    drafts,
    stats,
    messages,
    people,
    search,
    person_consents,
    person_runs,
    placements,
    clients,
    calendar,
    calendar_link,
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
    webhooks,
    events,
    mailboxes,
    tokens,
    unknown,
    jobs,
    crm_connection,
    retention,
    doctor,
)
"""What needs a bearer token, in the order of the API's description; `declared` finds a scope for each operation."""


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
        "dependencies": [Depends(guard(ways)), Depends(only_known)],
        "responses": errors.answers(401, 403, 422, 500, 503),
    }
    behind = [declared(each.router(ways)) for each in _GUARDED]
    if ways.bulk is not None:
        behind.append(declared(bulk.router(ways, ways.bulk)))
    for router in behind:
        app.include_router(router, **guarded)
    if ways.mail is not None:
        app.include_router(inbound.router(ways, ways.mail))
        app.include_router(delivery_events.router(ways, ways.mail))
    if ways.forms is not None:
        app.include_router(form_pages.router(ways, ways.forms))
    if ways.uploads is not None:
        app.include_router(uploads.router(ways, ways.uploads))
    for proving_itself in (crm, bookings, mail_push, twilio, links, message_test_pages, calendar_feed, health):
        app.include_router(proving_itself.router(ways))
    app.include_router(codec.router(ways, viewers_of(ways)))
    mount_console(app, ways)
    names = frozenset(route.name for router in behind for route in router.routes if isinstance(route, APIRoute))
    app.add_middleware(
        Border, rules=BodyRules(body_limits(ways.settings), {f"{PATH}/": LARGEST_BODY}, names, caller_by(ways))
    )
    app.add_middleware(RateLimits, per_minute=ways.settings.open_rate)
    return app
