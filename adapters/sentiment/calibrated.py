"""From a classifier's raw probabilities to calibrated ones of labels and of intents: plain arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sequences.reactions.sentiment import UNKNOWN, CalibratedReading, Intent, Label, Probabilities

NOTHING = CalibratedReading(UNKNOWN, {Intent.OTHER: 1.0})
"""The reading of a reply of which the model said nothing."""


def read_joint(joint: Mapping[str, float], temperature: float = 1.0, caution: float = 0.0) -> CalibratedReading:
    """Reads the probabilities of ``label/intent`` classes.

    Args:
        joint: by class, summing to 1; empty when the model had nothing to read.
        temperature: the logits are divided by it.
        caution: added to the logits of the negative classes after that.
    """
    if not joint:
        return NOTHING
    labels = dict.fromkeys(Label, 0.0)
    intents: dict[Intent, float] = {}
    for name, value in calibrated(joint, temperature, caution).items():
        label, _, intent = name.partition("/")
        labels[Label(label)] += value
        intents[Intent(intent)] = intents.get(Intent(intent), 0.0) + value
    return CalibratedReading(
        Probabilities(labels[Label.POSITIVE], labels[Label.NEGATIVE], labels[Label.NEUTRAL]),
        intents,
    )


def calibrated(probabilities: Mapping[str, float], temperature: float, caution: float = 0.0) -> dict[str, float]:
    """From a softmax, the one with its logits divided by ``temperature`` and ``caution`` added to negative ones."""
    factor = math.exp(caution)
    powers = {
        name: value ** (1.0 / temperature) * (factor if name.startswith(Label.NEGATIVE) else 1.0)
        for name, value in probabilities.items()
    }
    total = sum(powers.values())
    # NaN is passed on: ``decide`` then holds the reply.
    return {name: value / total for name, value in powers.items()} if total else {}
