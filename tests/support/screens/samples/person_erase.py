"""The question before a person is erased."""

from services.privacy.erasure_scope import Erasable

TEMPLATE = "screens/person_erase.html"
FRAGMENTS = ("dialog",)
MODELS = {
    "one": {"who": Erasable("p1", ()), "name": "Ann Ray", "id": "p1", "problem": ""},
    "merged": {"who": Erasable("p1", ("p2", "p3")), "name": "Ann Ray", "id": "p2", "problem": ""},
    "other id": {
        "who": Erasable("p1", ()),
        "name": "Ann Ray",
        "id": "p1",
        "problem": "This is not the id of the person.",
    },
}
