"""README and docs: examples parse, keys and columns are all there, links and commands exist."""

import dataclasses
import json
import re
import runpy
import shlex
import tomllib
from itertools import groupby
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from small_study import write_images
from warmstart.analysis.claims import COLUMNS as COMPARISON_COLUMNS
from warmstart.analysis.claims import VERDICT_COLUMNS
from warmstart.analysis.steps import COLUMNS as STEPS_COLUMNS
from warmstart.analysis.summary import COLUMNS as SUMMARY_COLUMNS
from warmstart.cli.main import app
from warmstart.data.readers import readers
from warmstart.metrics import METRICS
from warmstart.reports.contents import COLUMNS as REPORT_COLUMNS
from warmstart.reports.figures import FIGURES
from warmstart.studies.config import (
    ArmSection,
    ClaimPlace,
    ClaimSection,
    Classes,
    DatasetSection,
    Mix,
    PairSection,
    Protocol,
    SourceSection,
    Study,
    Subset,
    TargetSection,
)
from warmstart.studies.reader_list import BEGIN, END, reader_markdown
from warmstart.studies.study_file import build_study
from warmstart.training.recipe import PRETRAIN_DEFAULTS, Recipe

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
COMMAND = typer.main.get_command(app)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(language):
    """Every fenced block of a language, with the name of its page and its number there."""
    return [
        pytest.param(found[2], id=f"{page.name}-{number}")
        for page in PAGES
        for number, found in enumerate(FENCED.findall(page.read_text("utf-8")))
        if found[1] == language
    ]


def commands():
    """Every command of a shell block, and of the running text where it begins with warmstart."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        shell = [body for _, language, body in FENCED.findall(text) if language == "sh"]
        lines = "".join(shell).replace("\\\n", " ").splitlines()
        lines += re.findall(r"`(warmstart [^`\n]+)`", FENCED.sub("", text))
        found += [pytest.param(line, id=f"{page.name}: {line.strip()[:50]}") for line in lines]
    return found


def section(page, heading):
    """The text below a heading, up to the next one of its level."""
    parts = re.split(r"^## ", FENCED.sub("", page.read_text("utf-8")), flags=re.MULTILINE)
    return next(part for part in parts if part.splitlines()[0].strip() == heading)


def rows(text):
    """The cells of every row of every table."""
    lines = [line for line in text.splitlines() if line.strip().startswith("|")]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def documented(text, name, *, after=2):
    """The cell that says a key's default."""
    for cells in rows(text):
        if f"`{name}`" in cells[:2]:
            return cells[cells.index(f"`{name}`") + after]
    raise AssertionError(f"{name} is not in a table")


def shown(value):
    """A default as the documentation shows it."""
    if value is None or value == {}:
        return "none"
    if isinstance(value, BaseModel):
        return "below"
    return f"`{', '.join(value)}`" if isinstance(value, dict) else f"`{json.dumps(value)}`"


@pytest.mark.parametrize("text", blocks("toml"))
def test_toml_examples_are_studies_that_could_be_run(text):
    table = tomllib.loads(text)
    if "datasets" in table:
        build_study(table)


@pytest.mark.parametrize("text", blocks("python"))
def test_python_examples_run(text, tmp_path, monkeypatch):
    path = tmp_path / "example.py"
    path.write_text(text)
    monkeypatch.chdir(tmp_path)
    if "my-images" in text:
        write_images(tmp_path / "my-images", ("benign", "malignant"))
        text = runpy.run_path(str(path))["recommendation"].sentences[0]
        assert text.startswith("Start from ")
        return
    names = runpy.run_path(str(path))
    (tmp_path / "s1_a_0.png").touch()
    (tmp_path / "s2_b_0.png").touch()
    dataset = names["READER"].read(tmp_path, names["READER"].options())
    assert dataset.classes == ("a", "b")
    assert dataset.groups.tolist() == ["s1", "s2"]


@pytest.mark.parametrize("line", commands())
def test_commands_exist_with_the_options_named(line):
    words = shlex.split(line, comments=True)
    if words[:1] == ["make"]:
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert words[1] in targets
    if words[:1] == ["python"]:
        assert (ROOT / words[1]).is_file()
    if words[:1] != ["warmstart"]:
        return
    command = COMMAND
    for word in words[1:]:
        if word.startswith("-"):
            assert word.split("=")[0] in {o for p in command.params for o in p.opts} | {"--help"}
        elif hasattr(command, "commands"):
            assert word in command.commands
            command = command.commands[word]


