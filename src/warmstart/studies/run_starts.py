"""What a finished run started from, rebuilt: it follows from the run's key and its weights."""

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.core.store import write_file
from warmstart.errors import ConfigError, WeightsError
from warmstart.models.starts import Start, Transform
from warmstart.sharing.cards import start_card

if TYPE_CHECKING:
    from torch import nn

START = "start"
"""Folder within that of a run."""


def write_start(run: Path, cache: Path) -> bool:
    """Write the weights that a run started from into a folder ``start`` within its own.

    It holds what training began with, the new linear layer included, as a checkpoint like the
    run's own: ``model.safetensors``, ``preprocess.json`` and a card.

    Args:
        run: The folder of a finished run, beside that of the pretraining it started from, if any.
        cache: Where published weights and those of a ``file:`` are kept.

    Returns:
        Whether they are known to be the same, bit for bit: a run of an older version recorded
        nothing to tell it by.

    Raises:
        ConfigError: If the folder is none of a run.
        WeightsError: If the weights it started from are gone, or others come out here.
    """
    from warmstart.models.architectures import opening_lines  # loads PyTorch
    from warmstart.models.weights import keep_tensors

    model, checked = rebuilt_start(run, cache)
    record, classes, _ = _read(run)
    opening = opening_lines(record["question"]["network"], classes)
    folder = run / START
    write_file(folder / "preprocess.json", (run / "preprocess.json").read_bytes())
    write_file(folder / "README.md", start_card(record["key"], opening))
    keep_tensors(model.state_dict(), folder / "model.safetensors")
    return checked


def rebuilt_start(run: Path, cache: Path) -> "tuple[nn.Module, bool]":
    """Build the network that a run started from.

    Args:
        run: The folder of a finished run, beside that of the pretraining it started from, if any.
        cache: Where published weights and those of a ``file:`` are kept.

    Returns:
        The network, and whether its weights are known to be the same.

    Raises:
        ConfigError: If the folder is none of a run.
        WeightsError: If the weights it started from are gone, or others come out here.
    """
    from warmstart.models.weights import tensors_digest  # loads PyTorch
    from warmstart.training.starting import network_at_start

    record, classes, recorded = _read(run)
    key, question = record["key"], record["question"]
    weights = _weights(run, question.get("start", "random"), cache)
    done = question.get("transform")
    model = network_at_start(
        question["network"],
        classes,
        key=key,
        start=Start("file", str(weights), Transform(**done)) if done else Start("random"),
        weights=weights,
    )
    found = tensors_digest(model.state_dict())
    if recorded not in (None, found):
        raise WeightsError(
            f"What {run} started from cannot be made again here: the digest of what was drawn is "
            f"{found}, that of the run is {recorded}. Use the machine and the versions of PyTorch "
            "and timm that its environment.json names."
        )
    return model, recorded is not None


def _read(run: Path) -> tuple[dict[str, Any], int, str | None]:
    """A run's record, its number of classes, and the digest of what it started from."""
    try:
        record = tomllib.loads((run / "run.toml").read_text("utf-8"))
        stated = json.loads((run / "preprocess.json").read_text("utf-8"))
        environment = json.loads((run / "environment.json").read_text("utf-8"))
        return record, len(stated["classes"]), environment.get("start")
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"{run} is no folder of a finished run; name one such as DIR/runs/<key>."
        ) from error


def _weights(run: Path, start: Any, cache: Path) -> Path | None:
    """The file of the weights that a start names; ``None`` for random initialisation."""
    if start == "random":
        return None
    if "run" in start:
        path = run.resolve().parent / str(start["run"]) / "model.safetensors"
        cure = "put the folder of that pretraining beside it"
    else:
        path = cache / "weights" / f"{start['weights']}.safetensors"
        cure = "`warmstart study run` fetches them again and trains nothing that is done"
    if not path.is_file():
        raise WeightsError(f"The weights that {run} started from are not at {path}; {cure}.")
    return path
