"""The card of a run: what it is, and how to open it without Warmstart."""

import re
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

_MARKUP = re.compile(r"[\\`*\[\]|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Characters with a meaning in Markdown; an underscore within a word has none."""

_OF_RUN = re.compile(r"(?:(.+) of )?([0-9a-f]{16})")
"""A start from a run of ours, with what was done to its weights, if anything."""

_CARD = """\
# {title}
{about}
| | |
|---|---|
| network | `{network}` |
| started from | {start} |
{licence}| trained on | {dataset}, {images} images |
| classes | {classes} |
| seed, fold | {seed}, {fold} |
| recipe | {recipe} |
{taken}{numbers}
Open it:

```python
{opening}```

Images are resized to {size} x {size} pixels (`{fit}`), scaled to 0..1, and normalised with the
mean and standard deviation in `preprocess.json`. {files}

Research use only: this is not a medical device.
"""

_RUN_FILES = """\
`predictions.parquet` holds the scores of the
validation and test images, with hashed groups; `metrics.json` what they came to, for each label."""
_MODEL_FILES = """\
`predictions.csv` holds
the scores of every image that a training had not seen, with hashed groups; those of this model
have fold {fold}."""

_START_CARD = """\
# What run `{key}` started from

The weights before the first step of training, the new linear layer included. The
[card of the run](../README.md) names data, recipe and licence. Its images are normalised with the
mean and standard deviation in `preprocess.json`.

Open it:

```python
{opening}```

Research use only: this is not a medical device.
"""


def start_card(key: str, opening: str) -> str:
    """Write the card of what a run started from, in Markdown.

    Args:
        key: The run's key.
        opening: The lines of Python that open the weights.
    """
    return _START_CARD.format(key=key, opening=opening)


def run_card(
    record: Mapping[str, Any], classes: Sequence[str], opening: str, outcome: Mapping[str, Any]
) -> str:
    """Write the card of a run, in Markdown.

    Args:
        record: What ``run.toml`` says; where it holds a ``native_size``, that of the weights it
            started from.
        classes: Names of the network's outputs, in order.
        opening: The lines of Python that open the weights.
        outcome: What ``metrics.json`` says.
    """
    return _card(record, classes, opening, outcome, about="", files=_RUN_FILES)


def model_card(
    record: Mapping[str, Any],
    classes: Sequence[str],
    opening: str,
    outcome: Mapping[str, Any],
    *,
    about: Sequence[str],
) -> str:
    """Write the card of a run's model where it lies beside all out-of-fold predictions.

    Args:
        record: As for `run_card`, as are classes, opening and outcome.
        classes: Names of the network's outputs.
        opening: The lines of Python that open the weights.
        outcome: What ``metrics.json`` says.
        about: What must be known of it first, a paragraph each.
    """
    files = _MODEL_FILES.format(fold=record["question"]["fold"])
    told = "".join(f"\n{_escaped(paragraph)}\n" for paragraph in about)
    return _card(record, classes, opening, outcome, about=told, files=files)


def _card(
    record: Mapping[str, Any],
    classes: Sequence[str],
    opening: str,
    outcome: Mapping[str, Any],
    *,
    about: str,
    files: str,
) -> str:
    question = record["question"]
    recipe, target = question["recipe"], record["target"]
    source = _escaped(record["source"])
    transfer = f"{source} -> {_escaped(target)}" if target else f"Source {source}"
    return _CARD.format(
        title=f"{transfer}, {question['network']}",
        about=about,
        network=question["network"],
        start=_start(record["start"]),
        licence=_licence(record),
        dataset=_escaped(record["dataset"]),
        images=f"{outcome['images']['train']:,}",
        classes=", ".join(_escaped(name) for name in classes),
        seed=question["seed"],
        fold=question.get("fold", "-"),
        recipe=_escaped(", ".join(f"{name} {value}" for name, value in recipe.items())),
        taken=_taken(recipe, outcome),
        numbers="".join(_numbers(part, outcome) for part in outcome["parts"]),
        opening=opening,
        size=recipe["image_size"],
        fit=recipe["fit"],
        files=files,
    )


def _taken(recipe: Mapping[str, Any], outcome: Mapping[str, Any]) -> str:
    """A row where batches were taken in parts, which a batch norm in training notices."""
    batch = min(recipe["batch_size"], outcome["images"]["train"])
    part, devices = outcome["micro_batch"], outcome.get("devices", 1)
    where = f", on each of {devices} devices" if devices > 1 else ""
    return f"| images at a time | {part} of a batch of {batch}{where} |\n" if part < batch else ""


def _numbers(part: str, outcome: Mapping[str, Any]) -> str:
    """A row of the table: the metrics on a part, each the mean over the labels that have one."""
    values: dict[str, list[float]] = {}
    for row in outcome["parts"][part]:
        known = values.setdefault(row["metric"], [])
        known += [] if row["value"] is None else [row["value"]]
    shown = ", ".join(f"{name} {fmean(found):.3f}" for name, found in values.items() if found)
    return f"| {part}, {outcome['images'][part]:,} images | {shown} |\n"


def _start(text: str) -> str:
    """What a run started from; a run's key, plain or transformed, is marked as one."""
    of_run = _OF_RUN.fullmatch(text)
    if of_run is None:
        return _escaped(text)
    done, key = of_run.groups()
    return f"{_escaped(done)} of run `{key}`" if done else f"run `{key}`"


def _licence(record: Mapping[str, Any]) -> str:
    """Rows of the start's licence and, where it is known, native size."""
    size = record.get("native_size")
    made_for = f"| the start was made for | images of {size} x {size} pixels |\n" if size else ""
    licence = _escaped(record.get("licence") or "not stated")
    return f"| licence of the start | {licence} |\n{made_for}"


def _escaped(text: str) -> str:
    """A name or path inside a Markdown table or heading, on one line and without any markup."""
    marked = _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
    return marked.replace("&", "&amp;").replace("<", "&lt;")
