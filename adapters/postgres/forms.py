"""Published versions of forms: immutable, like those of sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError
from sequences.forms.definition import FormDefinition, fingerprint

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class FormVersion:
    """One published version."""

    form: str
    version: int
    definition: FormDefinition


class FormVersions:
    """Reads and publishes versions. A version never changes, so each is read and validated once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], FormVersion] = {}

    async def newest(self, connection: Connection, form: str) -> FormVersion | None:
        """The newest version; None when the form was never published."""
        row = await queries.newest_form(connection, form=form)
        return None if row is None else self._remember(row)

    async def get(self, connection: Connection, form: str, version: int) -> FormVersion:
        """One version.

        Raises:
            NotFoundError: it was never published.
        """
        if known := self._known.get((form, version)):
            return known
        row = await queries.form_version_row(connection, form=form, version=version)
        if row is None:
            raise NotFoundError(f"no form {form!r} is published in version {version}")
        return self._remember(row)

    def _remember(self, row: queries.FormVersionRow) -> FormVersion:
        key = (row.form, row.version)
        if key not in self._known:
            self._known[key] = FormVersion(row.form, row.version, FormDefinition.model_validate(row.definition))
        return self._known[key]

    async def publish(
        self, connection: Connection, definition: FormDefinition, at: datetime
    ) -> tuple[FormVersion, bool]:
        """Stores a new version, unless the newest one is the same; says whether it was new. In a transaction."""
        name = definition.form
        await queries.lock_form(connection, form=name)
        newest = await queries.newest_form(connection, form=name)
        mark = fingerprint(definition)
        if newest is not None and newest.fingerprint == mark:
            return self._remember(newest), False
        number = 1 if newest is None else newest.version + 1
        await queries.add_form_version(
            connection,
            form=name,
            version=number,
            definition=definition.model_dump(mode="json"),
            fingerprint=mark,
            published_at=at,
        )
        return FormVersion(name, number, definition), True
