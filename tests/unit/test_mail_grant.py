"""Which account may become which mailbox's, and which rights are missing."""

import pytest

from sequences.mail_grant import GrantEnd, GrantRefused, MailAccount, grant_end, refuse_grant, rights_missing

MAILBOX = "Dana@agency.example"


@pytest.mark.parametrize(
    ("claims", "trusts_all", "refused"),
    [
        ({"email": "dana@agency.example", "email_verified": True}, False, None),
        ({"email": "DANA@Agency.Example", "email_verified": "true"}, False, None),
        ({"email": "dana@agency.example"}, False, GrantRefused.NOT_VERIFIED),
        ({"email": "dana@agency.example", "email_verified": False}, False, GrantRefused.NOT_VERIFIED),
        ({"email": "ben@agency.example", "email_verified": True}, False, GrantRefused.WRONG_ACCOUNT),
        ({}, False, GrantRefused.WRONG_ACCOUNT),
        ({"email": None, "email_verified": True}, False, GrantRefused.WRONG_ACCOUNT),
        # Microsoft: no email_verified, and the address may stand in another claim.
        ({"preferred_username": "dana@agency.example"}, True, None),
        ({"email": "other@agency.example", "preferred_username": "dana@agency.example"}, True, None),
        ({"email": "other@agency.example"}, True, GrantRefused.WRONG_ACCOUNT),
    ],
)
def test_only_the_account_of_the_mailbox(
    claims: dict[str, object], trusts_all: bool, refused: GrantRefused | None
) -> None:
    account = MailAccount.of(claims, ("email", "preferred_username"), trusts_all=trusts_all)
    assert refuse_grant(MAILBOX, account) is refused


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ("https://graph.microsoft.com/Mail.Send https://graph.microsoft.com/Mail.ReadWrite openid", 0),
        ("Mail.Send Mail.ReadWrite", 0),
        ("mail.send mail.readwrite", 0),
        (None, 0),
        ("Mail.Send", 1),
        ("", 2),
    ],
)
def test_rights_are_compared_by_name(granted: str | None, missing: int) -> None:
    asked = ["https://graph.microsoft.com/Mail.Send", "https://graph.microsoft.com/Mail.ReadWrite", "offline_access"]
    assert len(rights_missing(asked, granted)) == missing


def test_the_right_of_google_is_an_address_with_a_slash_at_its_end() -> None:
    assert not rights_missing(["https://mail.google.com/"], "openid https://mail.google.com/")
    assert rights_missing(["https://mail.google.com/"], "https://www.googleapis.com/auth/gmail.send")


def test_what_ends_a_grant_and_what_is_about_our_registration() -> None:
    assert grant_end("invalid_grant") is GrantEnd.REVOKED
    assert grant_end("interaction_required") is GrantEnd.CONSENT
    for error in ("invalid_client", "unauthorized_client", "invalid_scope", "server_error", ""):
        assert grant_end(error) is None
