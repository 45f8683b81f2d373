"""The simulator and a short way to write sequences for it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sequences.definition.model import SequenceDefinition
from tests.support.simulator import START, Person, Record, Simulation, day


@pytest.fixture(scope="session")
def sim() -> SimpleNamespace:
    """The simulator's parts, for modules that cannot import this one."""
    return SimpleNamespace(Simulation=Simulation, Person=Person, Record=Record, day=day, START=START)


@pytest.fixture(scope="session")
def sequence() -> Callable[..., SequenceDefinition]:
    """A sequence from the few keys that matter: its rules, what it writes on which day, when it sends."""

    def make(
        name: str,
        rules: Any = None,
        *,
        writes: tuple[Any, ...] = (),
        sends: tuple[Any, ...] = (),
        enrolls: tuple[Any, ...] = (),
        record: str = "person",
        **keys: Any,
    ) -> SequenceDefinition:
        steps: list[tuple[int, dict[str, Any]]] = [(days, {"do": [{"set_field": fields}]}) for days, fields in writes]
        steps += [(days, {"email": "a/b"}) for days in sends]
        steps += [(days, {"do": [{"enroll": target}]}) for days, target in enrolls]
        steps.sort(key=lambda step: step[0])
        made = [
            {"id": f"s{number}", "when": f"{days} days after enrollment", **does}
            for number, (days, does) in enumerate(steps or [(0, {"do": [{"notify": "owner"}]})])
        ]
        rest = {"auto_enroll": rules} if rules else {}
        return SequenceDefinition.model_validate(
            {
                "sequence": name,
                "name": name,
                "record": record,
                "steps": made,
                "reaction_period": "0 days",
                **rest,
                **keys,
            }
        )

    return make
