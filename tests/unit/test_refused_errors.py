"""Every refusal has a reason for programs: one of two tables that share no word."""

from __future__ import annotations

import ast
import copy
import pickle
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from adapters.temporal.client_calls import refusal_in
from sequences.auto_enroll.messages import Refused
from sequences.errors import RefusedError, RequestRefused

ROOT = Path(__file__).parents[2]
ROOMS = ("sequences", "services", "adapters", "activities", "starter", "workflows")


def test_the_two_tables_share_no_word() -> None:
    assert not set(Refused) & set(RequestRefused)


@pytest.mark.parametrize("room", ROOMS)
def test_every_refusal_names_a_reason_of_the_tables(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("RefusedError", "UnclearError"):
                reason = ast.unparse(node.args[0])
                # Handed on: what came through Temporal, and a refusal to enter.
                known = reason.startswith(("RequestRefused.", "Refused.", "*refusal_in(")) or reason.endswith(".reason")
                assert known, f"{path.relative_to(ROOT)}:{node.lineno}: {reason}"


def test_reason_and_detail_survive_copies_and_temporal() -> None:
    error = RefusedError(RequestRefused.RUN, "the run is over")
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (same.reason, same.detail, str(same), same.permanent) == (
            "run",
            "the run is over",
            "the run is over",
            True,
        )
    told = ApplicationError("the run is over", "run", "the run is over", type="RefusedError")
    assert refusal_in(told, "other") == ("run", "the run is over")
    assert refusal_in(ApplicationError("the run is over", type="RefusedError"), "other") == ("other", "the run is over")
