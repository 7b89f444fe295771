"""The page: complete, self-contained, and deaf to hostile names."""

import json
import re
from dataclasses import replace

import pytest

from page_elements import HOSTILE, Elements
from warmstart.reports.contents import COLUMNS
from warmstart.reports.figures import FIGURES
from warmstart.reports.page import progress, render


@pytest.fixture(scope="module")
def page(contents):
    return render(contents)


def test_nothing_is_loaded_from_outside(page):
    elements = Elements(page)
    for tag, attributes in elements.found:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            value = attributes.get(name) or ""
            assert value.startswith(("data:", "#")) or not value, (tag, name, value[:80])
    assert not [tag for tag, _ in elements.found if tag in ("link", "iframe", "object", "base")]
    styles = "".join(text for tag, text in elements.raw if tag == "style")
    assert styles
    assert not re.search(r"@import|url\s*\(", styles)
    without_scripts = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"https?://", without_scripts)
    assert "default-src 'none'" in page


def test_a_typical_page_is_smaller_than_three_megabytes(page):
    assert len(page.encode()) < 3_000_000


def test_every_section_and_figure_is_there(page, contents):
    for title in (
        *("The answer", "What was asked", "Datasets", "Table I", "Recipes", "Table III"),
        *("Chosen values", "Pretraining", "Table II", "Failed (1)", "Not converged (2)"),
        *("Versions", "The study file"),
    ):
        assert title in page
    for figure in FIGURES.values():
        assert f'id="figure-{figure.name}"' in page
    for sentence in (*contents.sentences, *contents.warnings):
        assert sentence in page
    assert "the loss became NaN in epoch 3" in page
    assert "the chosen learning rate lies at the edge of the grid in 2 of 3 runs" in page
    assert "25 of 26 runs are done, 1 failed." in page
    assert "1 run failed. 23 of 25 finished runs converged, 2 did not." in page


def test_a_study_without_measures_has_no_section_for_them(contents):
    page = render(replace(contents, transfer=contents.transfer.iloc[:0]))
    assert 'id="measures"' not in page
    assert 'href="#measures"' not in page


def test_the_answer_comes_first_and_says_what_varies(page, contents):
    ids = re.findall(r'<section id="(\w+)"', page)
    assert ids == ["answer", "measures", "asked", "datasets", "recipes", "runs", "versions"]
    answer = page[page.index('id="answer"') : page.index('id="asked"')]
    assert contents.interval_note in answer
    assert "2 of 3 baseline runs did not converge" in answer


def test_every_figure_has_words_for_those_who_do_not_see_it(page):
    pictures = [attributes for tag, attributes in Elements(page).found if tag == "img"]
    assert pictures
    assert all(attributes.get("alt") for attributes in pictures)
    assert page.count('role="img" aria-label="') == len(FIGURES)


def test_specifications_in_the_page_are_whole(page):
    specs = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    assert len(specs) == len(FIGURES)
    assert all("$schema" not in json.loads(spec) for spec in specs)


def test_hostile_names_do_not_become_elements(contents, page):
    names = {"photos": HOSTILE, "lesions": HOSTILE, "tf_efficientnet_lite0": HOSTILE}
    study = replace(
        contents,
        **{name: getattr(contents, name).replace(names) for name in COLUMNS},
        samples={HOSTILE: [(HOSTILE, contents.samples["photos"][0][1])]},
        title=HOSTILE,
        study_toml=HOSTILE,
        sentences=(HOSTILE,),
        warnings=(HOSTILE,),
        versions={HOSTILE: HOSTILE},
        interval_note=HOSTILE,
    )
    hostile = Elements(render(study))
    ours = Elements(page)
    for tag in ("script", "iframe", "style"):
        count = [[t for t, _ in e.found].count(tag) for e in (hostile, ours)]
        assert count[0] == count[1]
    for _, attributes in hostile.found:
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("src") != "x"


def test_a_shared_page_holds_no_picture_and_says_so(contents):
    page = render(replace(contents, share=True))
    assert "data:image/png" not in page
    assert "it holds no pictures" in page
    assert "akiec, bcc, bkl" in page


def test_a_study_without_results_says_how_far_it_is(unfinished):
    page = render(unfinished)
    assert "No results yet: 0 of 26 runs are done, 26 are still to do." in page
    assert "No run failed, and none has finished." in page
    assert 'id="figure-auc"' not in page
    assert 'id="figure-plan"' in page


def test_a_long_warning_is_shortened(contents):
    page = render(replace(contents, warnings=("long " * 200,)))
    assert "<li>" + ("long " * 79) + "lo...</li>" in page


def test_progress_counts_states(contents):
    runs = contents.runs.head(3).assign(state=["done", "failed", "running"])
    text = progress(replace(contents, runs=runs))
    assert text == "1 of 3 runs are done, 1 failed, 1 is still to do."


def test_rendering_twice_gives_the_same_page(contents, page):
    assert render(contents) == page


def test_steps_to_an_auc_stand_below_the_curves(page, unfinished):
    assert page.index('id="figure-curves"') < page.index('<details class="paper" id="steps">')
    table = page[page.index('id="steps"') :]
    assert '<th scope="col" class="n">crossed</th>' in table
    assert '<th scope="col" class="n">stayed</th>' in table
    empty = render(unfinished)
    assert 'id="steps"' not in empty
    assert 'id="figure-curves"' not in empty
