"""Every route of the console, as every role and as nobody: nothing shows without a session, and no role does more."""

import re

import pytest

from sequences.access.act import Act
from sequences.access.authorize import ACTS
from sequences.access.role import Role
from starter.console.app import create_console
from starter.console.headers import HEADERS
from starter.http.app import create_app
from tests.support.console import COOKIE, OWN_PAGE, a_browser, browser_of, new_user, session_of
from tests.support.rigs.api import BEARER, ApiRig, ways_for
from tests.support.screens.routes import walk

PUBLIC = {
    "/sign-in",
    "/sign-in/{token}",
    "/sign-in/oidc",
    "/sign-in/oidc/callback",
    "/sign-in/passkey",
    "/static/{mark}/{name}",
}
# What a route needs; those that are not here need a session only, and no role is refused.
NEEDS = {
    "/users": Act.MANAGE_USERS,
    "/users/{user_id}": Act.MANAGE_USERS,
    "/users/{user_id}/link": Act.MANAGE_USERS,
    "/users/{user_id}/role": Act.MANAGE_USERS,
    "/users/{user_id}/people": Act.MANAGE_USERS,
    "/users/{user_id}/disable": Act.MANAGE_USERS,
    "/users/{user_id}/sessions/end": Act.MANAGE_USERS,
    "/users/{user_id}/ways/remove": Act.MANAGE_USERS,
    "/inbox/{reply_id}/say": Act.REVIEW_REPLY,
    "/inbox/{reply_id}/undo": Act.REVIEW_REPLY,
    "/inbox/{reply_id}/answer": Act.ANSWER_REPLY,
    "/approvals/{batch_id}/decide": Act.APPROVE,
    "/people/{person_id}/stop": Act.STOP_RUN,
    "/people/{person_id}/pause": Act.PAUSE_RUN,
    "/people/{person_id}/suppress": Act.SUPPRESS,
    "/people/{person_id}/consents/{channel}/give": Act.GIVE_CONSENT,
    "/people/{person_id}/consents/{channel}/withdraw": Act.SUPPRESS,
    "/people/{person_id}/enroll": Act.ENROLL,
    "/people/{person_id}/erase": Act.ERASE_PERSON,
    "/people/import": Act.ENROLL,
    "/people/import/{file_id}": Act.ENROLL,
    "/people/import/{file_id}/choose": Act.ENROLL,
    "/people/import/{file_id}/start": Act.ENROLL,
    "/tasks/{task}/done": Act.DO_TASK,
    "/tasks/{task}/snooze": Act.DO_TASK,
    "/tasks/{task}/assign": Act.DO_TASK,
    "/sequences/{name}/move": Act.PUBLISH,
    "/sequences/{name}/scan": Act.PUBLISH,
    "/new-sequence": Act.WRITE_SEQUENCE,
    "/sequences/{name}/archive": Act.PUBLISH,
    "/sequences/{name}/unarchive": Act.PUBLISH,
    "/calendar/closed/close": Act.HOLD,
    "/calendar/closed/open": Act.HOLD,
    "/sequences/{name}/edit": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/text": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/steps": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/steps/{step}/{change}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/steps/{step}/form/{part}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/reactions": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/reactions/{index}/{change}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/stops": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/stops/field": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/settings": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/actions/{step}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/preview/{step}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/answer": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/test/{step}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/attachments": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/attachments/remove": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/attachments/{sha256}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/discard": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/changes": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/publish": Act.PUBLISH,
    "/sequences/{name}/edit/rules": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/rules/people": Act.WRITE_SEQUENCE,
    "/sequences/{name}/edit/rules/{change}": Act.WRITE_SEQUENCE,
    "/sequences/{name}/choose": Act.PUBLISH,
    "/sequences/{name}/rehearse": Act.WRITE_SEQUENCE,
    "/sequences/{name}/dates": Act.WRITE_SEQUENCE,
    "/unmatched/{inbound_id}/attach": Act.REVIEW_REPLY,
    "/unmatched/{inbound_id}/dismiss": Act.REVIEW_REPLY,
    "/unmatched/{inbound_id}/undo": Act.REVIEW_REPLY,
    "/mailboxes/connect": Act.CONNECT_MAILBOX,
    "/mailboxes/connect/start": Act.CONNECT_MAILBOX,
    "/mailboxes/connect/callback": Act.CONNECT_MAILBOX,
    "/mailboxes/connect/end": Act.CONNECT_MAILBOX,
    "/unknown/{send_id}/settle": Act.OPERATE,
    "/follow-ups/{delivery_id}/retry": Act.OPERATE,
    "/suppressions/add": Act.SUPPRESS,
    "/leads.csv": Act.EXPORT,
    "/suppressions/{suppression_id}/lift": Act.LIFT_SUPPRESSION,
    "/audit": Act.READ_AUDIT,
    "/settings": Act.READ_SETTINGS,
    "/settings/owners/{owner_id}": Act.READ_SETTINGS,
    "/settings/owners/{owner_id}/told": Act.CHANGE_SETTINGS,
    "/audit.csv": Act.READ_AUDIT,
    "/mailboxes/add": Act.MANAGE_MAILBOXES,
    "/mailboxes/{mailbox_id}/words": Act.KEEP_MAILBOX,
    "/mailboxes/{mailbox_id}/test": Act.KEEP_MAILBOX,
    "/mailboxes/{mailbox_id}/pause": Act.KEEP_MAILBOX,
    "/mailboxes/{mailbox_id}/resume": Act.KEEP_MAILBOX,
    "/mailboxes/{mailbox_id}/connection": Act.MANAGE_MAILBOXES,
    "/mailboxes/{mailbox_id}/archive": Act.MANAGE_MAILBOXES,
    "/settings/webhooks": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/rotate": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/remove": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/subscribe": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/unsubscribe": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/events/pause": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/events/resume": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/events/replay": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/test": Act.MANAGE_WEBHOOKS,
    "/settings/webhooks/{endpoint_id}/redeliver/{delivery_id}": Act.MANAGE_WEBHOOKS,
    "/settings/crm": Act.MANAGE_WEBHOOKS,
    "/settings/crm/retry": Act.MANAGE_WEBHOOKS,
    "/settings/crm/retry/{write_id}": Act.MANAGE_WEBHOOKS,
    "/settings/crm/backfill": Act.MANAGE_WEBHOOKS,
    "/settings/tokens": Act.MANAGE_TOKENS,
    "/settings/tokens/{token_id}": Act.MANAGE_TOKENS,
    "/settings/tokens/{token_id}/rotate": Act.MANAGE_TOKENS,
    "/settings/tokens/{token_id}/revoke": Act.MANAGE_TOKENS,
}
FOR_ALL = {
    "/",
    "/people",
    "/approvals",
    "/approvals/{batch_id}",
    "/inbox",
    "/inbox/{reply_id}",
    "/people/{person_id}",
    "/account",
    "/account/sessions/{session_id}/end",
    "/account/sessions/end",
    "/account/passkeys",
    "/confirm/{token}",
    "/confirm/{token}/passkey",
    "/confirm/{token}/link",
    "/confirm/{token}/oidc",
    "/account/passkeys/new",
    "/account/passkeys/{passkey_id}/remove",
    "/sign-out",
    "/sequences/{name}/compare",
    *("/calendar/people", "/calendar/message/{enrollment}/{step}", "/calendar/closed"),
    "/calendar/message/{enrollment}/{step}/html",
    *("/help", "/help/{page}", "/help/pictures/{picture}"),
    *("/jobs", "/jobs/{job_id}", "/jobs/{job_id}/cancel", "/jobs/{job_id}/rehearsal"),
    "/jobs/{job_id}/runs",
    *("/unmatched", "/unmatched/{inbound_id}", "/unknown", "/deliverability", "/suppressions"),
    *("/mailboxes", "/mailboxes/{mailbox_id}", "/mailboxes/{mailbox_id}/runs"),
    *("/leads", "/lists", "/statistics"),
    *("/deliverability/messages", "/follow-ups", "/holds/{hold_id}", "/next-steps", "/sequences/{name}/rules/people"),
    *("/sequences/{name}/people", "/sequences/{name}/numbers.csv"),
    *("/badges", "/tasks", "/sequences", "/sequences/{name}", "/sequences/{name}/rules", "/calendar", "/health"),
}


