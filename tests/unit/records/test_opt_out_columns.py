"""What other programs call an opt-out, and how its values are read: never passed over, never guessed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.errors import RefusedError
from sequences.records.catalogue import BUILT_IN
from sequences.records.opt_out_columns import DELETED, TARGETS, OptOut, OptOutKind, joined, opt_out_of, read

NAMES = {
    # Salesforce, HubSpot, Bullhorn, Pipedrive, Outreach, Mailchimp, Brevo, Dynamics, Zoho, Pardot, Marketo, Klaviyo
    "HasOptedOutOfEmail": ("flag", "email"),
    "Email Opt Out": ("flag", "email"),
    "hs_email_optout": ("flag", "email"),
    "Unsubscribed from all email": ("flag", "email"),
    "massMailOptOut": ("flag", "email"),
    "Mass Mail Opt-Out": ("flag", "email"),
    "smsOptOut": ("flag", "sms"),
    "marketing_status": ("status", "email"),
    "Opted Out": ("flag", "all"),
    "optedOutAt": ("flag", "all"),
    "Email opted out": ("flag", "email"),
    "Calls opted out": ("flag", "sms"),
    "HasOptedOutOfWhatsApp": ("flag", "whatsapp"),
    "whatsapp_opt_out": ("flag", "whatsapp"),
    "WhatsApp consent status": ("status", "whatsapp"),
    "Opted out of SMS and WhatsApp": ("flag", "all"),
    "WA opt out": ("flag", "all"),
    "UNSUB_TIME": ("flag", "email"),
    "Email Marketing Status": ("status", "email"),
    "MEMBER_STATUS": ("status", "email"),
    "EMAIL_BLACKLISTED": ("flag", "email"),
    "SMS_BLACKLISTED": ("flag", "sms"),
    "Blocklisted": ("flag", "all"),
    "donotbulkemail": ("flag", "email"),
    "DoNotEMail": ("flag", "email"),
    "DoNotCall": ("flag", "sms"),
    "Do Not Contact": ("flag", "all"),
    "do_not_contact": ("flag", "all"),
    "Don't contact": ("flag", "all"),
    "DNC": ("flag", "all"),
    "Subscription status": ("status", "email"),
    "SMS Marketing Consent": ("status", "sms"),
    "Unsubscribed": ("flag", "email"),
    "unsubscribed_at": ("flag", "email"),
    "opt-out": ("flag", "all"),
    "Suppressed": ("flag", "all"),
    "suppress": ("flag", "all"),
    "Désinscrit": ("flag", "email"),
    "Nicht kontaktieren": ("flag", "all"),
    "isDeleted": ("deleted", "all"),
    "deleted": ("deleted", "all"),
    "HasOptedOutOfFax": ("elsewhere", "all"),
    "donotpostalmail": ("elsewhere", "all"),
    # What nobody can read without being told.
    "smsOptIn": ("unclear", "sms"),
    "Accepts Email Marketing": ("unclear", "email"),
    "Opt-out reason": ("unclear", "all"),
    "Unsubscribe link": ("unclear", "email"),
    "GDPR consent": ("unclear", "email"),
}
OTHERS = (
    "Status",
    "Source",
    "Notes",
    "Text",
    "Message",
    "Contact",
    "Contact owner",
    "Newsletter",
    "Optional",
    "Drop out",
    "Company",
    "Mobile",
    "Last contacted",
    "Blocks",
    "Stop date",
    "Call notes",
    "Output",
    "Subscriber id",
    "Options",
    "Email",
    "Start date",
    "Not interested",
    "Direct mail",
)


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_the_names_of_crms_and_mail_tools_are_known(name: str, expected: tuple[str, str]) -> None:
    found = opt_out_of(name)
    assert found is not None
    assert (found.kind.value, found.channel if found.kind is not OptOutKind.ELSEWHERE else "all") == expected


@pytest.mark.parametrize("name", [*OTHERS, *(word for field in BUILT_IN for word in (field.name, field.label))])
def test_other_names_are_none(name: str) -> None:
    assert opt_out_of(name) is None


FLAG, STATUS = OptOut(OptOutKind.FLAG, "email"), OptOut(OptOutKind.STATUS, "email")


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        *((FLAG, yes, "email") for yes in (True, 1, 1.0, "1", " TRUE ", "Yes", "x", "Opted-Out", "opted_out", "Ja")),
        *((FLAG, when, "email") for when in ("2027-05-04", "2027-05-04T10:00:00Z", "04/05/2027 10:11", "4 May 2027")),
        *((FLAG, no, None) for no in (False, None, 0, "0", "", " ", "No", "FALSE", "n/a", "never", "0000-00-00")),
        (FLAG, "sms", "sms"),
        (FLAG, "all", "all"),
        (FLAG, "email; sms", "all"),
        (FLAG, "e-mail", "email"),
        (STATUS, "unsubscribed", "email"),
        (STATUS, "no_consent", "email"),
        (STATUS, "Cleaned", "email"),
        (STATUS, "NEVER_SUBSCRIBED", "email"),
        (STATUS, "subscribed", None),
        (STATUS, "", None),
        (STATUS, "archived", None),
        (STATUS, "Verified", None),
        (OptOut(OptOutKind.DELETED), "true", DELETED),
        (OptOut(OptOutKind.DELETED), "2027-05-04", DELETED),
        (OptOut(OptOutKind.DELETED), "false", None),
        (TARGETS["opt_in.sms"], "no", "sms"),
        (TARGETS["opt_in.sms"], "yes", None),
        (TARGETS["opt_in.sms"], "", None),
    ],
)
def test_values_are_read_as_they_are_meant(column: OptOut, value: object, says: str | None) -> None:
    assert read(column, value) == says


@pytest.mark.parametrize("column", [FLAG, STATUS, OptOut(OptOutKind.DELETED), TARGETS["opt_in.all"]])
@pytest.mark.parametrize("value", ["maybe", "ask Dana", "?", "2", "jo@client.example"])
def test_a_value_that_nobody_can_read_is_refused_and_not_quoted(column: OptOut, value: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read(column, value)
    assert value not in str(caught.value) or len(value) == 1


@given(st.text(max_size=60), st.sampled_from(sorted(TARGETS)), st.text(max_size=30))
def test_any_text_is_read_or_refused(name: str, target: str, value: str) -> None:
    opt_out_of(name)
    with contextlib.suppress(RefusedError):
        assert read(TARGETS[target], value) in (None, "email", "sms", "all", DELETED)


@pytest.mark.parametrize(
    ("channels", "one"),
    [(set(), None), ({"email"}, "email"), ({"email", "sms"}, "all"), ({"sms", "all"}, "all"), ({DELETED}, None)],
)
def test_several_channels_are_all_of_them(channels: set[str], one: str | None) -> None:
    assert joined(channels) == one
