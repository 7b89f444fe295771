"""The command line: parse, call one function, print."""

import os
import sys

import typer

from warmstart import __version__
from warmstart.cli.demo import demo
from warmstart.cli.doctor import doctor
from warmstart.cli.study_new import new
from warmstart.cli.study_plan import plan
from warmstart.cli.study_report import report
from warmstart.cli.study_run import run
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
app.command()(demo)
app.command()(doctor)
for command in (new, plan, run, status, report):
    study.command()(command)


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


def main() -> None:
    """Run a command: exit code 2 for bad input, 1 where a run failed, 130 when interrupted."""
    # Threads that wait by spinning take the cores from those that work: beside any other load
    # training came to a near halt. OpenMP reads this when PyTorch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app()
    except WarmstartError as error:
        typer.echo(f"warmstart: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("\nStopped. The same command goes on where it stopped.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
