"""Whom not to contact any more?"""

TEMPLATE = "screens/suppression_add.html"
_KEPT: dict[str, object] = {"written": "", "problem": "", "channels": [("all", "every channel"), ("email", "e-mail")]}
MODELS: dict[str, dict[str, object]] = {
    "asked": _KEPT,
    "refused": {**_KEPT, "written": "<page>", "problem": "this is neither an address nor a number"},
}
FRAGMENTS = ("dialog",)
