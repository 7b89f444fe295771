"""Energy of a piece of work, with a stand-in of CodeCarbon, and with CodeCarbon where it is."""

import importlib.util
import subprocess
import sys
import threading

import pytest

from warmstart.execution.energy import metered

STAND_IN = """
import threading

made, let_start = [], threading.Event()
let_start.set()

class OfflineEmissionsTracker:
    def __init__(self, **options):
        self.options, self.calls = options, []
        made.append(self)

    def start(self):
        let_start.wait(10)
        self.calls.append("start")

    def stop(self):
        self.calls.append("stop")
        self.final_emissions_data = type("Data", (), {"energy_consumed": 0.125})()
"""
DAMAGES = {
    "cannot be imported": ("import threading", "import nothing_of_this_name"),
    "cannot be made": ("made.append(self)", "raise OSError('no hardware')"),
    "cannot start": ('self.calls.append("start")', "raise OSError('no counter')"),
    "cannot stop": ('self.calls.append("stop")', "raise OSError('no counter')"),
    "knows nothing": ("self.final_emissions_data", "self.nothing"),
}


@pytest.fixture
def codecarbon(tmp_path, monkeypatch):
    """Put a module of the name ``codecarbon`` in front of any other."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(text=STAND_IN):
        (tmp_path / "codecarbon.py").write_text(text)
        monkeypatch.delitem(sys.modules, "codecarbon", raising=False)

    yield install
    sys.modules.pop("codecarbon", None)


def wait_for_threads():
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(10)


def test_without_codecarbon_nothing_is_known(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    before = threading.active_count()
    with metered() as energy:
        assert threading.active_count() == before
        assert energy() is None


def test_the_energy_is_the_trackers_and_nothing_is_written_or_sent(codecarbon):
    codecarbon()
    with metered() as energy:
        wait_for_threads()
        assert energy() == 0.125
    (tracker,) = sys.modules["codecarbon"].made
    assert tracker.calls == ["start", "stop"]
    assert tracker.options["output_methods"] == tracker.options["output_handlers"] == []
    assert tracker.options["emissions_endpoint"] is None
    assert tracker.options["electricitymaps_api_token"] is None


@pytest.mark.parametrize(("sound", "damaged"), DAMAGES.values(), ids=DAMAGES)
def test_whatever_fails_the_work_is_done(codecarbon, sound, damaged):
    assert sound in STAND_IN
    codecarbon(STAND_IN.replace(sound, damaged))
    with metered() as energy:
        wait_for_threads()
        assert energy() is None


def test_an_error_of_the_work_ends_the_measurement(codecarbon):
    def fail():
        with metered():
            wait_for_threads()
            raise ZeroDivisionError

    codecarbon()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert sys.modules["codecarbon"].made[0].calls == ["start", "stop"]


def test_the_work_waits_for_no_tracker_and_a_late_one_is_stopped(codecarbon):
    codecarbon(STAND_IN.replace("let_start.set()", ""))
    with metered() as energy:
        assert energy() is None
    module = importlib.import_module("codecarbon")
    module.let_start.set()
    wait_for_threads()
    assert module.made[0].calls == ["start", "stop"]


def test_codecarbon_itself_reads_some_energy_without_network_file_or_word(tmp_path):
    if importlib.util.find_spec("codecarbon") is None:
        pytest.skip("codecarbon is not installed: pip install 'warmstart[energy]'")
    code = (
        "import socket, time\n"
        "from warmstart.execution.energy import metered\n"
        "def refuse(*_): raise AssertionError('a connection is made')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "end = time.monotonic() + 12\n"
        "with metered() as energy:\n"
        "    while time.monotonic() < end: sum(range(10_000))\n"
        "    print(energy())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert 0 < float(done.stdout) < 0.01  # 12 seconds at less than 3 kW
    assert done.stderr == ""
    assert not list(tmp_path.iterdir())
