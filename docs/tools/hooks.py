"""What mkdocs asks while it builds the site: pages made from the code, and the pages that live at the root."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from reference import pages  # noqa: E402

FROM_ROOT = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"} | {
    "SECURITY.md": "reporting.md"
}
_LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are no files of ``docs/``."""
    for name, text in pages():
        files.append(File.generated(config, name, content=text))
    for source, name in FROM_ROOT.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Links between ``docs/`` and the root lead to pages of the site; what has no page is named without a link."""
    at_root = page.file.src_uri in FROM_ROOT.values()

    def moved(match: re.Match[str]) -> str:
        target, anchor = match["target"], match["anchor"] or ""
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        path = target if at_root else f"docs/{target}"
        path = path.replace("docs/../", "")
        uri = FROM_ROOT.get(path) or path.removeprefix("docs/")
        return f"[{match['words']}]({uri}{anchor})" if files.get_file_from_path(uri) else f"`{path}`"

    return _LINK.sub(moved, markdown)
