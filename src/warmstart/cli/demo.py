"""``warmstart demo``."""

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli.options import Device, Jobs


def demo(
    out: Annotated[Path, typer.Option(help="Where the results go.")] = Path("demo-results"),
    jobs: Jobs = 1,
    device: Device = "auto",
) -> None:
    """Run the demo study: real photographs and tissue, a few minutes on two CPU cores."""
    from warmstart.cli.running import run_and_show
    from warmstart.demo.study import demo_study

    run_and_show(demo_study(), base=Path(), out=out, jobs=jobs, device=device, retry_failed=True)
