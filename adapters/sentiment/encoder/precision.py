"""How exactly the encoder calculates: short numbers are faster where the processor has them."""

from __future__ import annotations

import enum


class Precision(enum.StrEnum):
    """Of the arithmetic in the encoder. ``auto`` is bfloat16 where the processor has it, else float32."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def is_half(precision: Precision) -> bool:
    """True when the encoder is to calculate in bfloat16. Imports torch."""
    import torch  # noqa: PLC0415 - torch takes seconds to import

    if precision is not Precision.AUTO:
        return precision is Precision.BFLOAT16
    found = torch.cpu.get_capabilities()
    # Without it the same numbers are emulated, and slower than whole ones.
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))
