"""Users, as an admin manages them."""

import re

import pytest

from sequences.access.role import Role
from tests.support.console import LOCAL, a_browser, browser_of, new_user
from tests.support.rigs.api import ApiRig


async def test_an_admin_invites_and_the_link_works(api: ApiRig) -> None:
    await api.execute(
        "INSERT INTO owner (id, first_name, last_name, email) VALUES ('o1', 'Bo', 'Berg', 'BO@agency.example')"
    )
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        shown = (await admin.get("/users")).text
        assert '<option value="o1">Bo Berg</option>' in shown
        made = await admin.post("/users", data={"email": "bo@agency.example", "role": "lead", "team": "North"})
        assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
        link = re.search(rf"{re.escape(LOCAL)}/console(/sign-in/[\w-]{{43}})", made.text)
        assert link is not None
        listed = (await admin.get("/users")).text
        assert "Bo Berg" in listed
        assert "North" in listed
    async with a_browser(api) as browser:
        assert (await browser.post(link[1])).status_code == 303
        assert "Bo Berg (bo@agency.example). Your role is Lead" in (await browser.get("/account")).text
    (row,) = await api.fetch("SELECT * FROM console_user WHERE team = 'North'")
    assert (row["owner_id"], row["name"]) == ("o1", "Bo Berg")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"email": "nothing"}, "not an e-mail address"),
        ({"email": "a@agency.example", "role": "king"}, "no such role"),
        ({"email": "a@agency.example", "owner": "unknown"}, "no such owner"),
        ({"email": "admin@agency.example", "role": "lead"}, "has the role admin"),
    ],
)
async def test_what_cannot_be_invited_is_said_and_kept_in_the_form(
    api: ApiRig, asked: dict[str, str], words: str
) -> None:
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        answer = await admin.post("/users", data=asked)
    assert answer.status_code == 409
    assert words in answer.text
    assert f'value="{asked["email"]}"' in answer.text


async def test_there_is_always_an_admin(api: ApiRig) -> None:
    ann = await new_user(api, Role.ADMIN)
    async with await browser_of(api, ann) as admin:
        for path, data in ((f"/users/{ann.id}/role", {"role": "lead"}), (f"/users/{ann.id}/disable", {})):
            answer = await admin.post(path, data=data)
            assert (answer.status_code, "only admin" in answer.text) == (409, True)
        assert (await admin.get("/users")).status_code == 200


async def test_an_admin_ends_the_sessions_of_a_user(api: ApiRig) -> None:
    bo = await new_user(api)
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin, await browser_of(api, bo) as theirs:
        assert "Firefox" in (await admin.get(f"/users/{bo.id}")).text
        assert (await admin.post(f"/users/{bo.id}/sessions/end")).status_code == 303
        assert (await theirs.get("/account")).status_code == 303
        assert "Nowhere." in (await admin.get(f"/users/{bo.id}")).text


async def test_a_disabled_user_comes_back_by_a_new_link_only(api: ApiRig) -> None:
    bo = await new_user(api)
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        before = await admin.post(f"/users/{bo.id}/link")
        assert (await admin.post(f"/users/{bo.id}/disable")).status_code == 303
        assert "disabled" in (await admin.get(f"/users/{bo.id}")).text
        after = await admin.post(f"/users/{bo.id}/link")
    paths = [re.search(r"/sign-in/[\w-]{43}", answer.text) for answer in (before, after)]
    async with a_browser(api) as browser:
        statuses = [(await browser.post(path[0])).status_code for path in paths if path is not None]
    assert statuses == [410, 303]


async def test_what_users_write_is_shown_as_text(api: ApiRig) -> None:
    evil = "<script>alert(1)</script>"
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        await admin.post("/users", data={"email": "eve@agency.example", "name": evil, "team": evil})
        for path in ("/users", "/audit", f"/audit?act={evil}"):
            answer = await admin.get(path)
            assert (answer.status_code, evil in answer.text) == (200, False)


async def test_an_admin_takes_lost_ways_away(api: ApiRig) -> None:
    bo = await new_user(api)
    await api.execute(
        "INSERT INTO passkey (id, user_id, public_key, sign_count, is_synced, name, made_at) "
        "VALUES ('k', $1, 'p', 0, false, 'Lost', $2)",
        bo.id,
        api.now,
    )
    await api.execute("INSERT INTO user_identity VALUES ('https://login.example', 's-1', $1, $2, $2)", bo.id, api.now)
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin, await browser_of(api, bo) as theirs:
        assert "Passkeys: 1. Accounts at the identity provider: 1." in (await admin.get(f"/users/{bo.id}")).text
        assert (await admin.post(f"/users/{bo.id}/ways/remove")).status_code == 303
        assert "Passkeys: 1" not in (await admin.get(f"/users/{bo.id}")).text
        assert (await theirs.get("/account")).status_code == 303
        assert (await admin.post("/users/none/ways/remove")).status_code == 404
    assert await api.fetch("SELECT user_id FROM passkey UNION ALL SELECT user_id FROM user_identity") == []
    (row,) = await api.fetch("SELECT detail FROM audit_event WHERE act = 'ways_removed'")
    assert row["detail"] == {"passkeys": 1, "accounts": 1}


async def test_who_was_invited_before_the_crm_sent_the_owner_is_linked_on_their_page(api: ApiRig) -> None:
    bo, cy = await new_user(api), await new_user(api, Role.LEAD)
    for number, email in ((1, bo.email), (2, cy.email)):
        await api.execute(
            "INSERT INTO owner (id, first_name, last_name, email) VALUES ($1, $1, 'Berg', $2)", f"o{number}", email
        )
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        assert '<option value="o1">o1 Berg</option>' in (await admin.get(f"/users/{bo.id}")).text
        done = await admin.post(f"/users/{bo.id}/people", data={"owner": "o1", "team": " North "})
        assert "Saved." in (await admin.get(done.headers["location"].removeprefix("/console"))).text
        refused = await admin.post(f"/users/{bo.id}/people", data={"owner": "unknown"})
        assert (refused.status_code, "no such owner" in refused.text) == (409, True)
        # A new link finds the owner with the address, as the first would have.
        assert (await admin.post(f"/users/{cy.id}/link")).status_code == 200
    rows = await api.fetch("SELECT owner_id, team FROM console_user WHERE role <> 'admin' ORDER BY owner_id")
    assert [(row["owner_id"], row["team"]) for row in rows] == [("o1", "North"), ("o2", None)]
    did = await api.fetch("SELECT detail FROM audit_event WHERE act = 'user_changed' AND subject = $1", f"user:{bo.id}")
    assert [row["detail"] for row in did] == [{"owner": "o1", "team": "North"}]
