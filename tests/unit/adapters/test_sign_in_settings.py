"""Settings of the identity provider: what is wrong is said when the server starts."""

import pytest

from adapters.sign_in_settings import SignInSettings

WHOLE = {"oidc_issuer": "https://login.example", "oidc_client_id": "relance", "oidc_client_secret": "s3cret"}


def test_it_is_called_by_its_host_or_its_name() -> None:
    assert SignInSettings().oidc_label() == ""
    assert SignInSettings.model_validate(WHOLE).oidc_label() == "login.example"
    assert SignInSettings.model_validate(WHOLE | {"oidc_name": "Agency"}).oidc_label() == "Agency"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"oidc_issuer": "login.example"}, "not an https address"),
        (WHOLE | {"oidc_issuer": "http://login.example"}, "not an https address"),
        (WHOLE | {"oidc_issuer": "https://login.example/?a=b"}, "not an https address"),
        ({"oidc_issuer": "https://login.example"}, "needs RELANCE_OIDC_CLIENT_ID"),
        (WHOLE | {"oidc_client_secret": ""}, "needs RELANCE_OIDC_CLIENT_ID"),
        (WHOLE | {"oidc_roles": "king: all"}, "one of the roles"),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SignInSettings.model_validate(values)
