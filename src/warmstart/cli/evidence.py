"""``warmstart evidence``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from warmstart.analysis.practical import COUNTS


def evidence(
    results: Annotated[
        Path, typer.Argument(help="A study folder, or a CSV or Parquet table.", metavar="RESULTS")
    ],
    measures: Annotated[
        Path | None, typer.Option(help="CSV or Parquet table; by default the study folder's.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="What is to be predicted; by default the study's.")
    ] = None,
    compare: Annotated[
        Literal["sources", "networks", "both"], typer.Option(help="What candidates differ in.")
    ] = "sources",
    baseline: Annotated[
        str | None,
        typer.Option(help="Source that gains are measured from; paper: the target itself."),
    ] = None,
    baseline_per: Annotated[
        Literal["mean", "fold"] | None, typer.Option(help="Over the mean baseline, or each fold's.")
    ] = None,
    always: Annotated[str, typer.Option(help="The source taken without thinking.")] = "imagenet",
    self_pairs: Annotated[
        bool, typer.Option("--self-pairs", help="Keep sources that are the target itself.")
    ] = False,
    shared_images: Annotated[
        bool, typer.Option("--shared-images", help="Keep sources that saw images of the target.")
    ] = False,
    rope: Annotated[
        float, typer.Option(min=0.0, help="AUC points that make no difference in practice.")
    ] = COUNTS,
    resamples: Annotated[int, typer.Option(min=100, help="Behind intervals.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write tables and figures here.")] = None,
) -> None:
    """Say how well each measure predicts transfer, beside what costs nothing."""
    from warmstart.reports.evidence_lines import evidence_lines
    from warmstart.studies.evidence import make_evidence, write_evidence

    found, question = make_evidence(
        results,
        measures,
        metric=metric,
        compare=compare,
        baseline=baseline,
        baseline_per=baseline_per,
        always=always,
        self_pairs=self_pairs,
        shared_images=shared_images,
        rope=rope,
        resamples=resamples,
        seed=seed,
    )
    typer.echo("\n".join(evidence_lines(found, question)))
    if out is not None:
        write_evidence(found, question, out)
        typer.echo(f"Tables and figures: {out}")
