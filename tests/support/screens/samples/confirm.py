"""Once more, who is it?"""

from tests.support.screens.samples.sign_in_passkey import QUESTION
from tests.support.screens.samples.users import ADMIN

TEMPLATE = "screens/confirm.html"
_COMMON: dict[str, object] = {"token": "abc", "question": None, "provider": "", "problem": "", "proved": False}
_POST = {"act": "approve", "path": "/approvals/b1/decide", "form": {"key": "k", "decision": "<page>"}}
_GET = {"act": "export", "path": "/audit.csv?who=u1", "form": None}
MODELS: dict[str, dict[str, object]] = {
    "asked": _COMMON | {"kept": _POST, "question": QUESTION, "provider": "Agency <page>"},
    "refused": _COMMON | {"kept": _GET, "problem": "This is no <page>."},
    "admin": _COMMON | {"kept": _GET, "viewer": ADMIN},
    "proved": _COMMON | {"kept": _POST, "proved": True},
    "proved file": _COMMON | {"kept": _GET, "proved": True},
}
