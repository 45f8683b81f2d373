"""The page of an error."""

TEMPLATE = "screens/error.html"
MODELS: dict[str, dict[str, object]] = {"nobody": {"viewer": None, "message": 'There is no <page> "of" that name.'}}
