"""What requests may ask: ids, filters and pages, the same everywhere; unknown query parameters are refused."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from fastapi import HTTPException, Path, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field
from typing_extensions import TypeAliasType

from sequences import ids
from sequences.channels import CHANNELS

ID = ids.EXTERNAL_ID
SLUG = ids.SLUG
ENROLLMENT = r"^e[a-z0-9]{10,40}$"
WORD = r"^[A-Za-z0-9._:-]{1,64}$"
STORABLE = ids.STORABLE
TEXT = r"^[^\x00]{1,200}$"
"""The same, of a query."""
Reason = Annotated[str, Field(max_length=200, pattern=STORABLE)]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _date_is_midnight(value: object) -> object:
    return f"{value}T00:00:00Z" if isinstance(value, str) and _DATE.fullmatch(value) else value


def _utc(instant: datetime) -> datetime:
    try:
        found = instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("the calendar has no such date") from None
    if not 1 < found.year < 9999:
        raise ValueError("the calendar has no such date")
    return found


Instant = Annotated[AwareDatetime, BeforeValidator(_date_is_midnight), AfterValidator(_utc)]

# Words with a name of their own: clients get one type for each, not one for each place.
if TYPE_CHECKING:
    Channel: TypeAlias = str
    SuppressionChannel: TypeAlias = str
else:
    Channel = TypeAliasType("Channel", Literal[*map(str, CHANNELS)])
    SuppressionChannel = TypeAliasType("SuppressionChannel", Literal[*map(str, CHANNELS), "all"])
PersonType = TypeAliasType("PersonType", Literal["Candidate", "Client contact"])
EnrollmentState = TypeAliasType(
    "EnrollmentState", Literal["starting", "active", "paused", "held", "reacting", "stopped", "finished"]
)
TaskState = TypeAliasType("TaskState", Literal["open", "done", "closed"])
ReadState = TypeAliasType("ReadState", Literal["read", "unread"])
RecordType = TypeAliasType("RecordType", Literal["person", "placement"])
RefusalState = TypeAliasType("RefusalState", Literal["standing", "passed", "entered"])
BatchState = TypeAliasType("BatchState", Literal["held", "waiting"])
WindowState = TypeAliasType("WindowState", Literal["opening", "open", "ended", "lifted", "refused"])
DeliveryKind = TypeAliasType("DeliveryKind", Literal["webhook", "enroll"])
DeliveryState = TypeAliasType("DeliveryState", Literal["pending", "dead", "failed", "done"])

Since = Annotated[Instant | None, Field(description="From here on: ISO 8601 with offset, or a date (midnight UTC).")]
Until = Annotated[Instant | None, Field(description="Before this: ISO 8601 with offset, or a date (midnight UTC).")]
OfPerson = Annotated[str | None, Field(pattern=ID, description="The CRM's id of the person.")]
OfOwner = Annotated[str | None, Field(pattern=ID, description="The CRM's id of the owner.")]
OfClient = Annotated[str | None, Field(pattern=ID, description="The CRM's id of the client.")]
OfSequence = Annotated[str | None, Field(pattern=SLUG, description="Name of the sequence.")]
OfEnrollment = Annotated[str | None, Field(pattern=ENROLLMENT, description="Id of the enrollment.")]
OfStatus = Annotated[str | None, Field(pattern=TEXT, description="As the CRM writes it.")]
Deleted = Annotated[bool, Field(description="Only those that the CRM deleted or merged.")]

RecordId = Annotated[str, Path(pattern=ID, description="The CRM's id.")]
PersonId = Annotated[str, Path(pattern=ID, description="The CRM's id of the person.")]
OwnerId = Annotated[str, Path(pattern=ID, description="The CRM's id of the owner.")]
ReplyId = Annotated[str, Path(pattern=r"^r[a-z0-9]{10,40}$", description="Id of the reply.")]
OwnId = Annotated[str, Path(pattern=r"^[a-z0-9]{1,64}$", description="Our id.")]
SequenceName = Annotated[str, Path(pattern=SLUG, description="Name of the sequence.")]


class Asked(BaseModel):
    """What every list can be asked for. A list that has filters adds them, one field each."""

    limit: int = Field(default=100, ge=1, le=1000, description="Maximum number of rows on a page.")
    cursor: str | None = Field(
        default=None,
        max_length=2000,
        description="`next` of the previous page, unchanged, with the same filters. None: page 1.",
    )

    def filters(self) -> dict[str, object]:
        """What was asked, by the names of the list's filters. None: not asked."""
        return {name: value for name, value in self if name not in Asked.model_fields}


class AskedBetween(Asked):
    """The same of a list whose rows have an instant."""

    since: Since = None
    until: Until = None


LAST = ("since", "until", "limit", "cursor")
"""Parameters that lists have in common: the description has them after a list's own filters, in this order."""


async def only_known(request: Request) -> None:
    """A dependency that refuses query parameters which the operation does not have: a filter that is misspelt and
    passed over answers with everybody.
    """  # noqa: D205
    if not request.query_params:
        return
    path = request.scope["route"].path_format
    described = request.app.openapi()["paths"][path][request.method.lower()].get("parameters", [])
    known = {each["name"]: "'array'" in str(each["schema"]) for each in described if each["in"] == "query"}
    for name in request.query_params:
        if name not in known:
            raise HTTPException(422, _unknown(name, sorted(known)))
        # One of the two would be passed over, and nobody could tell which.
        if not known[name] and len(request.query_params.getlist(name)) > 1:
            raise HTTPException(422, f"`{name}`: given twice")


def _unknown(name: str, known: list[str]) -> str:
    # What was sent is quoted only where it can be nobody's address.
    shown = f"`{name}`" if _NAME.fullmatch(name) else "one"
    near = difflib.get_close_matches(name.lower(), known, 1, 0.65)
    hint = f"did you mean `{near[0]}`? " if near else ""
    takes = f"it takes {', '.join(known)}" if known else "it has none"
    return f"{shown}: no such query parameter; {hint}{takes}"
