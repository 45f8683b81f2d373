"""Every client of HTTPS first reads the authorities of the whole world, for 20 ms of a processor: here it reads one.

No test speaks to a server outside this machine, and those inside have an authority of the test's own, or none.
"""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

_END = "-----END CERTIFICATE-----\n"


def trust_one(folder: Path, patches: pytest.MonkeyPatch) -> None:
    """httpx and ``ssl`` read a file with one authority, also in the processes that a test starts."""
    one = folder / "authority.pem"
    text = Path(certifi.where()).read_text()
    one.write_text(text[text.index("-----BEGIN") :].partition(_END)[0] + _END)
    patches.setenv("SSL_CERT_FILE", str(one))
    patches.setattr(certifi, "where", lambda: str(one))
