"""Which file a process takes next."""

from __future__ import annotations

from tests.support.scheduling import MOST_HEAVY, following, holds_heavy

_WAITING = ["tests/e2e/test_a.py", "with torch", "tests/browser/console/test_b.py", "tests/unit/test_c.py"]


def test_the_first_is_taken_unless_enough_others_have_a_heavy_one() -> None:
    assert following(_WAITING, MOST_HEAVY - 1) == _WAITING[0]
    assert following(_WAITING, MOST_HEAVY) == "tests/unit/test_c.py"
    # Nothing else is left: better too many than none.
    assert following(_WAITING[:3], MOST_HEAVY) == _WAITING[0]


def test_what_is_done_is_heavy_no_longer() -> None:
    assert holds_heavy({"tests/unit/test_c.py": {"a": False}, "with torch": {"a": True, "b": False}})
    assert not holds_heavy({"tests/unit/test_c.py": {"a": False}, "with torch": {"a": True, "b": True}})
    assert not holds_heavy({})
