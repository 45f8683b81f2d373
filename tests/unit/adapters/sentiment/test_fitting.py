import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.sentiment.training.fitting import batches_of_like_lengths

SIZE = 4


@given(st.lists(st.integers(0, 500), max_size=400), st.integers(0, 2**32))
def test_every_text_is_in_one_batch_and_only_the_last_batch_is_short(lengths: Any, seed: int) -> None:
    batches = batches_of_like_lengths(lengths, SIZE, random.Random(seed))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert [len(batch) for batch in batches[:-1]] == [SIZE] * (len(batches) - 1 if batches else 0)


def test_who_is_together_is_alike_and_another_epoch_mixes_anew() -> None:
    lengths = [number % 100 for number in range(1000)]
    rng = random.Random(1)
    first, second = (batches_of_like_lengths(lengths, SIZE, rng) for _ in range(2))
    spread = [max(lengths[index] for index in batch) - min(lengths[index] for index in batch) for batch in first]
    assert sum(spread) / len(spread) < 10
    assert first != second
