"""What claims of a study file say that cannot be."""

from collections.abc import Iterator

from warmstart.analysis.claims import STAGE, Names
from warmstart.studies.claims import named
from warmstart.studies.config import ClaimSection, Study
from warmstart.studies.consistency import source_names, target_datasets, unknown_names

_NEED_WITHIN = ("not_lower", "same", "little")
_OF_RELATIONS = ("higher", "little")


def claim_problems(study: Study) -> list[str]:
    """What claims say that cannot be, one line each."""
    return [
        line
        for name, claim in study.claims.items()
        for check in (_of_names, _of_bounds, _of_differences, _of_relations)
        for line in check(study, f"claims.{name}", claim)
    ]


def _of_names(study: Study, where: str, claim: ClaimSection) -> Iterator[str]:
    """Names that the study does not have."""
    known = {
        "network": list(study.networks),
        "source": source_names(study),
        "arm": list(study.arms),
    }
    for key, place in _places(claim):
        for axis, names in place.items():
            if axis in known:
                yield from unknown_names(axis, names, known[axis], f"{where}.{key}")
    yield from unknown_names("target", claim.on or (), list(target_datasets(study)), where)


def _of_bounds(study: Study, where: str, claim: ClaimSection) -> Iterator[str]:
    """What is expected, and what counts as the same."""
    if claim.expect not in _NEED_WITHIN and claim.within is not None:
        yield f'[{where}] within has no effect with expect = "{claim.expect}"; leave it out.'
    if claim.expect in _NEED_WITHIN and claim.within is None:
        yield (
            f'[{where}] expect = "{claim.expect}" needs within, the difference that does not '
            "count, such as 0.01."
        )
    if (claim.within or 0) >= 1 and claim.number != "steps":
        yield f"[{where}] within is {claim.within}; expected less than 1."


def _of_differences(study: Study, where: str, claim: ClaimSection) -> Iterator[str]:
    """What a claim about differences lacks, or what does nothing there."""
    if claim.relate is None and not named(claim.compare):
        yield f"[{where}] compare names no results; name a network, source or arm, or use relate."
    if claim.number == "steps" and study.protocol.steps_to_auc is None:
        yield f'[{where}] number = "steps" needs protocol.steps_to_auc, such as 0.9.'
    if claim.number != "metric" and claim.label:
        yield f'[{where}] label has no effect with number = "{claim.number}"; leave it out.'
    for key, place in _places(claim):
        if STAGE in place and claim.number != "kept":
            yield f'[{where}.{key}] stage is known of number = "kept" only; leave it out.'
        if key.startswith("than") and any(len(names) > 1 for names in place.values()):
            yield f"[{where}.{key}] names several on one axis; expected one, in as many pairs."


def _of_relations(study: Study, where: str, claim: ClaimSection) -> Iterator[str]:
    """What does nothing beside, or without, ``relate``."""
    given = [
        key
        for key, there in (
            ("to", bool(named(claim.to))),
            ("than", bool(claim.than)),
            ("number", claim.number != "metric"),
        )
        if there
    ]
    if claim.relate is not None and given:
        yield f"[{where}] no effect with relate: {', '.join(given)}; leave it out."
    if claim.relate is None and claim.over != "sources":
        yield f"[{where}] over has no effect without relate; leave it out."
    if claim.relate is not None and claim.expect not in _OF_RELATIONS:
        expected = " or ".join(f'"{word}"' for word in _OF_RELATIONS)
        yield f'[{where}] expect = "{claim.expect}"; expected {expected} with relate.'
    if claim.relate is None and claim.expect == "little":
        yield f'[{where}] expect = "little" needs relate; "same" is for differences.'


def _places(claim: ClaimSection) -> Iterator[tuple[str, Names]]:
    """Every place that a claim names, with the key that holds it."""
    yield "compare", named(claim.compare)
    yield "to", named(claim.to)
    for number, pair in enumerate(claim.than):
        yield f"than.{number}.compare", named(pair.compare)
        yield f"than.{number}.to", named(pair.to)
