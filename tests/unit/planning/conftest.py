"""The language of the planner's tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sequences.planning.planner import plan
from tests.support.planner_table import Case, parse, shown


@pytest.fixture
def check_row() -> Callable[[str, str], None]:
    """Plan a row of a table and compare each step with what stands behind its arrow."""

    def check(run: str, rows: str) -> None:
        case = parse(run, rows)
        assert case.expected
        plans = plan(case.steps, case.facts)
        assert len(plans) == len(case.expected)
        found = [shown(planned, zone="[" in expected) for planned, expected in zip(plans, case.expected, strict=True)]
        assert found == case.expected

    return check


@pytest.fixture
def parsed() -> Callable[[str, str], Case]:
    """Parse a row without planning it."""
    return parse
