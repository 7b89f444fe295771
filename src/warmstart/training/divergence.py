"""What to say of a training whose numbers are no longer finite."""

from warmstart.training.precision import Numbers
from warmstart.training.progress import Progress, best_epoch
from warmstart.training.recipe import Recipe


def loss_lost(loss: float, progress: Progress, recipe: Recipe, numbers: Numbers) -> str:
    """What to say of the loss of the epoch under way: what it became, and what it was before."""
    history = progress.history
    past = f" It was {history[-1].train_loss:.3g} in epoch {len(history)}." if history else ""
    number = len(history) + 1
    return f"The loss became {loss} in epoch {number}; {_remedies(recipe, numbers)}.{past}"


def outputs_lost(progress: Progress, recipe: Recipe, numbers: Numbers) -> str:
    """What to say of the outputs of a trained network, whose last loss still was a number."""
    number = best_epoch(progress.history) if progress.best else len(progress.history)
    return (
        f"The network's outputs became nan in the last steps of epoch {number}; "
        f"{_remedies(recipe, numbers)}."
    )


def _remedies(recipe: Recipe, numbers: Numbers) -> str:
    lower = f"lower learning_rate (now {recipe.learning_rate:g})"
    return lower if numbers == "float32" else f'{lower} or set precision = "float32"'
