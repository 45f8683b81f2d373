"""The question before a sequence is archived."""

from dataclasses import replace

from tests.support.screens.samples.sequence import HEAD, NEVER

TEMPLATE = "screens/sequence_archive.html"
FRAGMENTS = ("dialog",)
MODELS = {
    "runs": {"head": HEAD},
    "none": {"head": replace(NEVER, versions=tuple(replace(each, open_runs=0) for each in NEVER.versions))},
}
