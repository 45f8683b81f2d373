"""Runs whose mail went out over a real SMTP server, people who answer it, and owners who are told of that."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from adapters.mail.outgoing.pool import SmtpSettings, Tls
from adapters.mail.outgoing.smtp import SmtpTransport
from adapters.postgres import queries
from adapters.postgres.database import Database
from sequences.replies.way import OwnAddresses
from services.follow_ups.send_owner_mails import NotifyByMail
from services.follow_ups.write_owner_mails import OwnerMails
from services.intake.mail import MailIntake
from services.reactions.handle_reaction import HandleReaction
from services.replies.answer import AnswerAsked, Answering, AnswerWritten
from services.replies.forward_replies import ForwardReplies
from services.replies.send_answers import SendAnswers, Transports
from services.sending.send_waiting import Passing
from starter.local.mail_capture import MailCapture, OpenedMail, list_mail, read_mail
from tests.support.rigs.send import NOW, ORGANISATION, SendRig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.replies.way import RepliesBy
    from sequences.sending.owner_mails import OwnerMailPass
    from services.ports import EmailTransport
    from services.runs.planning import RunContext

LONDON = ZoneInfo("Europe/London")
DANA = "dana@agency.example"


@dataclass
class RepliesRig:
    """One database and one mail server."""

    send: SendRig
    server: MailCapture
    smtp: SmtpTransport
    way: RepliesBy = "forward"
    read_too: tuple[str, ...] = ()
    passes: int = 0
    answers: int = field(default=0)

    @property
    def database(self) -> Database:
        return self.send.database

    @property
    def intake(self) -> MailIntake:
        return MailIntake(self.database, ORGANISATION, lambda: NOW, lambda: None)

    async def execute(self, statement: str, *values: object) -> None:
        async with self.database.statement() as connection:
            await connection.execute(statement, *values)

    async def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        async with self.database.statement() as connection:
            return [dict(row) for row in await connection.fetch(statement, *values)]

    async def written_to(self, sequence: str = "intro") -> tuple[RunContext, OpenedMail]:
        """A run whose mail went out, and that mail as the person has it."""
        if not await self.rows("SELECT 1 FROM sequence_version WHERE sequence = $1", sequence):
            await self.send.publish(sequence)
        context = await self.send.ready(sequence)
        await self.send.send(context, sending=self.send.sending(self.smtp))
        return context, self.mails_to(str(context.view.person["email"]))[-1]

    def mails_to(self, address: str) -> list[OpenedMail]:
        mails = [read_mail(self.server.folder, mail.file) for mail in list_mail(self.server.folder)]
        return [mail for mail in mails if mail.mail.recipient == address]

    def answer(self, mail: OpenedMail, words: str, **more: str) -> EmailMessage:
        """What a person's mail program makes of an answer."""
        self.answers += 1
        answer = EmailMessage()
        answer["From"] = more.get("sender", mail.mail.recipient)
        answer["To"] = str(mail.header("Reply-To"))
        answer["Subject"] = f"Re: {mail.mail.subject}"
        answer["Message-ID"] = f"<answer-{self.answers}@client.example>"
        answer["Date"] = "Tue, 04 May 2027 09:30:00 +0000"
        answer["In-Reply-To"] = mail.mail.message_id
        answer["References"] = " ".join(filter(None, (mail.header("References"), mail.mail.message_id)))
        answer.set_content(f"{words}\n\nOn Monday Dana Owner wrote:\n> Hello Alex\n")
        return answer

    async def receive(self, mail: EmailMessage | bytes, *recipients: str) -> None:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        to = recipients or ((str(mail["To"]),) if isinstance(mail, EmailMessage) else ())
        await self.intake.receive(raw, to)

    async def replies(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM reaction WHERE kind = 'replied' ORDER BY received_at, id")

    async def judge(
        self,
        reaction: str,
        label: str | None = "positive",
        intent: str | None = "interested",
        *,
        held: bool = False,
        opt_out: bool = False,
    ) -> None:
        """As the model and the run do."""
        async with self.database.transaction() as connection:
            await queries.score_reaction(
                connection,
                id=reaction,
                label=label,
                confidence=0.93 if label else None,
                intent=intent,
                opt_out=opt_out,
                held=held,
                reasons=[],
            )
        (row,) = await self.rows("SELECT enrollment_id FROM reaction WHERE id = $1", reaction)
        await HandleReaction(self.database, self.send.planning, self.send.follow_ups).handle(
            row["enrollment_id"], reaction, NOW
        )

    def forwarding(self) -> ForwardReplies:
        own = OwnAddresses.of(ORGANISATION.reply_domain, [ORGANISATION.sender_address, *self.read_too])
        return ForwardReplies(
            database=self.database,
            planning=self.send.planning,
            organisation=ORGANISATION,
            way=self.way,
            own=own,
            zone=LONDON,
        )

    async def pass_over(
        self, minutes: int = 0, email: EmailTransport | None = None, *, replies_only: bool = False
    ) -> OwnerMailPass:
        self.passes += 1
        mails = OwnerMails(self.database, ORGANISATION, time(7, 30), LONDON)
        notifying = NotifyByMail(
            self.database, mails, email or self.smtp, ORGANISATION.sender_address, self.forwarding()
        )
        passing = Passing(NOW + timedelta(minutes=minutes), f"pass-{self.passes}")
        return await notifying.pass_over(passing, replies_only=replies_only)

    async def ask(self, reaction: str, words: str, key: str | None = None, **more: Any) -> AnswerWritten:
        answering = Answering(planning=self.send.planning, organisation=ORGANISATION)
        async with self.database.transaction() as connection:
            asked = AnswerAsked(reaction, words, key, **more)
            return await answering.answer(connection, asked, NOW)

    async def send_answers(self, minutes: int = 0, email: EmailTransport | None = None, sms: Any = None) -> int:
        self.passes += 1
        ways = Transports(email or self.smtp, sms or self.send.wire, self.send.composer.status_url)
        passing = Passing(NOW + timedelta(minutes=minutes), f"pass-{self.passes}")
        return await SendAnswers(self.database, ways).pass_over(passing)

    async def answer_states(self) -> list[tuple[str, str | None]]:
        rows = await self.rows("SELECT state, reason FROM answer ORDER BY number")
        return [(row["state"], row["reason"]) for row in rows]

    async def told(self) -> list[tuple[str, str | None]]:
        rows = await self.rows("SELECT state, reason FROM reply_forwarding ORDER BY reaction_id")
        return [(row["state"], row["reason"]) for row in rows]


@asynccontextmanager
async def replies_rig(database_url: str, folder: Path) -> AsyncIterator[RepliesRig]:
    server = MailCapture(folder / "mail")
    await server.start()
    database = await Database.connect(database_url, max_size=8)
    where: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "source_hostname": "agency.example"}
    smtp = SmtpTransport(SmtpSettings(**where, tls=Tls.NONE, timeout=20, data_timeout=20))
    yield RepliesRig(SendRig(database), server, smtp)
    await smtp.aclose()
    await database.close()
    await server.stop()


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)
