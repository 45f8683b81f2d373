"""Batches that await approval."""

from datetime import UTC, datetime

from services.console.approvals import Batch
from starter.console.address import Address

AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
BATCH = Batch("b1", "hello", "Hello <page>", 1, "scan", AT, 431, ("Ann <page>", "Bob", "p3"))
_ADDRESS = Address("/console/approvals", {})

TEMPLATE = "screens/approvals.html"
MODELS: dict[str, dict[str, object]] = {
    "some": {"batches": (BATCH,), "address": _ADDRESS},
    "none": {"batches": (), "address": _ADDRESS},
}
