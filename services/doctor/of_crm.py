"""The CRM: whether it lets us in and has the fields of the mapping file, and what stands still between it and us."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sequences.errors import CrmAccessError, CrmRefusedError, UnavailableError
from sequences.number_words import number_of
from services.crm.check import check_connection
from services.crm.connected import account_of_others
from services.doctor.findings import HealthFinding, HealthSeverity

if TYPE_CHECKING:
    from datetime import datetime

    from sequences.crm.mapping import CrmMapping
    from sequences.crm.mapping_file import MappingReading
    from services.crm.port import Crm
    from services.crm.status import CrmStatus

WHAT: Final = "CRM"
_CHECK: Final = "relance crm check"
_BEHIND: Final = timedelta(hours=1)


def mapping_of_file(reading: MappingReading) -> list[HealthFinding]:
    """What is wrong with the mapping file by itself: `relance serve` does not start with it."""
    if reading.mapping is not None:
        return []
    return [HealthFinding("CRM mapping", str(each), f"{_CHECK} --offline") for each in reading.problems]


async def asked(crm: Crm, mapping: CrmMapping, account: str | None) -> list[HealthFinding]:
    """Signs in, and asks for the fields that the mapping file names.

    Args:
        crm: the adapter.
        mapping: the file.
        account: the one that the records here are of; None: none was seen yet.
    """
    try:
        found = await check_connection(crm, mapping)
    except CrmAccessError as error:
        return [HealthFinding(WHAT, f"the login is refused: {error}", _CHECK)]
    except (CrmRefusedError, UnavailableError) as error:
        return [HealthFinding(WHAT, f"it cannot be reached: {error}", _CHECK)]
    problems = [HealthFinding("CRM mapping", words, _CHECK) for words in found.problems]
    if account is not None and found.account != account:
        problems.append(HealthFinding(WHAT, account_of_others(), f"{_CHECK} --accept-account"))
    return problems


def standing_still(status: CrmStatus, now: datetime) -> list[HealthFinding]:
    """What `relance serve` could not write or read, as the rows say; nothing is asked of the CRM.

    Args:
        status: of the CRM that the settings name.
        now: UTC.
    """
    found = []
    if status.dead:
        words = f"{number_of(status.dead, 'write')} given up; `relance crm writes --dead` says why"
        found.append(HealthFinding("CRM writes", words, "relance crm retry", status.dead, HealthSeverity.WARNING))
    since = status.read_at or status.looked_at
    if status.problem is not None:
        words = f"`relance serve` cannot use it: {status.problem}"
        found.append(HealthFinding("CRM reading", words, "relance crm sync"))
    elif since is None:
        words = "nothing was ever read of it"
        found.append(HealthFinding("CRM reading", words, "relance serve", severity=HealthSeverity.WARNING))
    elif now - since > _BEHIND:
        words = f"what changed there was last read at {since:%Y-%m-%d %H:%M} UTC"
        found.append(HealthFinding("CRM reading", words, "relance serve"))
    if status.oldest_waiting is not None and status.problem is None and now - status.oldest_waiting > _BEHIND:
        words = (
            f"{number_of(status.waiting, 'write')} wait, the oldest since {status.oldest_waiting:%Y-%m-%d %H:%M} UTC"
        )
        found.append(HealthFinding("CRM writes", words, "relance crm sync", status.waiting, HealthSeverity.WARNING))
    return found
