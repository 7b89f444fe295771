import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest

from small_study import warmstart
from warmstart.data.releases import Release
from warmstart.errors import DataError, UnknownNameError
from warmstart.recommendation.atlas import add, atlas_lines, atlas_places, read_atlas
from warmstart.recommendation.catalogue import CATALOGUE, fetch
from warmstart.recommendation.evaluation_lines import evaluation_lines
from warmstart.recommendation.layouts import LAYOUTS


def write_tables(folder, *, percent=False, targets="tuv", name="mine"):
    """A tidy pair: three sources, one of them also a target, with a cell missing."""
    rows = [
        (source, target, fold, (80 + 3 * i + j + fold) / (1 if percent else 100))
        for i, source in enumerate(("imagenet", "random", "t"))
        for j, target in enumerate(targets)
        for fold in (0, 1)
        if (source, target) != ("random", "v")
    ]
    folder.mkdir(parents=True, exist_ok=True)
    results, measures = folder / f"{name}.csv", folder / f"{name}-measures.csv"
    pd.DataFrame(rows, columns=["source", "target", "fold", "value"]).to_csv(results, index=False)
    told = [(s, t, "alike", 0.5, False) for s, t in {(r[0], r[1]) for r in rows}]
    columns = ["source", "target", "measure", "value", "higher_is_better"]
    pd.DataFrame(told, columns=columns).to_csv(measures, index=False)
    return results, measures


def test_what_was_added_is_read_back(tmp_path):
    results, measures = write_tables(tmp_path)
    card = add(tmp_path / "atlas", results, measures=measures, licence="CC0")
    (entry,) = read_atlas(tmp_path / "atlas")
    assert entry.card == card
    assert (card.name, card.layout, card.licence) == ("mine", "table", "CC0")
    assert card.metrics == ("auc",)
    assert card.targets["t"] == {"n_train": None, "n_test": None}
    assert set(entry.results["source"]) == {"imagenet", "random", "t"}
    assert set(entry.measures["measure"]) == {"alike"}


def test_auc_in_percent_gives_the_same_places_and_a_note(tmp_path):
    plain = add(tmp_path / "a", write_tables(tmp_path)[0])
    percent = add(tmp_path / "b", write_tables(tmp_path, percent=True)[0])
    assert plain.notes == (NO_NETWORK,)
    assert percent.notes == ("mine.csv: auc reaches 89, so it is read as percent.", NO_NETWORK)
    one, other = (atlas_places(read_atlas(tmp_path / name)) for name in "ab")
    for mine, theirs in zip(one, other, strict=True):
        assert mine.candidates == theirs.candidates
        assert mine.gains == pytest.approx(theirs.gains)


def test_self_pairs_are_left_out_and_missing_cells_are_no_candidates(tmp_path):
    add(tmp_path / "atlas", write_tables(tmp_path)[0])
    told = {
        place.target: [source for _, source in place.candidates]
        for place in atlas_places(read_atlas(tmp_path / "atlas"))
    }
    assert told == {
        "t": ["imagenet", "random"],
        "u": ["imagenet", "random", "t"],
        "v": ["imagenet", "t"],
    }


def test_the_same_target_of_two_studies_is_its_own_relative(tmp_path):
    for name in ("one", "two"):
        add(tmp_path / "atlas", write_tables(tmp_path, name=name)[0])
    places = atlas_places(read_atlas(tmp_path / "atlas"))
    assert [p.origin for p in places] == [*"tuv", *"tuv"]


def test_an_empty_atlas_says_how_to_fill_it(tmp_path):
    assert read_atlas(tmp_path / "none") == []
    assert list(atlas_lines([])) == [
        "The atlas is empty: warmstart atlas add PATH takes in a study."
    ]


def test_a_name_that_is_taken_is_refused(tmp_path):
    results, _ = write_tables(tmp_path)
    atlas = tmp_path / "atlas"
    add(atlas, results)
    with pytest.raises(DataError) as error:
        add(atlas, results)
    assert str(error.value) == (
        f"{atlas} holds 'mine' already; give another --name, or remove {atlas / 'mine'} first."
    )
    add(atlas, results, name="again")
    with pytest.raises(DataError) as error:
        add(atlas, results, name="../out")
    assert str(error.value) == "--name is '../out'; the name of a folder was expected."


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (
            '{"name": "mine", "layout": "table"}',
            "card.json lacks origin, licence, metrics, targets, notes",
        ),
        ("[]", "card.json lacks name, layout, origin, licence, metrics, targets, notes"),
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ],
)
def test_a_damaged_study_is_named(tmp_path, card, reason):
    atlas = tmp_path / "atlas"
    add(atlas, write_tables(tmp_path)[0])
    (atlas / "mine" / "card.json").write_text(card)
    with pytest.raises(DataError) as error:
        read_atlas(atlas)
    assert str(error.value) == (
        f"{atlas / 'mine'} is damaged ({reason}); remove it and add the study again."
    )


