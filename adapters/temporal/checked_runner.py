"""Runs workflows outside the sandbox, once the sandbox has accepted their code at the start of the worker."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from sequences.errors import WorkflowCodeError

if TYPE_CHECKING:
    from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
    from temporalio.workflow import _Definition


class CheckedRunner(UnsandboxedWorkflowRunner):
    """The runner of production: each workflow's code is loaded once and shared by all its runs.

    In the sandbox every run loads the files of its workflow again, and so does every replay of a run that fell out of
    the cache. This costs several milliseconds and 70 KB each. A rule that is broken while a file is loaded is found
    here. A rule that is broken later, inside a run, is found by the tests, which use the sandbox, and by
    tests/project/test_pure_code.py, which reads the source.
    """

    def prepare_workflow(self, defn: _Definition) -> None:
        """Loads the workflow in the sandbox, once. The SDK calls this for each workflow of a new worker.

        Raises:
            WorkflowCodeError: the sandbox refuses its code.
        """
        try:
            SandboxedWorkflowRunner().prepare_workflow(defn)
        except Exception as error:
            raise WorkflowCodeError(defn.name or defn.cls.__name__, str(error) or type(error).__name__) from error

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A run for the cache, without the generator of random numbers that the SDK makes for each: 2.5 KB of 17."""
        instance = super().create_instance(det)
        # Not public. An SDK that calls it otherwise keeps its own, and a test says so.
        if isinstance(getattr(instance, "_random", None), random.Random):
            vars(instance)["_random"] = _SeededWhenAsked(det.randomness_seed)
        return instance


class _SeededWhenAsked:
    """The run's ``random.Random``, made when something is asked of it: runs of ours never do."""

    __slots__ = ("_made", "_seed")

    def __init__(self, seed: int) -> None:
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Starts from it again, as Temporal asks after a reset."""
        self._seed = seed
        self._made: random.Random | None = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = random.Random(self._seed)
        return getattr(self._made, name)
