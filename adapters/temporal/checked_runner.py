"""Runs workflows outside the sandbox, once the sandbox has accepted their code at the start of the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from sequences.errors import WorkflowCodeError

if TYPE_CHECKING:
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
