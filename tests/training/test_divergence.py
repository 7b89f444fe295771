import pytest
import torch

from warmstart.training.divergence import outputs_lost
from warmstart.training.progress import Epoch, Progress

HISTORY = [Epoch(1, 0.7, 0.6), Epoch(2, 0.5, 0.4), Epoch(3, 0.3, 0.5)]


@pytest.mark.parametrize(("best", "epoch"), [({}, 3), ({"weight": torch.zeros(1)}, 2)])
def test_lost_outputs_are_those_of_the_epoch_whose_weights_are_kept(recipe, best, epoch):
    going = Progress(model=None, optimizer=None, history=HISTORY, best=best)
    assert outputs_lost(going, recipe(learning_rate=0.01), "bfloat16") == (
        f"The network's outputs became nan in the last steps of epoch {epoch}; lower "
        'learning_rate (now 0.01) or set precision = "float32".'
    )