def routes_of(api: ApiRig) -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in walk(create_console(ways_for(api)).routes)
        for method in sorted(route.methods or ())
    ]


def address(path: str) -> str:
    """One that exists nowhere."""
    return re.sub(r"\{(\w+)\}", "unknownunknown", path)


async def test_every_route_is_in_the_table(api: ApiRig) -> None:
    assert {path for _, path in routes_of(api)} == PUBLIC | FOR_ALL | set(NEEDS)


async def test_as_nobody(api: ApiRig) -> None:
    async with a_browser(api) as browser:
        for method, path in routes_of(api):
            answer = await browser.request(method, address(path))
            assert {name: answer.headers[name] for name in HEADERS if name != "Referrer-Policy"} == {
                name: value for name, value in HEADERS.items() if name != "Referrer-Policy"
            }
            if path in PUBLIC:
                continue
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/console/sign-in"), (method, path)
            assert answer.content == b""
    assert await api.fetch("SELECT * FROM audit_event WHERE act <> 'sign_in_refused'") == []


@pytest.mark.parametrize("role", list(Role))
async def test_as_every_role(api: ApiRig, role: Role) -> None:
    await new_user(api, Role.ADMIN, "first@agency.example")
    user = await new_user(api, role, "walker@agency.example")
    for method, path in routes_of(api):
        if path in PUBLIC:
            continue
        async with await browser_of(api, user) as browser:
            (before,) = await api.fetch("SELECT coalesce(max(id), 0) AS id FROM audit_event")
            answer = await browser.request(method, address(path))
            acts = [
                row["act"]
                for row in await api.fetch("SELECT act FROM audit_event WHERE id > $1 ORDER BY id", before["id"])
            ]
            if path in NEEDS and NEEDS[path] not in ACTS[role]:
                assert answer.status_code == 403, (method, path)
                assert "refused" in acts
            else:
                assert answer.status_code in (200, 303, 400, 404, 409, 422), (method, path, answer.text)
                assert answer.headers.get("location", "/console/").startswith("/console/")
                if path not in ("/sign-out", "/account/sessions/end"):
                    assert not answer.headers.get("location", "").startswith("/console/sign-in"), (method, path)
            # There is no act without its row.
            assert (method == "GET") or acts, (method, path)


