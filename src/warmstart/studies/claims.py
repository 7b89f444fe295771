"""The claims of a study file, as they are judged."""

from warmstart.analysis.claims import AXES, STAGE, Claim, Names
from warmstart.studies.config import ClaimPlace, Study


def claims_of(study: Study) -> list[Claim]:
    """The claims of a study."""
    return [
        Claim(
            name=name,
            says=section.says,
            cite=section.cite,
            compare=named(section.compare),
            to=named(section.to),
            than=tuple((named(pair.compare), named(pair.to)) for pair in section.than),
            number=section.number,
            relate=section.relate or "",
            over=section.over,
            expect=section.expect,
            within=section.within or 0.0,
            targets=section.on or (),
            label=section.label,
        )
        for name, section in study.claims.items()
    ]


def named(place: ClaimPlace) -> Names:
    """The names of a place, on the axes that it names."""
    found = {axis: getattr(place, axis) for axis in (*AXES, STAGE)}
    return {
        axis: (names,) if isinstance(names, str) else names
        for axis, names in found.items()
        if names is not None
    }
