import pytest

from warmstart.models import timm_family
from warmstart.models.image_sizes import check_image_size
from warmstart.models.starts import parse_start
from warmstart.recommendation.starting_points import StartingPoint, common_size, read_catalogue

CATALOGUE = read_catalogue()


@pytest.mark.parametrize("point", CATALOGUE, ids=lambda point: point.name)
def test_every_row_of_the_catalogue_is_what_timm_says(point):
    """Tags exist, licences are those stated, files are as large as their weights."""
    start = parse_start(point.start)
    if start.kind != "timm":
        assert start.kind in ("random", "file")
        return
    tag = start.argument or timm_family.tags(point.network)[0]
    assert point.licence.lower() == timm_family.licence(point.network, tag)
    assert point.address == f"https://huggingface.co/timm/{point.network}.{tag}"
    model = timm_family.build(point.network, timm_family.classes(point.network, tag))
    weights = sum(tensor.numel() for tensor in model.parameters())
    assert point.megabytes == pytest.approx(4 * weights / 1e6, abs=0.6)


@pytest.mark.parametrize("point", CATALOGUE, ids=lambda point: point.name)
@pytest.mark.parametrize("wanted", [32, 64, 112])
def test_every_network_takes_the_size_it_is_given(point, wanted):
    check_image_size(point.network, common_size([point], wanted))


def test_a_size_is_the_next_multiple():
    point = StartingPoint(source="s", network="n", start="random", multiple=14)
    sizes = [common_size([point], wanted) for wanted in (1, 14, 15, 64)]
    assert sizes == [14, 14, 28, 70]
    other = StartingPoint(source="s", network="m", start="random", multiple=4)
    assert common_size([point, other], 15) == 28


def test_names_say_source_and_network():
    point = StartingPoint(source="imagenet", network="resnet50", start="timm")
    assert (point.name, point.candidate) == ("imagenet with resnet50", ("resnet50", "imagenet"))
