"""The editor: a draft as cards, one for each step, with what is wrong with it and what one person would get of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from adapters.templates.template_files import template_of
from sequences.access.act import Act
from sequences.access.authorize import PersonOf, may
from sequences.channels import CHANNELS, EMAIL
from sequences.editing.outline import outline, part_at
from sequences.errors import NotFoundError
from sequences.forms.definition import fingerprint
from sequences.records.catalogue import FieldType, catalogue
from sequences.runs.step_conditions import condition_words
from sequences.sending.wording import wordings
from services.console.condition_fields import ConditionFields, condition_fields
from services.console.step_forms import StepForms, step_forms
from services.console.tasks import assignees
from services.drafts.check_draft import beside_mailboxes, check_with_forms, published_forms
from services.drafts.draft import SEQUENCE_FILE, find_draft, mark_of, with_contents
from services.drafts.written_for import WriteFor
from services.mailboxes.directory import KnownMailboxes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from sequences.access.viewer import Viewer
    from sequences.checking import FileProblem
    from sequences.definition.steps import Step
    from sequences.editing.outline import FilePart
    from sequences.planning.values import StepPlan
    from sequences.records.catalogue import Field
    from services.drafts.check_draft import CheckedDraft
    from services.drafts.written_for import WrittenFor
    from services.publishing.render import Rendered, Rendering

_STEPS: Final = "steps"
_KNOWN: Final = 32
_HEAVIEST: Final = 100 * 1024 * 1024
"""Bytes of the attachments of all drafts that are remembered."""
_OF_A_STEP: Final = frozenset({"id", "when", "at", "subject", *CHANNELS})
"""Keys that each card shows in words; it shows the lines of a step that has others."""


@dataclass(frozen=True)
class EditorAsked:
    """What the address of the editor says.

    Attributes:
        sequence: its name.
        person: for whom it is written; empty: the person of the newest run.
        record: placement of the person; empty: the newest.
        only: id of the step of which the message is wanted; empty: of all.
        wording: which of its wordings; empty: the one that the person gets.
        answer: template of a message that answers a reaction; empty: a step's is wanted.
    """

    sequence: str
    person: str = ""
    record: str = ""
    only: str = ""
    wording: str = ""
    answer: str = ""


@dataclass(frozen=True)
class EditedFile:
    """One text, to be changed.

    Attributes:
        path: of the file in its draft.
        mark: what a save of it says.
        problems: of this file.
        missing: it is named and not written yet.
        used: a step or a reaction names it.
    """

    path: str
    text: str
    mark: str
    problems: tuple[FileProblem, ...] = ()
    missing: bool = False
    used: bool = True

    @property
    def ref(self) -> str:
        """Stands for the path where only letters and digits may."""
        return mark_of(self.path)


@dataclass(frozen=True)
class PartCard:
    """A part of the file that is no step: a reaction, the schedule, the rules.

    Attributes:
        files: of the messages that it sends.
        problems: of its lines.
    """

    part: FilePart
    files: tuple[EditedFile, ...]
    problems: tuple[FileProblem, ...]


@dataclass(frozen=True)
class StepCard:
    """A step.

    Attributes:
        number: counted from 1.
        id: empty while it has none.
        kind: its channel, ``task`` or ``do``; empty: unknown.
        when: as written; empty: right after the step above.
        at: time of day, or empty.
        subject: of its own, or empty.
        conditions: what must hold, in words.
        variants: name and share of each.
        whole: the card does not show all of it in words.
        plan: when it goes, for the person for whom the page is written.
        message: what that person would get.
        trouble: why the message cannot be written for that person.
        needs: fields that a person must have, or the message is not written.
        elsewhere: messages of it whose text an earlier card shows.
        forms: what its forms begin with.
        wordings: what that person would get of each variant, or why it cannot be written.
    """

    part: FilePart
    number: int
    id: str
    kind: str
    when: str
    at: str
    subject: str
    files: tuple[EditedFile, ...]
    problems: tuple[FileProblem, ...]
    conditions: tuple[str, ...] = ()
    variants: tuple[tuple[str, float], ...] = ()
    whole: bool = False
    plan: StepPlan | None = None
    message: Rendered | None = None
    trouble: str = ""
    needs: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    forms: StepForms = field(default_factory=StepForms)
    wordings: Mapping[str, Rendered | str] = field(default_factory=dict)


@dataclass(frozen=True)
class EditorPage:
    """What the editor shows.

    Attributes:
        checked: the draft, and what ``relance check`` says of it.
        name: what people call the sequence; its id while the file cannot be read.
        source: the sequence file.
        steps: its steps; none while the file cannot be read.
        parts: everything else in it, in its order.
        unused: files of messages that nothing names.
        fields: what a message may name.
        whom: for whom it is written; None: nobody, or nobody whom the viewer sees.
        asked_of: the fields that conditions of steps may name.
        owners: id and name of everybody who can be given a task; none while no step is one.
    """

    checked: CheckedDraft
    name: str
    source: EditedFile
    steps: tuple[StepCard, ...] = ()
    parts: tuple[PartCard, ...] = ()
    unused: tuple[EditedFile, ...] = ()
    fields: tuple[Field, ...] = ()
    whom: WrittenFor | None = None
    asked_of: ConditionFields = field(default_factory=ConditionFields)
    owners: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Editor:
    """Reads the pages of the editor.

    Attributes:
        versions: of sequences.
        rendering: writes messages with the code that sends.
        custom_fields: the organisation's own fields.
        known: the last checks: a page asks for its draft once itself, and once for the frame of each message.
        mailboxes: those that a sequence may send from.
    """

    versions: Versions
    rendering: Rendering
    custom_fields: Mapping[str, FieldType]
    known: dict[tuple[object, ...], CheckedDraft] = field(default_factory=dict)
    mailboxes: KnownMailboxes = field(default_factory=KnownMailboxes)

    async def checked(self, connection: Connection, sequence: str) -> CheckedDraft:
        """The draft of a sequence, or what is published of it, as it was checked.

        Raises:
            NotFoundError: there is neither.
        """
        draft = await find_draft(connection, self.versions, sequence)
        forms = await published_forms(connection)
        key = (sequence, draft.mark, tuple((name, fingerprint(form)) for name, form in sorted(forms.items())))
        found = self.known.pop(key, None)
        if found is None:
            whole = await with_contents(connection, draft)
            found = await check_with_forms(whole, forms, self.custom_fields)
        self.known[key] = found = replace(found, draft=draft)
        while len(self.known) > _KNOWN or (len(self.known) > 1 and _weight(self.known.values()) > _HEAVIEST):
            del self.known[next(iter(self.known))]
        return beside_mailboxes(found, await self.mailboxes.read(connection))

    async def message(
        self, connection: Connection, viewer: Viewer, asked: EditorAsked, now: datetime
    ) -> Rendered | None:
        """The message of ``asked.only`` or ``asked.answer``; None: there is none. As of ``page``."""
        checked = await self.checked(connection, asked.sequence)
        if asked.answer:
            return await self._answer(connection, viewer, checked, asked, now)
        whom = await self._whom(connection, viewer, checked, asked, now)
        if whom is None or not asked.wording:
            return whom.messages.get(asked.only) if whom else None
        found = whom.wordings.get(asked.only, {}).get(asked.wording)
        return None if isinstance(found, str) else found

    async def _answer(
        self, connection: Connection, viewer: Viewer, checked: CheckedDraft, asked: EditorAsked, now: datetime
    ) -> Rendered | None:
        writing, version = WriteFor(self.rendering, checked), checked.version
        whom = await writing.recipient(connection, asked.person, asked.record or None)
        if version is None or not _may_read(viewer, whom):
            return None
        found = await writing.answer(connection, version, asked.answer, whom.recipient, now)
        return None if isinstance(found, str) else found

    async def page(self, connection: Connection, viewer: Viewer, asked: EditorAsked, now: datetime) -> EditorPage:
        """The whole editor.

        Args:
            connection: of ``looking``.
            viewer: who edits: messages are written for people whom they see.
            asked: what the address says.
            now: UTC.

        Raises:
            NotFoundError: there is no such sequence, or no such person.
        """
        checked = await self.checked(connection, asked.sequence)
        whom = await self._whom(connection, viewer, checked, asked, now)
        cards = _Cards.of(checked, whom)
        record = checked.readable.record if checked.readable else "person"
        known = catalogue(self.custom_fields)
        steps = tuple(cards.steps())
        return EditorPage(
            checked,
            checked.name,
            _file(checked, SEQUENCE_FILE),
            steps,
            tuple(cards.parts()),
            tuple(_unused(checked)),
            tuple(each for each in known.for_record(record) if each.type is not FieldType.FILE),
            whom,
            condition_fields(known, record),
            await assignees(connection) if any(step.forms.task for step in steps) else (),
        )

    async def _whom(
        self,
        connection: Connection,
        viewer: Viewer,
        checked: CheckedDraft,
        asked: EditorAsked,
        now: datetime,
    ) -> WrittenFor | None:
        writing = WriteFor(self.rendering, checked)
        person, record = asked.person, asked.record
        if not person:
            found = await writing.somebody(connection)
            if found is None:
                return None
            person, record = found.person, found.record or ""
        try:
            whom = await writing.recipient(connection, person, record or None)
        except NotFoundError:
            if asked.person:
                raise
            return None
        if not _may_read(viewer, whom):
            return None
        return await writing.write(connection, whom, now, asked.only)


def _may_read(viewer: Viewer, whom: WrittenFor) -> bool:
    """The viewer sees this person, and the words of messages to them."""
    subject = PersonOf(whom.owner_id)
    return may(viewer, Act.READ_PERSON, subject) and may(viewer, Act.READ_MESSAGE, subject)


def _weight(checked: Iterable[CheckedDraft]) -> int:
    return sum(file.size for each in checked for file in each.draft.attachments.values())


@dataclass(frozen=True)
class _Cards:
    """Makes cards of the parts of a file.

    Attributes:
        wrong: problems of the sequence file by the first line of the part that they are in; 0: above all parts.
        shown: templates that a card has: each text is on the page once.
    """

    checked: CheckedDraft
    whom: WrittenFor | None
    outlined: tuple[FilePart, ...]
    wrong: Mapping[int, list[FileProblem]]
    shown: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, checked: CheckedDraft, whom: WrittenFor | None) -> _Cards:
        outlined = outline(checked.draft.source)
        wrong: dict[int, list[FileProblem]] = defaultdict(list)
        for problem in checked.checked.problems:
            if problem.file == SEQUENCE_FILE:
                part = part_at(outlined, problem.line)
                wrong[part.first_line if part else 0].append(problem)
        return cls(checked, whom, outlined, wrong)

    def steps(self) -> Iterator[StepCard]:
        known = {step.id: step for step in self.checked.readable.steps} if self.checked.readable else {}
        above: list[dict[str, Any]] = []
        for part in self.outlined:
            if part.key == _STEPS and part.index is not None:
                values = part.values if isinstance(part.values, dict) else {}
                forms = step_forms(self.checked.draft, values, above)
                actions = {"do"} if isinstance(values.get("do"), list) else set()
                above.append(values)
                yield replace(
                    self._step(part, len(above), values, known.get(_word(values, "id"))),
                    forms=forms,
                    whole=bool(values.keys() - _shown_in_words(forms) - actions),
                )

    def parts(self) -> Iterator[PartCard]:
        for part in self.outlined:
            if part.key != _STEPS or part.index is None:
                yield PartCard(part, tuple(self._files(part)), tuple(self.wrong[part.first_line]))

    def _step(self, part: FilePart, number: int, values: Mapping[str, object], step: Step | None) -> StepCard:
        kind = next((key for key in (*CHANNELS, "task", "do") if key in values), "")
        identity = _word(values, "id")
        whom = self.whom
        names = {use.template for use in wordings(step)} if step else set()
        elsewhere = tuple(name for name in self._names(part) if name in self.shown)
        needs = {each for name in names for each in self.checked.checked.required.get(name, ())}
        return StepCard(
            part,
            number,
            identity,
            str(kind),
            _word(values, "when"),
            _word(values, "at"),
            _word(values, "subject"),
            tuple(self._files(part)),
            tuple(self.wrong[part.first_line]),
            condition_words(step.conditions) if step and step.conditions else (),
            tuple((each.variant or "", each.share) for each in wordings(step)) if step and step.variants else (),
            plan=whom.plans.get(identity) if whom else None,
            message=whom.messages.get(identity) if whom else None,
            trouble=whom.problems.get(identity, "") if whom else "",
            needs=tuple(sorted(needs)),
            elsewhere=elsewhere,
            wordings=whom.wordings.get(identity, {}) if whom else {},
        )

    def _files(self, part: FilePart) -> Iterator[EditedFile]:
        for name, channel in self._names(part).items():
            if name not in self.shown:
                self.shown.add(name)
                yield from _of_template(self.checked, name, channel)

    def _names(self, part: FilePart) -> dict[str, str]:
        """The templates that a part names, with the channel of each."""
        lines = range(part.first_line, part.last_line + 1)
        return {use.name: use.channel for use in self.checked.named if use.line in lines}


def _shown_in_words(forms: StepForms) -> frozenset[str]:
    """Keys of a step that its card says in words of its own."""
    found = set(_OF_A_STEP)
    if forms.only_if is not None and not forms.only_if.unsaid:
        found.add("if")
    if forms.wordings is not None:
        found.add("variants")
    if forms.task is not None:
        found.add("task")
    return frozenset(found)


def _word(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _of_template(checked: CheckedDraft, name: str, channel: str) -> Iterator[EditedFile]:
    paths = [path for path in sorted(checked.draft.files, reverse=True) if (template_of(path) or ("",))[0] == name]
    ending = CHANNELS[channel or EMAIL.name].endings[0]
    yield from (_file(checked, path) for path in paths or [name + ending])


def _unused(checked: CheckedDraft) -> Iterator[EditedFile]:
    named = {use.name for use in checked.named}
    for path in sorted(checked.draft.files):
        found = template_of(path)
        if found is not None and found[0] not in named:
            yield _file(checked, path, used=False)


def _file(checked: CheckedDraft, path: str, *, used: bool = True) -> EditedFile:
    draft = checked.draft
    problems = tuple(problem for problem in checked.checked.problems if problem.file == path)
    return EditedFile(path, draft.files.get(path, ""), draft.mark_of(path), problems, path not in draft.files, used)
