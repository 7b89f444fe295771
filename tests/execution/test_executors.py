"""Every executor keeps the same promises."""

import pytest
from jobs_for_tests import notes, work

from warmstart.execution import EXECUTORS, Job, Outcome, Processes, Serial, executor_for


@pytest.fixture(params=EXECUTORS)
def executor(request):
    return EXECUTORS[request.param](2)


@pytest.fixture
def run(executor, tmp_path):
    """Call with (key, action, needs...) per job; returns what every executor answers."""

    def call(*wanted, report=lambda *_: None):
        jobs = [
            Job(key, {"place": str(tmp_path), "key": key, "action": action}, tuple(needs))
            for key, action, *needs in wanted
        ]
        return list(executor.run(work, jobs, report=report))

    return call


def test_without_jobs_nothing_happens(run, tmp_path):
    assert run() == []
    assert notes(tmp_path) == []


def test_every_job_is_done_once_after_those_it_needs(run, tmp_path):
    found = run(
        ("d", "nothing", "b", "c"),
        ("b", "nothing", "a"),
        ("c", "wait", "a", "done long ago"),
        ("a", "nothing"),
    )
    assert sorted(found, key=lambda o: o.key) == [Outcome(key) for key in "abcd"]
    told, order = [outcome.key for outcome in found], notes(tmp_path)
    assert len(order) == 8
    for need, job in ("ab", "ac", "bd", "cd"):
        assert order.index(f"end {need}") < order.index(f"begin {job}")
        assert told.index(need) < told.index(job)


def test_an_error_is_one_line_and_stops_no_other_job(run, tmp_path):
    found = {
        outcome.key: outcome.error
        for outcome in run(
            ("ours", "refuse"),
            ("a bug", "bug"),
            ("silent", "silent"),
            ("cannot be sent", "two-part"),
            ("well", "nothing"),
        )
    }
    assert found == {
        "ours": "The loss became nan. Lower learning_rate.",
        "a bug": "ZeroDivisionError: no images",
        "silent": "KeyError",
        "cannot be sent": "TwoPartError: broken at disk",
        "well": None,
    }
    assert "end well" in notes(tmp_path)


def test_a_job_that_needs_a_failed_one_is_not_begun_and_says_so(run, tmp_path):
    found = run(
        ("grandchild", "nothing", "child"),
        ("child", "nothing", "parent"),
        ("parent", "refuse"),
        ("other", "nothing"),
    )
    assert {outcome.key: outcome.error for outcome in found} == {
        "grandchild": "needs child, which failed",
        "child": "needs parent, which failed",
        "parent": "The loss became nan. Lower learning_rate.",
        "other": None,
    }
    begun = {line.split()[1] for line in notes(tmp_path) if line.startswith("begin")}
    assert begun == {"parent", "other"}


def test_a_busy_job_is_tried_until_it_is_free_and_keeps_none_waiting(run, tmp_path):
    found = run(("taken", "busy twice"), ("after", "nothing", "taken"), ("free", "nothing"))
    assert sorted(found, key=lambda o: o.key) == [Outcome(k) for k in ("after", "free", "taken")]
    order = notes(tmp_path)
    assert order.count("begin taken") == 3
    assert order.count("end taken") == 1
    assert order.index("end free") < order.index("end taken") < order.index("begin after")


def test_reports_of_every_job_arrive_in_order(run):
    heard = []
    run(("a", "wait"), ("b", "wait"), report=lambda *told: heard.append(told))
    for key in "ab":
        of_it = [told for told in heard if told[0] == key]
        assert of_it[:2] == [(key, (1, 2)), (key, "a line")]
        assert of_it.count((key, (1, 2))) == of_it.count((key, "a line")) == 1


def test_an_executor_that_was_given_up_can_be_used_again(executor, run, tmp_path):
    jobs = [Job(k, {"place": str(tmp_path), "key": k}) for k in "abc"]
    given_up = executor.run(work, jobs, report=lambda *_: None)
    next(given_up)
    given_up.close()
    assert run(("d", "nothing")) == [Outcome("d")]


def test_the_number_of_jobs_chooses_the_executor():
    assert isinstance(executor_for(1), Serial)
    several = executor_for(3)
    assert isinstance(several, Processes)
    assert several.workers == 3


def test_two_jobs_of_one_key_are_a_bug(run):
    with pytest.raises(AssertionError, match="two jobs have the same key"):
        run(("a", "nothing"), ("a", "nothing"))
