"""Had a training come to rest when it stopped?"""

import numpy as np
from numpy.typing import ArrayLike

MIN_EPOCHS = 4
"""With fewer losses than this nothing is said."""
MIN_WINDOW = 3
"""A line through fewer points follows the noise."""
WINDOW_SHARE = 3
"""The line is fitted to the last third of the epochs."""
TOLERANCE = 0.05
"""A fall of this share of the mean loss, over the window, still counts as learning."""


def converged(losses: ArrayLike) -> bool | None:
    """Whether the loss had stopped falling when training ended.

    A least-squares line is fitted to the last ``max(3, ceil(n / 3))`` epochs. The run has converged
    when the line falls, from the first to the last of them, by less than 5 % of their mean loss.
    A rising loss counts as converged: more epochs would overfit, not help.

    Args:
        losses: Mean loss of each epoch, of the validation part if there is one, else of the
            training part, shape (n,). Any positive unit.

    Returns:
        ``None`` for fewer than four epochs; ``False`` if a loss of the window is NaN or inf.

    Example:
        >>> converged([1.0, 0.5, 0.41, 0.40, 0.40])
        True
        >>> converged([1.0, 0.9, 0.8, 0.7, 0.6])
        False
        >>> converged([1.0, 0.9]) is None
        True
    """
    values = np.asarray(losses, dtype=np.float64).ravel()
    if len(values) < MIN_EPOCHS:
        return None
    window = values[-max(MIN_WINDOW, -(-len(values) // WINDOW_SHARE)) :]
    if not np.isfinite(window).all():
        return False
    fall = -_slope(window) * (len(window) - 1)
    return bool(fall <= 0 or fall < TOLERANCE * window.mean())


def _slope(values: np.ndarray) -> float:
    """Least-squares slope per epoch."""
    epochs = np.arange(len(values)) - (len(values) - 1) / 2
    return float(epochs @ values / (epochs @ epochs))
