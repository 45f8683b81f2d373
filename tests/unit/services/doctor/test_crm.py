"""What doctor says of the CRM: each finding with the command that mends it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from sequences.crm.mapping import CrmMapping
from sequences.crm.mapping_file import read_mapping
from sequences.errors import CrmAccessError, CrmAwayError
from sequences.records.catalogue import catalogue
from services.crm.status import CrmState, CrmStatus
from services.doctor.findings import HealthFinding, HealthSeverity
from services.doctor.of_crm import asked, mapping_of_file, standing_still
from services.doctor.of_subscriptions import subscriptions_of
from services.events.subscriptions import SubscriptionLine

NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)
TEXT = """
crm: hubspot
read:
  - {record: person, from: contacts, fields: {first_name: firstname, status: hs_lead_status}}
"""
GOOD = CrmStatus(CrmState.WORKS, crm="hubspot", account="42", read_at=NOW - timedelta(minutes=1))


def mapping() -> CrmMapping:
    read = read_mapping(TEXT, "crm.yaml", catalogue())
    assert read.mapping is not None, read.report()
    return read.mapping


@dataclass
class ScriptedCrm:
    """Answers as it is told."""

    fails: Exception | None = None
    known: Collection[str] = ("firstname", "hs_lead_status")

    async def account(self) -> str:
        if self.fails is not None:
            raise self.fails
        return "42"

    async def fields(self, entity: str) -> Collection[str]:
        assert entity == "contacts"
        return self.known


async def told(crm: ScriptedCrm, account: str | None = "42") -> list[tuple[str, str]]:
    found = await asked(crm, mapping(), account)  # type: ignore[arg-type]
    assert all(each.severity is HealthSeverity.ERROR for each in found)
    return [(each.words, each.command) for each in found]


async def test_one_that_is_well_is_no_finding() -> None:
    assert await told(ScriptedCrm()) == []
    assert await told(ScriptedCrm(), None) == []
    assert standing_still(GOOD, NOW) == []


async def test_a_crm_that_is_away_and_a_login_that_is_refused_are_told_apart() -> None:
    ((words, command),) = await told(ScriptedCrm(CrmAwayError("the CRM does not answer")))
    assert (words, command) == ("it cannot be reached: the CRM does not answer", "relance crm check")
    ((words, command),) = await told(ScriptedCrm(CrmAccessError("the token has expired")))
    assert (words, command) == ("the login is refused: the token has expired", "relance crm check")


async def test_a_field_that_is_gone_and_a_login_of_others() -> None:
    ((words, command),) = await told(ScriptedCrm(known=["firstname"]))
    assert words.startswith("contacts has no field `hs_lead_status` (any more).")
    assert command == "relance crm check"
    ((words, command),) = await told(ScriptedCrm(), "41")
    assert "another account" in words
    assert command == "relance crm check --accept-account"


def test_a_file_with_errors_names_each_of_them() -> None:
    found = mapping_of_file(read_mapping(TEXT.replace("firstname", "'first name'"), "crm.yaml", catalogue()))
    assert [(each.what, each.command) for each in found] == [("CRM mapping", "relance crm check --offline")]
    assert "no field of a CRM" in found[0].words


def only(status: CrmStatus) -> HealthFinding:
    (found,) = standing_still(status, NOW)
    return found


@pytest.mark.parametrize(
    ("minutes", "found"), [(59, False), (61, True)], ids=["within an hour", "behind for more than an hour"]
)
def test_reading_that_is_behind(minutes: int, *, found: bool) -> None:
    status = replace(GOOD, read_at=NOW - timedelta(minutes=minutes))
    assert [each.command for each in standing_still(status, NOW)] == (["relance serve"] if found else [])


def test_what_stands_still() -> None:
    dead = only(replace(GOOD, dead=3))
    assert (dead.words, dead.command, dead.number) == (
        "3 writes given up; `relance crm writes --dead` says why",
        "relance crm retry",
        3,
    )
    never = only(replace(GOOD, read_at=None))
    assert (never.command, never.severity) == ("relance serve", HealthSeverity.WARNING)
    fails = only(replace(GOOD, problem="the CRM does not answer", read_at=NOW - timedelta(days=1)))
    assert fails.words == "`relance serve` cannot use it: the CRM does not answer"
    late = only(replace(GOOD, waiting=2, oldest_waiting=NOW - timedelta(hours=2)))
    assert (late.number, late.command) == (2, "relance crm sync")


LINE = SubscriptionLine(
    endpoint="billing",
    endpoint_id="o1",
    url="https://billing.example/",
    types=[],
    with_person=False,
    state="active",
    reason=None,
    cursor="5",
    waiting=0,
    behind=0,
    failures=0,
    failing_since=None,
    next_try_at=None,
    replay=None,
)


def test_subscriptions_that_failed_rest_or_take_nothing() -> None:
    lines = [
        LINE,
        replace(LINE, failing_since=NOW - timedelta(minutes=59)),
        replace(LINE, state="failed", reason="gone", behind=7),
        replace(LINE, state="failed", reason="took_nothing", behind=1),
        replace(LINE, state="paused", reason="by_hand"),
        replace(LINE, failing_since=NOW - timedelta(minutes=61), behind=2),
    ]
    found = subscriptions_of(lines, NOW)
    assert [(each.what, each.command) for each in found] == [
        ("subscription failed", "relance webhook resume billing"),
        ("subscription failed", "relance webhook resume billing"),
        ("subscription paused", "relance webhook resume billing"),
        ("subscription behind", "relance webhook log billing"),
    ]
    assert found[0].words == "billing gets no events any more: it says that it is gone (HTTP 410); 7 events behind"
    assert found[1].words.endswith("1 event behind")
    assert [each.severity for each in found] == [
        HealthSeverity.ERROR,
        HealthSeverity.ERROR,
        HealthSeverity.HINT,
        HealthSeverity.WARNING,
    ]
