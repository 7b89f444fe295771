"""The claims of a study file, checked and made ready to be judged."""

from collections.abc import Iterator

from warmstart.analysis.claims import AXES, Claim
from warmstart.studies.config import ClaimPlace, ClaimSection, Study
from warmstart.studies.consistency import source_names, target_datasets, unknown_names


def claims_of(study: Study) -> list[Claim]:
    """The claims of a study."""
    return [
        Claim(
            name=name,
            says=section.says,
            cite=section.cite,
            compare=_place(section.compare),
            to=_place(section.to),
            expect=section.expect,
            within=section.within or 0.0,
            targets=section.on or (),
            label=section.label,
        )
        for name, section in study.claims.items()
    ]


def claim_problems(study: Study) -> list[str]:
    """What claims say that cannot be, one line each."""
    return [line for name, claim in study.claims.items() for line in _problems(study, name, claim)]


def _problems(study: Study, name: str, claim: ClaimSection) -> Iterator[str]:
    known = {
        "network": list(study.networks),
        "source": source_names(study),
        "arm": list(study.arms),
    }
    for key, place in (("compare", claim.compare), ("to", claim.to)):
        for axis, names in _place(place).items():
            yield from unknown_names(axis, names, known[axis], f"claims.{name}.{key}")
    yield from unknown_names(
        "target", claim.on or (), list(target_datasets(study)), f"claims.{name}"
    )
    if claim.expect == "higher" and claim.within is not None:
        yield f'[claims.{name}] within has no effect with expect = "higher"; leave it out.'
    if claim.expect != "higher" and claim.within is None:
        yield (
            f'[claims.{name}] expect = "{claim.expect}" needs within, the difference that does not '
            "count, such as 0.01."
        )


def _place(place: ClaimPlace) -> dict[str, tuple[str, ...]]:
    named = {axis: getattr(place, axis) for axis in AXES}
    return {
        axis: (names,) if isinstance(names, str) else names
        for axis, names in named.items()
        if names is not None
    }
