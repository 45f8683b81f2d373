"""Everybody outside: the CRM, the people who answer, click and opt out, the mail server that returns mail.

Each hands in what it has as its like does: again and again, until somebody says that it is kept. Every acknowledgement
is noted with its instant.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiosmtplib
import httpx

from adapters.sms.signature import SIGNATURE_HEADER, sign
from benchmarks.campaign.captures import Captured, Texts, mails
from benchmarks.campaign.plan import MAIL_DOMAIN, Input
from benchmarks.campaign.recruiters import BOXES
from benchmarks.campaign.stack import CampaignStack
from starter.demo.people import post_hook
from starter.local.as_person import answer_of
from starter.local.mail_capture import read_mail
from starter.local.stack import SMS_SENDER

ACKNOWLEDGED: Final = "acknowledged.jsonl"
_AGAIN_SECONDS, _AGAIN_AT_MOST_SECONDS = 0.7, 5.0
_AT_ONCE = 50
_LOOK_SECONDS = 0.3
_PATIENCE_SECONDS = 20.0
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
# What says "later"; any other answer from 400 on is final.
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class People:
    """Plays the inputs of a script.

    Attributes:
        problems: inputs that were refused for good.
        messages: what the people have got so far.
        open: inputs that are on their way.
    """

    def __init__(self, stack: CampaignStack, inputs: list[Input], folder: Path) -> None:
        self._stack = stack
        self._by_turn: dict[int, list[Input]] = defaultdict(list)
        self._answers: dict[tuple[str, str, str], list[Input]] = defaultdict(list)
        for each in inputs:
            if each.after is None:
                self._by_turn[each.turn].append(each)
            else:
                self._answers[each.person, *each.after].append(each)
        self._recorded = {each.person: asyncio.Event() for each in inputs}
        self._journal = (folder / ACKNOWLEDGED).open("a", buffering=1)
        # Who waits does so here: a pool looks at all who wait for it at every request, and so costs their square.
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._http = httpx.AsyncClient(
            timeout=_PATIENCE_SECONDS, trust_env=False, limits=httpx.Limits(max_connections=_AT_ONCE)
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._mail_seen = dict.fromkeys(BOXES, "")
        self._texts = Texts(stack.texts_folder / "texts.jsonl")
        self.messages = 0
        self.acknowledged = 0
        self.problems: list[str] = []

    @property
    def open(self) -> int:
        """Inputs on their way."""
        return len(self._tasks)

    async def aclose(self) -> None:
        """Ends whatever is on its way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()
        self._journal.close()

    def turn(self, number: int) -> None:
        """What comes with this fault begins."""
        for each in self._by_turn.pop(number, []):
            self._begin(each, None)

    async def watch(self) -> None:
        """Looks at what arrives, and begins the answers to it; until it is cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Looks once."""
        arrived = [each for box in BOXES for each in await asyncio.to_thread(self._arrived, box)]
        said = await asyncio.to_thread(self._texts.new)
        for message in [*arrived, *said]:
            if message.sequence:
                self.messages += 1
            for each in self._answers.pop((message.person, message.sequence, message.step), []):
                self._begin(each, message)

    def _arrived(self, box: str) -> list[Captured]:
        found = list(mails(self._stack.folder / box, self._mail_seen[box]))
        if found:
            self._mail_seen[box] = found[-1].file
        return found

    def _begin(self, each: Input, message: Captured | None) -> None:
        task = asyncio.create_task(self._hand_in(each, message))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.problems.append(f"the driver failed: {error!r}")

    async def _hand_in(self, each: Input, message: Captured | None) -> None:
        await asyncio.sleep(each.wait)
        if each.kind == "enroll":
            await self._recorded[each.person].wait()
        way = self._way(each, message)
        for copy in range(1, each.copies + 1):
            await self._until_acknowledged(each, copy, way)
        if any(owed[0] == "reach" for owed in each.owes):
            self._recorded[each.person].set()

    async def _until_acknowledged(self, each: Input, copy: int, way: Callable[[], Awaitable[int]]) -> None:
        began, tries, pause = "", 0, _AGAIN_SECONDS
        while True:
            tries += 1
            try:
                async with self._turns:
                    began = began or _now()
                    status = await way()
            except (httpx.HTTPError, aiosmtplib.SMTPException, OSError) as error:
                status = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
                if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
                    status = error.recipients[0].code
            if status and not _later(each, status):
                break
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _AGAIN_AT_MOST_SECONDS)
        line = {
            "input": each.id,
            "copy": copy,
            "began": began,
            "acknowledged": _now(),
            "status": status,
            "tries": tries,
        }
        self._journal.write(json.dumps(line) + "\n")
        self.acknowledged += status < 400
        if status >= 400 and not (each.kind == "enroll" and status == 409):
            self.problems.append(f"{each.kind} {each.id} of {each.person}: {status}")

    def _way(self, each: Input, message: Captured | None) -> Callable[[], Awaitable[int]]:
        match each.kind:
            case "hook":
                return lambda: self._hook(each)
            case "enroll":
                return lambda: self._enroll(each)
            case "stop":
                return lambda: self._text(each, "STOP")
            case "answer" | "opt_out" if each.channel == "sms":
                return lambda: self._text(each, each.words)
        assert message is not None
        match each.kind:
            case "click":
                return lambda: self._click(message)
            case "unsubscribe":
                return lambda: self._unsubscribe(message)
            case "bounce":
                returned = _bounce(message, each.id)
                return lambda: self._mail(returned, "", message.bounces_to)
        answer = answer_of(read_mail(self._stack.folder / message.box, message.file), each.words)
        del answer["Message-ID"]
        answer["Message-ID"] = f"<{each.id}@{MAIL_DOMAIN}>"
        return lambda: self._mail(answer.as_bytes(), str(answer["From"]), str(answer["To"]))

    async def _hook(self, each: Input) -> int:
        answer = await post_hook(self._http, self._stack.url, self._stack.secrets.hook_secret, each.body)
        if answer.status_code == httpx.codes.OK and answer.json()["refused"]:
            self.problems.append(f"hook {each.id} of {each.person}: a change was refused: {answer.text[:300]}")
        return answer.status_code

    async def _enroll(self, each: Input) -> int:
        head = {"Authorization": f"Bearer {self._stack.secrets.bearer_token}"}
        return (await self._http.post(f"{self._stack.url}/enrollments", json=each.body, headers=head)).status_code

    async def _text(self, each: Input, words: str) -> int:
        """As Twilio hands in a person's text: by a signed form, the same MessageSid at each try."""
        url = f"{self._stack.url}/twilio/inbound"
        form = {
            "AccountSid": self._stack.secrets.twilio_account_sid,
            "MessageSid": f"SM{hashlib.sha256(each.id.encode()).hexdigest()[:32]}",
            "From": f"+4474001{int(each.person[1:]):05d}",
            "To": SMS_SENDER,
            "Body": words,
            "NumMedia": "0",
        }
        signature = sign(url, form.items(), self._stack.secrets.twilio_auth_token)
        return (await self._http.post(url, data=form, headers={SIGNATURE_HEADER: signature})).status_code

    async def _click(self, message: Captured) -> int:
        # One address that follows the links of many is a scanner.
        number = int(message.person[1:])
        head = {
            "User-Agent": _BROWSER,
            "X-Forwarded-For": f"198.{18 + number // 65_536}.{number // 256 % 256}.{number % 256}",
        }
        return (await self._http.get(message.link, headers=head, follow_redirects=False)).status_code

    async def _unsubscribe(self, message: Captured) -> int:
        """RFC 8058, as mail programs do."""
        return (await self._http.post(message.unsubscribe, data={"List-Unsubscribe": "One-Click"})).status_code

    async def _mail(self, content: bytes, sender: str, recipient: str) -> int:
        port = int(self._stack.environment["RELANCE_INBOUND_PORT"])
        # aiosmtplib never checks who it talks to by itself.
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=_PATIENCE_SECONDS)
        async with client:
            await client.sendmail(sender, [recipient], content)
        return 250


_BY_MAIL: Final = frozenset({"answer", "opt_out", "bounce"})


def _later(each: Input, status: int) -> bool:
    """Mail servers say 4xx for "later", web servers 5xx, 429 and the like."""
    if each.channel == "email" and each.kind in _BY_MAIL:
        return 400 <= status < 500
    return status in _LATER


def _bounce(message: Captured, ident: str) -> bytes:
    """RFC 3464: the address does not exist."""
    recipient = f"{message.person}@{MAIL_DOMAIN}"
    report = (
        f"From: MAILER-DAEMON@{MAIL_DOMAIN}\nTo: {message.bounces_to}\nSubject: Undelivered Mail Returned to Sender\n"
        f"Message-ID: <{ident}@{MAIL_DOMAIN}>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n<{recipient}>: 550 5.1.1 unknown user\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.people.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message.key}\nTo: {recipient}\n--b--\n"
    )
    return report.replace("\n", "\r\n").encode()


def _now() -> str:
    return datetime.now(UTC).isoformat()
