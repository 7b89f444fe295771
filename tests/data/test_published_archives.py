"""Releases as they are downloaded: archives side by side, tables loose beside them."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from data_problems import write_image
from packed import zip_of
from release import build

from warmstart.data.prepare import prepare
from warmstart.data.readers import READERS, read_dataset
from warmstart.errors import DataError


def pack(folder, kind, *, inside):
    """Replace a folder by its archive; the archive holds the folder, or only what is in it."""
    place = (folder.parent, folder.name) if inside else (folder, ".")
    archive = shutil.make_archive(folder.parent / f"{folder.name}-packed", kind, *place)
    shutil.rmtree(folder)
    suffix = ".tar.gz" if kind == "gztar" else f".{kind}"
    shutil.move(archive, folder.parent / f"{folder.name}{suffix}")


def isic2018(root):
    for folder in [path for path in root.iterdir() if path.is_dir()]:
        pack(folder, "zip", inside=True)


def ham10000(root):
    """As on Dataverse: the images lie in their archives without a folder."""
    for folder in [path for path in root.iterdir() if path.is_dir()]:
        pack(folder, "zip", inside=False)


def nih_chestxray14(root):
    for folder in sorted(root.glob("images_*")):
        pack(folder / "images", "gztar", inside=True)
        shutil.move(folder / "images.tar.gz", root / f"{folder.name}.tar.gz")
        folder.rmdir()


def pcam(root):
    for path in root.glob("*.h5"):
        with gzip.open(f"{path}.gz", "wb") as packed:
            packed.write(path.read_bytes())
        path.unlink()


PACKED = {
    "isic2018": isic2018,
    "ham10000": ham10000,
    "nih-chestxray14": nih_chestxray14,
    "pcam": pcam,
}


@pytest.mark.parametrize("reader", PACKED)
def test_a_folder_of_archives_is_read_like_what_they_hold(reader, tmp_path):
    (tmp_path / "release").mkdir()
    release = build(reader, tmp_path / "release")
    before = read_dataset("x", reader, release.root, release.options)
    _, pictures = prepare(before, size=8, fit="squash", cache=tmp_path / "a")
    PACKED[reader](release.root)
    assert [path for path in release.root.iterdir() if path.suffix in (".zip", ".gz")]
    after = read_dataset("x", reader, release.root, release.options, cache=tmp_path / "cache")
    _, unpacked = prepare(after, size=8, fit="squash", cache=tmp_path / "b")
    by_stem = {name.rsplit("/", 1)[-1]: place for place, name in enumerate(after.names)}
    order = [by_stem[name.rsplit("/", 1)[-1]] for name in before.names]
    if reader == "pcam":
        order = list(range(len(before)))
    assert sorted(order) == list(range(len(after)))
    assert np.array_equal(after.labels[order], before.labels, equal_nan=True)
    assert after.groups[order].tolist() == before.groups.tolist()
    assert np.array_equal(unpacked.array[order], pictures.array)


def names_of(dataset):
    return [name.rsplit("/", 1)[-1] for name in dataset.names]


def packed_as(archive, folder):
    archive.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.make_archive(archive.with_suffix(""), "zip", folder))


ON_KAGGLE = [name for name, reader in READERS.items() if "archive.zip" in reader.archives]


def test_the_readers_of_releases_on_kaggle_know_its_name_for_archives():
    expected = (
        "isic2018 ham10000 kermany chexpert nih-chestxray14 eyepacs aptos2019 pcam-kaggle imagenet"
    )
    assert " ".join(ON_KAGGLE) == expected


@pytest.mark.parametrize("below", ["", "download"])
@pytest.mark.parametrize("reader", ON_KAGGLE)
def test_archive_zip_is_read_where_it_lies_and_as_root(reader, below, tmp_path):
    release = build(reader, tmp_path / "release")
    before = read_dataset("x", reader, release.root, release.options)
    archive = packed_as(tmp_path / "root" / below / "archive.zip", release.root)
    (archive.parent / "readme.txt").write_text("")
    for root in (tmp_path / "root", archive):
        after = read_dataset("x", reader, root, release.options, cache=tmp_path / "cache")
        assert sorted(names_of(after)) == sorted(names_of(before))


def test_archive_zip_beside_what_it_holds_is_left_alone(tmp_path):
    release = build("ham10000", tmp_path / "release")
    packed_as(tmp_path / "x" / "archive.zip", release.root).rename(release.root / "archive.zip")
    read_dataset("x", "ham10000", release.root, {}, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_zip_of_one_part_is_read_from_its_top(tmp_path):
    for name in ("NORMAL/IM-1-1", "NORMAL/IM-2-1", "PNEUMONIA/person1_virus_1"):
        write_image(tmp_path / "up" / "chest_xray" / "train" / f"{name}.jpeg")
    write_image(tmp_path / "up/chest_xray/train/PNEUMONIA/person2_virus_1.jpeg")
    archive = packed_as(tmp_path / "x.zip", tmp_path / "up")
    dataset = read_dataset("x", "kermany", archive, {}, cache=tmp_path / "cache")
    assert len(dataset) == 4
    assert set(dataset.split.tolist()) == {"train"}


def test_archives_below_a_folder_whose_contents_lie_above_are_left_alone(tmp_path):
    (tmp_path / "release").mkdir()
    release = build("pcam", tmp_path / "release")
    packed = tmp_path / "packed"
    shutil.copytree(release.root, packed)
    pcam(packed)
    (packed / "camelyonpatch_level_2_split_train_x.h5.gz").write_bytes(b"cut")
    packed.rename(release.root / "old")
    read_dataset("x", "pcam", release.root, {}, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def refusal_of(reader, root, tmp_path):
    with pytest.raises(DataError) as error:
        read_dataset("x", reader, root, {}, cache=tmp_path / "cache")
    return str(error.value)


def test_an_archive_of_another_name_is_said_where_nothing_is_found(tmp_path):
    root = tmp_path / "root"
    write_image(root / "papers" / "0.png")
    zip_of(root / "archive.zip", {"a.txt": b""})
    start = f"{root} holds no train.csv; expected {READERS['aptos2019'].expects}."
    assert refusal_of("aptos2019", root, tmp_path) == (
        f"{start} archive.zip lies there; name it as root."
    )
    zip_of(root / "mine.zip", {"a.txt": b""})
    assert refusal_of("aptos2019", root, tmp_path) == (
        f"{start} archive.zip, mine.zip lie there; name one of them as root."
    )


def test_an_archive_that_was_searched_is_not_proposed(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    zip_of(root / "archive.zip", {"a.txt": b""})
    assert refusal_of("aptos2019", root, tmp_path) == (
        f"{root} (unpacked) holds no train.csv; expected {READERS['aptos2019'].expects}."
    )


def test_messages_name_the_archive_and_not_the_cache(tmp_path):
    release = build("chexpert", tmp_path / "release")
    (release.root / "valid.csv").unlink()
    archive, options = packed_as(tmp_path / "chexpert.zip", release.root), {"labels": ["Edema"]}
    dataset = read_dataset("x", "chexpert", archive, options, cache=tmp_path / "cache")
    assert dataset.warnings[0] == f"no validation part: {archive} (unpacked)/valid.csv is not there"
    assert not any("cache" in line for line in dataset.notes + dataset.warnings)


def test_pieces_of_an_archive_are_to_be_joined(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    zip_of(root / "trainLabels.csv.zip", {"trainLabels.csv": b"image,level\n1_left,0\n"})
    for number in range(1, 6):
        (root / f"train.zip.00{number}").write_bytes(b"PK")
    assert refusal_of("eyepacs", root, tmp_path) == (
        f"{root} (unpacked): train.zip.001 to train.zip.005 are pieces of one archive; join them: "
        "cat train.zip.0* > train.zip"
    )


def test_a_folder_or_zip_with_one_npz_is_that_npz(tmp_path):
    (tmp_path / "release").mkdir()
    path = build("medmnist", tmp_path / "release").root
    before = read_dataset("x", "medmnist", path, {})
    archive = packed_as(tmp_path / "x.zip", path.parent)
    for root in (path.parent, archive):
        after = read_dataset("x", "medmnist", root, {}, cache=tmp_path / "cache")
        assert after.names == before.names
    shutil.copy(path, path.parent / "zzz.npz")
    assert refusal_of("medmnist", path.parent, tmp_path) == (
        f"{path.parent} holds 2 files *.npz, such as {path.name} and zzz.npz; name one of them as "
        "root."
    )


@pytest.mark.parametrize("reader", ["folder", "kimia960"])
def test_names_do_not_tell_the_folders_around_a_release(reader, tmp_path):
    release = build(reader, tmp_path / "release")
    before = read_dataset("x", reader, release.root, {})
    archive = tmp_path / "kimia960.zip"
    shutil.make_archive(archive.with_suffix(""), "zip", release.root.parent, release.root.name)
    after = read_dataset("x", reader, archive, {}, cache=tmp_path / "cache")
    assert after.names == before.names
