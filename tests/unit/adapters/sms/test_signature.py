import base64
import hashlib
import hmac
from typing import Any

import pytest

from adapters.sms.signature import SIGNATURE_HEADER, SIGNATURE_SETTINGS_HEADER, WebhookVerifier, sign
from sequences.errors import SettingsError

# Twilio's own published example (twilio-python's tests and the security page hold the same values).
BASE = "https://mycompany.com"
PATH = "/myapp.php?foo=1&bar=2"
TOKEN = "12345"
PAIRS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
REPEATED = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
REPEATED_SIGNATURE = "IK+Dwps556ElfBT0I3Rgjkr1wJU="


def verify(
    pairs: Any = PAIRS,
    signature: Any = SIGNATURE,
    path: str = PATH,
    base: str = BASE,
    tokens: Any = (TOKEN,),
    **more: Any,
) -> bool:
    headers = {**({} if signature is None else {SIGNATURE_HEADER: signature}), **more}
    return WebhookVerifier(base, tokens).matches(path, pairs, headers)


def test_twilios_published_vectors() -> None:
    assert sign(BASE + PATH, PAIRS, TOKEN) == SIGNATURE
    assert sign(BASE + PATH, REPEATED, TOKEN) == REPEATED_SIGNATURE
    assert verify()
    assert verify(pairs=REPEATED, signature=REPEATED_SIGNATURE)


@pytest.mark.parametrize(
    ("base", "signature"),
    [
        ("https://mycompany.com:1234", SIGNATURE),
        ("http://mycompany.com:1234", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ],
)
def test_twilio_signs_with_or_without_the_port(base: str, signature: str) -> None:
    assert verify(base=base, signature=signature)


@pytest.mark.parametrize("signature", [None, "", "wrong", SIGNATURE[:-1], SIGNATURE.lower(), "gr\u00fcn"])
def test_a_missing_or_foreign_signature_is_no_proof_and_no_error(signature: Any) -> None:
    assert verify(signature=signature) is False


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/myapp.php?foo=1&bar=3"},
        {"path": "/myapp.php"},
        {"base": "https://internal:8000"},
        {"pairs": [*PAIRS, ("New", "1")]},
        {"pairs": PAIRS[1:]},
        {"pairs": [*PAIRS[1:], ("CallSid", "CA1234567890ABCDE ")]},
        {"tokens": ("54321",)},
    ],
)
def test_whatever_is_changed_breaks_the_signature(changed: dict[str, Any]) -> None:
    assert verify(**changed) is False


def test_the_name_of_a_header_has_no_case() -> None:
    assert WebhookVerifier(BASE, [TOKEN]).matches(PATH, PAIRS, {"x-twilio-signature": SIGNATURE})


def test_both_tokens_are_good_during_a_rotation() -> None:
    assert verify(tokens=("the-new-one", TOKEN))
    assert verify(tokens=(TOKEN, "the-new-one"))


def test_a_base_with_a_prefix_and_a_trailing_slash_is_the_public_url() -> None:
    signature = sign("https://a.example/hooks/twilio/status/s1", PAIRS, TOKEN)

    assert verify(base="https://a.example/hooks/", path="/twilio/status/s1", signature=signature)
    assert not verify(base="https://a.example", path="/twilio/status/s1", signature=signature)


def test_a_shared_key_signs_with_sha256_when_the_settings_header_says_so() -> None:
    text = BASE + PATH + "".join(name + value for name, value in sorted(PAIRS))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha256).digest()).decode()
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"

    assert verify(signature=signature, **{SIGNATURE_SETTINGS_HEADER: settings})
    assert not verify(signature=signature)
    assert not verify(signature=signature, **{SIGNATURE_SETTINGS_HEADER: "key=k,algorithm=HMAC_MD5"})


def test_what_a_stranger_writes_into_the_settings_header_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    assert not verify(**{SIGNATURE_SETTINGS_HEADER: "key=k,algorithm=a-stranger's words"})
    assert caplog.text == ""


def test_an_empty_form_is_signed_by_its_url_alone() -> None:
    assert verify(pairs=[], signature=sign(BASE + PATH, [], TOKEN))


@pytest.mark.parametrize(("base", "tokens"), [("mycompany.com", ("t",)), (BASE, ()), (BASE, ("t", ""))])
def test_settings_that_could_never_verify_are_refused(base: str, tokens: Any) -> None:
    with pytest.raises(SettingsError):
        WebhookVerifier(base, tokens)