async def test_another_site_can_do_nothing_as_an_admin(api: ApiRig) -> None:
    user = await new_user(api, Role.ADMIN)
    async with await browser_of(api, user) as browser:
        for method, path in routes_of(api):
            if method == "GET":
                continue
            for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
                assert (await browser.request(method, address(path), headers=headers)).status_code == 403, path
            del browser.headers["Sec-Fetch-Site"]
            assert (await browser.request(method, address(path))).status_code == 403, path
            browser.headers["Sec-Fetch-Site"] = "same-origin"


async def test_the_console_takes_no_token_and_the_api_no_cookie(api: ApiRig) -> None:
    user = await new_user(api, Role.ADMIN)
    for method, path in routes_of(api):
        if path not in PUBLIC:
            answer = await api.http.request(
                method, f"/console{address(path)}", headers=OWN_PAGE | {"Authorization": f"Bearer {BEARER}"}
            )
            assert (answer.status_code, answer.content) == (303, b""), path
    cookie = {"Cookie": f"{COOKIE}={await session_of(api, user)}"} | OWN_PAGE
    for route in walk(create_app(ways_for(api)).routes):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            asked = address(route.path)
            without = await api.http.request(method, asked, headers=OWN_PAGE)
            assert (await api.http.request(method, asked, headers=cookie)).status_code == without.status_code, asked
