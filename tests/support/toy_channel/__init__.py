"""A channel that the product has never heard of: post by pigeon. What a new channel needs, and all that it needs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sequences.channels import CHANNELS
from sequences.definition.model import know_channels
from services.sending.compose_email import WRITERS
from tests.support.toy_channel.spec import PIGEON
from tests.support.toy_channel.write import write

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def registered() -> Iterator[None]:
    """The channel exists as long as the block lasts. A real one is a line in each of the two tables."""
    CHANNELS[PIGEON.name] = PIGEON
    WRITERS[PIGEON.name] = write
    know_channels()
    try:
        yield
    finally:
        del CHANNELS[PIGEON.name], WRITERS[PIGEON.name]
        know_channels()
