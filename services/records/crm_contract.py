"""What the CRM's hook takes: one statement that reads every item and describes the API.

Each item is read on its own, so that a bad one refuses itself and no other. Why it was refused is said in our words
and without its values: one may be somebody's address. What the values in ``fields`` may be is up to the field
catalogue (``crm_values``): a bad one leaves out its field, not its item.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, LiteralString, Self, TypeAlias, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SkipValidation,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sequences.channels import CHANNELS
from sequences.errors import RefusedError, RequestRefused
from sequences.ids import EXTERNAL_ID, SLUG
from sequences.records import opt_out_columns
from services.records.crm_values import ID_LOOKS, INSTANT_LOOKS, read_moment

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_CHANGES = 1_000
EVENT = "event"

Entity = Literal["owner", "client", "person", "placement"]
LifeEvent = Literal["contacted", "shortlisted", "interviewed", "placed", "replied", "resume_updated"]
"""What the CRM calls an event. When a person was ``created`` comes from ``person.created_at``."""
if TYPE_CHECKING:
    Suppress: TypeAlias = str
else:
    Suppress = Literal[*map(str, CHANNELS), "all", "none"]
"""``none`` lifts what the CRM itself suppressed."""

_LONGEST_LINEAGE = 50
_RULE = "rule"
"""Type of an error of our own, whose message is ours and quotes nothing."""


def _number_as_text(value: object) -> object:
    return str(value) if type(value) is int else value


def _moment(value: object) -> datetime:
    try:
        return read_moment("at", value)
    except RefusedError as error:
        raise ValueError from error


def _unsubscribed(value: object) -> str:
    """The channels that it opts out of; empty for a no, which lifts nothing."""
    try:
        return opt_out_columns.read(opt_out_columns.TARGETS["unsubscribed"], value) or ""
    except RefusedError as error:
        raise ValueError from error


ExternalId = Annotated[
    str,
    Field(pattern=EXTERNAL_ID),
    BeforeValidator(_number_as_text),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": EXTERNAL_ID}, {"type": "integer"}]}),
]
Moment = Annotated[datetime, PlainValidator(_moment, json_schema_input_type=str)]
Unsubscribed = Annotated[str, PlainValidator(_unsubscribed, json_schema_input_type=bool | str | int)]
Lineage = Annotated[list[Annotated[str, Field(pattern=SLUG)]], Field(max_length=_LONGEST_LINEAGE)]
Token = Annotated[str, Field(max_length=100)]
# Described here and read by the catalogue.
_Fields = dict[SkipValidation[str], SkipValidation[str | int | float | bool | list[str | int | float] | None]]

_LINEAGE = "Sequences whose automated writes led to this, the oldest first."
_ECHO = "The token of the webhook of ours that led to this."


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CrmChange(_Item):
    """One record of the CRM. A bad item refuses itself only."""

    entity: Entity
    id: ExternalId = Field(description="The CRM's id of the record.")
    fields: _Fields | None = Field(
        default=None,
        description="Names of the field catalogue, including custom.x; null empties a field. Several values only "
        "for a custom field that is declared as a list.",
    )
    deleted: bool | None = Field(
        default=None, description="true: deleted in the CRM; false: restored. For a person or a placement."
    )
    erase: bool | None = Field(
        default=None,
        description="true, together with deleted: true: what is stored about the person is erased, and nobody writes "
        "to their addresses again. It cannot be taken back.",
    )
    merged_into: ExternalId | None = Field(
        default=None, description="The person that this one was merged into; this one is deleted."
    )
    suppress: Suppress | None = Field(
        default=None,
        description="Channel on which the person must not be contacted; none lifts what the CRM itself has suppressed.",
    )
    unsubscribed: Unsubscribed | None = Field(
        default=None,
        description="true: suppressed for e-mail; common words and dates of CRMs are also accepted. Opt-out fields "
        "of CRMs may also be in fields.",
    )
    at: Moment | None = Field(
        default=None,
        description="ISO 8601 with offset, at most 5 minutes ahead of our clock: when this was true in the CRM. A "
        "field with a newer stored value is skipped, regardless of the order of arrival. Not together with `version`.",
    )
    version: int | None = Field(
        default=None,
        ge=0,
        le=2**63 - 1,
        description="A number that grows with every change of the record; use it instead of `at`.",
    )
    lineage: Lineage | None = Field(default=None, description=_LINEAGE)
    echo: Token | None = Field(default=None, description=_ECHO)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.deleted is not None and self.entity not in ("person", "placement"):
            raise _no("deleted: only a person or a placement can be deleted")
        if self.erase and self.deleted is not True:
            raise _no("erase: only together with deleted: true")
        if self.at is not None and self.version is not None:
            raise _no("at, version: give only one of the two; it says which change is newer")
        if self.entity != "person":
            self._only_a_person()
        if self.merged_into is not None and self.merged_into == self.id:
            raise _no("merged_into: a person cannot be merged into itself")
        if self.merged_into is not None and self.deleted is False:
            raise _no("merged_into: a merged person is deleted, so deleted cannot be false")
        return self

    def _only_a_person(self) -> None:
        if self.merged_into is not None:
            raise _no("merged_into: only a person can be merged")
        if self.erase is not None:
            raise _no("erase: only a person can be erased")
        if self.suppress is not None:
            raise _no("suppress: only a person can be suppressed")
        if self.unsubscribed is not None:
            raise _no("unsubscribed: only a person can be unsubscribed")


class CrmLifeEvent(_Item):
    """Something that happened to a person."""

    entity: Literal["event"]
    person: ExternalId
    event: LifeEvent
    at: Moment = Field(description="ISO 8601 with offset; at most 5 minutes ahead of our clock.")
    id: ExternalId | None = Field(
        default=None, description="The CRM's id of the event; default: person, event and time."
    )
    lineage: Lineage | None = Field(default=None, description=_LINEAGE)
    echo: Token | None = Field(default=None, description=_ECHO)


Change = Annotated[CrmChange | CrmLifeEvent, Field(discriminator="entity")]


class CrmEvent(BaseModel):
    """The envelope."""

    model_config = ConfigDict(extra="forbid")

    event_id: str = Field(pattern=r"^[!-~]{1,200}$", description="Unique per event, the same on every attempt.")
    # Read one by one, with `read`.
    changes: list[SkipValidation[Change]] = Field(max_length=MAX_CHANGES)


_CHANGE: TypeAdapter[CrmChange | CrmLifeEvent] = TypeAdapter(Change)
_WORDS = {
    "entity": f"one of {', '.join((*get_args(Entity), EVENT))}",
    "id": ID_LOOKS,
    "person": ID_LOOKS,
    "merged_into": ID_LOOKS,
    "fields": "an object of field names and values",
    "deleted": "true or false",
    "erase": "true or false",
    "suppress": f"one of {', '.join(get_args(Suppress))}",
    "unsubscribed": opt_out_columns.UNREADABLE,
    "event": f"one of {', '.join(get_args(LifeEvent))}",
    "at": INSTANT_LOOKS,
    "version": "a whole number from 0 that grows with every change of the record",
    "lineage": f"a list of at most {_LONGEST_LINEAGE} names of sequences",
    "echo": "the token of our webhook, unchanged",
}
"""What is wanted of each field, whatever was wrong with it."""


def read(raw: object) -> CrmChange | CrmLifeEvent:
    """Reads one item of ``changes``.

    Raises:
        RefusedError: it is not as described; the message says why and quotes no value.
    """
    try:
        return _CHANGE.validate_python(raw)
    except ValidationError as error:
        raise RefusedError(
            RequestRefused.INVALID, _why(error.errors(include_url=False, include_context=False), raw)
        ) from None


def _why(errors: list[ErrorDetails], raw: object) -> str:
    """One reason is enough: a key that does not exist, or else the first field that is wrong."""
    if not isinstance(raw, dict):
        return "a change is an object with entity, id and fields"
    first = errors[0]
    if first["type"].startswith("union_tag"):
        return f"entity: {_WORDS['entity']}"
    model, what = (CrmLifeEvent, "an event") if raw.get("entity") == EVENT else (CrmChange, "a change")
    unknown = sorted(str(key) for key in raw if key not in model.model_fields)
    if unknown:
        return f"{what} has no key {unknown[0][:40]!r}; it has {', '.join(model.model_fields)}"
    if first["type"] == _RULE:
        return first["msg"]
    # The first part of a place is the kind of item.
    field = str(first["loc"][1])
    created = " (created comes from the person's created_at)" if raw.get(field) == "created" else ""
    return f"{field}: {_WORDS[field]}{created if field == 'event' else ''}"


def _no(words: LiteralString) -> PydanticCustomError:
    return PydanticCustomError(_RULE, words)
