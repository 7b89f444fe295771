"""The tree of errors. A message says what, where, what was got, what was expected, what to do.

WarmstartError
├── ConfigError        a study file, a command-line option, a recipe
├── DataError          images, labels, groups, arrays
├── UnknownNameError   a name that no table holds
├── WeightsError       weights that are missing or do not fit
├── StoreError         a place that cannot be written or read
└── RunError           a run that failed while training
"""


class WarmstartError(Exception):
    """Anything Warmstart reports in one line; a bug raises something else."""


class ConfigError(WarmstartError):
    """A study file, a command-line option or a recipe is wrong."""


class DataError(WarmstartError):
    """Images, labels, groups or arrays are wrong."""


class UnknownNameError(WarmstartError):
    """A name that no table holds."""


class WeightsError(WarmstartError):
    """Weights are missing or do not fit the network."""


class StoreError(WarmstartError):
    """A folder or file cannot be written or read."""


class RunError(WarmstartError):
    """A run failed while it was training."""
