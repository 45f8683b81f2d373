"""Enrolls the people of a file or a list by hand: everybody is asked first, then let in one after the other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.author_messages import did_you_mean
from sequences.auto_enroll.messages import Refused
from sequences.definition.rules import AutoEnroll
from sequences.enrolling.refusals import REPEATED, UNKNOWN, sentence
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.ids import is_external_id
from services.enrolling.archived import refuse_if_archived
from services.enrolling.eligibility import OneEach
from services.enrolling.enroll import EntryRequest, NotNowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from adapters.postgres.database import Database
    from adapters.postgres.versions import Versions
    from services.enrolling.enroll import Enrolling

_HOLD_ABOVE: int = AutoEnroll.model_fields["hold_above"].default


@dataclass(frozen=True)
class Meant:
    """Somebody of the file or the list: the id of a person, or of a placement where the sequence is about those.

    Attributes:
        line: in the file; the place in the list.
    """

    line: int
    id: str


@dataclass(frozen=True)
class Target:
    """The sequence as it is now.

    Attributes:
        records: ``person | placement``.
        hold_above: above how many somebody is asked first.
    """

    sequence: str
    name: str
    version: int
    records: str
    hold_above: int


@dataclass(frozen=True)
class NotEnrolled:
    """One who does not enter.

    Attributes:
        reason: a value of ``Refused``, ``unknown`` or ``repeated``.
        detail: for people; no personal data.
    """

    line: int
    id: str
    reason: str
    detail: str


@dataclass
class EnrollOutcome:
    """What became of them, or would.

    Attributes:
        enrolled: record to the id of its enrollment; empty ids where nothing was written.
        refused: everybody else.
        started: how many of the enrolled Temporal has already; the others start when it answers.
        problem: what somebody must do before they can start.
        odd_hours: how many would get the first message at night or on a weekend.
        odd_example: when, for one of them.
    """

    enrolled: dict[str, str] = field(default_factory=dict)
    refused: list[NotEnrolled] = field(default_factory=list)
    started: int = 0
    problem: str | None = None
    odd_hours: int = 0
    odd_example: str | None = None

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many were refused for each reason."""
        return dict(sorted(Counter(each.reason for each in self.refused).items()))

    @property
    def troubled(self) -> bool:
        """Somebody was refused who was not in the sequence already."""
        return any(each.reason not in (Refused.ALREADY_ENROLLED, Refused.ONCE, REPEATED) for each in self.refused)


class EnrollingMany:
    """Whoever is or was in the sequence stays out unless somebody says otherwise: the same again does no harm."""

    def __init__(self, database: Database, versions: Versions, enrolling: Enrolling) -> None:
        self._database = database
        self._versions = versions
        self._enrolling = enrolling

    async def target(self, sequence: str) -> Target:
        """The newest version of a sequence.

        Raises:
            NotFoundError: there is none.
            RefusedError: it is archived.
        """
        async with self._database.statement() as connection:
            version = await self._versions.get(connection, sequence)
            await refuse_if_archived(connection, sequence)
        rules = version.definition.auto_enroll
        return Target(
            sequence,
            version.definition.name,
            version.version,
            version.definition.record,
            rules.hold_above if rules is not None else _HOLD_ABOVE,
        )

    async def of_list(self, target: Target, name: str) -> list[Meant]:
        """The people of a list.

        Raises:
            NotFoundError: nobody is on it.
            RefusedError: the sequence is about placements.
        """
        if target.records != "person":
            raise RefusedError(
                RequestRefused.INVALID,
                f"--list: a list has people, and {target.sequence} is about placements; use --file",
            )
        async with self._database.statement() as connection:
            rows = await queries.list_people(connection, list=name)
            known = list(await queries.list_names(connection)) if not rows else []
        if not rows:
            raise NotFoundError(f"no person is on a list `{name}`.{did_you_mean(name, known)}")
        return [Meant(number, row) for number, row in enumerate(rows, 1)]

    async def look(
        self, target: Target, meant: Sequence[Meant], *, again: bool, step: Callable[[], None]
    ) -> EnrollOutcome:
        """Who would enter now, and why the others would not. Writes nothing.

        Args:
            target: the sequence.
            meant: who is meant.
            again: also those who were in the sequence before.
            step: called after each.
        """
        found, one_each = EnrollOutcome(), OneEach()
        for each in self._known(meant, found):
            try:
                person, record = _whom(target, each.id)
                prospect = await self._enrolling.prospect(target.sequence, person, record_id=record, again=again)
            except NotFoundError as error:
                found.refused.append(NotEnrolled(each.line, each.id, UNKNOWN, str(error)))
                continue
            finally:
                step()
            refusal = prospect.refusal or one_each.refusal(prospect.person_id, prospect.addresses)
            if refusal is not None:
                found.refused.append(NotEnrolled(each.line, each.id, str(refusal.reason), sentence(refusal)))
                continue
            found.enrolled[each.id] = ""
            if prospect.odd_hour is not None:
                found.odd_hours += 1
                found.odd_example = found.odd_example or prospect.odd_hour
        return found

    async def enroll(
        self, target: Target, meant: Sequence[Meant], *, again: bool, nonce: str, step: Callable[[], None]
    ) -> EnrollOutcome:
        """Enrolls them, each in a transaction of its own; ended in the middle, the same again goes on.

        Args:
            target: the sequence.
            meant: who is meant.
            again: also those who were in the sequence before.
            nonce: idempotency key of all of them.
            step: called after each.
        """
        found = EnrollOutcome()
        for each in self._known(meant, found):
            try:
                person, record = _whom(target, each.id)
                asked = EntryRequest(target.sequence, nonce, person, record, again=again)
                done = await self._enrolling.enroll(asked)
            except NotFoundError as error:
                found.refused.append(NotEnrolled(each.line, each.id, UNKNOWN, str(error)))
                continue
            except NotNowError as error:
                found.refused.append(NotEnrolled(each.line, each.id, str(error.refusal.reason), error.detail))
                continue
            finally:
                step()
            found.enrolled[each.id] = done.enrollment
            found.started += done.started
            found.problem = found.problem or done.problem
        return found

    def _known(self, meant: Iterable[Meant], found: EnrollOutcome) -> Iterable[Meant]:
        """Each id once; what is no id at all is refused without asking."""
        seen: dict[str, int] = {}
        for each in meant:
            if not is_external_id(each.id):
                found.refused.append(NotEnrolled(each.line, "", UNKNOWN, "not the id of a record"))
            elif each.id in seen:
                found.refused.append(NotEnrolled(each.line, each.id, REPEATED, f"already in line {seen[each.id]}"))
            else:
                seen[each.id] = each.line
                yield each


def _whom(target: Target, identity: str) -> tuple[str | None, str | None]:
    """The person or the placement of that id."""
    return (identity, None) if target.records == "person" else (None, identity)
