"""A training under way, kept on disk without pickle so that it can be continued."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from warmstart.core.store import write_file
from warmstart.errors import WeightsError
from warmstart.training.progress import Epoch, Measured, Progress

_FILE = "progress.safetensors"
_BEST = "best."


def keep(progress: Progress, folder: Path) -> None:
    """Write model, optimiser and history as one file, whole or not at all."""
    tensors = dict(_named_tensors(progress))
    tensors |= {f"{_BEST}{name}": value for name, value in progress.best.items()}
    past = {
        "history": json.dumps([asdict(epoch) for epoch in progress.history]),
        "curve": json.dumps([asdict(measured) for measured in progress.curve]),
        "seconds": str(progress.seconds),
        "parts": str(progress.parts),
    }
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_file(folder / _FILE, save(plain, past))


def restore(progress: Progress, folder: Path) -> None:
    """Bring a fresh ``progress`` to where the kept one stood; without one, leave it as it is.

    Values are copied into tensors that have the memory layout of a running training, because
    the rounding of vectorised code may depend on the layout.

    Raises:
        WeightsError: If what was kept is of another network, number of classes or optimiser.
    """
    path = folder / _FILE
    try:
        with safe_open(path, framework="pt") as kept:
            past = kept.metadata()
            history = [Epoch(**entry) for entry in json.loads(past["history"])]
            curve = [Measured(**entry) for entry in json.loads(past["curve"])]
            tensors = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118
            seconds, parts = float(past["seconds"]), int(past["parts"])
    except (FileNotFoundError, SafetensorError, KeyError, TypeError, ValueError):
        return  # nothing kept, or nothing that can be used
    _fill_optimizer_state(progress)
    named = _named_tensors(progress)
    _check_same(dict(named), tensors, path)
    for name, value in named:
        value.copy_(tensors[name])
    progress.best = {
        name: tensors[f"{_BEST}{name}"].to(value.device)
        for name, value in progress.model.state_dict().items()
        if f"{_BEST}{name}" in tensors
    }
    progress.history, progress.curve = history, curve
    progress.seconds, progress.parts = seconds, parts


def _check_same(
    here: Mapping[str, torch.Tensor], kept: Mapping[str, torch.Tensor], path: Path
) -> None:
    """Refuse what another training kept: to begin anew in silence would hide what went wrong."""
    for name in dict.fromkeys((*here, *(name for name in kept if not name.startswith(_BEST)))):
        there, expected = (_shape(tensors.get(name)) for tensors in (kept, here))
        if there != expected:
            raise WeightsError(
                f"{path} was kept by a training of another network, number of classes or version: "
                f"{name} has {there} there, {expected} in this run. Delete {path.parent} to begin "
                "this run anew, or go on with the versions that began it."
            )


def _shape(tensor: torch.Tensor | None) -> str:
    return "no tensor" if tensor is None else f"shape {tuple(tensor.shape)}"


def _named_tensors(progress: Progress) -> "list[tuple[str, torch.Tensor]]":
    found = [(f"model.{name}", value) for name, value in progress.model.state_dict().items()]
    for number, parameter in enumerate(_parameters(progress.optimizer)):
        state: Mapping[str, object] = progress.optimizer.state[parameter]
        found += [
            (f"optimizer.{number}.{name}", value)
            for name, value in state.items()
            if isinstance(value, torch.Tensor)
        ]
    return found


def _parameters(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _fill_optimizer_state(progress: Progress) -> None:
    """Make the optimiser create its tensors, by a step that changes nothing."""
    saved = [parameter.detach().clone() for parameter in _parameters(progress.optimizer)]
    for parameter in _parameters(progress.optimizer):
        parameter.grad = torch.zeros_like(parameter)
    progress.optimizer.step()
    with torch.no_grad():
        for parameter, before in zip(_parameters(progress.optimizer), saved, strict=True):
            parameter.copy_(before)
            parameter.grad = None
