"""Many scores of one network on one target, the factorisations shared."""

from collections.abc import Callable, Iterable, Mapping

from numpy.typing import ArrayLike

from warmstart.core.names import lookup
from warmstart.errors import ConfigError, DataError
from warmstart.measures.checks import Ints
from warmstart.measures.gbc import target_gbc
from warmstart.measures.h_score import target_h_score, target_shrinkage_h_score
from warmstart.measures.knn import targets_knn
from warmstart.measures.labels import check_groups
from warmstart.measures.lda import target_lda
from warmstart.measures.linear_probe import target_linear_probe
from warmstart.measures.logme import target_logme
from warmstart.measures.measure import Measure
from warmstart.measures.ncti import target_ncti
from warmstart.measures.nleep import targets_nleep
from warmstart.measures.parc import target_parc
from warmstart.measures.probabilities import check_probabilities
from warmstart.measures.sfda import target_sfda
from warmstart.measures.table import known_measures
from warmstart.measures.target import Target, mean_over, targets
from warmstart.measures.transrate import target_transrate

_SHARED: Mapping[str, Callable[[Target], float]] = {
    "logme": target_logme,
    "h_score": target_h_score,
    "shrinkage_h_score": target_shrinkage_h_score,
    "transrate": target_transrate,
    "gbc": target_gbc,
    "lda": target_lda,
    "sfda": target_sfda,
    "ncti": target_ncti,
    "parc": target_parc,
}
_SHARED_BY_LABELS: Mapping[str, Callable[[list[Target]], float]] = {
    "nleep": targets_nleep,
    "knn": targets_knn,
}


def panel(
    features: ArrayLike,
    labels: ArrayLike,
    source_probabilities: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    only: Iterable[str] | None = None,
) -> dict[str, float]:
    """Every score of the table of measures that these arrays allow.

    The values are those of the functions of the same names, with their defaults.

    Args:
        features: Features of the target's images, shape (n, d).
        labels: Class of each image, shape (n,); or several yes/no labels, shape (n, L): scores are
            means over labels.
        source_probabilities: Softmax outputs of the source's own head, shape (n, z), for LEEP and
            NCE.
        groups: Group of each image, such as its patient, shape (n,), for the linear probe.
        only: Names of the scores wanted; by default all, but for those that these arrays do not
            allow: LEEP and NCE without probabilities, and what would raise a `DataError`, as PARC
            with one image per class.

    Returns:
        Value of each score by name, in the order of the table.

    Raises:
        DataError: If arrays are wrong, or do not allow a score in ``only``.
        ConfigError: If a score in ``only`` needs probabilities, and there are none.
        UnknownNameError: If a name in ``only`` is not that of a score.
    """
    scores = {name: row for name, row in known_measures()[0].items() if row.kind == "score"}
    chosen = scores if only is None else {name: lookup("score", name, scores) for name in only}
    found = targets(features, labels)
    units = check_groups(groups, found[0].features.n)
    arguments = {"features": features, "labels": labels}
    if source_probabilities is not None:
        arguments["source_probabilities"] = check_probabilities(source_probabilities, len(units))
    values = {}
    for name, row in chosen.items():
        if missing := [need for need in row.needs if need not in arguments]:
            if only is None:
                continue
            raise ConfigError(f"{name} needs {' and '.join(missing)}, which panel was not given.")
        try:
            values[name] = _value(row, found, units, arguments)
        except DataError:
            if only is not None:
                raise
    return values


def _value(
    row: Measure, found: list[Target], units: Ints, arguments: Mapping[str, ArrayLike]
) -> float:
    if row.name in _SHARED:
        return mean_over(found, _SHARED[row.name])
    if row.name in _SHARED_BY_LABELS:
        return _SHARED_BY_LABELS[row.name](found)
    if row.name == "linear_probe":
        return mean_over(found, lambda target: target_linear_probe(target, units))
    return float(row.compute(*(arguments[need] for need in row.needs)))
