"""How alike two datasets are, how well a network suits a target: arrays in, one number out.

    >>> from warmstart import measures
    >>> features = [[0.0, 1.0], [0.1, 0.8], [1.0, 0.1], [1.1, 0.0]]
    >>> measures.logme(features, [0, 0, 1, 1]) > measures.logme(features, [0, 1, 0, 1])
    True

The names below are loaded when they are first used.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warmstart.measures.cca import cca, pwcca
    from warmstart.measures.cka import kernel_cka, linear_cka
    from warmstart.measures.experts import (
        PUBLISHED_EXPERT_DISTANCES,
        expert_hamming,
        fleiss_kappa,
        majority,
    )
    from warmstart.measures.frechet import frechet
    from warmstart.measures.gbc import gbc
    from warmstart.measures.h_score import h_score, shrinkage_h_score
    from warmstart.measures.image_properties import colour, entropy, resolution
    from warmstart.measures.knn import knn
    from warmstart.measures.lda import lda
    from warmstart.measures.leep import leep
    from warmstart.measures.linear_probe import linear_probe
    from warmstart.measures.logme import logme
    from warmstart.measures.measure import Measure
    from warmstart.measures.mmd import kid, mmd
    from warmstart.measures.nce import nce
    from warmstart.measures.ncti import ncti, ncti_among, ncti_parts
    from warmstart.measures.nleep import nleep
    from warmstart.measures.noise import Noise, noise
    from warmstart.measures.origin import origin
    from warmstart.measures.otdd import otdd
    from warmstart.measures.panel import panel
    from warmstart.measures.parc import parc
    from warmstart.measures.procrustes import procrustes
    from warmstart.measures.properties import (
        classes,
        imbalance,
        label_entropy,
        property_differences,
        size,
    )
    from warmstart.measures.representation import independent_baseline
    from warmstart.measures.sfda import sfda
    from warmstart.measures.svcca import svcca
    from warmstart.measures.table import MEASURES, known_measures, measures
    from warmstart.measures.task2vec import task2vec, task2vec_asymmetric, task2vec_cosine
    from warmstart.measures.transrate import transrate
    from warmstart.measures.vendi import vendi

__all__ = [
    "MEASURES",
    "PUBLISHED_EXPERT_DISTANCES",
    "Measure",
    "Noise",
    "cca",
    "classes",
    "colour",
    "entropy",
    "expert_hamming",
    "fleiss_kappa",
    "frechet",
    "gbc",
    "h_score",
    "imbalance",
    "independent_baseline",
    "kernel_cka",
    "kid",
    "knn",
    "known_measures",
    "label_entropy",
    "lda",
    "leep",
    "linear_cka",
    "linear_probe",
    "logme",
    "majority",
    "measures",
    "mmd",
    "nce",
    "ncti",
    "ncti_among",
    "ncti_parts",
    "nleep",
    "noise",
    "origin",
    "otdd",
    "panel",
    "parc",
    "procrustes",
    "property_differences",
    "pwcca",
    "resolution",
    "sfda",
    "shrinkage_h_score",
    "size",
    "svcca",
    "task2vec",
    "task2vec_asymmetric",
    "task2vec_cosine",
    "transrate",
    "vendi",
]

_HOMES = {
    "MEASURES": "table",
    "PUBLISHED_EXPERT_DISTANCES": "experts",
    "Measure": "measure",
    "Noise": "noise",
    "classes": "properties",
    "colour": "image_properties",
    "entropy": "image_properties",
    "expert_hamming": "experts",
    "fleiss_kappa": "experts",
    "imbalance": "properties",
    "independent_baseline": "representation",
    "kernel_cka": "cka",
    "kid": "mmd",
    "known_measures": "table",
    "label_entropy": "properties",
    "linear_cka": "cka",
    "majority": "experts",
    "measures": "table",
    "ncti_among": "ncti",
    "ncti_parts": "ncti",
    "property_differences": "properties",
    "pwcca": "cca",
    "resolution": "image_properties",
    "shrinkage_h_score": "h_score",
    "size": "properties",
    "task2vec_asymmetric": "task2vec",
    "task2vec_cosine": "task2vec",
}
"""Where names are that are not those of their modules."""


class _Package(ModuleType):
    """Keeps `measures.logme` the function, whoever imports the module of the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in __all__:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'warmstart.measures' has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES.get(name, name)}"), name)


def __dir__() -> list[str]:
    return list(__all__)
