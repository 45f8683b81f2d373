"""A campaign of faults: ``python -m benchmarks.campaign [--people N] [--faults N] [--minutes M] [--seed N] [FOLDER]``.

People enter several sequences on the local stack, answer, opt out, click and move; meanwhile its parts are killed,
frozen and slowed in turn. Then an independent reader says from the captured messages whether each promise was kept.
Without options it is the long form: 1,000 people and 100 faults. Status 1: a promise was broken. ``--read FOLDER``
judges the folder of an earlier campaign once more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.campaign.evidence import load
from benchmarks.campaign.plan import day_zones
from benchmarks.campaign.reader import Verdict, read
from benchmarks.campaign.report import show
from benchmarks.campaign.run import Campaign, run
from benchmarks.report import at_least_one, options
from sequences.errors import RelanceError


def _options() -> argparse.ArgumentParser:
    parser = options(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--people", type=at_least_one, default=1000, help="how many (1000)")
    parser.add_argument("--faults", type=at_least_one, default=100, help="how many (100)")
    parser.add_argument("--minutes", type=float, default=15.0, help="in which the faults come (15)")
    parser.add_argument("--seed", type=int, default=1, help="of the script (1)")
    parser.add_argument("--read", action="store_true", help="only judge the folder of an earlier campaign")
    parser.add_argument("folder", type=Path, nargs="?", help="where everything is kept; a new or empty one")
    return parser


def main() -> int:
    """Runs a campaign or reads one. Returns 0 only when every promise was kept."""
    parser = _options()
    chosen = parser.parse_args()
    console = Console(stderr=chosen.json)
    now = datetime.now(UTC)
    folder = chosen.folder or Path(".relance") / f"campaign-{now:%Y%m%d-%H%M%S}"
    if chosen.read:
        verdict = read(load(folder))
    else:
        if folder.exists() and any(folder.iterdir()):
            parser.error(f"{folder} is not empty; name a new folder, or judge it with --read")
        if not day_zones(now):
            parser.error("there is no zone in which it is day for hours, so no text could go")
        campaign = Campaign(chosen.people, chosen.faults, chosen.minutes, chosen.seed, folder)
        try:
            verdict = asyncio.run(run(campaign, console))
        except RelanceError as error:
            console.print(f"[bold red]the campaign failed:[/] {error}", highlight=False)
            return 2
        except KeyboardInterrupt:
            console.print(f"stopped; what there was lies in {folder}", highlight=False)
            return 130
    _say(verdict, folder, console, as_json=chosen.json)
    return 0 if verdict.kept else 1


def _say(verdict: Verdict, folder: Path, console: Console, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(verdict.to_json(), indent=1) + "\n")
        return
    show(console, verdict)
    console.print(f"everything is kept in {folder}; its summary.md is for people", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
