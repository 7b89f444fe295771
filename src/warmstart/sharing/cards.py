"""The card of a run: what it is, and how to open it without Warmstart."""

import re
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

_MARKUP = re.compile(r"[\\`*\[\]|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Characters with a meaning in Markdown; an underscore within a word has none."""

_CARD = """\
# {title}

| | |
|---|---|
| network | `{network}` |
| started from | {start} |
{licence}| trained on | {dataset}, {images} images |
| classes | {classes} |
| seed, fold | {seed}, {fold} |
| recipe | {recipe} |
{numbers}
Open it:

```python
{opening}```

Images are resized to {size} x {size} pixels (`{fit}`), scaled to 0..1, and normalised with the
mean and standard deviation in `preprocess.json`. `predictions.parquet` holds the scores of the
validation and test images, with hashed groups; `metrics.json` what they came to, for each label.

Research use only: this is not a medical device.
"""


def run_card(
    record: Mapping[str, Any], classes: Sequence[str], opening: str, outcome: Mapping[str, Any]
) -> str:
    """Write the card of a run, in Markdown.

    Args:
        record: What ``run.toml`` says; where it holds a ``licence``, that of the weights it
            started from.
        classes: Names of the network's outputs, in order.
        opening: The lines of Python that open the weights.
        outcome: What ``metrics.json`` says.
    """
    question = record["question"]
    recipe, target, start = question["recipe"], record["target"], record["start"]
    source = _escaped(record["source"])
    transfer = f"{source} -> {_escaped(target)}" if target else f"Source {source}"
    return _CARD.format(
        title=f"{transfer}, {question['network']}",
        network=question["network"],
        start=f"run `{start}`" if _is_key(start) else _escaped(start),
        licence=_licence(record),
        dataset=_escaped(record["dataset"]),
        images=f"{outcome['images']['train']:,}",
        classes=", ".join(_escaped(name) for name in classes),
        seed=question["seed"],
        fold=question.get("fold", "-"),
        recipe=_escaped(", ".join(f"{name} {value}" for name, value in recipe.items())),
        numbers="".join(_numbers(part, outcome) for part in outcome["parts"]),
        opening=opening,
        size=recipe["image_size"],
        fit=recipe["fit"],
    )


def _numbers(part: str, outcome: Mapping[str, Any]) -> str:
    """A row of the table: the metrics on a part, each the mean over the labels that have one."""
    values: dict[str, list[float]] = {}
    for row in outcome["parts"][part]:
        known = values.setdefault(row["metric"], [])
        known += [] if row["value"] is None else [row["value"]]
    shown = ", ".join(f"{name} {fmean(found):.3f}" for name, found in values.items() if found)
    return f"| {part}, {outcome['images'][part]:,} images | {shown} |\n"


def _is_key(text: str) -> bool:
    return len(text) == 16 and all(c in "0123456789abcdef" for c in text)


def _licence(record: Mapping[str, Any]) -> str:
    """A row of the table, or nothing where a run has no weights from elsewhere."""
    if "licence" not in record:
        return ""
    return f"| licence of the start | {_escaped(record['licence'] or 'not stated')} |\n"


def _escaped(text: str) -> str:
    """A name or path inside a Markdown table or heading, on one line and without any markup."""
    marked = _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
    return marked.replace("&", "&amp;").replace("<", "&lt;")
