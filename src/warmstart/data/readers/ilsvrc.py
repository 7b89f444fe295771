"""Files beside the images of ILSVRC-2012: classes of the validation images, words of the synsets.

Kaggle publishes them as text, the original development kit as ``meta.mat`` and a list of numbers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from warmstart.core.text import first_few
from warmstart.data.readers.lines import numbered_lines
from warmstart.data.readers.matlab import read_structs
from warmstart.data.readers.synsets import is_synset
from warmstart.data.readers.table import Table, read_table
from warmstart.errors import DataError

SOLUTION = "LOC_val_solution.csv"
MAPPING = "LOC_synset_mapping.txt"
TRUTH = "ILSVRC2012_validation_ground_truth.txt"
META = "meta.mat"
FILES = (SOLUTION, MAPPING, TRUTH, META)

IMAGE, SYNSET = "ImageId", "PredictionString"
"""Columns of the table of validation images; the second begins with the synset."""
_FIELDS = ("ILSVRC2012_ID", "WNID", "words")
_SHOWN = 5


def validation_table(files: Mapping[str, Path]) -> Table | None:
    """Return the table of validation images, from whichever file is there.

    Raises:
        DataError: If it cannot be read, or has a number that ``meta.mat`` does not know.
    """
    if SOLUTION in files:
        return read_table(files[SOLUTION])
    if TRUTH in files and META in files:
        return _from_numbers(files[TRUTH], files[META])
    return None


def synsets_of(table: Table) -> list[str]:
    """Return the synset of each row of the table of validation images.

    Raises:
        DataError: If a column is missing, or a cell does not begin with a synset.
    """
    found = [cell.split(" ", 1)[0] for cell in table.column(SYNSET)]
    for synset, line in zip(found, table.lines, strict=True):
        if not is_synset(synset):
            raise DataError(
                f"{table.path}, line {line}: {SYNSET} begins with {synset!r}; expected a synset "
                "such as n01440764."
            )
    return found


def words_of(root: Path, synsets: Sequence[str], files: Mapping[str, Path]) -> tuple[str, ...]:
    """Return the words of synsets; the synset itself is added where two have the same words.

    Raises:
        DataError: If no file holds words, or it cannot be read or lacks a synset.
    """
    path = files.get(MAPPING, files.get(META))
    if path is None:
        raise DataError(
            f'{root} holds neither {MAPPING} nor {META}, which names = "words" needs; fetch one of '
            'them, or write names = "wnid".'
        )
    words = dict(_meta(path).values()) if path.name == META else _from_mapping(path)
    unknown = [synset for synset in synsets if synset not in words]
    if unknown:
        raise DataError(
            f"{path} has no words for {first_few(unknown, _SHOWN)}; fetch it again, or write "
            'names = "wnid".'
        )
    count = Counter(words[synset] for synset in synsets)
    return tuple(
        words[synset] if count[words[synset]] == 1 else f"{words[synset]} ({synset})"
        for synset in synsets
    )


def _from_mapping(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line, text in numbered_lines(path):
        synset, _, words = text.partition(" ")
        if not is_synset(synset) or not words.strip():
            raise DataError(
                f"{path}, line {line}: got {text[:60]!r}; expected a synset and its words, such as "
                "'n01440764 tench, Tinca tinca'."
            )
        found[synset] = words.strip()
    return found


def _from_numbers(truth: Path, meta: Path) -> Table:
    """The list of numbers as a table; its n-th line is of the image ending in n."""
    known = _meta(meta)
    cells, lines = [], []
    for line, text in numbered_lines(truth):
        number = int(text) if text.isdecimal() else 0
        if number not in known:
            raise DataError(
                f"{truth}, line {line}: got {text[:20]!r}; expected an ILSVRC2012_ID of {meta}."
            )
        cells.append((f"ILSVRC2012_val_{line:08d}", known[number][0]))
        lines.append(line)
    return Table(truth, (IMAGE, SYNSET), tuple(cells), tuple(lines))


def _meta(path: Path) -> dict[int, tuple[str, str]]:
    """Synset and words by ILSVRC2012_ID."""
    found: dict[int, tuple[str, str]] = {}
    for entry in read_structs(path, "synsets"):
        number, synset, words = (entry.get(name) for name in _FIELDS)
        if not isinstance(number, float | int) or not is_synset(str(synset)) or not words:
            raise DataError(
                f"{path}: got {str(entry)[:80]}; expected a synset with {', '.join(_FIELDS)}. "
                "Fetch it again."
            )
        found[int(number)] = str(synset), str(words)
    return found
