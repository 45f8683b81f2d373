"""What the Temporal UI shows of a run: markdown without personal data."""

from __future__ import annotations

from sequences.runs.state import Phase, RunState


def details_of(state: RunState) -> str:
    """Where the run is, what is next and why, as markdown for ``set_current_details``."""
    lines = [
        f"**{state.sequence}** version {state.version}, record `{state.record}`, enrollment `{state.enrollment}`",
        "",
    ]
    due = state.due
    if state.phase == Phase.CLOSED and due is not None:
        lines.append(f"Over: **{due.state}** ({due.reason})")
    elif state.phase == Phase.PAUSED:
        until = f"until {state.paused_until:%Y-%m-%d %H:%M} UTC" if state.paused_until else "until it is resumed"
        lines.append(f"**Paused** {until}: {state.pause_reason}")
    elif state.blocked:
        lines.append("**Blocked**: a reaction waits to be handled, nothing is sent meanwhile")
    elif due is not None and due.step is not None and due.at is not None:
        lines.append(f"Next: **{due.step}** at {due.at:%Y-%m-%d %H:%M} UTC ({due.why})")
    elif due is not None and due.step is not None:
        lines.append(f"Waits for day zero: **{due.step}** has no date yet ({due.why})")
    elif due is not None and due.at is not None:
        lines.append(f"All steps are done; reactions count until {due.at:%Y-%m-%d %H:%M} UTC")
    lines.append("")
    lines.append(f"Steps taken: {state.steps_taken}. Reactions waiting: {len(state.reactions)}.")
    return "\n".join(lines)


def timer_summary(state: RunState) -> str:
    """What the run's timer waits for, in a word or two."""
    if state.phase == Phase.PAUSED:
        return "paused"
    return state.due.step if state.due and state.due.step else "reaction period"
