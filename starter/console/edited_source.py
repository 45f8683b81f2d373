"""The sequence file that a form of the editor changes: that of the draft, as the form's page showed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.drafts.draft import SavedBy
from services.drafts.edit_source import SourceEdits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.access.viewer import Viewer
    from starter.http.dependencies import Ways


def edited_source(ways: Ways, viewer: Viewer, name: str, form: Mapping[str, str]) -> SourceEdits:
    """Where the change of a form is saved, by its viewer, unless another text is there by now (``mark``)."""
    return SourceEdits(ways.enrolling.versions, name, form.get("mark", ""), SavedBy(viewer.user_id, ways.clock()))
