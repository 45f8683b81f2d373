"""A form that somebody opens or sends: what its page shows, and one transaction that writes what came in."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from adapters.postgres import queries
from adapters.postgres.events import Events, NewEvent
from adapters.postgres.forms import FormVersions
from adapters.postgres.records import ChangeOrigin
from adapters.templates.files import clean_name
from adapters.uploads.store import KeptUpload, UploadRefusedError
from sequences import ids
from sequences.definition.reactions import ReactionKind
from sequences.errors import NotFoundError
from sequences.forms.answers import Answers, Reading, Value, Wrong, digest, read_answers
from sequences.forms.fields import file_fields, shown_on_page
from sequences.reactions.verdict import recipient_gone
from services.notifications import NewNotification, notify_owner
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction
from services.records.crm_values import read_values
from services.runs.run_row import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.records import Records
    from adapters.uploads.store import UploadStore
    from sequences.forms.definition import FormDefinition
    from sequences.records.catalogue import Catalogue
    from sequences.records.record_view import RecordView
    from services.records.record_changes import RecordChanges

ORIGIN = "form"
"""Where a change comes from that a person made by a form. A human made it, so it carries no lineage of sequences."""
_MOST_ANSWERS = 20
_RESUME = "person.resume"


class LinkState(enum.StrEnum):
    """Whether a link can be used."""

    OPEN = "open"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class ShownForm:
    """What a page shows.

    Attributes:
        form: the version of the link.
        state: anything but ``OPEN`` shows no fields.
        values: by field, what is known and may be shown; or what the person typed, when something was wrong with it.
        wrong: by field, or ``consent``.
        has_file: fields for which a file came by this link before.
        sent_at: when the newest answer came, or None.
        files_lost: files came too, and were not kept, since something else was wrong.
    """

    form: FormDefinition
    state: LinkState
    expires_at: datetime
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wrong: Mapping[str, Wrong] = field(default_factory=dict)
    has_file: frozenset[str] = frozenset()
    sent_at: datetime | None = None
    files_lost: bool = False


@dataclass(frozen=True)
class SentFile:
    """A file as it came: the name that the browser gave, and the content."""

    name: str
    content: BinaryIO


@dataclass(frozen=True)
class Taken:
    """What became of an answer: ``fresh`` is False for the same answer again."""

    fresh: bool


@dataclass(frozen=True)
class FormPorts:
    """What forms need.

    Attributes:
        known: the field catalogue, with the declared fields.
        uploads: None: this installation takes no files.
        wake: called after everything that was stored.
    """

    database: Database
    records: Records
    changes: RecordChanges
    known: Catalogue
    uploads: UploadStore | None
    clock: Callable[[], datetime]
    wake: Callable[[], None]


@dataclass(frozen=True)
class _Opened:
    """A link with everything behind it, in one transaction."""

    link: queries.FormLinkRow
    form: FormDefinition
    run: RunRow
    view: RecordView
    newest: queries.FormSubmissionRow | None
    files: Mapping[str, queries.UploadRow]

    def state(self, now: datetime) -> LinkState:
        """Whether something may come in now."""
        if self.link.revoked_at is not None or recipient_gone(self.view) is not None:
            return LinkState.REVOKED
        if self.newest is not None and self.form.once:
            return LinkState.USED
        if now >= self.link.expires_at:
            return LinkState.EXPIRED
        return LinkState.TOO_MANY if self.newest is not None and self.newest.number >= _MOST_ANSWERS else LinkState.OPEN


class Forms:
    """Shows forms and takes answers. Tokens were checked before."""

    def __init__(self, ports: FormPorts) -> None:
        self._ports = ports
        self._versions = FormVersions()
        self._events = Events()

    @property
    def upload_limit(self) -> int:
        """Most bytes of one file; 0 where no files are taken."""
        return self._ports.uploads.limit if self._ports.uploads is not None else 0

    async def show(self, link: str) -> ShownForm | None:
        """The page of a link; None when it is none of ours. Changes nothing."""
        async with self._ports.database.transaction() as connection:
            opened = await self._open(connection, await queries.form_link_row(connection, id=link))
            return None if opened is None else self._shown(opened)

    async def submit(
        self, link: str, given: Mapping[str, Sequence[str]], sent: Mapping[str, SentFile]
    ) -> Taken | ShownForm | None:
        """Takes an answer; gives the page again when something is wrong; None when the link is none of ours.

        The same answer again, however it came to be sent twice, changes nothing. Another one before the link expires
        is a change: it is written too, and makes no second reaction.

        Raises:
            OSError: the folder of uploads cannot be written to.
        """
        shown = await self.show(link)
        if shown is None:
            return None
        kept: dict[str, KeptUpload] = {}
        refused: dict[str, Wrong] = {}
        used = False
        try:
            if shown.state in (LinkState.OPEN, LinkState.USED):
                kept, refused = await self._keep(shown.form, sent)
            async with self._ports.database.transaction() as connection:
                answer = _Answer(given, kept, refused, {name: clean_name(file.name) for name, file in sent.items()})
                done = await self._take(connection, link, answer)
            used = isinstance(done, Taken) and done.fresh
        finally:
            if not used and self._ports.uploads is not None:
                for upload in kept.values():
                    await self._ports.uploads.discard(upload.file)
        if used:
            self._ports.wake()
        return done

    async def _keep(
        self, form: FormDefinition, sent: Mapping[str, SentFile]
    ) -> tuple[dict[str, KeptUpload], dict[str, Wrong]]:
        kept: dict[str, KeptUpload] = {}
        refused: dict[str, Wrong] = {}
        if self._ports.uploads is None:
            return kept, refused
        for name in file_fields(form, self._ports.known):
            if name not in sent:
                continue
            try:
                kept[name] = await self._ports.uploads.keep(sent[name].content)
            except UploadRefusedError as error:
                refused[name] = error.wrong
        return kept, refused

    async def _take(self, connection: Connection, link: str, answer: _Answer) -> Taken | ShownForm | None:
        now = self._ports.clock()
        # Two clicks at once wait for each other here.
        opened = await self._open(connection, await queries.lock_form_link(connection, id=link))
        if opened is None:
            return None
        # Where no files are taken, none can be asked for.
        without = () if self._ports.uploads is not None else file_fields(opened.form, self._ports.known)
        has_file = {*answer.kept, *opened.files, *without}
        known = self._known_values(opened.form, opened.view)
        unseen = [
            name
            for asked in opened.form.fields
            if (name := asked.field) not in known and opened.view.value(name) not in (None, "")
        ]
        reading = Reading(self._ports.known, self._ports.changes.phone_region, has_file, unseen)
        answers = read_answers(opened.form, answer.given, reading)
        wrong = {**answers.wrong, **answer.refused}
        files = {name: row.sha256 for name, row in opened.files.items()}
        files |= {name: upload.sha256 for name, upload in answer.kept.items()}
        mark = digest(answers, files)
        if not wrong and opened.newest is not None and opened.newest.digest == mark:
            return Taken(fresh=False)
        if opened.state(now) is not LinkState.OPEN:
            return self._shown(opened)
        stored: dict[str, dict[str, Any]] = {}
        if not wrong:
            stored, wrong = self._stored(answers, answer.kept, opened.view)
        if wrong:
            return replace(self._shown(opened), values=answers.given, wrong=wrong, files_lost=bool(answer.kept))
        await self._write(connection, _Submission(opened, answers, answer, stored, mark, now))
        return Taken(fresh=True)

    def _stored(
        self, answers: Answers, kept: Mapping[str, KeptUpload], view: RecordView
    ) -> tuple[dict[str, dict[str, Any]], dict[str, Wrong]]:
        """By kind of record, the values as they are stored; and fields whose values are unfit after all."""
        fields: dict[str, dict[str, object]] = {}
        for name, value in {**answers.values, **dict.fromkeys(kept, True)}.items():
            entity = name.partition(".")[0]
            entity = view.record_type if entity == "custom" else entity
            fields.setdefault(entity, {})[name] = list(value) if isinstance(value, tuple) else value
        stored: dict[str, dict[str, Any]] = {}
        wrong: dict[str, Wrong] = {}
        for entity, values in fields.items():
            stored[entity], problems = read_values(entity, values, self._ports.known)
            wrong |= dict.fromkeys(problems, Wrong.NOT_TEXT)
        return stored, wrong

    async def _write(self, connection: Connection, new: _Submission) -> None:
        opened, now, answer = new.opened, new.now, new.answer
        run, link = opened.run, opened.link
        number = opened.newest.number + 1 if opened.newest else 1
        identity = ids.submission_id(link.id, number)
        await queries.add_submission(
            connection,
            id=identity,
            link_id=link.id,
            number=number,
            version=link.version,
            at=now,
            digest=new.mark,
            # What was empty and is empty still is no answer.
            answers={
                name: _as_json(value)
                for name, value in new.answers.values.items()
                if value is not None or opened.view.value(name) not in (None, "")
            },
            consent=opened.form.consent,
        )
        await queries.mark_form_submitted(connection, id=link.id, at=now)
        for name, upload in answer.kept.items():
            await queries.add_upload(
                connection,
                id=ids.upload_id(identity, name),
                submission_id=identity,
                field=name,
                name=answer.names[name] or f"file.{upload.kind.ending}",
                file=upload.file,
                kind=upload.kind.ending,
                size=upload.size,
                sha256=upload.sha256,
                at=now,
            )
        detail = {"form": opened.form.form, "submission": identity, "files": len(answer.kept)}
        if number == 1:
            # Before the fields: what the form means for the run counts before what one of its fields does.
            key = reaction_key("form", identity)
            await write_reaction(
                connection, NewReaction(key, run.id, run.person_id, ReactionKind.FORM_SUBMITTED, now, detail)
            )
        origin = ChangeOrigin(ORIGIN, now)
        for entity, values in new.stored.items():
            record = opened.view.record_id if entity == opened.view.record_type else opened.view.person_id
            await self._ports.changes.write(connection, entity, record, values, origin)
        if _RESUME in answer.kept:
            event = NewEvent(opened.view.person_id, "resume_updated", now, identity)
            await self._events.add(connection, event, origin)
        await notify_owner(connection, run.id, _news(opened.form, identity, number, new))

    async def _open(self, connection: Connection, link: queries.FormLinkRow | None) -> _Opened | None:
        if link is None:
            return None
        version = await self._versions.get(connection, link.form, link.version)
        run = await RunRow.load(connection, link.enrollment_id)
        try:
            view = await self._ports.records.view(connection, run.record_type, run.record_id, person=run.person_id)
        except NotFoundError:
            return None  # a record that was deleted by hand: there is nothing to ask about any more
        newest = await queries.newest_submission(connection, link_id=link.id)
        files = {row.field: row for row in await queries.uploads_of_link(connection, link_id=link.id)}
        return _Opened(link, version.definition, run, view, newest, files)

    def _shown(self, opened: _Opened) -> ShownForm:
        return ShownForm(
            form=opened.form,
            state=opened.state(self._ports.clock()),
            expires_at=opened.link.expires_at,
            values=self._known_values(opened.form, opened.view),
            has_file=frozenset(opened.files),
            sent_at=opened.newest.at if opened.newest else None,
        )

    def _known_values(self, form: FormDefinition, view: RecordView) -> dict[str, tuple[str, ...]]:
        known: dict[str, tuple[str, ...]] = {}
        for asked in form.fields:
            declared = self._ports.known.get(asked.field)
            if declared is not None and (texts := shown_on_page(asked, declared, view.value(asked.field))):
                known[asked.field] = texts
        return known


@dataclass(frozen=True)
class _Answer:
    """What came in, with its files kept already; ``names`` are those of the files, made harmless."""

    given: Mapping[str, Sequence[str]]
    kept: Mapping[str, KeptUpload]
    refused: Mapping[str, Wrong]
    names: Mapping[str, str]


@dataclass(frozen=True)
class _Submission:
    """An answer that is written: ``stored`` are its values by kind of record, ``mark`` its digest."""

    opened: _Opened
    answers: Answers
    answer: _Answer
    stored: Mapping[str, Mapping[str, Any]]
    mark: str
    now: datetime


def _as_json(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _news(form: FormDefinition, identity: str, number: int, new: _Submission) -> NewNotification:
    came = "came in" if number == 1 else "was changed"
    files = {0: "", 1: ", with a file"}.get(len(new.answer.kept), ", with files")
    return NewNotification(ReactionKind.FORM_SUBMITTED, f"{form.name} {came}{files}", new.now, identity)
