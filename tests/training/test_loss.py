import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax
from sklearn.utils.class_weight import compute_class_weight

from warmstart.training.loss import make_loss

NAN = float("nan")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_cross_entropy_weighs_classes_as_scikit_learn_does(rng):
    training = np.repeat([0, 1, 2], [30, 9, 2])
    batch, logits = np.array([0, 2, 1, 0, 0]), rng.normal(size=(5, 3))
    weight = compute_class_weight("balanced", classes=np.arange(3), y=training)[batch]
    expected = -(weight * log_softmax(logits, axis=1)[np.arange(5), batch]).sum() / weight.sum()
    loss = make_loss(torch.from_numpy(training), 3, balanced=True)
    found = loss(torch.tensor(logits, dtype=torch.float32), torch.from_numpy(batch))
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_per_image_the_weighted_losses_are_divided_by_the_number_of_images(rng, smoothing):
    """What Keras does with class weights: an image's loss times its weight, and then the mean."""
    training = np.repeat([0, 1, 2], [30, 9, 2])
    batch, logits = np.array([0, 2, 1, 0, 0]), rng.normal(size=(5, 3))
    weight = compute_class_weight("balanced", classes=np.arange(3), y=training)[batch]
    truth = np.eye(3)[batch] * (1 - smoothing) + smoothing / 3
    expected = (weight * -(truth * log_softmax(logits, axis=1)).sum(1)).sum() / 5
    loss = make_loss(
        torch.from_numpy(training), 3, balanced=True, per_image=True, smoothing=smoothing
    )
    found = loss(torch.tensor(logits, dtype=torch.float32), torch.from_numpy(batch))
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_without_weights_every_image_counts_alike(rng):
    batch, logits = np.array([0, 2, 1, 0, 0]), rng.normal(size=(5, 3))
    expected = -log_softmax(logits, axis=1)[np.arange(5), batch].mean()
    loss = make_loss(torch.zeros(9, dtype=torch.int64), 3, balanced=False)
    assert loss(torch.from_numpy(logits), torch.from_numpy(batch)).item() == pytest.approx(expected)


def test_a_class_without_training_images_does_not_divide_by_zero():
    loss = make_loss(torch.tensor([0, 0, 1]), 3, balanced=True)
    assert torch.isfinite(loss(torch.zeros(2, 3), torch.tensor([0, 1])))


TRUTH = [[1, 0, NAN], [NAN, 0, 1], [0, NAN, NAN], [1, 1, 0]]
TRAINING = [[1, 0, NAN], [0, 0, 1], [0, NAN, 1], [0, 1, 1], [NAN, 0, 1]]
ODDS = [3 / 1, 3 / 1, 1 / 4]  # negatives to positives; a label always positive has one negative


@pytest.mark.parametrize("balanced", [True, False])
def test_binary_cross_entropy_is_the_mean_over_the_labels_that_are_there(rng, balanced):
    logits, terms = rng.normal(size=(4, 3)), []
    for (i, k), truth in np.ndenumerate(TRUTH):
        if not np.isnan(truth):
            chance = expit(logits[i, k])
            weight = ODDS[k] if balanced else 1
            terms.append(-weight * np.log(chance) if truth else -np.log(1 - chance))
    loss = make_loss(torch.tensor(TRAINING), 3, balanced=balanced)
    found = loss(torch.tensor(logits, dtype=torch.float32), torch.tensor(TRUTH))
    assert found.item() == pytest.approx(np.mean(terms), rel=1e-5)


@pytest.mark.parametrize("balanced", [True, False])
def test_a_missing_label_contributes_no_gradient(rng, balanced):
    logits = torch.tensor(rng.normal(size=(4, 3)), dtype=torch.float32, requires_grad=True)
    make_loss(torch.tensor(TRAINING), 3, balanced=balanced)(logits, torch.tensor(TRUTH)).backward()
    assert torch.equal(logits.grad == 0, torch.tensor(TRUTH).isnan())


def test_a_batch_without_any_label_costs_nothing():
    logits = torch.zeros(2, 3, requires_grad=True)
    loss = make_loss(torch.tensor(TRAINING), 3, balanced=True)(logits, torch.full((2, 3), NAN))
    loss.backward()
    assert loss.item() == 0
    assert (logits.grad == 0).all()


# Label smoothing, and means put together from parts.


@pytest.mark.parametrize("balanced", [True, False])
def test_smoothed_classes_are_cross_entropy_against_the_smoothed_truth(rng, balanced):
    """Each class weighs in the sum; what it is divided by stays the weight of the true classes."""
    training = np.repeat([0, 1, 2], [30, 9, 2])
    batch, logits, smoothing = np.array([0, 2, 1, 0, 0]), rng.normal(size=(5, 3)), 0.2
    weight = np.ones(3)
    if balanced:
        weight = compute_class_weight("balanced", classes=np.arange(3), y=training)
    truth = np.eye(3)[batch] * (1 - smoothing) + smoothing / 3
    expected = -(truth * weight * log_softmax(logits, axis=1)).sum() / weight[batch].sum()
    loss = make_loss(torch.from_numpy(training), 3, balanced=balanced, smoothing=smoothing)
    found = loss(torch.tensor(logits, dtype=torch.float32), torch.from_numpy(batch))
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("balanced", [True, False])
def test_smoothed_labels_are_a_little_yes_and_a_little_no(rng, balanced):
    logits, terms = rng.normal(size=(4, 3)), []
    for (i, k), truth in np.ndenumerate(TRUTH):
        if not np.isnan(truth):
            yes, chance = (0.95 if truth else 0.05), expit(logits[i, k])
            weight = ODDS[k] if balanced else 1
            terms.append(-weight * yes * np.log(chance) - (1 - yes) * np.log(1 - chance))
    loss = make_loss(torch.tensor(TRAINING), 3, balanced=balanced, smoothing=0.1)
    found = loss(torch.tensor(logits, dtype=torch.float32), torch.tensor(TRUTH))
    assert found.item() == pytest.approx(np.mean(terms), rel=1e-5)


@pytest.mark.parametrize(
    ("balanced", "per_image"), [(True, False), (True, True), (False, False)], ids=str
)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("several", [False, True], ids=["classes", "labels"])
def test_the_mean_is_put_together_from_parts_by_their_weights(
    rng, balanced, per_image, smoothing, several
):
    logits = torch.tensor(rng.normal(size=(4, 3)), dtype=torch.float32)
    truth = torch.tensor(TRUTH) if several else torch.tensor([0, 2, 1, 0])
    training = torch.tensor(TRAINING) if several else torch.tensor([0] * 5 + [1] * 3 + [2])
    loss = make_loss(training, 3, balanced=balanced, per_image=per_image, smoothing=smoothing)
    parts = [loss(logits[s], truth[s]) * loss.weight(truth[s]) for s in ([0], [1, 2], [3])]
    whole = loss(logits, truth)
    assert (sum(parts) / loss.weight(truth)).item() == pytest.approx(whole.item(), rel=1e-5)
