"""Low-rank updates of an encoder's matrices: two thin ones are trained, stored, and added to the thick one at loading.

The method is LoRA (Hu and others, 2021, arXiv 2106.09685), without its scaling and dropout.
"""

# ruff: noqa: PLC0415 - torch takes seconds to import: only inside the functions that need it.
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from sequences.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import nn

DOWN: Final = ".low_rank_down"
UP: Final = ".low_rank_up"
"""Ends of the names of the two matrices, behind the name of the layer: ``rank x inputs`` and ``outputs x rank``."""


def linear_layers(module: nn.Module) -> Iterator[tuple[str, nn.Linear]]:
    """The linear maps of the encoder's layers, by name; the classifier's head and the encoder's pooler are none."""
    from torch import nn

    for name, layer in list(module.named_modules()):
        if isinstance(layer, nn.Linear) and ".layer." in name:
            yield name, layer


def wrap(module: nn.Module, rank: int) -> None:
    """Put an update of that rank beside each linear map, to be trained. It is zero at first.

    Raises:
        ModelError: there is no such map.
    """
    layers = list(linear_layers(module))
    if not layers:
        raise ModelError("This encoder has no parts named layer.N: train it with rank 0.")
    for name, layer in layers:
        _replace(module, name, _with_update(layer, rank))


def unwrap(module: nn.Module) -> dict[str, torch.Tensor]:
    """Take the updates away again: the bare maps are left in place, the updates are returned by name."""
    updates = {}
    for name, layer in list(module.named_modules()):
        if hasattr(layer, "update_down"):
            updates[name + DOWN] = layer.update_down.detach()
            updates[name + UP] = layer.update_up.detach()
            _replace(module, name, layer.bare)
    return updates


def shapes(module: nn.Module, rank: int) -> dict[str, tuple[int, int]]:
    """Names and shapes of the updates of a bare module; none for rank 0."""
    wanted = {}
    if rank:
        for name, layer in linear_layers(module):
            wanted[name + DOWN] = (rank, layer.in_features)
            wanted[name + UP] = (layer.out_features, rank)
    return wanted


def merge(module: nn.Module, updates: Mapping[str, torch.Tensor]) -> None:
    """Add the updates to the weights of a bare module, so that using it costs what it did without them."""
    import torch

    with torch.no_grad():
        for name, layer in linear_layers(module):
            if name + DOWN in updates:
                layer.weight += updates[name + UP].float() @ updates[name + DOWN].float()


def _replace(module: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(module.get_submodule(parent), own, layer)


def _with_update(layer: nn.Linear, rank: int) -> Any:
    import torch
    from torch import nn
    from torch.nn import functional

    class Updated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bare = layer
            self.update_down = nn.Parameter(torch.randn(rank, layer.in_features) / math.sqrt(layer.in_features))
            self.update_up = nn.Parameter(torch.zeros(layer.out_features, rank))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            thin = functional.linear(functional.linear(inputs, self.update_down), self.update_up)
            whole: torch.Tensor = self.bare(inputs)
            return whole + thin

    return Updated()
