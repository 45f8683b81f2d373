"""Help: all pages, and what was found in them."""

from starter.console.manual_pages import FoundPart, Manual

TEMPLATE = "screens/manual.html"
_GROUPS = Manual("/console").groups
_FOUND = FoundPart("crm", "The CRM", "part-bullhorn", "Bullhorn <page>", "… Ask for <page> …")
MODELS: dict[str, dict[str, object]] = {
    "all": {"groups": _GROUPS, "asked": "", "found": ()},
    "found": {"groups": _GROUPS, "asked": "<page>", "found": (_FOUND,)},
    "none": {"groups": _GROUPS, "asked": "<page>", "found": ()},
}
