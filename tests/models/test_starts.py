import contextlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some

from warmstart.errors import ConfigError
from warmstart.models.starts import Start, Transform, parse_start

FORMS = (
    "Known: random, timm or timm:TAG, hf:OWNER/NAME, file:PATH, dataset:NAME, mean-var:SPEC, "
    "sampled:SPEC, shuffled:SPEC, transfuse:SPEC@STAGE, gabor:SPEC."
)
WEIGHTS = "where SPEC names weights: timm or timm:TAG, hf:OWNER/NAME, file:PATH, dataset:NAME."
OPTIONS = "behind its name only (bn=identity) or (bn=resample) or (bn=copy)"


@pytest.mark.parametrize(
    ("spec", "start"),
    [
        ("random", Start("random")),
        ("timm", Start("timm")),
        ("timm:a1_in1k", Start("timm", "a1_in1k")),
        ("hf:timm/resnet18.a1_in1k", Start("hf", "timm/resnet18.a1_in1k")),
        ("hf:me/net@v1.0", Start("hf", "me/net@v1.0")),
        ("file:weights/net.safetensors", Start("file", "weights/net.safetensors")),
        ("file:C:/weights/net.pth", Start("file", "C:/weights/net.pth")),
        ("dataset:photos", Start("dataset", "photos")),
        ("mean-var:timm", Start("timm", "", Transform("mean-var"))),
        ("mean-var(bn=copy):timm:a", Start("timm", "a", Transform("mean-var", "copy"))),
        (
            "sampled(bn=resample):dataset:photos",
            Start("dataset", "photos", Transform("sampled", "resample")),
        ),
        ("shuffled:file:C:/a.pth", Start("file", "C:/a.pth", Transform("shuffled"))),
        ("gabor:timm", Start("timm", "", Transform("gabor"))),
        (
            "transfuse:timm@block2",
            Start("timm", "", Transform("transfuse", upto="block2")),
        ),
        (
            "transfuse:hf:me/net@v1@conv1",
            Start("hf", "me/net@v1", Transform("transfuse", upto="conv1")),
        ),
        (
            "transfuse:file:a@b/c.pth@last",
            Start("file", "a@b/c.pth", Transform("transfuse", upto="last")),
        ),
    ],
)
def test_every_form_is_read_and_written_back(spec, start):
    assert parse_start(spec) == start
    assert str(start) == spec


names = some.text("abcdefgXYZ0123456789._-", min_size=1)
plain = some.one_of(
    some.just("timm"),
    names.map("timm:{}".format),
    some.tuples(names, names).map(lambda pair: f"hf:{pair[0]}/{pair[1]}"),
    some.text(min_size=1).map("file:{}".format),
    names.map("dataset:{}".format),
)
options = some.sampled_from(["", "(bn=resample)", "(bn=copy)"])
drawing = some.tuples(some.sampled_from(["mean-var", "sampled", "shuffled"]), options, plain)
transformed = some.one_of(
    drawing.map(lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}"),
    some.tuples(plain, names).map(lambda parts: f"transfuse:{parts[0]}@{parts[1]}"),
    plain.map("gabor:{}".format),
)


@given(some.one_of(some.just("random"), plain, transformed))
def test_what_is_read_is_written_back_whatever_it_names(spec):
    start = parse_start(spec)
    assert str(start) == spec
    assert start.base.transform is None
    assert spec.endswith(str(start.base) + (f"@{start.transform.upto}" if "fuse:" in spec else ""))


@given(some.one_of(some.text(), some.text("timvarhf:()@=-bncopy/")))
def test_any_text_is_read_or_refused(spec):
    with contextlib.suppress(ConfigError):
        start = parse_start(spec)
        assert parse_start(str(start)) == start


def test_the_default_of_an_option_may_be_written_and_is_left_out():
    start = parse_start("mean-var(bn=identity):timm")
    assert start == parse_start("mean-var:timm")
    assert str(start) == "mean-var:timm"


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("tim", f"Unknown start 'tim'. Did you mean 'timm'? {FORMS}"),
        ("datset:photos", f"Unknown start 'datset:photos'. Did you mean 'dataset'? {FORMS}"),
        ("mean_var:timm", f"Unknown start 'mean_var:timm'. Did you mean 'mean-var'? {FORMS}"),
        ("sample(bn=copy):timm", "Unknown start 'sample(bn=copy):timm'. Did you mean 'sampled'? "),
        ("shuffled:tim", f"Unknown start 'tim'. Did you mean 'timm'? {FORMS}"),
        ("https://x/y", f"Unknown start 'https://x/y'. {FORMS}"),
        ("timm(bn=copy):x", f"Unknown start 'timm(bn=copy):x'. Did you mean 'timm'? {FORMS}"),
        ("", f"Unknown start ''. {FORMS}"),
        ("file", "The start 'file' should read file:PATH."),
        ("file:", "The start 'file:' should read file:PATH."),
        ("dataset", "The start 'dataset' should read dataset:NAME."),
        ("random:3", "The start 'random:3' should read random."),
        ("random:", "The start 'random:' should read random."),
        ("hf", "The start 'hf' should read hf:OWNER/NAME."),
        ("hf:resnet18", "The start 'hf:resnet18' should read hf:OWNER/NAME."),
        ("hf:a/b/c", "The start 'hf:a/b/c' should read hf:OWNER/NAME."),
        ("mean-var", "The start 'mean-var' should read mean-var:SPEC."),
        ("sampled:", "The start 'sampled:' should read sampled:SPEC."),
        ("transfuse:timm", "The start 'transfuse:timm' should read transfuse:SPEC@STAGE."),
        ("transfuse:timm@", "The start 'transfuse:timm@' should read transfuse:SPEC@STAGE."),
        ("transfuse:@conv1", "The start 'transfuse:@conv1' should read transfuse:SPEC@STAGE."),
        (
            "mean-var:random",
            f"The start 'mean-var:random' should read mean-var:SPEC, {WEIGHTS}",
        ),
        (
            "shuffled:sampled:timm",
            f"The start 'shuffled:sampled:timm' should read shuffled:SPEC, {WEIGHTS}",
        ),
        (
            "mean-var(bn=reset):timm",
            f"The start 'mean-var(bn=reset):timm': mean-var takes {OPTIONS}.",
        ),
        ("sampled(copy):timm", f"The start 'sampled(copy):timm': sampled takes {OPTIONS}."),
        (
            "transfuse(bn=copy):timm@conv1",
            "The start 'transfuse(bn=copy):timm@conv1': transfuse takes no option.",
        ),
    ],
)
def test_any_other_form_is_refused_in_one_line(spec, text):
    with pytest.raises(ConfigError) as raised:
        parse_start(spec)
    assert str(raised.value) == (text + FORMS if text.endswith("? ") else text)


def test_the_question_of_a_run_holds_what_changes_its_numbers():
    specs = [
        "mean-var:timm",
        "mean-var(bn=copy):timm",
        "sampled:timm",
        "transfuse:timm@conv1",
        "transfuse:timm@block1",
        "gabor:timm",
    ]
    identities = [parse_start(spec).transform.identity for spec in specs]
    assert identities[0] == {"name": "mean-var", "batch_norm": "identity"}
    assert identities[3] == {"name": "transfuse", "upto": "conv1"}
    assert len({tuple(sorted(one.items())) for one in identities}) == len(specs)


def test_reading_a_start_loads_no_torch():
    code = "import sys, warmstart.models.starts, warmstart.models.weights; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "timm", "numpy"} & set(done.stdout.split())
