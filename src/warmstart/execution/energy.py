"""How much energy a piece of work took, where CodeCarbon is installed (``warmstart[energy]``)."""

import importlib.util
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Reading = Callable[[], float | None]


@contextmanager
def metered() -> Iterator[Reading]:
    """Yield what ends the measurement and returns the energy of the block so far, in kWh.

    It returns ``None`` where CodeCarbon is not installed or fails, and where the block was over
    before CodeCarbon knew its hardware, which takes seconds: the work waits for nothing. Nothing
    is sent or asked over a network, and no file is written.
    """
    if importlib.util.find_spec("codecarbon") is None:
        yield lambda: None
        return
    meter = _Meter()
    try:
        yield meter.stop
    finally:
        meter.stop()


class _Meter:
    """A tracker of CodeCarbon that starts in a thread of its own and never raises."""

    def __init__(self) -> None:
        self._tracker: Any = None
        self._over = False
        self._turn = threading.Lock()
        threading.Thread(target=self._start, daemon=True).start()

    def _start(self) -> None:
        with suppress(Exception):
            tracker = _tracker()
            tracker.start()
            with self._turn:
                self._tracker = tracker
                if self._over:
                    tracker.stop()

    def stop(self) -> float | None:
        with self._turn:
            first, self._over = not self._over, True
            if not first or self._tracker is None:
                return None
            with suppress(Exception):
                self._tracker.stop()
                return float(self._tracker.final_emissions_data.energy_consumed)
            return None


def _tracker() -> Any:
    from codecarbon import OfflineEmissionsTracker

    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)  # it speaks before it is told not to
    # Named here, so that no file of settings of the user's makes it write or send anything. The
    # country and the carbon of its electricity change emissions only, which are not asked for.
    return OfflineEmissionsTracker(
        country_iso_code="USA",
        force_carbon_intensity_g_co2e_kwh=0.0,
        electricitymaps_api_token=None,
        emissions_endpoint=None,
        output_methods=[],
        output_handlers=[],
        output_dir=".",
        tracking_mode="process",
        allow_multiple_runs=True,
        log_level="critical",
    )
