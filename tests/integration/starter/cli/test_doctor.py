"""``relance doctor``: what it prints, and how it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.doctor.findings import HealthFinding, HealthSeverity
from starter import doctor

Command = Callable[..., Awaitable[Any]]


def finds(monkeypatch: pytest.MonkeyPatch, *findings: HealthFinding) -> None:
    async def examined(*_: object) -> tuple[HealthFinding, ...]:
        return findings

    monkeypatch.setattr(doctor, "examined", examined)


async def test_only_an_error_is_status_1(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, HealthFinding("disk", "0.5 GB are free", "df -h /", severity=HealthSeverity.WARNING))
    said = await command("doctor")
    assert "0.5 GB are free df -h /" in said
    assert "0 errors; 1 warning; 0 hints" in said
    finds(monkeypatch, HealthFinding("clock", "5 s apart", "timedatectl status"))
    found = await command("doctor", "--json", status=1)
    assert found == {
        "good": False,
        "counts": {"error": 1, "warning": 0, "hint": 0},
        "findings": [
            {"what": "clock", "words": "5 s apart", "command": "timedatectl status", "number": 0, "severity": "error"}
        ],
    }
    finds(monkeypatch)
    assert "nothing is wrong" in await command("doctor")


async def test_settings_that_cannot_be_read_are_the_finding(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_TOKEN_KEYS", "short")
    found = await command("doctor", "--json", status=1)
    [only] = found["findings"]
    assert (only["what"], "RELANCE_TOKEN_KEYS" in only["words"]) == ("settings", True)
    assert "short," not in only["words"]