@every_page
def test_links_lead_to_files_and_headings(page):
    text = page.read_text("utf-8")
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", FENCED.sub("", text)):
        if target.startswith(("http:", "https:")):
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.is_file(), f"{target} does not exist"
        if anchor:
            assert anchor in slugs(file), f"{target}#{anchor} does not exist"


def slugs(file):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", file.read_text("utf-8")), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


RULE = re.compile(r" *\|( *:?-+:? *\|)+ *")


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_table_has_a_header_and_no_gaps(page):
    """Behind an empty line, rows without a header are shown as plain text."""
    lines = FENCED.sub("", page.read_text("utf-8")).splitlines()
    for is_table, group in groupby(lines, lambda line: line.lstrip().startswith("|")):
        table = list(group)
        if is_table:
            assert len(table) > 2, table[0]
            assert RULE.fullmatch(table[1]), f"no header above: {table[0]}"
            assert len({len(cells) for cells in rows("\n".join(table))}) == 1, table[0]


MODELS = {
    "Top level": [Study],
    "`[datasets.NAME]`": [DatasetSection, Classes, Subset, Mix],
    "`[sources.NAME]`": [SourceSection],
    "`[targets.NAME]`": [TargetSection],
    '`[pairs."SOURCE->TARGET"]`': [PairSection],
    "`[arms.NAME]`": [ArmSection],
    "`[claims.NAME]`": [ClaimSection, ClaimPlace],
    "Recipe": [Recipe],
    "`[protocol]`": [Protocol],
}


@pytest.mark.parametrize("heading", MODELS)
def test_every_key_of_the_study_file_is_documented_with_its_default(heading):
    text = section(DOCS / "study-file.md", heading)
    keys = {}
    for model in MODELS[heading]:
        keys |= model.model_fields
    for name, field in keys.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        expected = "required" if field.is_required() else shown(default)
        assert (name, documented(text, name)) == (name, expected)
    found = {cells[0].strip("`") for cells in rows(text) if len(cells) > 3 and "`" in cells[0]}
    assert found == set(keys)


def test_defaults_of_pretraining_are_documented():
    text = section(DOCS / "study-file.md", "Recipe")
    for name, value in Recipe(**PRETRAIN_DEFAULTS).model_dump().items():
        assert (name, documented(text, name, after=3)) == (name, shown(value))


def test_every_metric_is_documented():
    text = section(DOCS / "study-file.md", "`[protocol]`")
    assert all(f'`"{name}"`' in text for name in METRICS)


@pytest.mark.parametrize("reader", readers().values(), ids=lambda reader: reader.name)
def test_every_option_of_a_reader_is_documented_with_its_default(reader):
    heading = "`demo-photos` and `demo-medical`" if "demo" in reader.name else f"`{reader.name}`"
    text = section(DOCS / "readers.md", heading)
    for field in dataclasses.fields(reader.options):
        required = field.default is dataclasses.MISSING
        expected = "required" if required else shown(field.default)
        assert (field.name, documented(text, field.name)) == (field.name, expected)


def test_the_table_of_readers_is_that_of_the_registry():
    """`warmstart datasets list --format markdown` prints it."""
    text = (DOCS / "readers.md").read_text("utf-8")
    table = text.partition(f"{BEGIN}\n")[2].partition(END)[0]
    assert table == reader_markdown(readers().usable()[0])


FOLDER_TABLES = {
    "`results.csv`": REPORT_COLUMNS["results"],
    "`runs.csv`": REPORT_COLUMNS["runs"],
    "`pretrain.csv`": REPORT_COLUMNS["pretrain"],
    "`summary.csv`": SUMMARY_COLUMNS,
    "`claims.csv`": VERDICT_COLUMNS,
    "`claim-comparisons.csv`": COMPARISON_COLUMNS,
    "`steps.csv`": STEPS_COLUMNS,
    "`datasets.csv`": (*REPORT_COLUMNS["datasets"], "warnings"),
    "`leakage.csv`": REPORT_COLUMNS["leaks"],
}


@pytest.mark.parametrize("heading", FOLDER_TABLES)
def test_every_column_of_a_table_is_documented(heading):
    cells = [row[0] for row in rows(section(DOCS / "study-folder.md", heading))]
    found = set(re.findall(r"`(\w+)`", " ".join(cells)))
    assert found == set(FOLDER_TABLES[heading])


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)
def test_every_column_of_a_figures_table_is_documented(figure):
    table = rows(section(DOCS / "study-folder.md", "`figures/`"))
    cell = next(row[1] for row in table if row[0] == f"`{figure.name}.csv`")
    named = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", cell))
    assert named == list(figure.columns)
