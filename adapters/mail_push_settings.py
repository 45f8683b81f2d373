"""How Google tells of new mail: a topic of Pub/Sub, and the service account that signs its posts."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from sequences.email_address import email_problem

_TOPIC: Final = re.compile(r"projects/[a-z][a-z0-9.:-]{3,60}/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}")


class MailPushSettings(BaseModel):
    """Microsoft needs no settings: it posts to the public URL, when that begins with ``https``."""

    gmail_push_topic: str = Field(
        default="",
        description="Topic of Google's Pub/Sub by which Gmail tells of new mail, such as projects/agency/topics/mail; "
        "empty: mailboxes of Gmail are looked at in turn.",
    )
    gmail_push_account: str = Field(
        default="",
        validate_default=True,
        description="E-mail address of the service account that signs the posts of that topic's subscription.",
    )

    @field_validator("gmail_push_topic")
    @classmethod
    def _a_topic(cls, value: str) -> str:
        value = value.strip()
        if value and _TOPIC.fullmatch(value) is None:
            raise ValueError("not a topic such as projects/agency/topics/mail")
        return value

    @field_validator("gmail_push_account")
    @classmethod
    def _an_account(cls, value: str, info: ValidationInfo) -> str:
        value = value.strip().lower()
        if info.data.get("gmail_push_topic") and not value:
            # Else anybody with an account at Google could post.
            raise ValueError("RELANCE_GMAIL_PUSH_TOPIC needs RELANCE_GMAIL_PUSH_ACCOUNT")
        if value and email_problem(value):
            raise ValueError("not an e-mail address")
        return value
