"""What a study asked of each source, as tables of its report."""

from typing import Any

import pandas as pd

from warmstart.models.starts import parse_start
from warmstart.studies.config import Study
from warmstart.studies.consistency import source_names, target_datasets
from warmstart.studies.plan import arms_of, section_of, sources_of
from warmstart.studies.recipes import finetune_recipe, pretrain_recipe
from warmstart.studies.study_file import shared_start


def source_table(study: Study) -> pd.DataFrame:
    """Where the weights of each source come from."""
    rows = []
    for name in source_names(study):
        section = section_of(study, name)
        start, networks = parse_start(section.start), section.networks or study.networks
        dataset = start.argument if start.kind == "dataset" else ""
        rows.append((name, shared_start(str(start)), dataset, ", ".join(networks)))
    return pd.DataFrame(rows, columns=["source", "start", "dataset", "networks"])


def recipe_table(study: Study) -> pd.DataFrame:
    """Table III: the settings of each pretraining, and of each source on each target."""
    rows = []
    for name in source_names(study):
        section = section_of(study, name)
        if parse_start(section.start).kind == "dataset":
            recipe = pretrain_recipe(study, section)
            rows.append({"phase": "pretrain", "source": name, "target": ""} | recipe.question())
    arms_differ = any(arm.finetune for arm in study.arms.values())
    for target in target_datasets(study):
        for name in sources_of(study, target):
            section = section_of(study, name)
            for arm in arms_of(study, name):
                recipe = finetune_recipe(study, name, section, target, study.arms[arm], {})
                values: dict[str, Any] = recipe.question()
                values |= {field: "tuned" for field in study.tune}
                place = {"phase": "finetune", "source": name, "target": target}
                rows.append(place | ({"arm": arm} if arms_differ else {}) | values)
    return pd.DataFrame(rows)
