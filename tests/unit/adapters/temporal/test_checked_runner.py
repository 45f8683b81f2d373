"""Production runs workflows outside the sandbox; the sandbox has loaded each of them before."""

from __future__ import annotations

import gc
import importlib
import itertools
import random
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import _Definition

from adapters.temporal.checked_runner import CheckedRunner
from benchmarks.cached_runs import asleep, evict
from sequences.errors import WorkflowCodeError
from worker import WORKFLOWS

IMPURE = ("random.random()", "datetime.datetime.now()", "datetime.date.today()")
IN_A_RUN = (*IMPURE, "time.time()", "uuid.uuid4()", "open('/dev/null')", "os.getcwd()", "socket.socket()")
_numbers = itertools.count(1)
Write = Callable[[str, str], type]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Makes a workflow in a file of its own, with code in one place of it."""

    def make(place: str, code: str) -> type:
        inside = {each: code if each == place else "pass" for each in ("import", "init", "run")}
        name = f"impure_{next(_numbers)}"
        (tmp_path / f"{name}.py").write_text(
            dedent(
                f"""
                import datetime, os, random, socket, time, uuid
                from temporalio import workflow

                {inside["import"]}

                @workflow.defn
                class Impure:
                    @workflow.init
                    def __init__(self, state: int) -> None:
                        {inside["init"]}

                    @workflow.run
                    async def run(self, state: int) -> None:
                        {inside["run"]}
                        await workflow.sleep(60)
                """
            )
        )
        monkeypatch.syspath_prepend(tmp_path)
        found: type = importlib.import_module(name).Impure
        return found

    return make


async def prepare(workflow: type) -> None:
    """As a worker does when it is made: where an event loop runs."""
    CheckedRunner().prepare_workflow(_Definition.must_from_class(workflow))


@pytest.mark.parametrize("workflow", WORKFLOWS)
async def test_every_workflow_of_ours_is_accepted(workflow: type) -> None:
    await prepare(workflow)


@pytest.mark.parametrize("code", IMPURE)
async def test_code_that_is_impure_when_it_is_loaded_is_refused_at_the_start(write: Write, code: str) -> None:
    words = r"the worker does not start, since the code of Impure breaks a rule of workflows: Cannot access "
    with pytest.raises(WorkflowCodeError, match=words + code.partition("(")[0]):
        await prepare(write("import", code))


# The SDK forgets a run that has failed in the middle of its first task.
@pytest.mark.filterwarnings("ignore:coroutine '_WorkflowInstanceImpl:RuntimeWarning")
@pytest.mark.parametrize("place", ["init", "run"])
@pytest.mark.parametrize("code", IN_A_RUN)
async def test_code_that_is_impure_in_a_run_fails_in_the_sandbox_which_all_tests_use(
    write: Write, place: str, code: str
) -> None:
    """Nothing is run at the start, so it cannot be found there; what reads the source is test_pure_code.py."""
    impure = write(place, code)
    await prepare(impure)
    with pytest.raises(RuntimeError, match=f"Cannot access .*{code.partition('(')[0].rpartition('.')[2]}"):
        await asleep(SandboxedWorkflowRunner(), impure, [1])
    gc.collect()


async def test_a_run_of_ours_sleeps_in_both_alike() -> None:
    for runner in (CheckedRunner(), SandboxedWorkflowRunner()):
        await evict(await asleep(runner))


def generators(instance: WorkflowInstance) -> int:
    return sum(isinstance(each, random.Random) for each in gc.get_referents(vars(instance)))


async def test_a_run_holds_no_generator_of_random_numbers_until_it_asks_for_one() -> None:
    """2.5 KB for each run in the cache. If this fails after an update, the SDK calls it otherwise now."""
    theirs, ours = await asleep(UnsandboxedWorkflowRunner()), await asleep(CheckedRunner())
    assert (generators(theirs), generators(ours)) == (1, 0)
    for each in (theirs, ours):
        await evict(each)


async def test_random_numbers_of_a_run_are_those_of_the_sdk(write: Write) -> None:
    """A history from one runner replays in the other; the seed changes after a reset."""
    asks = "workflow.set_current_details(f'{workflow.random().random()} {workflow.uuid4()}')"
    asking, found = write("run", asks), []
    for runner in (UnsandboxedWorkflowRunner(), CheckedRunner()):
        instance = await asleep(runner, asking, [1])
        generator = vars(instance)["_random"]
        generator.seed(7)
        found.append((vars(instance)["_current_details"], generator.random(), generator.getrandbits(62)))
        await evict(instance)
    assert found[0] == found[1]
