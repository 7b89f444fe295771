"""A study run in the process of the test."""

from warmstart.studies.listener import Silent
from warmstart.studies.options import Options
from warmstart.studies.runner import run_study
from warmstart.studies.study_file import read_study


class Notes(Silent):
    """Notes how runs ended."""

    def __init__(self):
        self.ended = []

    def end(self, key, error):
        self.ended.append((key, error))


def run(file, out, **options):
    """Run a study on the CPU; return what was written and a listener that noted how runs ended."""
    listener = Notes()
    cache = options.pop("cache", out.parent / "cache")
    chosen = Options(base=file.parent, out=out, cache=cache, device="cpu", **options)
    return run_study(read_study(file), chosen, listener), listener
