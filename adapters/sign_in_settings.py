"""How users of the console sign in, besides links and passkeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from sequences.access.groups import parse_group_roles
from sequences.errors import SettingsError

if TYPE_CHECKING:
    from sequences.access.groups import GroupRoles

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class SignInSettings(BaseModel):
    """The identity provider (OpenID Connect), and what asks once more who it is."""

    oidc_issuer: str = Field(
        default="", description="Issuer of the identity provider for the console; empty: there is none."
    )
    oidc_client_id: str = Field(default="", description="The client that it knows us as.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), validate_default=True, description="The secret of that client."
    )
    oidc_name: str = Field(default="", max_length=40, description="Its name on the sign-in page; empty: its host.")
    oidc_roles: str = Field(
        default="",
        description="Roles by groups of the identity provider, such as admin: relance-admins, lead: team-leads.",
    )
    oidc_groups_claim: str = Field(default="groups", description="The claim that holds a user's groups.")
    confirm_above: int = Field(
        default=200, ge=0, description="People above which publishing and approving ask who it is once more."
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _an_issuer(cls, value: str) -> str:
        value = value.strip()
        address = urlsplit(value)
        if value and not (is_safe_address(value) and not address.query and not address.fragment):
            raise ValueError("not an https address such as https://login.agency.example/realms/agency")
        return value

    @field_validator("oidc_client_secret")
    @classmethod
    def _whole(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("oidc_issuer") and not (value.get_secret_value() and info.data.get("oidc_client_id")):
            raise ValueError("RELANCE_OIDC_ISSUER needs RELANCE_OIDC_CLIENT_ID and RELANCE_OIDC_CLIENT_SECRET")
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _readable_roles(cls, value: str) -> str:
        try:
            parse_group_roles(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    def group_roles(self) -> GroupRoles:
        """Which group gives which role."""
        return parse_group_roles(self.oidc_roles)

    def oidc_label(self) -> str:
        """What the sign-in page calls the identity provider; empty: there is none."""
        return self.oidc_name or urlsplit(self.oidc_issuer).hostname or ""


def is_safe_address(address: str) -> bool:
    """Whether secrets may be sent there: by TLS, or on this machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
