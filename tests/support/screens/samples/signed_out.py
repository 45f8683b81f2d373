"""The page of a form that was sent after its session had ended."""

TEMPLATE = "screens/signed_out.html"
MODELS: dict[str, dict[str, object]] = {
    "words": {
        "viewer": None,
        "form": {"key": "k1", "words": "Dear <Ann>,\n\nthank you.", "why": "on holiday until May"},
        "words": ["words", "why"],
        "action": "/console/inbox/r1/answer",
        "sign_in": "/console/sign-in?next=%2Fconsole%2Finbox",
    }
}
