"""What the channel is."""

from __future__ import annotations

import re

from sequences.channels import ChannelSpec
from sequences.channels.spec import AddressField
from sequences.planning.wallclock import ClockRange


def _problem(value: object, region: str) -> str | None:
    if not value:
        return "no_loft"
    return None if re.fullmatch(r"loft-\d+", str(value)) else "invalid_loft"


PIGEON = ChannelSpec(
    name="pigeon",
    label="pigeon",
    noun="a letter by pigeon",
    title="Pigeons",
    address=AddressField("custom.loft", _problem, lambda value, region: str(value).lower() if value else None),
    opt_out_words=frozenset({"pigeon", "pigeons"}),
    # Pigeons do not fly in the dark.
    hours=ClockRange(9 * 60, 17 * 60),
    cap="2 a week",
)
