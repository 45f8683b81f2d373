"""Warns of text templates that cost many segments whoever gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.authoring_settings import load_authoring_settings
from adapters.templates.literal_text import literal_text
from sequences.channels import CHANNELS
from sequences.checking import FileProblem, Severity
from sequences.sms.segments import Encoding, segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from adapters.templates.source import TemplateSource

_VARIABLE = "RELANCE_SMS_SEGMENTS_WARN"


def most_segments() -> int:
    """The limit of the settings, for commands that need no server.

    Raises:
        SettingsError: it cannot be read.
    """
    return load_authoring_settings().sms_segments_warn


def long_sms(templates: Iterable[TemplateSource], folder: Path, most: int) -> Iterator[FileProblem]:
    """Warnings about texts whose words alone, without any field, take more than ``most`` segments."""
    for source in templates:
        if not CHANNELS[source.channel].segmented:
            continue
        cost = segment(literal_text(source.text))
        if cost.segments <= most:
            continue
        why = ""
        if cost.encoding is Encoding.UCS2:
            why = f" Characters outside GSM-7 halve the length of a segment: {' '.join(cost.outside_gsm7[:5])}"
        yield FileProblem(
            str(folder / (source.name + CHANNELS[source.channel].endings[0])),
            source.text_line,
            1,
            f"This text message takes {cost.segments} segments even without its fields, and each is billed.{why}",
            f"{cost.units} units in {cost.encoding}",
            f"{most} segments ({_VARIABLE})",
            Severity.WARNING,
        )
