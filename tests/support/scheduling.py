"""Which tests stay in one process."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

_TOGETHER = ("tests/integration/adapters/sentiment/",)


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]
    """A file is one unit of work; so is a folder of which each process would import torch and Flair."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in _TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))
