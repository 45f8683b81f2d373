"""A link to a form that must not be used any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection


async def revoke_form(connection: Connection, form: str, enrollment: str, now: datetime) -> None:
    """Makes the link of a run to a form stop working; its page says so. What came in by it stays.

    Revoking it again changes nothing.

    Raises:
        NotFoundError: no message of the run had such a link.
    """
    if not await queries.revoke_form_links(connection, enrollment_id=enrollment, form=form, at=now):
        raise NotFoundError(f"no message of {enrollment} has a link to the form {form!r}")
