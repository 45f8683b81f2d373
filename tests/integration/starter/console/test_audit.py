"""The audit log: everything is in it, nothing leaves it, and it can be searched and saved."""

import csv
import io
from datetime import timedelta

import asyncpg
import pytest

from adapters.postgres import listings
from adapters.postgres.paging import page
from sequences.access.role import Role
from services.access.audit import CLI, Deed, record
from services.access.audit_file import COLUMNS
from tests.support.console import browser_of, new_user
from tests.support.rigs.api import ApiRig
from tests.support.screens.html import parse, text_of


async def acts(api: ApiRig, **asked: object) -> list[tuple[str, str, str | None]]:
    async with api.database.transaction() as connection:
        rows = (await page(connection, listings.AUDIT_EVENTS, asked, limit=100)).rows
    return [(row.act, row.subject, row.name) for row in reversed(rows)]


async def test_what_admins_do_is_written_before_and_after(api: ApiRig) -> None:
    ann = await new_user(api, Role.ADMIN, "ann@agency.example")
    bo = await new_user(api, Role.RECRUITER, "bo@agency.example")
    user = f"user:{bo.id}"
    async with await browser_of(api, ann) as browser:
        assert (await browser.post(f"/users/{bo.id}/role", data={"role": "lead"})).status_code == 303
        assert (await browser.post(f"/users/{bo.id}/disable")).status_code == 303
        assert (await browser.post(f"/users/{bo.id}/link")).status_code == 200
    assert await acts(api, user=ann.id) == [
        ("change_user_role", user, "ann"),
        ("role_changed", user, "ann"),
        ("disable_user", user, "ann"),
        ("user_disabled", user, "ann"),
        ("make_user_link", user, "ann"),
        ("user_changed", user, "ann"),
        ("link_made", user, "ann"),
    ]
    (row,) = await api.fetch("SELECT * FROM audit_event WHERE act = 'role_changed'")
    assert (row["detail"], row["address"], row["way"]) == (
        {"before": "recruiter", "after": "lead"},
        "127.0.0.1",
        "console",
    )
    assert row["session_id"].startswith("c")


async def test_a_refused_act_is_written(api: ApiRig) -> None:
    bo = await new_user(api, Role.RECRUITER)
    async with await browser_of(api, bo) as browser:
        assert (await browser.post("/users", data={"email": "eve@agency.example", "role": "admin"})).status_code == 403
    assert [act for act, _, _ in await acts(api, user=bo.id)] == ["invite_user", "refused"]
    assert len(await api.fetch("SELECT * FROM console_user")) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET act = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
async def test_rows_are_never_changed(api: ApiRig, statement: str) -> None:
    await new_user(api)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await api.execute(statement)


async def test_it_is_searched_and_read_page_by_page(api: ApiRig) -> None:
    auditor = await new_user(api, Role.AUDITOR)
    async with api.database.transaction() as connection:
        for number in range(150):
            at = api.now + timedelta(minutes=number)
            await record(connection, CLI, Deed("tried", f"person:p{number}"), at)
    async with await browser_of(api, auditor) as browser:
        first = await browser.get("/audit", params={"act": "tried"})
        assert (first.text.count(">person:p"), "person:p149" in first.text) == (100, True)
        older = first.text.partition(' rel="next"')[0].rpartition('href="/console')[2].partition('"')[0]
        second = await browser.get(older.replace("&amp;", "&"))
        assert (second.text.count(">person:p"), 'rel="next"' in second.text) == (50, False)
        one = await browser.get("/audit", params={"subject": "person:p7"})
        assert one.text.count(">person:p") == 1
        assert "Nothing was done" in (await browser.get("/audit", params={"since": "2027-06-01"})).text
        day = await browser.get("/audit", params={"since": "2027-05-04", "until": "2027-05-04", "act": "tried"})
        assert "person:p149" in day.text
        for wrong in ({"since": "yesterday"}, {"until": "9999-12-31"}, {"cursor": "x"}, {"who": "u\x00x"}):
            assert (await browser.get("/audit", params=wrong)).status_code in (200, 422)


async def test_what_an_act_was_about_has_its_name_and_a_link(api: ApiRig) -> None:
    admin = await new_user(api, Role.ADMIN)
    run = await api.enrolled()
    await api.execute("UPDATE person SET first_name = 'Ann <b>', last_name = 'Ray'")
    await api.execute(
        "INSERT INTO task (id, title, person_id, enrollment_id, created_at, state) "
        "VALUES ('t1', 'Call', 'p1', $1, $2, 'open')",
        run,
        api.now,
    )
    suppressed = await api.fetch(
        "INSERT INTO suppression (person_id, channel, reason, source, since) "
        "VALUES ('p1', 'all', 'by_hand', 'r1', $1) RETURNING id",
        api.now,
    )
    number = suppressed[0]["id"]
    mailbox = (await api.ask("POST", "/mailboxes", json={"address": "own@agency.example"})).json()["id"]
    await api.execute(
        "INSERT INTO api_token (id, name, scopes, hash, created_at, created_by) "
        "VALUES ('g2345678901', 'crm-sync', '{read}', '\\x00', $1, 'user:u1')",
        api.now,
    )
    subjects = (
        *("person:p1", "name:hello step:one change:up", "task:t1", f"suppression:{number}", f"user:{admin.id}"),
        *(f"mailbox:{mailbox}", "token:g2345678901", "endpoint:gone"),
        *("person:gone", "suppression:none", "session:c1", "in words"),
    )
    async with api.database.transaction() as connection:
        for subject in subjects:
            await record(connection, CLI, Deed("tried", subject), api.now)
    async with await browser_of(api, admin) as browser:
        page = parse((await browser.get("/audit", params={"act": "tried"})).text)
        told = [text_of(row.xpath("./td")[2]).replace(" ,", ",") for row in page.xpath("//tbody/tr")]
        links = [row.xpath("./td[3]//a/@href") for row in page.xpath("//tbody/tr")]
        saved = (await browser.get("/audit.csv", params={"act": "tried"})).text
    assert told[::-1] == [
        *("Ann <b> Ray", "Hello, step one, up", "task: Call", "suppression of Ann <b> Ray", "admin"),
        *("mailbox own@agency.example", "token crm-sync", "endpoint:gone"),
        *("person:gone", "suppression:none", "session:c1", "in words"),
    ]
    assert [each for found in links[::-1] for each in found] == [
        *("/console/people/p1", "/console/sequences/hello", f"/console/users/{admin.id}"),
        *(f"/console/mailboxes/{mailbox}", "/console/settings/tokens/g2345678901"),
    ]
    assert all(subject in saved for subject in subjects)


async def test_it_is_saved_as_csv_without_formulas(api: ApiRig) -> None:
    admin = await new_user(api, Role.ADMIN)
    async with api.database.transaction() as connection:
        await record(connection, CLI, Deed("tried", "=HYPERLINK(1)", {"a": 1}), api.now)
    async with await browser_of(api, admin) as browser:
        saved = await browser.get("/audit.csv", params={"act": "tried"})
    assert saved.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in saved.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(saved.text)))
    assert rows[0] == list(COLUMNS)
    assert rows[1] == ["2027-05-04T09:00:00.000000Z", "cli", "", "", "tried", "'=HYPERLINK(1)", "", "", '{"a": 1}', ""]
    # That it was saved is an act too.
    assert ("audit_saved", "", "admin") in await acts(api)
