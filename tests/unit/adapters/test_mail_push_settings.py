"""Google posts to nobody who does not say whose signature counts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.mail_push_settings import MailPushSettings

TOPIC = "projects/agency-mail/topics/relance"
ACCOUNT = "push@agency-mail.iam.gserviceaccount.com"


def test_a_topic_and_its_account() -> None:
    found = MailPushSettings(
        gmail_push_topic=f" {TOPIC} ", gmail_push_account="Push@agency-mail.iam.gserviceaccount.com"
    )
    assert (found.gmail_push_topic, found.gmail_push_account) == (TOPIC, ACCOUNT)
    assert MailPushSettings().gmail_push_topic == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"gmail_push_topic": TOPIC}, "RELANCE_GMAIL_PUSH_TOPIC needs RELANCE_GMAIL_PUSH_ACCOUNT"),
        ({"gmail_push_topic": "relance", "gmail_push_account": ACCOUNT}, "not a topic"),
        ({"gmail_push_topic": "projects/agency/topics/a/b", "gmail_push_account": ACCOUNT}, "not a topic"),
        ({"gmail_push_topic": TOPIC, "gmail_push_account": "push"}, "not an e-mail address"),
    ],
)
def test_what_is_refused(values: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        MailPushSettings(**values)
