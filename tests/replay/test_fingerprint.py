"""Workflow code has a fingerprint: an edit that could break running enrollments does not go in unnoticed."""

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
STORED = Path(__file__).parent / "fingerprints.json"
PAYLOADS = [
    ROOT / "sequences" / name
    for name in (
        "runs/state.py",
        "runs/bulk.py",
        "runs/command_checks.py",
        "runs/failures.py",
        "runs/run_watch.py",
        "runs/unknown_sends.py",
        "mailboxes/retry.py",
        "auto_enroll/messages.py",
        "sending/owner_mails.py",
        "sending/deliveries.py",
    )
]
FILES = [*sorted((ROOT / "workflows").glob("*.py")), *PAYLOADS]

WHAT_TO_DO = """
The code of {files} has changed in a way that running enrollments may notice.

1. Does it change which commands a workflow gives, or their order (activities, timers, signals, search attributes,
   continue-as-new), or the shape of a payload? Then old histories would no longer replay: keep the old path behind
   workflow.patched("...") (with the step's number in the id when it stands in a loop), and give new fields defaults.
2. Run the stored histories: python -m pytest tests/replay/test_replay.py
3. Record histories of the new path: RELANCE_RECORD_HISTORIES=1 python -m pytest tests/flows
   (store them under new names beside the old ones, never instead of them, once a release is out).
4. Then store the new fingerprint:
   python tests/replay/test_fingerprint.py
"""


def fingerprint(file: Path) -> str:
    """Hash of the code without comments, docstrings and layout."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def all_fingerprints() -> dict[str, str]:
    return {str(file.relative_to(ROOT)): fingerprint(file) for file in FILES}


def test_workflow_code_is_as_it_was_when_its_histories_were_recorded() -> None:
    stored = json.loads(STORED.read_text())
    found = all_fingerprints()
    changed = sorted(name for name in stored.keys() | found.keys() if stored.get(name) != found.get(name))
    assert not changed, WHAT_TO_DO.format(files=", ".join(changed))


def test_comments_and_layout_do_not_count(tmp_path: Path) -> None:
    one, two, three = tmp_path / "a.py", tmp_path / "b.py", tmp_path / "c.py"
    one.write_text('"""Doc."""\nx = 1  # why\n')
    two.write_text('"""Other."""\n\nx = (1)\n')
    three.write_text('"""Doc."""\nx = 2\n')
    assert fingerprint(one) == fingerprint(two) != fingerprint(three)


if __name__ == "__main__":
    STORED.write_text(json.dumps(all_fingerprints(), indent=2) + "\n")
