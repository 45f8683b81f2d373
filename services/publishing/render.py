"""What one step would send to one person, through the very code that sends: nothing is stored, nothing goes out."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.number_words import number_of
from sequences.planning.values import Channel
from sequences.sending.addresses import address_problem
from sequences.sending.wording import drawn, settled_on, wording_of, wordings
from sequences.sms.segments import segment
from services.runs.planning import RunContext
from services.runs.run_row import RunRow
from services.sending.compose_email import Composer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from email.message import EmailMessage

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version
    from adapters.templates.renderer import Renderer
    from sequences.definition.steps import Step
    from sequences.sending.wording import Wording
    from services.organisation import Organisation
    from services.sending.compose_email import Message

CLIPPED_AT = 102_000
"""Bytes of HTML after which Gmail hides the rest of a mail behind a link, the unsubscribe link with it."""
_PREVIEW = "preview"


@dataclass(frozen=True)
class RenderedFile:
    """An attachment, or an image in the HTML (``inline``); ``size`` in bytes."""

    name: str
    content_type: str
    size: int
    inline: bool


@dataclass(frozen=True)
class Rendered:
    """One message as one person would get it.

    Attributes:
        version: None when the file is not published.
        headers: those that a person cares for, in order; empty for a text.
        html: None for a text. Images stand in it as data, so that a browser shows them.
        segments: of a text, with its encoding and the characters that forced it; None for an e-mail.
        size: bytes on the wire.
        warnings: what would go wrong or look wrong.
        variant: which of the step's it is; None: the step has none.
    """

    sequence: str
    version: int | None
    step: str
    channel: str
    person: str
    to: str
    headers: Mapping[str, str]
    text: str
    html: str | None
    files: tuple[RenderedFile, ...]
    segments: int | None
    encoding: str | None
    outside_gsm7: tuple[str, ...]
    size: int
    warnings: tuple[str, ...]
    variant: str | None = None


@dataclass(frozen=True)
class Recipient:
    """Whom a message is rendered for.

    Attributes:
        person: id.
        record: id of the placement, for a sequence about placements.
        variant: of the step; None: the one that their newest run of the sequence gets, else the first.
    """

    person: str
    record: str | None = None
    variant: str | None = None


@dataclass(frozen=True)
class Rendering:
    """Renders messages, and keeps nothing.

    Attributes:
        records: the mirror.
        renderer: with the organisation's language and fields.
        organisation: addresses and keys.
    """

    records: Records
    renderer: Renderer
    organisation: Organisation

    async def step(
        self, connection: Connection, version: Version, step_id: str, recipient: Recipient, now: datetime
    ) -> Rendered:
        """Renders the message of a step.

        Args:
            connection: only read.
            version: published or not.
            step_id: of a step that sends.
            recipient: the person, and the placement it is about.
            now: UTC; the date on the mail.

        Raises:
            NotFoundError: no such step, variant, person or placement.
            RefusedError: the step sends nothing, the placement is another's, or the person cannot be reached.
            TemplateError: a field has no value and the template no default.
        """
        step = version.step(step_id)
        channel = step.channel
        if channel == Channel.ACTION:
            raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"step: {step_id} sends nothing; it has only actions")
        context = await self._context(connection, version, recipient, now)
        wording = await _wording(connection, context, step, recipient.variant)
        step = settled_on(step, wording)
        problem = address_problem(context.view, channel, self.organisation.phone_region)
        if problem is not None:
            raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"{problem}: nothing would be sent")
        composer = Composer(self.renderer, self.organisation)
        message = await composer.compose(connection, context, step, now, ())
        if not CHANNELS[channel].mail_like:
            return replace(_text(context, step, message, self.organisation), variant=wording.variant)
        opened = _first_mail(version)
        thread = (
            None
            if opened is None or opened.id == step.id
            else await composer.compose(connection, context, opened, now, ())
        )
        rendered = _mail(context, step, message, thread.subject if thread else None)
        return replace(rendered, variant=wording.variant)

    async def _context(
        self, connection: Connection, version: Version, recipient: Recipient, now: datetime
    ) -> RunContext:
        person, record = recipient.person, recipient.record
        kind = version.definition.record
        if kind == "placement" and record is None:
            raise RefusedError(
                RequestRefused.AMBIGUOUS, f"record: {version.sequence} is about placements; choose one with --record"
            )
        view = await self.records.view(connection, kind, record if kind == "placement" and record else person)
        if view.person_id != person:
            raise RefusedError(RequestRefused.WRONG_PERSON, "record: that placement belongs to another person")
        # Links stay as the author wrote them: a tracked one of a mail that was never sent leads nowhere.
        version = replace(version, definition=version.definition.model_copy(update={"tracking": False}))
        rules = version.definition.auto_enroll
        assigned = await self.records.owner(connection, rules.assigned_by if rules else None)
        run = RunRow(
            _PREVIEW,
            _PREVIEW,
            version.sequence,
            version.version,
            kind,
            view.record_id,
            view.person_id,
            view.owner_id,
            (),
            "starting",
            None,
            now,
            0,
        )
        return RunContext(run, version, view, assigned)


async def _wording(connection: Connection, context: RunContext, step: Step, variant: str | None) -> Wording:
    """What is rendered of a step that has variants, or the one thing that it says."""
    if variant is None:
        run = await queries.newest_run(connection, sequence=context.run.sequence, record_id=context.run.record_id)
        found = drawn(step, run) if run is not None else next(iter(wordings(step)), None)
    else:
        found = wording_of(step, variant)
    if found is None:
        names = ", ".join(each.variant for each in wordings(step) if each.variant)
        there = f"its variants are {names}" if names else "it has no variants"
        raise NotFoundError(f"variant: step {step.id} has no variant {variant!r}; {there}")
    return found


def _first_mail(version: Version) -> Step | None:
    return next((step for step in version.definition.steps if step.channel == Channel.EMAIL), None)


def _text(context: RunContext, step: Step, message: Message, organisation: Organisation) -> Rendered:
    cost = segment(message.text) if CHANNELS[message.channel].segmented else None
    warnings = []
    if cost and cost.segments > organisation.sms_segments_warn:
        warnings.append(f"{cost.segments} segments are more than {organisation.sms_segments_warn}; each is billed")
    if cost and cost.outside_gsm7:
        warnings.append(f"characters outside GSM-7 halve the length of a segment: {' '.join(cost.outside_gsm7[:10])}")
    return Rendered(
        **_head(context, step, message),
        headers={},
        text=message.text,
        html=None,
        files=(),
        segments=cost.segments if cost else None,
        encoding=cost.encoding.value if cost else None,
        outside_gsm7=cost.outside_gsm7 if cost else (),
        warnings=tuple(warnings),
    )


def _mail(context: RunContext, step: Step, message: Message, thread: str | None) -> Rendered:
    parsed: EmailMessage = BytesParser(policy=policy.default).parsebytes(message.content)
    headers = {name: str(parsed[name]) for name in ("From", "To", "Reply-To", "Subject")}
    if thread is not None:
        headers["Subject"] = f"Re: {thread}"
    files, html, shown = [], None, {}
    for part in parsed.walk():
        if part.is_multipart():
            continue
        if part.get_content_disposition() is None:
            html = str(part.get_content()).replace("\r\n", "\n") if part.get_content_type() == "text/html" else html
            continue
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        identifier = str(part["Content-ID"] or "").strip("<>")
        files.append(RenderedFile(part.get_filename() or "", part.get_content_type(), len(content), bool(identifier)))
        if identifier:
            shown[identifier] = f"data:{part.get_content_type()};base64,{base64.b64encode(content).decode('ascii')}"
    warnings = tuple(_warnings_of(headers["Subject"], html or "", context, step, thread))
    for identifier, data in shown.items():
        html = (html or "").replace(f"cid:{identifier}", data)
    return Rendered(
        **_head(context, step, message),
        headers=headers,
        text=message.text,
        html=html,
        files=tuple(files),
        segments=None,
        encoding=None,
        outside_gsm7=(),
        warnings=warnings,
    )


def _warnings_of(subject: str, html: str, context: RunContext, step: Step, thread: str | None) -> Iterator[str]:
    if len(subject) > 78:
        yield f"the subject has {number_of(len(subject), 'character')}; most programs show 40 to 70"
    if len(html.encode()) > CLIPPED_AT:
        yield f"the HTML has {len(html.encode()) // 1000} kB; Gmail hides everything after {CLIPPED_AT // 1000}"
    if "<img" in html and 'alt="' not in html:
        yield "an image has no alt text; people who do not load images see nothing"
    own = str(context.version.templates[step.template or ""].get("subject") or "")
    if thread is not None and own and own != context.version.templates[_opening(context)].get("subject"):
        yield "it answers the first mail of the run and has its subject, not the one of its own template"


def _opening(context: RunContext) -> str:
    first = _first_mail(context.version)
    return (first.template or "") if first else ""


def _head(context: RunContext, step: Step, message: Message) -> dict[str, Any]:
    version = context.version
    return {
        "sequence": version.sequence,
        "version": version.version or None,
        "step": step.id,
        "channel": str(message.channel),
        "person": context.view.person_id,
        "to": message.recipient,
        "size": len(message.content),
    }
