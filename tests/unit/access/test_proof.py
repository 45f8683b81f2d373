"""What asks once more who it is, and for how long a proof is good."""

from datetime import UTC, datetime, timedelta

import pytest

from sequences.access.act import Act
from sequences.access.proof import ABOVE, ALWAYS, is_proved, needs_proof

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("act", list(Act))
def test_which_acts_ask(act: Act) -> None:
    assert needs_proof(act, 0, 200) == (act in ALWAYS)
    assert needs_proof(act, 200, 200) == (act in ALWAYS)
    assert needs_proof(act, 201, 200) == (act in ALWAYS | ABOVE)
    assert needs_proof(act, 1, 0) == (act in ALWAYS | ABOVE)


def test_a_proof_is_good_for_ten_minutes() -> None:
    assert not is_proved(None, NOW)
    assert is_proved(NOW - timedelta(minutes=10), NOW)
    assert not is_proved(NOW - timedelta(minutes=10, seconds=1), NOW)
