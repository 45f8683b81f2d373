"""The question before a scan."""

TEMPLATE = "screens/rules_scan.html"
FRAGMENTS = ("dialog",)
MODELS: dict[str, dict[str, object]] = {
    "ask": {"name": "New <page>", "sequence": "new-services", "hold_above": 500},
}
