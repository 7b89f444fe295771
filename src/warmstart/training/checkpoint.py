"""A training under way, kept on disk without pickle so that it can be continued."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from warmstart.core.store import write_file
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
    if any(n not in tensors or tensors[n].shape != value.shape for n, value in named):
        return
    for name, value in named:
        value.copy_(tensors[name])
    progress.best = {
        name: tensors[f"{_BEST}{name}"].to(value.device)
        for name, value in progress.model.state_dict().items()
        if f"{_BEST}{name}" in tensors
    }
    progress.history, progress.curve = history, curve
    progress.seconds, progress.parts = seconds, parts


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
