import sys

import pytest

from warmstart.cli.main import main


@pytest.fixture
def cli(monkeypatch, capsys):
    """Run a command in this process; return its exit code, output and messages."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["warmstart", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run
