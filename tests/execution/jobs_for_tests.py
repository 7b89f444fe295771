"""Work that spawned processes can import. A payload is a dictionary; ``place`` is a folder."""

import os
import signal
import time
from pathlib import Path

from warmstart.errors import RunError
from warmstart.execution import Busy


class TwoPartError(Exception):
    """Cannot be sent from one process to another: it wants two arguments and keeps one."""

    def __init__(self, what, where):
        super().__init__(f"{what} at {where}")


def work(payload, report):
    """Note that it began, do what the payload says, and note that it ended."""
    place, key = Path(payload["place"]), payload["key"]
    _note(place, f"begin {key}")
    report(key, (1, 2))
    report(key, "a line")
    ACTIONS[payload.get("action", "nothing")](place)
    report(key, (2, 2))
    _note(place, f"end {key}")


def notes(place):
    """What was noted, in order."""
    path = Path(place) / "notes.txt"
    return path.read_text().splitlines() if path.exists() else []


def _note(place, line):
    with (place / "notes.txt").open("a") as file:
        file.write(line + "\n")


def _refuse(_place):
    raise RunError("The loss became nan.\nLower learning_rate.")


def _bug(_place):
    raise ZeroDivisionError("no images")


def _interrupt(_place):
    raise KeyboardInterrupt


def _silent(_place):
    raise KeyError


def _two_part(_place):
    raise TwoPartError("broken", "disk")


def _busy_twice(place):
    with (place / "busy.txt").open("a") as file:
        file.write("x")
    if len((place / "busy.txt").read_text()) <= 2:
        raise Busy


def _die(_place):
    os._exit(3)


def _be_killed(_place):
    time.sleep(0.2)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _remember_process(place):
    time.sleep(0.1)
    (place / f"process-{os.getpid()}").touch()


def _sleep_long(place):
    _remember_process(place)
    time.sleep(60)


ACTIONS = {
    "interrupt": _interrupt,
    "nothing": lambda _place: None,
    "refuse": _refuse,
    "bug": _bug,
    "silent": _silent,
    "two-part": _two_part,
    "busy twice": _busy_twice,
    "die": _die,
    "be killed": _be_killed,
    "remember process": _remember_process,
    "sleep long": _sleep_long,
    "wait": lambda _place: time.sleep(0.5),
}
