"""The types of events. One model each: what the API answers, what is posted to receivers, and what the schemas say.

An event carries ids, names of sequences and steps, and labels. It carries no address, no name of a person and no words
that somebody wrote. Who asks for it also gets ``person``: what the record says when the event is read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_Label = Annotated[str | None, Field(description="positive, negative or neutral; null: no model could say.")]
_Step = Annotated[str | None, Field(description="Of the message; null: it was no step's.")]
_Message = Annotated[str | None, Field(description="Our id of the message.")]
_Channel = Annotated[str | None, Field(description="Name of the channel, such as email.")]
_Owner = Annotated[str | None, Field(description="The CRM's id of the recruiter.")]
_Record = Annotated[str, Field(description="The CRM's id of the person or placement that the run is about.")]
_Via = Annotated[str, Field(description="hand, hook, rule or sequence.")]


class EventPerson(BaseModel):
    """Who a person is, as the record says now. Only where it was asked for."""

    model_config = ConfigDict(extra="forbid")

    id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _OfPerson(_Data):
    person: str = Field(description="The CRM's id of the person.")


class _OfRun(_OfPerson):
    enrollment: str = Field(description="Our id of the enrollment.")
    sequence: str
    version: int = Field(description="Of the sequence.")


class _OfMaybeRun(_OfPerson):
    enrollment: str | None = Field(description="Our id of the enrollment that it came from.")
    sequence: str | None
    version: int | None


class EnrolledData(_OfRun):
    """Who entered."""

    record: _Record
    via: _Via


class RefusedData(_OfPerson):
    """Who did not enter."""

    sequence: str
    record: _Record
    via: _Via
    reason: str = Field(description="A code, such as suppressed or already_enrolled.")


class EndedData(_OfRun):
    """How a run ended."""

    record: _Record
    reason: str | None = Field(description="A code, such as replied.positive; null: a person wrote why.")


class SentData(_OfRun):
    """What was sent."""

    message: str = Field(description="Our id of the message.")
    channel: str
    step: str
    variant: str | None = Field(description="Of the wordings that are compared, which one.")


class MessageReactionData(_OfRun):
    """What became of a message."""

    reaction: str
    channel: _Channel
    message: _Message
    step: _Step


class ReplyData(_OfRun):
    """What the model says that a reply means."""

    reply: str = Field(description="Our id: `GET /replies/{reply}` has the words.")
    channel: _Channel
    message: _Message
    step: _Step
    label: _Label
    intent: str | None
    confidence: float | None
    needs_review: bool = Field(description="A person must read it.")
    opt_out: bool


class MeetingData(_OfRun):
    """A meeting with the recruiter."""

    reaction: str
    calendar: str = Field(description="calendly or cal.com.")
    starts_at: datetime | None = Field(description="When it begins; null: the calendar does not say.")


class ReviewData(_OfRun):
    """What a person says that a reply means."""

    reply: str
    label: _Label
    intent: str
    opt_out: bool | None = Field(description="Null: they said nothing of it.")
    not_theirs: bool = Field(description="The reply is not the person's.")


class OptOutData(_OfPerson):
    """What somebody does not want any more."""

    channel: str | None = Field(description="A channel, or all; null: it is about a topic.")
    reason: str
    topic: str | None


class ErasedData(_OfPerson):
    """Who is not known here any more."""


class TaskData(_OfMaybeRun):
    """A task."""

    task: str
    kind: str
    step: str | None = Field(description="The step that it is; null: a reaction led to it.")
    owner: _Owner
    due_at: datetime | None


class LeadData(_OfMaybeRun):
    """A lead."""

    lead: str
    source: str
    owner: _Owner


class FieldsData(_OfRun):
    """What a sequence wrote."""

    record: _Record
    fields: dict[str, str | int | float | bool | list[str] | None] = Field(description="As the sequence says.")


class PublishedData(_Data):
    """What was published."""

    sequence: str
    version: int


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="The same each time that the event is got or posted.")
    cursor: str = Field(description="What comes behind this event: `after` this.")
    timestamp: AwareDatetime = Field(description="When it happened, UTC.")
    subject: EventPerson | None = Field(default=None, description="Who the person is; only where it was asked for.")


class EnrollmentEnrolled(_Event):
    """Somebody entered a sequence."""

    type: Literal["enrollment.enrolled"]
    data: EnrolledData


class EnrollmentRefused(_Event):
    """Somebody was matched, or asked for, and did not enter a sequence."""

    type: Literal["enrollment.refused"]
    data: RefusedData


class EnrollmentFinished(_Event):
    """A run came to its end."""

    type: Literal["enrollment.finished"]
    data: EndedData


class EnrollmentStopped(_Event):
    """A run was stopped: by a reaction, by a stop rule or by a person."""

    type: Literal["enrollment.stopped"]
    data: EndedData


class MessageSent(_Event):
    """A message was handed over."""

    type: Literal["message.sent"]
    data: SentData


class MessageOpened(_Event):
    """A mail was opened. Mail programs load pictures by themselves: it says little."""

    type: Literal["message.opened"]
    data: MessageReactionData


class MessageClicked(_Event):
    """A person followed a link."""

    type: Literal["message.clicked"]
    data: MessageReactionData


class MessageBounced(_Event):
    """A message came back."""

    type: Literal["message.bounced"]
    data: MessageReactionData


class ReplyReceived(_Event):
    """Somebody replied, and it is known what the model says of it."""

    type: Literal["reply.received"]
    data: ReplyData


class ReplyReviewed(_Event):
    """A person said what a reply means."""

    type: Literal["reply.reviewed"]
    data: ReviewData


class MeetingBooked(_Event):
    """Somebody booked a meeting with their recruiter."""

    type: Literal["meeting.booked"]
    data: MeetingData


class MeetingCancelled(_Event):
    """A meeting was cancelled, and no other took its place."""

    type: Literal["meeting.cancelled"]
    data: MeetingData


class PersonOptedOut(_Event):
    """Somebody must not be contacted any more, or not about a topic."""

    type: Literal["person.opted_out"]
    data: OptOutData


class PersonErasedEvent(_Event):
    """What was stored here about somebody is erased. It is the last event of that person."""

    type: Literal["person.erased"]
    data: ErasedData


class TaskCreated(_Event):
    """Somebody has something to do."""

    type: Literal["task.created"]
    data: TaskData


class TaskDone(_Event):
    """A task is done."""

    type: Literal["task.done"]
    data: TaskData


class TaskClosed(_Event):
    """A task is not needed any more."""

    type: Literal["task.closed"]
    data: TaskData


class LeadCreated(_Event):
    """A sequence made a lead."""

    type: Literal["lead.created"]
    data: LeadData


class FieldSet(_Event):
    """A sequence wrote fields of a record."""

    type: Literal["field.set"]
    data: FieldsData


class SequencePublished(_Event):
    """A version of a sequence was published."""

    type: Literal["sequence.published"]
    data: PublishedData


OneEvent: TypeAlias = (
    EnrollmentEnrolled
    | EnrollmentRefused
    | EnrollmentFinished
    | EnrollmentStopped
    | MessageSent
    | MessageOpened
    | MessageClicked
    | MessageBounced
    | ReplyReceived
    | ReplyReviewed
    | MeetingBooked
    | MeetingCancelled
    | PersonOptedOut
    | PersonErasedEvent
    | TaskCreated
    | TaskDone
    | TaskClosed
    | LeadCreated
    | FieldSet
    | SequencePublished
)
StreamEvent = Annotated[OneEvent, Field(discriminator="type")]
"""An event; its type says which."""
