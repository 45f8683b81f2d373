"""Which CRM a mapping file means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.crm.bullhorn.crm import BullhornCrm, BullhornLogin
from adapters.crm.hooks.crm import HooksCrm
from adapters.crm.hubspot.crm import HubSpotCrm
from adapters.crm.tracker_rms.crm import TrackerRmsCrm
from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.crm.session import CrmSessions
    from sequences.crm.mapping import CrmMapping


@dataclass(frozen=True)
class CrmSecrets:
    """What a CRM is told of us, from the settings.

    Attributes:
        secret: token, client secret, or the key that signs.
        password: of Bullhorn's API user.
    """

    secret: str = field(repr=False)
    password: str = field(default="", repr=False)


def crm_of(
    mapping: CrmMapping,
    secrets: CrmSecrets,
    sessions: CrmSessions,
    echo: Callable[[str], str],
    clock: Callable[[], datetime],
) -> BullhornCrm | HubSpotCrm | TrackerRmsCrm | HooksCrm:
    """The adapter of a mapping.

    Args:
        mapping: the file.
        secrets: ours.
        sessions: where its session is kept.
        echo: makes the token that comes back in changes which a write led to.
        clock: the wall clock, UTC.

    Raises:
        SettingsError: a secret is missing.
    """
    if not secrets.secret:
        raise SettingsError(f"RELANCE_CRM_SECRET is empty; docs/crm.md says what {mapping.crm} needs there")
    connect = mapping.connect
    match mapping.crm:
        case "hooks":
            assert connect.url is not None, "checked with the file"
            return HooksCrm(connect.url, [secrets.secret.encode()], echo, lambda: clock().timestamp())
        case "hubspot":
            return HubSpotCrm(secrets.secret, clock, connect.url)
        case "tracker_rms":
            return TrackerRmsCrm(secrets.secret, sessions, clock, connect.url, connect.paths)
        case "bullhorn":
            if not secrets.password:
                raise SettingsError("RELANCE_CRM_PASSWORD is empty; it is the password of the API user of Bullhorn")
            assert connect.client_id is not None, "checked with the file"
            assert connect.user is not None, "checked with the file"
            login = BullhornLogin(connect.client_id, secrets.secret, connect.user, secrets.password, connect.url)
            return BullhornCrm(login, sessions, clock, connect.subscription)
