"""Settings: how long each class of data is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, field_validator

from sequences.errors import SettingsError
from sequences.retention import DEFAULTS, RetentionClass, parse_period

if TYPE_CHECKING:
    from collections.abc import Mapping


class RetentionSettings(BaseModel):
    """A period for each class, such as ``180 days``, or ``forever``. Part of ``Settings``."""

    retain_raw_mail: str = Field(
        default=DEFAULTS[RetentionClass.RAW_MAIL],
        description="Incoming messages as they came; their words are kept. A period, or forever.",
    )
    retain_bodies: str = Field(
        default=DEFAULTS[RetentionClass.BODIES], description="Words of messages, replies and answers."
    )
    retain_hits: str = Field(
        default=DEFAULTS[RetentionClass.HITS], description="Requests of tracked links, with internet addresses."
    )
    retain_crm_events: str = Field(
        default=DEFAULTS[RetentionClass.CRM_EVENTS], description="Events of the CRM and changes of records."
    )
    retain_deliveries: str = Field(
        default=DEFAULTS[RetentionClass.DELIVERIES], description="The log of tries of webhooks."
    )
    retain_audit: str = Field(default=DEFAULTS[RetentionClass.AUDIT], description="The audit log.")
    retain_people_files: str = Field(
        default=DEFAULTS[RetentionClass.PEOPLE_FILES], description="Uploaded files of people."
    )
    retain_rehearsals: str = Field(default=DEFAULTS[RetentionClass.REHEARSALS], description="Results of rehearsals.")
    retain_jobs: str = Field(default=DEFAULTS[RetentionClass.JOBS], description="Background work that is over.")
    retain_presses: str = Field(
        default=DEFAULTS[RetentionClass.PRESSES], description="Answers of the console for those who press twice."
    )
    retain_sessions: str = Field(
        default=DEFAULTS[RetentionClass.SESSIONS], description="Sessions and sign-in links that are over."
    )

    @field_validator(*(f"retain_{kind}" for kind in RetentionClass))
    @classmethod
    def _retention_period(cls, value: str) -> str:
        try:
            period = parse_period(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return "forever" if period is None else str(period)

    def retention(self) -> Mapping[RetentionClass, str]:
        """The period of each class."""
        return {kind: getattr(self, f"retain_{kind}") for kind in RetentionClass}

    def chosen_periods(self) -> frozenset[RetentionClass]:
        """The classes whose period somebody has written."""
        return frozenset(kind for kind in RetentionClass if f"retain_{kind}" in self.model_fields_set)
