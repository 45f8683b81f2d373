"""Everything that intake does with a mail before it is stored, over generated and mutated mails: nothing raises.

Two thousand here. ``RELANCE_FUZZ_MAILS=100000`` is the full run; ``RELANCE_FUZZ_CORPUS`` names a folder of mails to
mutate beside those of this file, and ``RELANCE_FUZZ_SEED`` where the dice begin.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from benchmarks.fuzz.kinds import check_mail
from benchmarks.fuzz.mails import mutated
from benchmarks.fuzz.play import LONGEST
from tests.support.mutated_mails import corpus

COUNT = int(os.environ.get("RELANCE_FUZZ_MAILS", "2000"))
SEED = int(os.environ.get("RELANCE_FUZZ_SEED", "11"))


@pytest.mark.slow
def test_no_mail_breaks_intake_or_costs_much() -> None:
    seeds, slowest = corpus(), 0.0
    for number in range(COUNT):
        dice = random.Random(f"{SEED}:{number}")
        raw = mutated(dice, seeds)
        began = time.process_time()
        try:
            check_mail(raw)
        except Exception as error:
            raise AssertionError(f"mail {number} of seed {SEED}: {raw[:2_000]!r}") from error
        slowest = max(slowest, time.process_time() - began)
    assert slowest < LONGEST
    print(f"{COUNT} mails, {len(seeds)} seeds, the slowest took {slowest:.2f} s")  # noqa: T201 - seen with -s
