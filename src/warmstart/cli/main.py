"""The command line: parse, call one function, print."""

import io
import os
import sys

import typer

from warmstart import __version__
from warmstart.cli.atlas_add import add as atlas_add
from warmstart.cli.atlas_evaluate import evaluate as atlas_evaluate
from warmstart.cli.atlas_list import list_atlas
from warmstart.cli.datasets_check import check
from warmstart.cli.datasets_describe import describe
from warmstart.cli.datasets_download import download
from warmstart.cli.datasets_list import list_readers
from warmstart.cli.datasets_table import table
from warmstart.cli.demo import demo
from warmstart.cli.doctor import doctor
from warmstart.cli.evidence import evidence
from warmstart.cli.measures_compare import compare
from warmstart.cli.measures_kept import kept
from warmstart.cli.measures_list import list_measures
from warmstart.cli.measures_run import run_measures
from warmstart.cli.option_words import option_words
from warmstart.cli.recommend import recommend
from warmstart.cli.reproduce import reproduce
from warmstart.cli.study_new import new
from warmstart.cli.study_plan import plan
from warmstart.cli.study_report import report
from warmstart.cli.study_run import run
from warmstart.cli.study_start import start
from warmstart.cli.study_status import status
from warmstart.errors import WarmstartError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Which pretrained source gives your medical images the best start, with the evidence.",
)
study = typer.Typer(no_args_is_help=True, help="Compare sources on targets, from one study file.")
app.add_typer(study, name="study")
datasets = typer.Typer(
    no_args_is_help=True, help="Look at datasets: what they hold, what is wrong with them."
)
app.add_typer(datasets, name="datasets")
measures = typer.Typer(
    no_args_is_help=True,
    help="How alike two datasets are, and how well a network suits a target.",
)
app.add_typer(measures, name="measures")
atlas = typer.Typer(no_args_is_help=True, help="Experience: studies that recommendations stand on.")
app.add_typer(atlas, name="atlas")
atlas.command("add")(atlas_add)
atlas.command("list")(list_atlas)
atlas.command("evaluate")(atlas_evaluate)
app.command()(demo)
app.command()(doctor)
app.command()(evidence)
app.command()(recommend)
app.command()(reproduce)
for command in (new, plan, run, status, report, start):
    study.command()(command)
datasets.command("list")(list_readers)
datasets.command()(describe)
datasets.command()(check)
datasets.command()(table)
datasets.command()(download)
measures.command("list")(list_measures)
measures.command("run")(run_measures)
measures.command()(kept)
measures.command()(compare)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"warmstart {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    del version


INTERRUPTED = 130
"""Exit code after Ctrl-C."""
_GO_ON = ("demo", "recommend", "study run", "datasets download")
"""Commands that go on where they were stopped."""


def main() -> None:
    """Run a command: exit code 2 for bad input, 1 where a run failed, 130 when interrupted."""
    _prepare()
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            goes_on = " ".join(sys.argv[1:]).startswith(_GO_ON)
            more = " The same command goes on where it stopped." if goes_on else ""
            typer.echo(f"\nStopped.{more}", err=True)
        raise
    except OSError as error:
        if not _lost_output():
            raise
        typer.echo(f"warmstart: Cannot write the output: {error.strerror}.", err=True)
        sys.exit(2)
    except WarmstartError as error:
        typer.echo(f"warmstart: {option_words(str(error))}", err=True)
        sys.exit(2)


def _prepare() -> None:
    """Set what must be set before PyTorch is loaded and before anything is printed."""
    # Threads that wait by spinning take the cores from those that work: beside any other load
    # training came to a near halt (6 images a second for 300). A short spin costs nothing when
    # the machine is free. GNU OpenMP reads this when PyTorch is loaded.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Windows code page may lack what we print
            stream.reconfigure(encoding="utf-8", errors="replace")


def _lost_output() -> bool:
    """Whether standard output takes no more, as on a full disk; if so, what is left is dropped."""
    try:
        print(flush=True)
    except OSError:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return True
    return False


if __name__ == "__main__":
    main()
