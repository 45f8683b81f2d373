"""What is known of a mailbox that sends by HTTP, without its secret."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from adapters.sign_in_settings import is_safe_address

_ONLY_FOR_TESTS: Final[dict[str, JsonValue]] = {"only_for_tests": True}
"""Of what no form asks for."""


class _AtProvider(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("base_url", check_fields=False)
    @classmethod
    def _safe(cls, value: str) -> str:
        if value and not is_safe_address(value):
            raise ValueError("not an https address")
        return value


class GmailMailbox(_AtProvider):
    """The Gmail API. Its owner connects it at Google."""

    base_url: str = Field(
        default="https://gmail.googleapis.com",
        description="Another one only for tests.",
        json_schema_extra=_ONLY_FOR_TESTS,
    )


class GraphMailbox(_AtProvider):
    """Microsoft Graph. Its owner connects it at Microsoft."""

    base_url: str = Field(
        default="https://graph.microsoft.com",
        description="Another one only for tests.",
        json_schema_extra=_ONLY_FOR_TESTS,
    )
    drafts: bool = Field(
        default=True, description="Make a draft first, so that the Message-ID is known; false: sendMail in one request."
    )


class MailgunMailbox(_AtProvider):
    """A domain at Mailgun."""

    base_url: str = Field(default="https://api.mailgun.net", description="https://api.eu.mailgun.net for Europe.")
    domain: str = Field(min_length=3, max_length=253, description="The domain at Mailgun that mail leaves from.")


class PostmarkMailbox(_AtProvider):
    """A server at Postmark."""

    base_url: str = Field(
        default="https://api.postmarkapp.com",
        description="Another one only for tests.",
        json_schema_extra=_ONLY_FOR_TESTS,
    )
    stream: str = Field(default="outbound", max_length=100, description="The message stream.")


class SendGridMailbox(_AtProvider):
    """An account at SendGrid."""

    base_url: str = Field(default="https://api.sendgrid.com", description="https://api.eu.sendgrid.com for Europe.")


class SesMailbox(_AtProvider):
    """An account at Amazon SES, in one region."""

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="Such as eu-west-1.")
    access_key_id: str = Field(min_length=16, max_length=128, description="Of a user or role that may ses:SendEmail.")
    configuration_set: str = Field(default="", max_length=64, description="Its name; empty: none.")
    bounces_to_us: bool = Field(
        default=False, description="Bounces go to our signed address, whose domain is verified at SES, too."
    )
    base_url: str = Field(default="", description="Empty: that of the region.", json_schema_extra=_ONLY_FOR_TESTS)
