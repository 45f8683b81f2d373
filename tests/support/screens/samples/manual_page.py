"""A page of the documentation; a state for each of them."""

from starter.console.manual_pages import Manual

TEMPLATE = "screens/manual_page.html"
_MANUAL = Manual("/console")
MODELS: dict[str, dict[str, object]] = {name: {"page": _MANUAL.page(name)} for name in sorted(_MANUAL.names)}
