"""A new passkey."""

from tests.support.screens.samples.sign_in_passkey import QUESTION

TEMPLATE = "screens/passkey_new.html"
MODELS: dict[str, dict[str, object]] = {
    "new": {"question": QUESTION, "problem": ""},
    "refused": {"question": QUESTION, "problem": "This is no <page>."},
}
