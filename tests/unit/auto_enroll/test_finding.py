"""The meaning of every operator, on values in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sequences.auto_enroll.finding import ConditionFinding, edge
from sequences.definition.rules import AutoEnroll
from tests.support.rule_model import evaluate

NOW = datetime(2027, 3, 31, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def rules(**groups: Any) -> AutoEnroll:
    return AutoEnroll.model_validate(groups)


def findings(rule: AutoEnroll, values: dict[str, Any] | None = None, **events: datetime) -> list[ConditionFinding]:
    return evaluate(rule, (values or {}).get, events.get, NOW)


@pytest.mark.parametrize(
    ("words", "at", "true"),
    [
        ("never", None, True),
        ("never", NOW, False),
        ("more than 1 day ago", None, False),
        ("more than 1 day ago or never", None, True),
        ("less than 1 day ago", None, False),
        ("more than 1 day ago", NOW - timedelta(days=1) - SECOND, True),
        ("more than 1 day ago", NOW - timedelta(days=1), False),
        ("less than 1 day ago", NOW - timedelta(days=1) + SECOND, True),
        ("less than 1 day ago", NOW - timedelta(days=1), False),
        ("less than 1 day ago", NOW + timedelta(days=9), True),
        # One month before the 31st of March is the 28th of February, by calendar.
        ("more than 1 month ago", datetime(2027, 2, 28, 11, 59, tzinfo=UTC), True),
        ("more than 1 month ago", datetime(2027, 2, 28, 12, 0, tzinfo=UTC), False),
        ("more than 1 year ago or never", datetime(2026, 3, 31, 11, 59, tzinfo=UTC), True),
        ("more than 1 year ago or never", datetime(2026, 3, 31, 12, 1, tzinfo=UTC), False),
    ],
)
def test_historical(words: str, at: datetime | None, true: bool) -> None:
    (found,) = findings(
        rules(historical={"last_contacted": words}), **dict[str, Any]({"last_contacted": at} if at else {})
    )
    assert found == ConditionFinding(
        "historical", "person.last_contacted", words, at.isoformat() if at is not None else None, true
    )


@pytest.mark.parametrize(
    ("value", "present"), [(None, False), ("", False), (" \u00a0", False), ("x", True), (0, True), (False, True)]
)
def test_qualitative(value: Any, present: bool) -> None:
    values = {"custom.x": value}
    assert findings(rules(qualitative={"custom.x": "present"}), values)[0].true is present
    assert findings(rules(qualitative={"custom.x": "missing"}), values)[0].true is not present


@pytest.mark.parametrize(
    ("wanted", "value", "true"),
    [
        (["A", "B"], "B", True),
        (["A", "B"], "b", True),
        (["A"], "A ", True),
        (["A"], "A b", False),
        (["A"], None, False),
        ([""], "", True),
        ([5], "5", True),
        ([5], "5.0", True),
        ([5], 5, True),
        ([5], 5.0, True),
        (["5"], 5, True),
        ([5], 6, False),
        ([True], "True", True),
        ([True], True, True),
        ([True], "false", False),
        ([False], None, False),
        ([1], True, False),
        (["A"], ["b", "a"], True),
        (["A"], ["b"], False),
        (["A"], [], False),
        ([7], "+7.00", True),
        ([7], "07", False),
        ([7], ["6", "7.0"], True),
        (["Zoë"], "ZOE\u0308\u200b", True),
    ],
)
def test_real(wanted: list[Any], value: Any, true: bool) -> None:
    assert findings(rules(real={"custom.x": wanted}), {"custom.x": value})[0].true is true


def test_all_groups_are_reported_even_when_one_fails() -> None:
    rule = rules(
        historical={"created": "never"}, qualitative={"person.email": "present"}, real={"person.status": ["New"]}
    )
    found = findings(rule, {"person.status": "Old"}, created=NOW)
    assert [(each.group, each.found, each.true) for each in found] == [
        ("historical", NOW.isoformat(), False),
        ("qualitative", None, False),
        ("real", "Old", False),
    ]


def day(number: int) -> datetime:
    return datetime(2027, 3, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("historical", "events", "expected"),
    [
        ({"created": "more than 2 days ago"}, {"created": day(5)}, day(7)),
        ({"created": "more than 2 days ago or never"}, {}, None),
        ({"created": "never"}, {}, None),
        ({"created": "less than 2 days ago"}, {"created": day(5)}, None),
        ({"created": "more than 2 days ago"}, {"created": day(30)}, None),
        (
            {"created": "more than 2 days ago", "last_placed": "more than 1 day ago or never"},
            {"created": day(5), "last_placed": day(20)},
            day(21),
        ),
        (
            {"created": "more than 2 days ago", "last_placed": "more than 1 day ago or never"},
            {"created": day(5)},
            day(7),
        ),
        (
            {"created": "more than 1 month ago"},
            {"created": datetime(2027, 1, 31, tzinfo=UTC)},
            datetime(2027, 2, 28, tzinfo=UTC),
        ),
    ],
)
def test_the_edge_is_when_the_last_condition_came_true(
    historical: dict[str, str], events: dict[str, datetime], expected: datetime | None
) -> None:
    assert edge(rules(historical=historical), events.get, NOW) == expected


def test_no_edge_without_history() -> None:
    assert edge(rules(real={"person.status": ["New"]}), dict[str, datetime]().get, NOW) is None
