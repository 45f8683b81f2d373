"""Enrolling, looking at runs and steering them. Behind the bearer token."""

from __future__ import annotations

import dataclasses
import secrets
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from sequences.definition.until_text import read_until
from sequences.errors import DefinitionError
from sequences.runs.state import Command, CommandAnswer, CommandKind
from services.enrolling.enroll import EntryRequest
from services.operations.command_run import look, steer
from services.reading.listed import EnrollmentLine
from services.reading.run_story import Timeline, timeline
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import (
    ENROLLMENT,
    ID,
    SLUG,
    STORABLE,
    AskedBetween,
    EnrollmentState,
    OfOwner,
    OfPerson,
    OfSequence,
    Reason,
)

if TYPE_CHECKING:
    from datetime import datetime

    from starter.http.dependencies import Ways

_KEY = r"^[!-~]{1,200}$"

Which = Annotated[str, Path(pattern=ENROLLMENT, description="Id of the enrollment.")]
_STEERED = answers(400, 404, 409)


class EnrollmentsPage(Page[EnrollmentLine]):
    """A page of enrollments."""


class EnrollmentsAsked(AskedBetween):
    """Which enrollments."""

    sequence: OfSequence = None
    person: OfPerson = None
    record: Annotated[str | None, Field(pattern=ID, description="Id of the person or placement.")] = None
    owner: OfOwner = None
    state: Annotated[list[EnrollmentState] | None, Field(max_length=10)] = None


class EnrollRequest(BaseModel):
    """Who is enrolled in which sequence."""

    model_config = ConfigDict(extra="forbid")

    sequence: str = Field(pattern=SLUG, examples=["new-services"])
    person: str | None = Field(default=None, pattern=ID, description="The CRM's id; not an address.", examples=["4711"])
    record: str | None = Field(
        default=None,
        pattern=ID,
        description="Id of the placement, if the sequence is about placements.",
        examples=[None],
    )
    idempotency_key: str | None = Field(
        default=None,
        pattern=_KEY,
        description="The same key returns the same enrollment.",
        examples=["crm-task-20531"],
    )


class Enrolled(BaseModel):
    """An accepted enrollment: it will run.

    Attributes:
        started: False: Temporal does not answer; the run starts within seconds of its return.
        warnings: steps that cannot go as the record is now, such as `good-luck: no_phone`; `no_day_zero: ...` names
            steps that wait for their date, `no_time_zone: ...` a clock that is only a guess.
        repeated: the same request had been accepted before.
        problem: what must be done before it can start, if anything.
    """

    enrollment: str
    workflow_id: str
    version: int
    started: bool
    warnings: list[str]
    repeated: bool
    problem: str | None = None


