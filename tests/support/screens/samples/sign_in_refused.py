"""Why nobody is signed in."""

TEMPLATE = "screens/sign_in_refused.html"
MODELS: dict[str, dict[str, object]] = {
    "dead": {"viewer": None, "title": "This link does not work", "message": "A link works once."}
}
