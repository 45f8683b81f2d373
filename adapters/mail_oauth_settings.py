"""Our registrations at Google and Microsoft, by which owners connect their mailboxes."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from adapters.oidc_client import OidcRegistration
from adapters.sign_in_settings import is_safe_address

_TENANT: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class MailOAuthSettings(BaseModel):
    """One registration for each provider; a provider without one is not offered."""

    google_client_id: str = Field(
        default="", description="OAuth client at Google by which mailboxes are connected; empty: none are."
    )
    google_client_secret: SecretStr = Field(
        default=SecretStr(""), validate_default=True, description="The secret of that client."
    )
    google_issuer: str = Field(
        default="https://accounts.google.com", description="Issuer of Google's ID tokens; another one only for tests."
    )
    microsoft_client_id: str = Field(
        default="", description="Application (client) ID at Microsoft Entra; empty: no mailboxes are connected there."
    )
    microsoft_client_secret: SecretStr = Field(
        default=SecretStr(""), validate_default=True, description="A secret of that application."
    )
    microsoft_tenant: str = Field(
        default="", validate_default=True, description="Directory (tenant) ID: mailboxes of no other tenant connect."
    )
    microsoft_issuer: str = Field(
        default="", description="Issuer of Microsoft's ID tokens; empty: the tenant's. Another one only for tests."
    )

    @field_validator("google_client_secret", "microsoft_client_secret")
    @classmethod
    def _whole_registration(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        provider = (info.field_name or "").partition("_")[0]
        if info.data.get(f"{provider}_client_id") and not value.get_secret_value():
            name = provider.upper()
            raise ValueError(f"RELANCE_{name}_CLIENT_ID needs RELANCE_{name}_CLIENT_SECRET")
        return value

    @field_validator("microsoft_tenant")
    @classmethod
    def _one_tenant(cls, value: str, info: ValidationInfo) -> str:
        value = value.strip()
        if value and _TENANT.fullmatch(value) is None:
            # common and organizations would take accounts of anybody, whose addresses nobody vouches for.
            raise ValueError("not a Directory (tenant) ID such as 00000000-0000-0000-0000-000000000000")
        if info.data.get("microsoft_client_id") and not value:
            raise ValueError("RELANCE_MICROSOFT_CLIENT_ID needs RELANCE_MICROSOFT_TENANT")
        return value

    @field_validator("google_issuer", "microsoft_issuer")
    @classmethod
    def _a_safe_issuer(cls, value: str) -> str:
        value = value.strip()
        if value and not is_safe_address(value):
            raise ValueError("not an https address")
        return value

    def google_registration(self) -> OidcRegistration | None:
        """What Google knows us as; None: nothing."""
        if not self.google_client_id:
            return None
        secret = self.google_client_secret.get_secret_value()
        return OidcRegistration(self.google_issuer, self.google_client_id, secret, "RELANCE_GOOGLE_ISSUER")

    def microsoft_registration(self) -> OidcRegistration | None:
        """What Microsoft knows us as; None: nothing."""
        if not self.microsoft_client_id:
            return None
        issuer = self.microsoft_issuer or f"https://login.microsoftonline.com/{self.microsoft_tenant.lower()}/v2.0"
        secret = self.microsoft_client_secret.get_secret_value()
        return OidcRegistration(issuer, self.microsoft_client_id, secret, "RELANCE_MICROSOFT_TENANT")