class Ordered(BaseModel):
    """What everything that is asked of a run may say."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(
        default=None,
        pattern=_KEY,
        description="A repeated id is answered, but has no effect.",
        examples=["crm-task-20532"],
    )
    reason: Reason = Field(
        default="", description="Shown in the story of the run; no personal data.", examples=["met in person"]
    )


class CommandRequest(Ordered):
    """A command to a run; all keys are optional."""

    mode: Literal["", "shift", "skip", "send_one"] = Field(
        default="",
        description="For resume: what to do with steps whose time has passed. Empty: on_resume of the sequence.",
    )


class PauseRequest(Ordered):
    """A pause; all keys are optional."""

    mode: Literal["", "shift", "skip", "send_one"] = Field(
        default="", description="Without effect; what becomes of steps whose time has passed is asked of a resume."
    )
    until: str | None = Field(
        default=None,
        max_length=40,
        pattern=STORABLE,
        description="When it ends automatically: an instant, a date, or a length of time from now. Default: when "
        "somebody resumes.",
        examples=["2027-05-04T09:00:00Z", "2 weeks"],
    )

    def end(self, now: datetime) -> datetime | None:
        """When it ends automatically.

        Raises:
            HTTPException: 422, what is written is no such instant.
        """
        try:
            return None if self.until is None else read_until(self.until, now, "the end of a pause")
        except DefinitionError as error:
            raise HTTPException(422, str(error)) from None


class StepRequest(Ordered):
    """Which step to skip or to send now; all keys are optional."""

    step: str | None = Field(
        default=None, pattern=SLUG, description="Id of the step; default: the next one.", examples=["remind"]
    )


class MoveRequest(Ordered):
    """The published version of its sequence that a run moves to."""

    version: int = Field(ge=1, le=2**31 - 1)


def router(ways: Ways) -> APIRouter:
    """``/enrollments``."""
    routes = APIRouter(prefix="/enrollments", tags=["enrollments"])

    @routes.post(
        "",
        status_code=202,
        response_model_exclude_none=True,
        summary="Enroll a person, or one of their placements",
        responses=answers(400, 404, 409),
    )
    async def enroll_person(asked: EnrollRequest) -> Enrolled:
        nonce = asked.idempotency_key or secrets.token_hex(16)
        accepted = await ways.enrolling.enroll(
            EntryRequest(asked.sequence, nonce, asked.person, record_id=asked.record)
        )
        return Enrolled(**dataclasses.asdict(accepted))

    @routes.get("", summary="Enrollments, newest first")
    async def list_enrollments(asked: Annotated[EnrollmentsAsked, Query()]) -> EnrollmentsPage:
        return await listed(ways, listings.ENROLLMENTS, EnrollmentsPage, EnrollmentLine, asked)

    @routes.get(
        "/{enrollment}",
        summary="The story of one run: what happened and what is planned, with reasons",
        responses=answers(404),
    )
    async def get_enrollment(enrollment: Which) -> Timeline:
        await look(ways.database, ways.runs, enrollment)
        async with ways.database.transaction() as connection:
            return await timeline(connection, enrollment)

    async def obey(
        enrollment: str,
        kind: CommandKind,
        asked: Ordered | None,
        *,
        mode: str = "",
        step: str | None = None,
    ) -> CommandAnswer:
        wanted = asked or CommandRequest()
        # The key becomes the id of a Temporal update: the kind in it keeps one id from answering for two commands.
        key = f"{kind}:{wanted.id or secrets.token_hex(16)}"
        command = Command(key, kind, wanted.reason, mode, step or "")
        return await steer(ways.database, ways.runs, enrollment, command)

    @routes.post("/{enrollment}/pause", summary="Pause: send nothing until it is resumed", responses=_STEERED)
    async def pause_enrollment(enrollment: Which, asked: PauseRequest | None = None) -> CommandAnswer:
        end = asked.end(ways.clock()) if asked is not None else None
        return await obey(enrollment, CommandKind.PAUSE, asked, mode=end.isoformat() if end else "")

    @routes.post("/{enrollment}/resume", summary="Resume after a pause", responses=_STEERED)
    async def resume_enrollment(enrollment: Which, asked: CommandRequest | None = None) -> CommandAnswer:
        return await obey(enrollment, CommandKind.RESUME, asked, mode=asked.mode if asked else "")

    @routes.post("/{enrollment}/stop", summary="Stop the run; nothing more is sent", responses=_STEERED)
    async def stop_enrollment(enrollment: Which, asked: CommandRequest | None = None) -> CommandAnswer:
        return await obey(enrollment, CommandKind.STOP, asked)

    @routes.post("/{enrollment}/skip", summary="Skip the next step, or a given one", responses=_STEERED)
    async def skip_step(enrollment: Which, asked: StepRequest | None = None) -> CommandAnswer:
        return await obey(enrollment, CommandKind.SKIP, asked, step=asked.step if asked else None)

    @routes.post(
        "/{enrollment}/send-now", summary="Send the next step at once, regardless of the schedule", responses=_STEERED
    )
    async def send_step_now(enrollment: Which, asked: StepRequest | None = None) -> CommandAnswer:
        return await obey(enrollment, CommandKind.SEND_NOW, asked, step=asked.step if asked else None)

    @routes.post(
        "/{enrollment}/move", summary="Move to another published version; nothing is sent twice", responses=_STEERED
    )
    async def move_enrollment(enrollment: Which, asked: MoveRequest) -> CommandAnswer:
        return await obey(enrollment, CommandKind.MOVE, asked, mode=str(asked.version))

    return routes
