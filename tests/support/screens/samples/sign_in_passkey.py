"""Sign-in with a passkey: nobody looks yet."""

from starter.console.passkeys import PasskeyQuestion

TEMPLATE = "screens/sign_in_passkey.html"
QUESTION = PasskeyQuestion('{"challenge": "<page>"}', "abc")
MODELS: dict[str, dict[str, object]] = {
    "asked": {"viewer": None, "question": QUESTION, "next": "/console/?a=<page>", "problem": ""},
    "refused": {"viewer": None, "question": QUESTION, "next": "/console/", "problem": "This is no <page>."},
}
