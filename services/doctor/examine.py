"""Looks at everything beside each other: one list of findings, each check with a deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.outage_errors import is_outage
from sequences.errors import RelanceError
from services.doctor.findings import HealthFinding, HealthSeverity

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECONDS: Final = 20.0
_ORDER: Final = tuple(HealthSeverity)
_log = logging.getLogger("relance.doctor")


@dataclass(frozen=True)
class DoctorCheck:
    """One thing to look at.

    Attributes:
        what: its name, that of a finding if it cannot be looked at.
        look: finds what is wrong with it.
        seconds: after which it is given up.
    """

    what: str
    look: Callable[[], Awaitable[Sequence[HealthFinding]]]
    seconds: float = _SECONDS


async def examine(checks: Iterable[DoctorCheck]) -> tuple[HealthFinding, ...]:
    """What all of them find, the worst first. One that cannot look is a finding itself, and ends no other."""
    found = await asyncio.gather(*(_look(check) for check in checks))
    several = [finding for each in found for finding in each]
    return tuple(sorted(several, key=lambda finding: _ORDER.index(finding.severity)))


async def _look(check: DoctorCheck) -> Sequence[HealthFinding]:
    try:
        async with asyncio.timeout(check.seconds):
            return await check.look()
    except TimeoutError:
        words = f"could not be checked: no answer within {check.seconds:.0f} s"
    except RelanceError as error:
        words = f"could not be checked: {error}"
    except Exception as error:  # noqa: BLE001 - what others find is told all the same
        if not is_outage(error):
            # A fault of ours must not hide what the others find; its trace is in the log.
            _log.exception("the check %s failed", check.what)
        words = f"could not be checked ({type(error).__name__})"
    return [HealthFinding(check.what, words, severity=HealthSeverity.WARNING)]
