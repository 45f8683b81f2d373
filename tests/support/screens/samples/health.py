"""Health."""

from datetime import UTC, datetime

from services.console.findings import HealthFinding

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
FOUND = (
    HealthFinding("Temporal", "no <page> answer", "relance health"),
    HealthFinding("unknown", "", "relance unknown", 2),
    HealthFinding("dead", "", "relance deliveries --dead", 1),
    HealthFinding("mail server", "cannot be used", ""),
)

TEMPLATE = "screens/health.html"
MODELS: dict[str, dict[str, object]] = {
    "findings": {"found": FOUND, "names": ["Temporal"], "oldest": AT, "temporal_ui": ""},
    "good": {
        "found": (),
        "names": ["Postgres", "Temporal"],
        "oldest": None,
        "temporal_ui": "https://temporal.agency.example/namespaces/relance",
    },
}
