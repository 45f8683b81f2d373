"""Values that fields have already, for whoever writes a condition about them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import UnavailableError
from services.console.looking import looking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Database
    from sequences.records.catalogue import Catalogue

MOST: Final = 100
"""Values of one field."""
SHARED_BY: Final = 2
"""What fewer records have may say who somebody is."""
_LONGEST: Final = "1s"
KEPT_FOR: Final = timedelta(minutes=10)
_OWN: Final = frozenset({"person.company"})
"""Built-in fields of which one record is not enough, as of the organisation's own fields."""


@dataclass
class KnownValues:
    """What all pages of one console offer; read again after ten minutes.

    Attributes:
        catalogue: says of which fields values are offered.
    """

    database: Database
    catalogue: Catalogue
    _found: Mapping[str, tuple[str, ...]] = field(default_factory=dict, init=False)
    _read_at: datetime | None = field(default=None, init=False)

    async def all(self, now: datetime) -> Mapping[str, tuple[str, ...]]:
        """The most frequent values by the name of their field, as far as a sample of the records shows them.

        They are a help and no more: where they cannot be read at the moment there are none.

        Args:
            now: UTC.
        """
        if self._read_at is None or not timedelta() <= now - self._read_at < KEPT_FOR:
            try:
                self._found, self._read_at = await self._read(), now
            except UnavailableError:
                return {}
        return self._found

    async def _read(self) -> Mapping[str, tuple[str, ...]]:
        offered = [each.name for each in self.catalogue.fields.values() if each.offers_values and not each.choices]
        alone = [name for name in offered if not name.startswith("custom.") and name not in _OWN]
        found: dict[str, list[str]] = defaultdict(list)
        async with looking(self.database, _LONGEST) as connection:
            rows = await queries.console_values_of_fields(
                connection, fields=offered, alone=alone, least=SHARED_BY, most=MOST
            )
        for row in rows:
            found[row.field].append(row.value)
        return {name: tuple(values) for name, values in found.items()}
