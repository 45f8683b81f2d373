"""Sign-in: nobody looks yet."""

TEMPLATE = "screens/sign_in.html"
MODELS: dict[str, dict[str, object]] = {
    "nobody": {"viewer": None, "next": "/console/?a=<page>", "problem": None, "provider": "", "passkeys_here": False},
    "no link": {
        "viewer": None,
        "next": "/console/",
        "problem": "This is not a <page>.",
        "provider": "<page>",
        "passkeys_here": True,
    },
}