NO_NETWORK = (
    "All runs are without a network (column network): what they tell of a source counts for it in "
    "every network."
)
NO_CHOICE = (
    "Recommendations learn nothing from it: no target has an AUC from two candidates (self pairs "
    "and sources that have seen its images left out)."
)


@pytest.mark.parametrize(
    ("rows", "notes"),
    [
        ([("a", "t", "auc", 0.8), ("a", "u", "auc", 0.9)], (NO_CHOICE,)),
        ([("a", "t", "auc", 0.8), ("t", "t", "auc", 0.9)], (NO_CHOICE,)),
        ([("a", "t", "auc", 0.8), ("b", "t", "auc", None)], (NO_CHOICE,)),
        ([("a", "T", "auc", 0.8), ("t", "T", "auc", 0.9)], (NO_CHOICE,)),
        ([("a", "t", "auc", 0.8), ("b", "t", "auc", 0.9)], (NO_NETWORK,)),
        (
            [("a", "t", "accuracy", 0.8), ("b", "t", "f1", 0.9), ("b", "t", "accuracy", 0.9)],
            ("Recommendations learn nothing from it: they need AUCs, and it holds accuracy, f1.",),
        ),
    ],
)
def test_what_teaches_nothing_is_taken_in_and_told(tmp_path, rows, notes):
    frame = pd.DataFrame(rows, columns=["source", "target", "metric", "value"])
    frame.to_csv(tmp_path / "r.csv", index=False)
    card = add(tmp_path / "atlas", tmp_path / "r.csv")
    assert card.notes == notes
    (entry,) = read_atlas(tmp_path / "atlas")
    assert entry.card == card
    assert bool(atlas_places([entry])) == (notes == (NO_NETWORK,))


def test_runs_without_a_network_are_told(tmp_path):
    frame = pd.DataFrame(
        [("a", "net", "t", 0.8), ("b", "net", "t", 0.9), ("a", None, "u", 0.8)],
        columns=["source", "network", "target", "value"],
    )
    frame.to_csv(tmp_path / "some.csv", index=False)
    frame[:2].to_csv(tmp_path / "none.csv", index=False)
    assert add(tmp_path / "atlas", tmp_path / "some.csv").notes == (
        NO_NETWORK.replace("All", "Some"),
    )
    assert add(tmp_path / "atlas", tmp_path / "none.csv").notes == ()


@pytest.mark.parametrize("rows", [[], [("a", "t", None), ("b", "t", None)]])
def test_what_holds_nothing_is_not_taken_in(tmp_path, rows):
    frame = pd.DataFrame(rows, columns=["source", "target", "value"])
    frame.to_csv(tmp_path / "r.csv", index=False)
    with pytest.raises(DataError) as error:
        add(tmp_path / "atlas", tmp_path / "r.csv")
    assert str(error.value) == (
        f"{tmp_path / 'r.csv'} holds no run with a value; there is nothing to take in."
    )
    assert not (tmp_path / "atlas").exists()


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_published_layouts_are_taken_in(layout, shared, tmp_path):
    published = shared / "reference/published"
    folder = next(path.parent for path in published.glob(f"*/{layout.file}"))
    card = add(tmp_path, folder)
    (entry,) = read_atlas(tmp_path)
    assert (card.name, card.layout, card.licence) == (layout.name, "published", layout.licence)
    assert len(entry.results) == len(layout.results(folder))
    assert entry.results["value"].between(0, 1).all()


def test_the_network_of_the_published_study_is_that_of_its_code(shared, tmp_path):
    add(tmp_path, shared / "reference/published/transferability-in-medical-imaging")
    (entry,) = read_atlas(tmp_path)
    assert set(entry.results["network"]) == set(entry.measures["network"]) == {"resnet18"}
    places = atlas_places([entry])
    assert all(place.tried([("resnet18", "imagenet")]) for place in places)
    assert {p.target for p in places if "logme" not in p.scores} == {"chestmnist"}


