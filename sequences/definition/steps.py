"""The steps of a sequence and the schedule they obey."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    Tag,
    WithJsonSchema,
    model_serializer,
)
from pydantic.fields import FieldInfo

from sequences.channels import CHANNELS
from sequences.definition import clock_text
from sequences.definition.channel_keys import put_keys
from sequences.definition.follow_ups import FollowUp
from sequences.definition.scalar_types import (
    ClockText,
    DefinitionPart,
    Line,
    RangeText,
    Slug,
    TemplateName,
    TextingHours,
    WhenText,
    grammar_error,
    one_or_more,
)
from sequences.definition.step_conditions import If, StepConditions
from sequences.definition.task_steps import StepTask
from sequences.definition.variants import FEWEST, MOST, Variant
from sequences.planning.values import Channel

ANY_TIME = "any"
"""What ``window`` says when messages are meant to go at any time of the day."""


def _windows(value: Any) -> Any:
    if value == ANY_TIME:
        return value
    if value in ([], ()):
        raise grammar_error(
            "The list of windows is empty.", "an empty list", "one window or several; null means the whole day"
        )
    return value if value is None else one_or_more(value)


RANGE_SCHEMA = {"type": "string", "pattern": clock_text.RANGE_PATTERN, "examples": ["08:00-18:00"]}


def _windows_form(value: Any) -> str:
    return "any" if value == ANY_TIME else "none" if value is None else "ranges"


Windows = Annotated[
    Annotated[
        Annotated[Literal["any"], Tag("any")]
        | Annotated[tuple[RangeText, ...], Tag("ranges")]
        | Annotated[None, Tag("none")],
        Discriminator(_windows_form),
    ],
    BeforeValidator(_windows),
    WithJsonSchema(
        {
            "anyOf": [
                RANGE_SCHEMA,
                {"const": ANY_TIME},
                {"type": "array", "minItems": 1, "items": RANGE_SCHEMA},
                {"type": "null"},
            ]
        }
    ),
]


class ScheduleBlock(DefinitionPart):
    """When messages may go. A key that is not written differs from one written as null, which means the default.

    A step's own block lies over the sequence's key by key, so the block is stored with its written keys only.
    """

    timezone: Line | None = Field(
        default=None, description="recipient (default), or an IANA name such as Europe/London, used for everyone."
    )
    window: Windows = Field(
        default=None,
        description="HH:MM-HH:MM, one or a list; any: the whole day. Default: the whole day, with a warning.",
    )
    weekdays_only: StrictBool | None = Field(default=None, description="Skip Saturdays and Sundays. Default: false.")
    holidays: Line | None = Field(
        default=None, description="A country (GB) or a part of one (GB-ENG); nothing is sent on its holidays."
    )
    if_past: Literal["skip", "send"] | None = Field(
        default=None,
        description="What to do with a step before day zero whose time had passed at enrollment: skip "
        "(default) or send.",
    )
    texting_hours: TextingHours | None = Field(
        default=None,
        description="Narrows the hours for text messages (08:00-21:00 local time of the recipient). Never wider.",
    )

    @model_serializer(mode="wrap")
    def _written_keys_only(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped = handler(self)
        return {key: dumped.get(key) for key in type(self).model_fields if key in self.model_fields_set}

    def __eq__(self, other: object) -> bool:
        """Equal when the same keys are written with the same values."""
        return isinstance(other, ScheduleBlock) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash(tuple(self.model_dump().items()))


def _task(value: Any) -> Any:
    return {"title": value} if isinstance(value, str) else value


class Step(DefinitionPart):
    """Send one e-mail or one text, do actions, or give a task to a person, at a time."""

    # The keys of channels, which name the template to send, follow ``at``: see ``know_channels``.

    id: Slug = Field(description="A short name that never changes: reports and later steps refer to it.")
    when: WhenText | None = Field(
        default=None, description="Default: at enrollment for the first step, right after the step above for others."
    )
    at: ClockText | None = Field(default=None, description="Local time of day HH:MM.")
    subject: Line | None = Field(
        default=None, description="The subject of the e-mail, in place of the template's. May name fields."
    )
    variants: Annotated[tuple[Variant, ...], Field(min_length=FEWEST, max_length=MOST)] | None = Field(
        default=None, description="Wordings that are compared: each person gets one of them."
    )
    do: Annotated[tuple[FollowUp, ...], Field(min_length=1)] | None = Field(
        default=None, description="Actions to take instead of sending."
    )
    task: Annotated[StepTask, BeforeValidator(_task)] | None = Field(
        default=None, description="What somebody is asked to do, instead of sending: a text, or a mapping."
    )
    schedule: ScheduleBlock | None = Field(
        default=None, description="Replaces the sequence's schedule key by key; null means the default."
    )

    @property
    def channel(self) -> str:
        """The channel that it sends on, or ``action``: also of a task for a person."""
        return next((name for name in CHANNELS if getattr(self, name, None) is not None), Channel.ACTION)

    @property
    def conditions(self) -> StepConditions | None:
        """What must hold when it is due; the key is a word of Python."""
        found: StepConditions | None = getattr(self, "if", None)
        return found

    @property
    def template(self) -> str | None:
        """Name of the template that it sends, or None."""
        return getattr(self, self.channel, None)


def know_channels() -> None:
    """Gives steps the keys of the channels that are registered, and ``if``, which no attribute can be called."""
    template: Any = TemplateName | None
    keys = {
        name: FieldInfo.from_annotated_attribute(
            template,
            Field(default=None, description=f"The template of the {spec.label} to send."),
        )
        for name, spec in CHANNELS.items()
    }
    conditions: Any = If | None
    said = "What must hold when the step is due, otherwise it is skipped: fields, and what happened in the run."
    keys["if"] = FieldInfo.from_annotated_attribute(conditions, Field(default=None, description=said))
    put_keys(Step, keys, after="at")


know_channels()
