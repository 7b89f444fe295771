"""Public releases that can be downloaded, and how a study uses them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from warmstart.core.columns import columns
from warmstart.data.releases import Release


def release_lines(releases: Mapping[str, Release]) -> Iterator[str]:
    """Every release: its name, its reader and its address."""
    rows = [("name", "reader", "address")]
    rows += [(release.name, release.reader, release.address) for release in releases.values()]
    yield from columns(rows)


def use_lines(release: Release, file: Path) -> Iterator[str]:
    """Where a release is now, and the lines of a study file that use it."""
    yield f"Downloaded: {file}"
    yield ""
    yield f"[datasets.{release.name}]"
    yield f"reader = {json.dumps(release.reader)}"
    yield f"root = {json.dumps(file.as_posix(), ensure_ascii=False)}"