def test_missing_cells_of_the_published_study_are_no_candidates(shared, tmp_path):
    add(tmp_path, shared / "reference/published/cats-scans")
    places = {p.target: [s for _, s in p.candidates] for p in atlas_places(read_atlas(tmp_path))}
    assert {target: "kimia" in sources for target, sources in places.items()} == {
        "chest": False,
        "isic": False,
        "pcam-middle": True,
    }
    assert all(target not in sources for target, sources in places.items())


def test_the_catalogue_names_the_files_as_they_were_published(shared):
    published = shared / "reference/published"
    for name, files in CATALOGUE.items():
        for file in files:
            digest = hashlib.sha256((published / name / file.file).read_bytes()).hexdigest()
            assert file.checksum == f"sha256:{digest}"
            assert file.address.endswith(f"/{file.file}")


def test_a_published_study_is_fetched_checked_and_taken_in(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    text = "target,source,freeze,fold,AUC\n" + "".join(
        f"{t},{s},freezeFalse,fold{k},0.{8 + (s == 'ImageNet')}{k}\n"
        for t in ("a", "b")
        for s in ("ImageNet", "random")
        for k in (1, 2)
    )
    (site / "AUC.csv").write_text(text)
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def row(digest):
            return Release(
                name="some table",
                reader="",
                file="AUC.csv",
                address=f"http://127.0.0.1:{server.server_port}/AUC.csv",
                checksum=f"sha256:{digest}",
            )

        right = {"some": (row(hashlib.sha256(text.encode()).hexdigest()),)}
        folder = fetch("some", tmp_path / "got", catalogue=right)
        with pytest.raises(DataError, match="the sha256 of what came is"):
            fetch("some", tmp_path / "bad", catalogue={"some": (row("0" * 64),)})
        server.shutdown()
    card = add(tmp_path / "atlas", folder)
    assert (card.name, sorted(card.targets)) == ("revisiting-transfer", ["a", "b"])


def test_an_unknown_published_study_is_named(tmp_path):
    with pytest.raises(UnknownNameError) as error:
        fetch("parcs", tmp_path)
    assert str(error.value) == (
        "Unknown published study 'parcs'. Did you mean 'parc'? Known: parc, revisiting-transfer, "
        "transferability-in-medical-imaging."
    )


def test_the_commands_add_list_and_evaluate(tmp_path):
    for name, targets in (("one", "tuv"), ("two", "wxyz")):
        write_tables(tmp_path, name=name, targets=targets)
        output, _ = warmstart("atlas", "add", f"{name}.csv", "--licence", "CC0", cwd=tmp_path)
        assert output == f"{name}: {len(targets)} targets, licence CC0\n{NO_NETWORK}\n"
    output, _ = warmstart("atlas", "list", cwd=tmp_path)
    studies = [line.split()[0] for line in output.splitlines()]
    assert studies == ["study", "real-images-long", "real-images-starts", "one", "two"]
    output, _ = warmstart("atlas", "evaluate", cwd=tmp_path)
    assert output.startswith(
        "11 targets of 11 origins, each predicted from those of other origins.\n"
    )
    assert "Learned from all: experience" in output
    assert "Note: " not in output


def always_lines(places, always):
    """What `atlas evaluate` says of always taking one source, and its notes."""
    lines = list(evaluation_lines(places, always=always))
    notes = [line for line in lines if line.startswith("Note: ")]
    told = [line.removeprefix(f"always {always}").split() for line in lines]
    return notes, [t for t, line in zip(told, lines, strict=True) if line.startswith("always ")]


def test_the_source_that_is_always_taken_is_found_in_any_spelling(tmp_path):
    for name, targets in (("one", "abc"), ("two", "wxyz")):
        add(tmp_path / "atlas", write_tables(tmp_path, name=name, targets=targets)[0])
    places = atlas_places(read_atlas(tmp_path / "atlas"))
    plain = always_lines(places, "imagenet")
    assert always_lines(places, "ImageNet") == plain
    notes, rows = always_lines(places, "imagnet")
    assert notes == [
        "Note: no source is called 'imagnet', so that always taking it is random choice. There are "
        "imagenet, random, t."
    ]
    assert plain[0] == []
    assert rows != plain[1]
