"""One message of a draft to the user who writes it, as ``relance send-test`` sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import CHANNELS, is_channel
from sequences.errors import RefusedError, RequestRefused
from services.sending.send_message_test import MessageTest

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer
    from services.drafts.check_draft import CheckedDraft
    from services.publishing.write_alone import Recipient


@dataclass(frozen=True)
class DraftTest:
    """What a user wants to get.

    Attributes:
        step: id of the step.
        recipient: the person as whom it is written.
        key: the same one again sends nothing more.
    """

    step: str
    recipient: Recipient
    key: str


async def draft_test(connection: Connection, checked: CheckedDraft, viewer: Viewer, wanted: DraftTest) -> MessageTest:
    """The message to be sent: to the user's address, or to the number of the owner that they are linked with.

    Args:
        connection: reads only.
        checked: the draft.
        viewer: who gets it.
        wanted: which message.

    Raises:
        NotFoundError: there is no such step.
        RefusedError: the draft cannot be read, the step sends nothing, or no number of the user is known.
    """
    version = checked.version
    if version is None:
        raise RefusedError(RequestRefused.INVALID, "the draft has an error: correct it before you send a test")
    channel = version.step(wanted.step).channel
    if not is_channel(channel):
        raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"step: {wanted.step} sends nothing; it has only actions")
    to: str | None = viewer.email
    if not CHANNELS[channel].mail_like:
        owners = await queries.owner_contacts(connection)
        to = next((owner.phone for owner in owners if owner.id == viewer.owner_id), None)
    if to is None:
        raise RefusedError(
            RequestRefused.NOT_OWN, "to: no phone number of yours is known; the CRM sends those of owners"
        )
    return MessageTest(f"console:{viewer.user_id}:{wanted.key}", version, wanted.step, wanted.recipient, to)
