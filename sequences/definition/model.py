"""A sequence as authored: the models that a sequence file is read into and that published versions are stored as.

The models know the shape of a file. Whether it makes sense (steps that exist, fields of the catalogue, zones of the tz
database) is judged once, at publish, by ``sequences.checking``: a stored version must load for ever.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, Tag
from pydantic.fields import FieldInfo

from sequences.author_messages import shown
from sequences.channels import CHANNELS
from sequences.definition import follow_ups, steps
from sequences.definition.channel_keys import put_keys
from sequences.definition.reactions import ReactionRule, SameClientText
from sequences.definition.rules import AutoEnroll, StopValues
from sequences.definition.scalar_types import Cap, DefinitionPart, DurationOrZero, Line, Slug, grammar_error
from sequences.definition.steps import ScheduleBlock, Step


class FrequencyCap(DefinitionPart):
    """How many messages of any sequence a person gets on a channel."""

    def on(self, channel: str) -> Any:
        """The cap on a channel, as written, or the channel's default."""
        return getattr(self, channel, CHANNELS[channel].cap)


def _know_caps() -> None:
    keys = {
        name: FieldInfo.from_annotated_attribute(
            Cap, Field(default=spec.cap, description="Such as 1 a day, 3 a week, 8 a month.")
        )
        for name, spec in CHANNELS.items()
    }
    put_keys(FrequencyCap, keys)


_know_caps()


def _cap(value: Any) -> Any:
    if value == "exempt" or isinstance(value, (dict, FrequencyCap)):
        return value
    allowed = "`exempt`, or a mapping such as `{email: 1 a day, sms: 3 a week}`"
    raise grammar_error("This is not a frequency cap.", shown(value), allowed)


def _cap_form(value: Any) -> str:
    return "exempt" if value == "exempt" else "caps"


def _tracking(value: Any) -> Any:
    # Of what looks like a switch the error says how to write one.
    if isinstance(value, str) and value != OPENS and value.lower() not in _LIKE_SWITCHES:
        raise grammar_error("This cannot be tracked.", shown(value), "`true`, `false` or `opens`")
    return value


def _tracking_form(value: Any) -> str:
    return "opens" if value == OPENS else "switch"


_LIKE_SWITCHES = frozenset({"yes", "no", "on", "off", "true", "false", "y", "n"})
OPENS = "opens"
"""Of ``tracking``: mails hold a picture that says when it is loaded."""


class SequenceDefinition(DefinitionPart):
    """An authored plan: steps, stop rules, reactions, auto-enrollment rules."""

    sequence: Slug = Field(description="The permanent id of the sequence.")
    name: Line = Field(description="What people call it.")
    record: Literal["person", "placement"] = Field(description="What one run is about.")
    day_zero: Line | None = Field(default=None, description="The date that steps count from: placement.start_date.")
    sender: Line = Field(
        default="owner",
        description="owner (default), assigned_by, the address of a mailbox such as jobs@example.com, or pool NAME.",
    )
    frequency_cap: Annotated[
        Annotated[
            Annotated[Literal["exempt"], Tag("exempt")] | Annotated[FrequencyCap, Tag("caps")], Discriminator(_cap_form)
        ],
        BeforeValidator(_cap),
    ] = Field(default=FrequencyCap(), description="exempt, or a number of messages in a time per channel.")
    schedule: ScheduleBlock = Field(default=ScheduleBlock(), description="When messages may go.")
    steps: tuple[Step, ...] = Field(min_length=1, max_length=200, description="What is sent or done, in this order.")
    stop_when: dict[str, StopValues] = Field(
        default_factory=dict,
        description="The run stops when a field has one of the values (or all_of them, or is present, or missing).",
    )
    reactions: tuple[ReactionRule, ...] = Field(default=(), max_length=200, description="What to do about reactions.")
    auto_enroll: AutoEnroll | None = Field(default=None, description="Who is enrolled by rule.")
    reaction_period: DurationOrZero = Field(
        default="30 days", description="How long the run stays open for reactions after the last step."
    )
    if_unknown: Literal["assume_sent", "resend"] = Field(
        default="assume_sent", description="What to do if it is unknown whether a message was sent."
    )
    if_undelivered: Literal["skip", "continue"] = Field(
        default="skip", description="What to do with mails that follow up on a mail that was not sent or not delivered."
    )
    on_resume: Literal["shift", "skip", "send_one"] = Field(
        default="shift", description="What to do with steps whose time passed during a pause."
    )
    same_client: SameClientText = Field(
        default="go_on",
        description="What a human's reply of one contact means for runs of this sequence about others at the same "
        "client: stop, pause N days, or go_on.",
    )
    replies: Literal["forward", "notify", "none"] | None = Field(
        default=None,
        description="How a reply reaches the owner: forward by mail, notify, or none (the list of replies only). "
        "Default: the owner's setting, else the organisation's.",
    )
    booking_url: Line | None = Field(
        default=None,
        description="Page on which people book a meeting, for {{ booking_link }}. Default: that of the owner.",
    )
    topic: Line | None = Field(
        default=None, description="What the messages are about, such as job offers; people can leave a topic."
    )
    tracking: Annotated[
        Annotated[
            Annotated[Literal["opens"], Tag("opens")] | Annotated[StrictBool, Tag("switch")],
            Discriminator(_tracking_form),
        ],
        BeforeValidator(_tracking),
    ] = Field(
        default=True, description="true: links are tracked; opens: links, and likely opens of mails; false: neither."
    )


def know_channels() -> None:
    """Compiles every model again after ``CHANNELS`` has changed: keys of steps, caps, and what can be suppressed."""
    follow_ups.know_channels()
    ReactionRule.model_rebuild(force=True)
    steps.know_channels()
    _know_caps()
    SequenceDefinition.model_fields["frequency_cap"].default = FrequencyCap()
    SequenceDefinition.model_rebuild(force=True)


def fingerprint(sequence: SequenceDefinition) -> str:
    """SHA-256 of the content as hex. Layout, comments, order of keys and defaults that are written make no difference.

    Defaults are left out, so a key that a later release adds does not change the fingerprints of older versions.
    """
    content = sequence.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
