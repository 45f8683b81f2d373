"""What checking a sequence file needs of the settings: no database, no server and no secret has to be named."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator

from adapters.settings_source import read_part
from sequences.errors import SettingsError
from sequences.records.catalogue import Catalogue, FieldType, catalogue, parse_custom_fields


class AuthoringSettings(BaseModel):
    """The part of the settings that ``relance check``, ``fields`` and the like read."""

    custom_fields: str = Field(
        default="", description="Custom fields with their types, such as shirt_size:text, visa_until:date, skills:list."
    )
    topics: str = Field(default="", description="The topics that sequences may name, comma-separated; empty: any.")
    sms_segments_warn: int = Field(
        default=3, ge=1, le=10, description="Segments above which there is a warning about a long SMS."
    )

    @field_validator("custom_fields")
    @classmethod
    def _readable_fields(cls, value: str) -> str:
        try:
            parse_custom_fields(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    def topic_names(self) -> tuple[str, ...]:
        """The topics that there are; empty: any."""
        return tuple(name.strip() for name in self.topics.split(",") if name.strip())

    def custom(self) -> dict[str, FieldType]:
        """The declared custom fields, by name without ``custom.``."""
        return parse_custom_fields(self.custom_fields)

    def catalogue(self) -> Catalogue:
        """The organisation's field catalogue: the built-in fields and the declared ones."""
        return catalogue(self.custom())


def load_authoring_settings() -> AuthoringSettings:
    """Reads them.

    Raises:
        SettingsError: one of them is wrong.
    """
    return read_part(AuthoringSettings)
