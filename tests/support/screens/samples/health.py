"""Health."""

from datetime import UTC, datetime

from services.doctor.findings import HealthFinding, HealthSeverity

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
FOUND = (
    HealthFinding("Temporal", "no <page> answer", "relance health"),
    HealthFinding("unknown", "", "relance unknown", 2),
    HealthFinding("dead", "", "relance deliveries --dead", 1),
    HealthFinding("mail server", "cannot be used", ""),
    HealthFinding("DNS", "does not answer", severity=HealthSeverity.HINT),
)

TEMPLATE = "screens/health.html"
MODELS: dict[str, dict[str, object]] = {
    "findings": {"found": FOUND, "names": ["Temporal"], "oldest": AT, "temporal_ui": "", "whole": False},
    "everything": {"found": (), "names": [], "oldest": None, "temporal_ui": "", "whole": True},
    "good": {
        "whole": False,
        "found": (),
        "names": ["Postgres", "Temporal"],
        "oldest": None,
        "temporal_ui": "https://temporal.agency.example/namespaces/relance",
    },
}
