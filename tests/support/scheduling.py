"""Which tests stay in one process."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

_WITH_TORCH = ("tests/integration/adapters/sentiment/", "tests/integration/starter/cli/test_sentiment.py")


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]
    """A file is one unit of work; so are those for which each process would import torch and Flair."""

    def _split_scope(self, nodeid: str) -> str:
        return "with torch" if nodeid.startswith(_WITH_TORCH) else super()._split_scope(nodeid)
