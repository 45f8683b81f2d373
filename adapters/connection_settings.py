"""Where Postgres is, and what its migrations ask: all that a process needs to take part."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ConnectionSettings(BaseModel):
    """The part of the settings that every process with a database reads. Temporal's are those of its SDK."""

    database_url: str = Field(repr=False, description="postgresql://user:password@host:port/database")
    phone_region: str = Field(
        default="GB",
        min_length=2,
        max_length=2,
        description="Country (two letters) in which phone numbers without a country code are read.",
    )
