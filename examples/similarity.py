"""Are two networks alike after training because they started alike? Transfusion, figures 2 to 4.

python examples/similarity.py demo-results/runs/<key> OTHER_RUN --on IMAGES --out similarity

For each stage and for random sets of its channels it writes the canonical correlation (CCA) of the
two runs at their starts and at their ends, and of each run's end with its own start. Every place of
a map is a row of its own. The drawing puts ends over starts, as figure 4 does.
"""

import argparse
import sys
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warmstart.core.places import cache_folder
from warmstart.embed.activations import activations
from warmstart.errors import DataError
from warmstart.measures import cca
from warmstart.studies.comparing import read_checkpoint
from warmstart.studies.material import sample_of
from warmstart.studies.one_dataset import read_one
from warmstart.studies.run_starts import START, write_start

CHANNELS, PLACES = 64, 20
COLUMNS = ["stage", "draw", "starts", "ends", "first_moved", "second_moved"]
Maps = dict[str, NDArray[np.float32]]


def stages_of(folder: Path, images: Path, most: int) -> tuple[str, Maps]:
    """Return a checkpoint's network and what each of its stages hands on: places x channels."""
    one, cache = read_checkpoint(folder), cache_folder()
    dataset = read_one("folder", images)
    shown = sample_of(dataset, size=one.size, fit=one.fit, most=most, cache=cache).images
    return one.probe.network, activations(one.probe, shown, places=PLACES)


def alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the CCA of two representations; NaN where no channel of one ever answers."""
    try:
        return cca(one, other)
    except DataError:
        return float("nan")


def similarity(runs: list[Path], images: Path, *, most: int, draws: int) -> pd.DataFrame:
    """Compare two runs before and after training: a row per stage and random set of channels."""
    found = [stages_of(place, images, most) for run in runs for place in (run / START, run)]
    if len({network for network, _ in found}) > 1:
        sys.exit("Two runs of one network, please: stages of different networks are no pairs.")
    first, first_end, second, second_end = (maps for _, maps in found)
    rng = np.random.default_rng(0)
    rows = []
    for stage, maps in first.items():
        channels = maps.shape[1]
        for draw in range(draws):
            some = rng.permutation(channels)[:CHANNELS]
            a, a_end, b, b_end = (m[stage][:, some] for m in (first, first_end, second, second_end))
            pairs = ((a, b), (a_end, b_end), (a, a_end), (b, b_end))
            rows.append([stage, draw, *(alike(*pair) for pair in pairs)])
    return pd.DataFrame(rows, columns=COLUMNS)


def drawing(table: pd.DataFrame) -> alt.Chart:
    """Draw a panel per stage: similarity at the end over similarity at the start."""
    scale = alt.Scale(zero=False)
    panel = alt.Chart(table.dropna(), width=180, height=180).mark_point(filled=True)
    return panel.encode(
        x=alt.X("starts:Q", scale=scale, title="CCA before training"),
        y=alt.Y("ends:Q", scale=scale, title="CCA after training"),
        facet=alt.Facet("stage:N", columns=5, sort=list(table["stage"].unique()), title=None),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compare two runs before and after training.")
    parser.add_argument("runs", nargs=2, type=Path, metavar="RUN_FOLDER")
    parser.add_argument("--on", type=Path, required=True, metavar="IMAGES")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("similarity"))
    asked = parser.parse_args()
    for run in asked.runs:
        write_start(run, cache_folder())
    table = similarity(asked.runs, asked.on, most=asked.images, draws=asked.draws)
    asked.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(asked.out / "similarity.csv", index=False)
    drawing(table).save(asked.out / "similarity.svg")
    print(table.groupby("stage", sort=False)[COLUMNS[2:]].mean().round(3).to_string())
