"""Follow-ups: what we do about a reaction, or in a step that sends nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
)
from pydantic.fields import FieldInfo

from sequences.channels import CHANNELS
from sequences.definition.channel_keys import put_keys
from sequences.definition.scalar_types import (
    DefinitionPart,
    DurationOrZero,
    EndpointName,
    Line,
    LongText,
    Slug,
    TemplateName,
    Url,
    ValueOrNothing,
)

Colleague = Literal["owner", "assigned_by"]
FieldValues = Annotated[dict[str, ValueOrNothing], Field(min_length=1)]


class Task(DefinitionPart):
    """A task for a recruiter."""

    title: Line = Field(description="What to do. May name fields: {{ person.first_name }}.")
    due: DurationOrZero | None = Field(default=None, description="How long the recruiter has, such as 1 day.")
    description: LongText | None = Field(default=None, description="Details; may also name fields.")
    assign: Colleague = Field(default="owner", description="Who gets the task: owner (default) or assigned_by.")


class Lead(DefinitionPart):
    """A lead in the CRM."""

    source: Line = Field(description="What the CRM shows as the source of the lead.")


class WebhookCall(DefinitionPart):
    """A signed POST to another system: to an address, or to a receiver that was added by its name."""

    # Exactly one of them is written: sequences.checking says so with the place.
    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["endpoint"]}, {"required": ["url"]}]})

    endpoint: EndpointName | None = Field(
        default=None, description="Name of a receiver of `relance webhook add`; its own secret signs."
    )
    url: Url | None = Field(default=None, description="The URL that receives a signed POST about the reaction.")

    @model_serializer(mode="wrap")
    def _as_written(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Rows that earlier releases stored have the URL alone, and are compared with what is written now.
        return {key: value for key, value in whole(self).items() if value is not None}


class FollowUpItem(DefinitionPart):
    """One follow-up; its only key says which."""

    @property
    def kind(self) -> str:
        """The key in the file, such as ``create_task``."""
        return next(iter(type(self).model_fields))


class CreateTask(FollowUpItem):
    """Make a task."""

    create_task: Task


class CreateLead(FollowUpItem):
    """Make a lead."""

    create_lead: Lead


class AddToList(FollowUpItem):
    """Put the person on a list."""

    add_to_list: Line


class RemoveFromList(FollowUpItem):
    """Take the person off a list."""

    remove_from_list: Line


class SetField(FollowUpItem):
    """Write fields of the record; null empties one."""

    set_field: FieldValues


class Notify(FollowUpItem):
    """Notify a recruiter."""

    notify: Colleague


class Suppress(FollowUpItem):
    """Never contact the person again on this channel."""

    suppress: str


def know_channels() -> None:
    """Lets ``suppress`` name the channels that are registered."""
    names: Any = Literal[(*map(str, CHANNELS), "all")]
    put_keys(Suppress, {"suppress": FieldInfo.from_annotation(names)})


know_channels()


class Enroll(FollowUpItem):
    """Enroll the record in another sequence."""

    enroll: Slug


class Webhook(FollowUpItem):
    """Notify another system."""

    webhook: WebhookCall


class Send(FollowUpItem):
    """Send a message: once in a run, however often the reaction comes."""

    send: TemplateName


CLASSES: tuple[type[FollowUpItem], ...] = (
    CreateTask,
    CreateLead,
    AddToList,
    RemoveFromList,
    SetField,
    Notify,
    Suppress,
    Enroll,
    Webhook,
    Send,
)
KINDS = tuple(next(iter(cls.model_fields)) for cls in CLASSES)


def _kind_of(value: Any) -> str | None:
    if isinstance(value, FollowUpItem):
        return value.kind
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None


FollowUp = Annotated[
    Annotated[CreateTask, Tag("create_task")]
    | Annotated[CreateLead, Tag("create_lead")]
    | Annotated[AddToList, Tag("add_to_list")]
    | Annotated[RemoveFromList, Tag("remove_from_list")]
    | Annotated[SetField, Tag("set_field")]
    | Annotated[Notify, Tag("notify")]
    | Annotated[Suppress, Tag("suppress")]
    | Annotated[Enroll, Tag("enroll")]
    | Annotated[Webhook, Tag("webhook")]
    | Annotated[Send, Tag("send")],
    Discriminator(_kind_of, custom_error_type="follow_up", custom_error_message="This is not a follow-up."),
]
