"""What must be true of the two recruiters' mailboxes, and of what the CRM knows at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starter.demo.recruiters import OF_MAX
from starter.local.mail_capture import list_mail, read_mail

if TYPE_CHECKING:
    from starter.demo.expectations import Checking
    from starter.local.mail_capture import OpenedMail

_IN_THREADS = 5
"""Mails that follow an earlier one: two to Dev, one to Eve, two to Ivo."""
_WRITTEN = frozenset({"ada", "ben", "cleo", "dev", "eve", "hana", "ivo"})
"""People who got mails."""
_ENROLLED = _WRITTEN | {"jo"}


async def check_recruiters(checking: Checking) -> None:
    """All of them."""
    _mailboxes(checking)
    await _crm(checking)


def _mailboxes(checking: Checking) -> None:
    for owner, people in (("dana", _WRITTEN - OF_MAX), ("max", OF_MAX)):
        box, name = checking.cast.mailboxes[owner], owner.capitalize()
        sent = [read_mail(box.server.folder, mail.file) for mail in list_mail(box.server.folder)]
        to = {mail.mail.recipient.partition("@")[0] for mail in sent}
        checking.expect(f"{name}: all mails to {name}'s people left from {name}'s mailbox", "mail", to == people, to)
        signed = all(f"{name} Recruiter" in (mail.text or "") for mail in sent)
        own = all(box.address in (mail.header("From") or "") for mail in sent)
        checking.expect(f"{name}: they say so in From, with {name}'s signature", "mail", sent and signed and own)
        if owner == "dana":
            threads = [mail for mail in sent if mail.header("References")]
            stay = len(threads) == _IN_THREADS and _threads_stay(sent)
            checking.expect("Dana: no thread of hers changed its sender", "mail", stay, len(threads))
    settings = {mail.recipient.partition("@")[0] for mail in list_mail(checking.world.stack.mail_folder)} & _WRITTEN
    checking.expect("No mail to them left by the mail server of the settings", "mail", not settings, settings)
    inbox = checking.cast.mailboxes["max"].inbox.folder
    came = [read_mail(inbox, mail.file).header("In-Reply-To") for mail in list_mail(inbox)]
    sent_to_ben = [mail.mail.message_id for mail in checking.cast.mails_to("ben@client.example")]
    checking.expect("Max: Ben's answer lies in his mailbox, and Relance knows it", "mail", came == sent_to_ben, came)


def _threads_stay(sent: list[OpenedMail]) -> bool:
    """What a mail refers to left from the same mailbox."""
    ids = {mail.mail.message_id for mail in sent}
    return all(set((mail.header("References") or "").split()) <= ids for mail in sent)


async def _crm(checking: Checking) -> None:
    crm = checking.cast.crm
    assert crm is not None

    async def written() -> bool:
        status = await checking.world.get("/crm")
        return bool(status["waiting"] == 0 and status["unplanned"] == 0)

    await checking.world.until("everything to be written to the CRM", written)
    ada, ben, dev = (crm.records[person] for person in ("ada", "ben", "dev"))
    checking.expect("CRM: signed writes only, none refused", "CRM", not crm.unsigned and await _none_dead(checking))
    enrolled = {person for person, record in crm.records.items() if any("Added to" in note for note in record.notes)}
    # What concerns a run about a placement is written about the person of it.
    checking.expect("CRM: a note for everybody who was enrolled", "CRM", enrolled == _ENROLLED, sorted(enrolled))
    notes = [note for note in ada.notes if note.startswith("Replied (positive): Please tell me more")]
    checking.expect("CRM: a note with Ada's answer, once", "CRM", len(notes) == 1, ada.notes)
    checking.expect("CRM: a task to call Ada", "CRM", len(ada.tasks) == 1 and "Ada" in ada.tasks[0], ada.tasks)
    checking.expect("CRM: Ben must not be contacted", "CRM", ben.fields.get("do_not_contact") is True, ben.fields)
    checking.expect("CRM: Dev has the status of a dead lead", "CRM", "Dead lead" in dev.fields.values(), dev.fields)


async def _none_dead(checking: Checking) -> bool:
    return bool((await checking.world.get("/crm"))["dead"] == 0)
