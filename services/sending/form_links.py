"""Links to forms in messages: one for each run and form, written in the transaction that stores the message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.forms import FormVersions
from sequences import ids
from sequences.definition.durations import parse_duration
from sequences.errors import TemplateError
from sequences.tokens import TokenKind, sign

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.organisation import Organisation


def form_url(organisation: Organisation, link: str) -> str:
    """The page of a link."""
    return f"{organisation.public_url}/f/{sign(TokenKind.FORM, link, organisation.key)}"


class FormLinks(Mapping[str, str]):
    """What templates find under ``form``: the link of any form they name.

    Attributes:
        used: form to link, of those that were asked for.
    """

    def __init__(self, organisation: Organisation, enrollment: str) -> None:
        self._organisation = organisation
        self._enrollment = enrollment
        self.used: dict[str, str] = {}

    def __getitem__(self, form: str) -> str:
        """The personal link of the run to a form; whether there is such a form is asked when the message is stored."""
        url = form_url(self._organisation, ids.form_link_id(self._enrollment, form))
        return self.used.setdefault(form, url)

    def __iter__(self) -> Iterator[str]:
        """Those that were asked for."""
        return iter(self.used)

    def __len__(self) -> int:
        """How many were asked for."""
        return len(self.used)


async def require_forms(connection: Connection, forms: tuple[str, ...]) -> None:
    """Checks that each form is published.

    Raises:
        TemplateError: one is not.
    """
    for form in forms:
        if await FormVersions().newest(connection, form) is None:
            raise TemplateError(f"the form '{form}' is not published; publish it with `relance publish FILE`")


async def put_form_links(connection: Connection, enrollment: str, forms: tuple[str, ...], now: datetime) -> None:
    """Makes the links of a message work, in the caller's transaction. A later message makes them work longer."""
    for form in forms:
        newest = await FormVersions().newest(connection, form)
        if newest is None:
            continue  # it was there a moment ago, see require_forms
        await queries.put_form_link(
            connection,
            id=ids.form_link_id(enrollment, form),
            enrollment_id=enrollment,
            form=form,
            version=newest.version,
            at=now,
            expires_at=parse_duration(newest.definition.valid_for).after(now),
        )
