"""Archives for the tests of unpacking."""

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from warmstart.data.unpack import unpacked
from warmstart.errors import DataError

FILES = {"images/a.png": b"a" * 700, "images/deep/b.png": b"b" * 512, "labels.csv": b"x,y\n"}


def zip_of(path, files, mode="w", **options):
    with zipfile.ZipFile(path, mode, zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tar_of(path, files, mode="w", links=()):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, kind, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return path


def inner(make, files, **options):
    """The bytes of an archive."""
    held = io.BytesIO()
    if make is zip_of:
        zip_of(held, files, **options)
    else:
        with tarfile.open(fileobj=held, mode="w") as archive:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


def held(folder):
    """Every file below a folder, through links to folders."""
    walk = os.walk(folder, followlinks=True)
    paths = [Path(top, name) for top, _, names in walk for name in names]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def message(root, cache, patterns=("*",), error=DataError):
    with pytest.raises(error) as raised:
        unpacked(root, patterns, cache)
    kept = [path.name for path in (cache / "unpacked").glob("*") if path.suffix != ".lock"]
    assert kept == []
    return str(raised.value)
