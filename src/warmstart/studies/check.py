"""Damage, copies and leaks in one dataset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from warmstart.core.columns import columns
from warmstart.core.store import write_file
from warmstart.core.text import printable
from warmstart.reports.tables import csv_text
from warmstart.studies.copies import CopySet, copies_sheet, copies_table, copy_sets
from warmstart.studies.findings import (
    Finding,
    of_classes,
    of_copies,
    of_folds,
    of_groups,
    of_images,
    of_parts,
    of_reader,
)
from warmstart.studies.one_dataset import Looked, Step, headline

NAMED = 20
"""Up to so many examples of a finding are printed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Checked:
    """A dataset with what was found in it.

    Attributes:
        looked: The dataset.
        findings: One per check, in the order of checking.
        copies: Images that show the same picture.
    """

    looked: Looked
    findings: tuple[Finding, ...]
    copies: tuple[CopySet, ...]

    @property
    def found(self) -> bool:
        """Whether any check found a fault."""
        return any(finding.state == "found" for finding in self.findings)


def check_one(looked: Looked, cache: Path, *, folds: int, step: Step) -> Checked:
    """Look for damage, copies and leaks in a dataset.

    Args:
        looked: The dataset, decoded once.
        cache: Where the pairs found are kept.
        folds: Folds it will be split into.
        step: Told how far the search for copies is.

    Raises:
        DataError: If the images cannot be compared.
    """
    dataset = looked.dataset
    sets = copy_sets(looked, cache, step)
    findings = (
        of_images(looked),
        *of_reader(dataset),
        *of_classes(looked.usable),
        *of_copies(dataset, sets),
        *of_groups(looked.usable),
        *of_parts(looked),
        of_folds(looked, folds),
    )
    return Checked(looked=looked, findings=findings, copies=sets)


def check_lines(checked: Checked, written: Sequence[Path]) -> Iterator[str]:
    """Say what was found, one row per check, and the verdict in the last line.

    Args:
        checked: What was found.
        written: Files that hold all of it.
    """
    findings = checked.findings
    yield headline(checked.looked.dataset)
    rows = columns([(f.state, f.check, printable(f.text)) for f in findings])
    more = False
    for finding, row in zip(findings, rows, strict=True):
        yield row
        yield from (f"       {printable(example)}" for example in finding.examples[:NAMED])
        if len(finding.examples) > NAMED:
            more = True
            yield f"       ... and {len(finding.examples) - NAMED:,} more"
    yield from (f"Written: {path}" for path in written)
    if not written and (more or checked.copies):
        yield "--out DIR writes everything that was found as tables, and the copies as pictures."
    yield _verdict(checked)


def write_check(checked: Checked, out: Path) -> tuple[Path, ...]:
    """Write every finding and every pair of copies as tables, and draw the pairs.

    Returns:
        The files: ``<name>-findings.csv``, and where there are copies ``<name>-pairs.csv`` and
        ``<name>-pairs.png``.

    Raises:
        StoreError: If the folder cannot be written.
    """
    name = checked.looked.dataset.name
    rows = [
        (finding.check, finding.state, finding.text, example)
        for finding in checked.findings
        for example in finding.examples or ("",)
    ]
    table = pd.DataFrame(rows, columns=["check", "state", "text", "where"])
    files: dict[Path, str | bytes] = {out / f"{name}-findings.csv": csv_text(table)}
    if checked.copies:
        pairs = copies_table(checked.looked.dataset, checked.copies)
        files[out / f"{name}-pairs.csv"] = csv_text(pairs)
        files[out / f"{name}-pairs.png"] = copies_sheet(checked.looked, checked.copies)
    for path, content in files.items():
        write_file(path, content)
    return tuple(files)


def _verdict(checked: Checked) -> str:
    name, count = checked.looked.dataset.name, len(checked.findings)
    faults = [finding.check for finding in checked.findings if finding.state == "found"]
    if not faults:
        return f"{name}: nothing found by {count} checks."
    listed = ", ".join(dict.fromkeys(faults))
    return f"{name}: {len(faults)} of {count} checks found something: {listed}."
