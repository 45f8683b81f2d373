"""Whether assistants may come in by the Model Context Protocol, and by which names of our hosts."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, Field, field_validator

_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:(\d{1,5}|\*))?")


class McpSettings(BaseModel):
    """Tools for assistants at ``/mcp``."""

    mcp: bool = Field(
        default=False, description="Serve tools for assistants (MCP) at /mcp; they act by tokens of the API."
    )
    mcp_hosts: str = Field(
        default="",
        description="More hosts, besides that of RELANCE_PUBLIC_URL, by which /mcp is reached or whose pages may ask "
        "it, such as assistants.agency.example, localhost:6274.",
    )

    @field_validator("mcp_hosts")
    @classmethod
    def _hosts(cls, value: str) -> str:
        for name in _split(value):
            if _HOST.fullmatch(name) is None:
                raise ValueError("not a host such as assistants.agency.example or localhost:6274")
        return value

    def mcp_host_names(self) -> tuple[str, ...]:
        """Those hosts."""
        return tuple(_split(self.mcp_hosts))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
