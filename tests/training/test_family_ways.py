"""Each kind of network in each way of fine-tuning once: two steps of two images."""

import copy
import math

import numpy as np
import pytest
import torch

from every_network import KEY, SIZES, N, head, same
from warmstart.models.architectures import build_network
from warmstart.models.roles import roles
from warmstart.models.stages import stages
from warmstart.training.batches import Batches
from warmstart.training.loop import make_optimizer, train
from warmstart.training.progress import Progress
from warmstart.training.recipe import Recipe

WAYS = {
    "everything": {"optimizer": "adam", "schedule": "constant"},
    "head only": {"optimizer": "sgd", "learning_rate": 0.1, "schedule": "cosine"},
    "last stage": {"last_stages": 1, "optimizer": "adamw", "warmup_epochs": 0.5},
    "frozen prefix": {
        **{"frozen_stages": 2, "schedule": "halving", "halve_after": 1},
        **{"label_smoothing": 0.1, "record_every": 1},
    },
    "layer-wise decay": {
        **{"layer_decay": 0.5, "schedule": "halve_once", "halve_after": 1},
        **{"class_weights": "none", "dropout": 0.0},
    },
    "batch norm frozen": {"freeze_batch_norm": True, "accumulate": 2, "augment": "transfusion"},
    "bfloat16": {"precision": "bfloat16", "early_stopping": 1, "augment_strength": 0.5},
}


@pytest.fixture(scope="module")
def built(network):
    """A network whose batch norms know images, as those of pretrained weights do."""
    model = build_network(network, 2, seed=4).train()
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
        torch.nn.init.ones_(norm.weight)  # where it starts at 0, what is before it learns nothing
    images = torch.rand(4, 3, SIZES[network], SIZES[network], generator=torch.Generator())
    with torch.no_grad():
        model((images - 0.5) / 0.25)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    return model


def expected_to_change(way, network, model):
    """Names of the tensors that a way trains, read off their stages and roles."""
    every = set(model.state_dict())
    frozen = {"last stage": len(stages(network)) - 1, "frozen prefix": 2}.get(way, 0)
    if way == "head only":
        return head(network, every)
    still = {n for n in every if any(stage.holds(n) for stage in stages(network)[:frozen])}
    if way == "batch norm frozen" and "vit" not in network:  # which has layer norms
        still |= {n for n, role in roles(network).items() if role != "weight"}
    return every - still


@pytest.mark.parametrize("way", WAYS)
def test_a_way_to_fine_tune_trains_its_tensors_and_no_others(network, place, built, way):
    recipe = Recipe(
        **({"epochs": 1, "batch_size": 2, "learning_rate": 1e-3} | WAYS[way]),
        image_size=SIZES[network],
    )
    model = copy.deepcopy(built).to(memory_format=torch.channels_last)
    batches = Batches(
        images=np.load(place / "pixels.npy"),
        rows=np.arange(N),
        labels=torch.arange(N) % 2,
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
        device=torch.device("cpu"),
    )
    head_only = way == "head only"
    optimizer = make_optimizer(model, recipe, head_only=head_only, stages=lambda: stages(network))
    progress = Progress(model=model, optimizer=optimizer)
    train(
        progress,
        batches,
        recipe,
        key=KEY,
        train=np.arange(4),
        validation=np.arange(4, N),
        head_only=head_only,
        after_epoch=lambda _: None,
        measure=lambda _: 0.5,
    )
    assert all(math.isfinite(loss) for loss in vars(progress.history[0]).values())
    assert len(progress.curve) == (2 if recipe.record_every else 0)
    changed = model.state_dict().keys() - same(model.state_dict(), built.state_dict())
    expected = expected_to_change(way, network, model)
    assert changed <= expected
    learned = {name for name, _ in model.named_parameters()} & expected
    assert len(changed & learned) > 0.9 * len(learned)  # a bias before a norm may have no gradient
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())
