"""Did it go out?"""

from tests.support.screens.samples.unknown import OTHER, SEND

TEMPLATE = "screens/unknown_settle.html"
MODELS: dict[str, dict[str, object]] = {
    "sent": {"send": SEND, "what": "sent"},
    "not_sent": {"send": SEND, "what": "not_sent"},
    "resend": {"send": OTHER, "what": "not_sent"},
}
FRAGMENTS = ("dialog",)
