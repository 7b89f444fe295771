"""Private memory of a process that reads and prepares a dataset."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

on_linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="/proc/self/status tells RssAnon on Linux only"
)

_PROGRAM = """
import sys
from pathlib import Path
from warmstart.data.prepare import prepare
from warmstart.data.readers import read_dataset

peak, calls = 0, 0
def sample(done, total):
    global peak, calls
    calls += 1
    if calls % 200 == 0 or done == total:
        status = Path("/proc/self/status").read_text()
        peak = max(peak, int(status.split("RssAnon:")[1].split()[0]))

reader, root, size, cache = sys.argv[1:]
dataset = read_dataset("x", reader, Path(root), {})
_, found = prepare(dataset, size=int(size), fit="squash", cache=Path(cache), progress=sample)
print(peak, calls, found.array.nbytes, float(found.array[::1000].mean()))
"""


@dataclass(frozen=True)
class Prepared:
    """What became of a dataset.

    Attributes:
        peak: The most private memory, in kB.
        calls: How often progress was told.
        size: Bytes of the array.
        mean: Of every thousandth image.
    """

    peak: int
    calls: int
    size: int
    mean: float


def prepared(reader: str, root: Path, size: int, cache: Path) -> Prepared:
    arguments = [reader, str(root), str(size), str(cache)]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    peak, calls, array, mean = done.stdout.split()
    return Prepared(int(peak), int(calls), int(array), float(mean))
