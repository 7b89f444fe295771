"""``warmstart doctor``."""

import typer


def doctor() -> None:
    """Say what Warmstart runs on, and where data and results go."""
    from warmstart.studies.doctor import findings

    for name, value in findings().items():
        typer.echo(f"{name:<14}{value}")
