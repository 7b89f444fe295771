"""What a release holds according to its publishers, against what lies on disk."""

from collections.abc import Mapping

from warmstart.data.checks import class_counts
from warmstart.data.dataset import Dataset


def compared(
    dataset: Dataset, images: int | None = None, classes: Mapping[str, int] | None = None
) -> Dataset:
    """Return the dataset with a warning where it is not as large as the published one.

    Args:
        dataset: What was read.
        images: Images of the published release; the sum over ``classes`` by default.
        classes: Images of each class, or with each label, as published.
    """
    found = dict(zip(dataset.classes, class_counts(dataset).tolist(), strict=True))
    classes = classes or {}
    expected = sum(classes.values()) if images is None else images
    other = [
        f"{name} {found.get(name, 0):,} for {count:,}"
        for name, count in classes.items()
        if found.get(name, 0) != count
    ]
    if len(dataset) == expected and not other:
        return dataset
    listed = f" ({', '.join(other)})" if other else ""
    return dataset.warn(f"{len(dataset):,} images, but {expected:,} were published{listed}")
