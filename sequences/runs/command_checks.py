"""What people may ask of a run in which state, and why not. Pure, so that validators of updates may ask it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from sequences.runs.state import Command, CommandKind, Phase, RunState

_MODES = frozenset({"", "shift", "skip", "send_one"})
_OF_STEPS = frozenset({CommandKind.SKIP, CommandKind.SEND_NOW})
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_HIGHEST_VERSION = 2**31 - 1
_BEHIND = "all steps of this run are done"


def refusal_of(state: RunState, command: Command) -> str | None:
    """Why ``command`` makes no sense now, or None. What was asked before is never refused: it is answered again."""
    if command.kind not in set(CommandKind):
        return f"unknown command {command.kind!r}; known are {', '.join(CommandKind)}"
    if command.id in state.answers or command.id in state.seen:
        return None
    if state.phase == Phase.CLOSED:
        return "the run is over"
    if command.kind == CommandKind.RESUME and state.phase != Phase.PAUSED:
        return "the run is not paused"
    if command.kind == CommandKind.PAUSE and state.phase == Phase.REACTING:
        return f"{_BEHIND}; there is nothing left to pause"
    if command.kind == CommandKind.PAUSE:
        return _pause_refusal(command)
    if command.kind == CommandKind.MOVE:
        return _move_refusal(state, command)
    if command.mode not in _MODES:
        return "the mode of a resume is shift, skip or send_one"
    if command.kind in _OF_STEPS:
        return _step_refusal(state, command)
    return None


def pinned(command: Command, state: RunState) -> Command:
    """The command with the step that is next while it is asked: a send under way may make another one the next."""
    if command.kind in _OF_STEPS and not command.step and state.due is not None and state.due.step is not None:
        return replace(command, step=state.due.step)
    return command


def pause_end(command: Command) -> datetime | None:
    """When a pause ends automatically, UTC; None: when somebody resumes.

    Raises:
        ValueError: its mode is no instant.
    """
    if not command.mode:
        return None
    end = datetime.fromisoformat(command.mode)
    if end.tzinfo is None:
        raise ValueError("the end of a pause needs an offset")
    return end.astimezone(UTC)


def _pause_refusal(command: Command) -> str | None:
    try:
        pause_end(command)
    except (ValueError, OverflowError):
        return "the end of a pause is an instant such as 2027-05-04T09:00:00Z"
    return None


def _move_refusal(state: RunState, command: Command) -> str | None:
    if not _NUMBER.fullmatch(command.mode) or int(command.mode) > _HIGHEST_VERSION:
        return "the version to move to is a number from 1"
    if int(command.mode) == state.version:
        return f"the run is already on version {state.version}"
    return None


def _step_refusal(state: RunState, command: Command) -> str | None:
    if state.phase == Phase.STARTING or state.due is None:
        return "the run is just starting; try again in a moment"
    if state.due.step is None:
        return _BEHIND
    if command.kind == CommandKind.SKIP:
        return None
    if state.phase == Phase.PAUSED:
        return "the run is paused; resume it first"
    if command.step not in ("", state.due.step):
        return f"the next step is {state.due.step}; only the next step can be sent now"
    return None
