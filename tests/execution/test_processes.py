"""What only processes can get wrong: they die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from jobs_for_tests import notes, work

from warmstart.execution import Job, Processes
from warmstart.execution import processes as module

DIED = "its process died (out of memory, or killed)"


@pytest.fixture
def run(tmp_path):
    def call(**actions):
        jobs = [
            Job(key, {"place": str(tmp_path), "key": key, "action": action})
            for key, action in actions.items()
        ]
        outcomes = Processes(2).run(work, jobs, report=lambda *_: None)
        return {outcome.key: outcome.error for outcome in outcomes}

    return call


@pytest.mark.parametrize("end", ["die", "be killed"])
def test_a_process_that_dies_fails_its_job_and_the_others_still_run(run, tmp_path, end):
    found = run(first=end, **{f"job{number}": "nothing" for number in range(6)})
    assert found["first"] == DIED
    beside = [key for key in found if found[key] == DIED and key != "first"]
    assert len(beside) <= 1  # only what ran beside it
    done = {line.split()[1] for line in notes(tmp_path) if line.startswith("end")}
    assert {key for key in found if found[key] is None} <= done
    assert len(found) == 7


def test_ctrl_c_in_a_process_is_no_failure_of_its_job(run):
    with pytest.raises(KeyboardInterrupt):
        run(first="interrupt")


def test_jobs_that_need_one_whose_process_died_are_told(tmp_path):
    payload = {"place": str(tmp_path)}
    jobs = [
        Job("a", payload | {"key": "a", "action": "die"}),
        Job("b", payload | {"key": "b"}, needs=("a",)),
    ]
    found = [(o.key, o.error) for o in Processes(2).run(work, jobs, report=lambda *_: None)]
    assert found == [("a", DIED), ("b", "needs a, which failed")]


def test_a_death_seen_only_when_the_next_job_is_given_loses_no_job(run, monkeypatch):
    """The pool may know that it is broken before any job does."""
    submit, refusals = module.ProcessPoolExecutor.submit, iter([True])

    def refuse_once(pool, *arguments):
        if next(refusals, False):
            raise module.BrokenProcessPool
        return submit(pool, *arguments)

    monkeypatch.setattr(module.ProcessPoolExecutor, "submit", refuse_once)
    assert run(a="nothing", b="nothing") == {"a": None, "b": None}


def test_a_payload_that_cannot_be_sent_fails_its_job_only(tmp_path):
    jobs = [
        Job("bad", {"place": str(tmp_path), "key": "bad", "file": lambda: None}),
        Job("good", {"place": str(tmp_path), "key": "good"}),
    ]
    found = {o.key: o.error for o in Processes(2).run(work, jobs, report=lambda *_: None)}
    assert found["good"] is None
    assert "pickle" in found["bad"]
    assert "\n" not in found["bad"]


def test_jobs_run_side_by_side_in_other_processes(run, tmp_path):
    run(a="remember process", b="remember process", c="remember process")
    workers = {int(path.name.split("-")[1]) for path in tmp_path.glob("process-*")}
    assert 1 <= len(workers) <= 2
    assert os.getpid() not in workers


def test_giving_up_ends_the_processes(tmp_path):
    jobs = [
        Job(key, {"place": str(tmp_path), "key": key, "action": action})
        for key, action in (("a", "nothing"), ("b", "sleep long"), ("c", "sleep long"))
    ]
    outcomes = Processes(2).run(work, jobs, report=lambda *_: None)
    assert next(outcomes).key == "a"
    workers = wait_for_processes(tmp_path)
    outcomes.close()
    assert ended(workers)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
def test_workers_end_when_their_parent_is_killed(tmp_path):
    code = (
        "import sys; from jobs_for_tests import work; from warmstart.execution import *\n"
        "if __name__ == '__main__':\n"
        "    payload = {'place': sys.argv[1], 'action': 'sleep long'}\n"
        "    jobs = [Job(key, payload | {'key': key}) for key in 'ab']\n"
        "    list(Processes(2).run(work, jobs, report=lambda *_: None))\n"
    )
    (tmp_path / "main.py").write_text(code)
    found = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    here = {"PYTHONPATH": os.pathsep.join(found)}
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "main.py", tmp_path],
        env=os.environ | here,
        stderr=subprocess.DEVNULL,
    )
    workers = wait_for_processes(tmp_path, count=2)
    parent.send_signal(signal.SIGKILL)
    parent.wait(10)
    assert ended(workers)


def wait_for_processes(place, count=1):
    for _ in range(300):
        found = [int(path.name.split("-")[1]) for path in place.glob("process-*")]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError("the workers did not begin")


def ended(workers):
    """Whether these processes are gone, or only wait to be collected, within ten seconds."""
    for _ in range(200):
        alive = [pid for pid in workers if _is_alive(pid)]
        if not alive:
            return True
        time.sleep(0.05)
    return False


def _is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
