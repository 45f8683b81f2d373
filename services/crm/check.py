"""Whether a mapping file fits the CRM as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.author_messages import did_you_mean
from sequences.errors import CrmRefusedError

if TYPE_CHECKING:
    from collections.abc import Collection

    from sequences.crm.mapping import CrmMapping
    from services.crm.port import Crm


@dataclass(frozen=True)
class CrmCheck:
    """What was found.

    Attributes:
        account: the account that the login belongs to; empty: the CRM does not say.
        problems: what has to be corrected in the mapping file, or in the CRM.
        unknown: kinds of records whose fields cannot be asked for.
    """

    account: str
    problems: tuple[str, ...]
    unknown: tuple[str, ...]


async def check_connection(crm: Crm, mapping: CrmMapping) -> CrmCheck:
    """Signs in, and asks for the fields of every kind of record that the mapping names.

    Raises:
        UnavailableError: the CRM is away, or refuses the login.
    """
    account = await crm.account()
    problems: list[str] = []
    unknown: list[str] = []
    for rule in mapping.read:
        try:
            known = await crm.fields(rule.entity)
        except CrmRefusedError as error:
            problems.append(f"{rule.entity}: it cannot be read there ({error})")
            continue
        if known is None:
            unknown.append(rule.entity)
            continue
        written = [
            path
            for write in mapping.write
            if write.set is not None and write.about == rule.record
            for path in write.set
        ]
        several = sum(other.record == rule.record for other in mapping.read) > 1
        # Of several kinds of people each may have its own: what one of them lacks is written to the others.
        asked = [*rule.paths(), *([] if several else written)]
        problems += [_gone(rule.entity, path, known) for path in dict.fromkeys(asked) if not _is_there(path, known)]
    return CrmCheck(account, tuple(problems), tuple(unknown))


def _is_there(path: str, known: Collection[str]) -> bool:
    return path in known or path.partition(".")[0] in known


def _gone(entity: str, path: str, known: Collection[str]) -> str:
    return f"{entity} has no field `{path}` (any more).{did_you_mean(path, known)}"
