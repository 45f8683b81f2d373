"""The page of a form that was sent after its session had ended."""

from starter.console.sent_form import KeptForm

TEMPLATE = "screens/signed_out.html"
_FIELDS = {"key": "k1", "words": "Dear <Ann>,\n\nthank you.", "why": "on holiday until May"}
MODELS: dict[str, dict[str, object]] = {
    "words": {
        "viewer": None,
        "sent": KeptForm("/console/inbox/r1/answer", _FIELDS, ("words", "why")),
        "sign_in": "/console/sign-in?next=%2Fconsole%2Finbox",
    }
}
