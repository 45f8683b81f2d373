"""What one step would send to one person, through the very code that sends: nothing is stored, nothing goes out."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

from sequences.channels import CHANNELS
from sequences.errors import TemplateError
from sequences.number_words import number_of
from sequences.sms.segments import segment
from services.publishing.write_alone import WriteAlone, first_mail
from services.sending.compose_email import Composer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from email.message import EmailMessage

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version
    from adapters.templates.renderer import Renderer
    from services.organisation import Organisation
    from services.publishing.write_alone import Recipient, WrittenAlone
    from services.sending.compose_email import Draft, Message

CLIPPED_AT = 102_000
"""Bytes of HTML after which Gmail hides the rest of a mail behind a link, the unsubscribe link with it."""


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
class Raw:
    """A message as it is handed over, and what kind of bytes these are."""

    content_type: str
    content: bytes


@dataclass(frozen=True)
class Rendering:
    """Renders messages, and keeps nothing.

    Attributes:
        records: the mirror.
        renderer: with the organisation's language and fields.
        organisation: addresses and keys.
        seal: signs mails; None: they are shown unsigned.
    """

    records: Records
    renderer: Renderer
    organisation: Organisation
    seal: Callable[[bytes], bytes] | None = None

    async def step(
        self, connection: Connection, version: Version, step_id: str, recipient: Recipient, now: datetime
    ) -> Rendered:
        """Renders the message of a step; see ``WriteAlone.write``."""
        return self._rendered(await self._writing.write(connection, version, step_id, recipient, now))

    async def task(
        self, connection: Connection, version: Version, step_id: str, recipient: Recipient, now: datetime
    ) -> str:
        """The title of what a step gives a person to do, with its fields where all have a value.

        Raises:
            NotFoundError: no such step, person or placement.
        """
        task = version.step(step_id).task
        if task is None:
            return ""
        try:
            values = await self._writing.values(connection, version, recipient, now)
            return self.renderer.render_text(task.title, values)
        except TemplateError:
            # It is handed out like this, too.
            return task.title

    async def answer(
        self, connection: Connection, version: Version, template: str, recipient: Recipient, now: datetime
    ) -> Rendered:
        """Renders a message that answers a reaction; see ``WriteAlone.answer``."""
        return self._rendered(await self._writing.answer(connection, version, template, recipient, now))

    async def raw(
        self, connection: Connection, version: Version, step_id: str, recipient: Recipient, now: datetime
    ) -> Raw:
        """The bytes of the message of a step: a whole mail, or the words of a text in UTF-8."""
        message = (await self._writing.write(connection, version, step_id, recipient, now)).message
        mail = CHANNELS[message.channel].mail_like
        return Raw("message/rfc822" if mail else "text/plain; charset=utf-8", message.content)

    def _rendered(self, written: WrittenAlone) -> Rendered:
        message = written.message
        mail = CHANNELS[message.channel].mail_like
        rendered = _mail(message, written.thread) if mail else _text(message, self.organisation)
        return replace(rendered, variant=written.variant)

    @property
    def _writing(self) -> WriteAlone:
        composer = Composer(self.renderer, self.organisation, self.seal)
        return WriteAlone(self.records, composer, self.organisation.phone_region)


def _text(message: Message, organisation: Organisation) -> Rendered:
    cost = segment(message.text) if CHANNELS[message.channel].segmented else None
    warnings = []
    if cost and cost.segments > organisation.sms_segments_warn:
        warnings.append(f"{cost.segments} segments are more than {organisation.sms_segments_warn}; each is billed")
    if cost and cost.outside_gsm7:
        warnings.append(f"characters outside GSM-7 halve the length of a segment: {' '.join(cost.outside_gsm7[:10])}")
    return Rendered(
        **_head(message),
        headers={},
        text=message.text,
        html=None,
        files=(),
        segments=cost.segments if cost else None,
        encoding=cost.encoding.value if cost else None,
        outside_gsm7=cost.outside_gsm7 if cost else (),
        warnings=tuple(warnings),
    )


def _mail(message: Message, thread: str | None) -> Rendered:
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
    warnings = tuple(_warnings_of(headers["Subject"], html or "", message.draft, thread))
    for identifier, data in shown.items():
        html = (html or "").replace(f"cid:{identifier}", data)
    return Rendered(
        **_head(message),
        headers=headers,
        text=message.text,
        html=html,
        files=tuple(files),
        segments=None,
        encoding=None,
        outside_gsm7=(),
        warnings=warnings,
    )


def _warnings_of(subject: str, html: str, draft: Draft, thread: str | None) -> Iterator[str]:
    if len(subject) > 78:
        yield f"the subject has {number_of(len(subject), 'character')}; most programs show 40 to 70"
    if len(html.encode()) > CLIPPED_AT:
        yield f"the HTML has {len(html.encode()) // 1000} kB; Gmail hides everything after {CLIPPED_AT // 1000}"
    if "<img" in html and 'alt="' not in html:
        yield "an image has no alt text; people who do not load images see nothing"
    version = draft.context.version
    own = str(version.templates[draft.step.template or ""].get("subject") or "")
    if thread is not None and own and own != version.templates[_opening(version)].get("subject"):
        yield "it answers the first mail of the run and has its subject, not the one of its own template"


def _opening(version: Version) -> str:
    first = first_mail(version)
    return (first.template or "") if first else ""


def _head(message: Message) -> dict[str, Any]:
    draft = message.draft
    version = draft.context.version
    return {
        "sequence": version.sequence,
        "version": version.version or None,
        "step": draft.step.id,
        "channel": str(message.channel),
        "person": draft.context.view.person_id,
        "to": message.recipient,
        "size": len(message.content),
    }
