"""The head in full precision, whatever the encoder calculates in. Imports torch: only models import this module."""

from __future__ import annotations

import torch
from torch import nn


class ExactLinear(nn.Linear):
    """A linear map that leaves autocast alone.

    In bfloat16 probabilities near 1 come in steps of 1/256: too coarse for a threshold, and for a calibration.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The map, in float32."""
        with torch.autocast("cpu", enabled=False):
            return super().forward(input.float())
