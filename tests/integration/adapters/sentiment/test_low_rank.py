"""Low-rank updates: beside the matrices while they are trained, in the matrices when they are used."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def torch() -> Any:
    from adapters.sentiment.flair_import import prepare_flair

    prepare_flair()
    import torch

    return torch


def encoder(torch: Any) -> Any:
    """Something with named layers as encoders have them."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(6, 6)
            self.out = nn.Linear(6, 4)

        def forward(self, x: Any) -> Any:
            return self.out(torch.tanh(self.dense(x)))

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder: Any = nn.Module()
            self.encoder.layer = nn.ModuleList([Block(), nn.Linear(4, 4)])
            self.head = nn.Linear(4, 2)

        def forward(self, x: Any) -> Any:
            return self.head(self.encoder.layer[1](self.encoder.layer[0](x)))

    return Whole().eval()


@settings(max_examples=20, deadline=None)
@given(rank=st.integers(1, 4), seed=st.integers(0, 1000))
def test_a_merged_update_answers_as_the_one_that_was_trained_beside(torch: Any, rank: int, seed: int) -> None:
    from adapters.sentiment.encoder.low_rank import merge, shapes, unwrap, wrap

    torch.manual_seed(seed)
    module, inputs = encoder(torch), torch.randn(5, 6)
    names = {name for name, _ in module.named_parameters()}
    bare = module(inputs)
    wrap(module, rank)
    assert torch.equal(module(inputs), bare)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "update" in name:
                parameter.normal_()
    beside = module(inputs)
    updates = unwrap(module)
    assert torch.equal(module(inputs), bare)
    assert {name for name, _ in module.named_parameters()} == names
    assert {name: tuple(update.shape) for name, update in updates.items()} == shapes(module, rank)
    merge(module, updates)
    assert torch.allclose(module(inputs), beside, atol=1e-4)
    assert not torch.allclose(beside, bare, atol=1e-3)


def test_the_head_is_left_alone_and_rank_0_is_none(torch: Any) -> None:
    from adapters.sentiment.encoder.low_rank import linear_layers, shapes

    module = encoder(torch)
    assert [name for name, _ in linear_layers(module)] == [
        "encoder.layer.0.dense",
        "encoder.layer.0.out",
        "encoder.layer.1",
    ]
    assert shapes(module, 0) == {}


def test_an_encoder_without_layers_is_said(torch: Any) -> None:
    from adapters.sentiment.encoder.low_rank import wrap
    from sequences.errors import ModelError

    with pytest.raises(ModelError, match="rank 0"):
        wrap(torch.nn.Linear(2, 2), 4)
