"""What the doctor finds in rows: who proves senders, what is announced, and a journal that nobody writes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sequences.inbound.authentication import NO_RESULTS, NOT_ONE_AUTHOR
from sequences.retention import DEFAULTS, FOREVER, RetentionClass
from services.doctor.findings import HealthFinding, HealthSeverity
from services.doctor.of_postgres import journal_of
from services.doctor.of_retention import announced, undecided
from services.doctor.of_senders import RECENT, senders_of
from services.retention.notice import give_notice, skip_notice
from tests.support.rigs.api import ApiRig


async def mail(api: ApiRig, number: int, head: str = "", by: str | None = None, *, days: float = 1) -> None:
    raw = f"{head}From: a@client.example\r\nSubject: hello\r\n\r\nAuthentication-Results: body.example; spf=pass\r\n"
    detail = {"authentication": "failed", "authenticated_by": by} if by else {}
    await api.execute(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, text, state, detail) "
        "VALUES ($1, $1, 'email', $2, $3, 'human', 'x', 'matched', $4)",
        f"i{number}",
        api.now - timedelta(days=days),
        raw.encode(),
        detail,
    )


async def found(api: ApiRig, *believed: str) -> list[HealthFinding]:
    return await senders_of(api.database, believed, api.now)


async def test_unset_it_says_whose_results_the_mails_have(api: ApiRig) -> None:
    [only] = await found(api)
    assert (only.what, only.severity) == ("senders of mail", HealthSeverity.HINT)
    assert "is not set: nobody checks who wrote a mail" in only.words
    assert "Who wrote a mail" in only.command
    for number in range(3):
        await mail(
            api, number, "Authentication-Results: MX.agency.example;\r\n spf=pass smtp.mailfrom=client.example\r\n"
        )
    # Below the topmost field, and in the body, stands what the sender wrote.
    await mail(api, 8, "Authentication-Results: (\r\nAuthentication-Results: evil.example; spf=pass\r\n")
    await mail(api, 9, "Authentication-Results: old.example; spf=pass\r\n", days=RECENT.days + 1)
    [only] = await found(api)
    assert only.command == "RELANCE_AUTHSERV_ID=mx.agency.example"
    assert "evil.example" not in only.words
    assert "old.example" not in only.words
    await mail(api, 10, "Authentication-Results: other.example; none\r\n")
    [only] = await found(api)
    assert "mx.agency.example, other.example" in only.words
    assert "Who wrote a mail" in only.command


async def test_set_to_a_name_that_no_mail_has_is_a_warning(api: ApiRig) -> None:
    assert await found(api, "mx.agency.example") == []
    for number in range(4):
        await mail(api, number, "Authentication-Results: mx2.agency.example; spf=pass\r\n", NO_RESULTS)
    assert await found(api, "mx.agency.example") == []
    await mail(api, 5, by=NO_RESULTS)
    # Of this one nothing was asked.
    await mail(api, 6, by=NOT_ONE_AUTHOR)
    [only] = await found(api, "mx.agency.example")
    assert (only.severity, only.number) == (HealthSeverity.WARNING, 5)
    assert "5 mails of the last 30 days have no results of it" in only.words
    assert only.command == "RELANCE_AUTHSERV_ID=mx2.agency.example"
    await mail(api, 7, by="spf=fail")
    assert await found(api, "mx.agency.example") == []


def test_periods_that_nobody_chose_and_those_without_an_end() -> None:
    [only] = undecided(DEFAULTS, ())
    assert (only.what, only.severity, only.command) == ("retention", HealthSeverity.HINT, "relance retention")
    assert "2 years" in only.words
    assert undecided(DEFAULTS, [RetentionClass.BODIES]) == []
    endless = {**DEFAULTS, RetentionClass.RAW_MAIL: FOREVER, RetentionClass.AUDIT: FOREVER}
    [only] = undecided(endless, [RetentionClass.AUDIT])
    assert only.words.endswith("RELANCE_RETAIN_RAW_MAIL, RELANCE_RETAIN_AUDIT")
    assert only.number == 2


async def test_what_is_announced_is_told_until_it_is_in_force(api: ApiRig) -> None:
    periods = api.settings.retention()
    assert await announced(api.database, periods, api.now) == []
    async with api.database.transaction() as connection:
        await give_notice(connection, periods, api.now)
    # All classes of one day are one finding.
    [only] = await announced(api.database, periods, api.now)
    assert only.words.startswith(f"from {api.now + timedelta(days=14):%Y-%m-%d} on this is removed: ")
    assert "raw mail older than 180 days" in only.words
    assert only.words.count(" older than ") > 4
    assert only.severity is HealthSeverity.HINT
    async with api.database.transaction() as connection:
        await skip_notice(connection, periods, api.now)
    assert await announced(api.database, periods, api.now) == []


async def test_a_journal_that_is_not_kept_or_not_written(api: ApiRig) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        if seconds:
            await api.execute("UPDATE suppression SET journaled = 1 WHERE address = 'a@client.example'")

    [only] = await journal_of(api.database, "", wait)
    assert (only.what, only.severity, waited) == ("journal", HealthSeverity.HINT, [])
    assert await journal_of(api.database, "/x", wait) == []
    for address in ("a@client.example", "b@client.example"):
        await api.execute(
            "INSERT INTO suppression (address, channel, reason, source, since) VALUES ($1, 'all', 'opt_out', 'x', $2)",
            address,
            api.now,
        )
    # One of them was only just stored.
    [only] = await journal_of(api.database, "/x", wait)
    assert (only.number, only.severity, only.command) == (1, HealthSeverity.ERROR, "relance serve")


@pytest.mark.parametrize("scope", ["hooks", "enroll", "steer"])
async def test_findings_over_http_need_the_scope_to_read(api: ApiRig, scope: str) -> None:
    # The app may be that of another test, which has asked before.
    api.now += timedelta(days=1)
    api.found = (
        HealthFinding("clock", "5 s apart", "timedatectl status"),
        HealthFinding("DNS", "does not answer", severity=HealthSeverity.HINT),
    )
    assert (await api.http.get("/doctor")).status_code == 401
    made = await api.ask("POST", "/tokens", json={"name": "one", "scopes": [scope]})
    own = {"Authorization": f"Bearer {made.json()['token']}"}
    assert (await api.http.get("/doctor", headers=own)).status_code == 403
    assert api.examined == 0
    made = await api.ask("POST", "/tokens", json={"name": "two", "scopes": ["read"]})
    own = {"Authorization": f"Bearer {made.json()['token']}"}
    answer = (await api.http.get("/doctor", headers=own)).json()
    assert answer == {
        "good": False,
        "counts": {"error": 1, "warning": 0, "hint": 1},
        "findings": [
            {"what": "clock", "words": "5 s apart", "command": "timedatectl status", "number": 0, "severity": "error"},
            {"what": "DNS", "words": "does not answer", "command": "", "number": 0, "severity": "hint"},
        ],
        "looked_at": api.now.isoformat().replace("+00:00", "Z"),
    }
    # However often it is asked, the mail servers see one login in that time.
    assert (await api.ask("GET", "/doctor")).json() == answer
    assert api.examined == 1
    api.now += timedelta(seconds=31)
    await api.ask("GET", "/doctor")
    assert api.examined == 2
