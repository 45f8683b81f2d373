"""Import Flair such that it stays on this machine and on the CPU."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import importlib.util
import logging
import os
from typing import Any, Final

from sequences.errors import ModelError

_QUIET: Final = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "FLAIR_DEVICE": "cpu",
}
_OFFLINE: Final = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


def require_flair() -> None:
    """Says what to install, before anything else about a model is looked at.

    Raises:
        ModelError: Flair or torch is missing.
    """
    missing = [name for name in ("flair", "torch") if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"the sentiment model needs packages that are not installed ({', '.join(missing)}): "
            "pip install '.[sentiment]' in the checkout"
        )


def prepare_flair(*, hub: bool = False) -> Any:
    """The module ``flair``: it writes nothing below WARNING to our log, and asks no hub unless ``hub``.

    The environment is read when the libraries are imported first, so ``hub`` counts in the first call of a process.
    """
    os.environ.update(_QUIET if hub else _QUIET | _OFFLINE)
    # Waiting threads spin by default: on cores that others use too, training took five times as long. How to wait is
    # the operator's to choose.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import flair
    import torch

    flair.device = torch.device("cpu")
    logging.getLogger("flair").setLevel(logging.WARNING)
    return flair
