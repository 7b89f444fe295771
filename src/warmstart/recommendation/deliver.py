"""What the folder of an answer holds: the answer, the model, what it rests on."""

import json
from collections.abc import Mapping

from warmstart.analysis.answer_sentences import expected_sentence
from warmstart.metrics import METRICS
from warmstart.recommendation.answer import Recommendation
from warmstart.recommendation.answer_folder import replace_files
from warmstart.recommendation.case import Case
from warmstart.recommendation.evaluation import Judged
from warmstart.recommendation.methods import methods
from warmstart.recommendation.model import Model, model_of
from warmstart.recommendation.page_contents import page_contents
from warmstart.recommendation.trainings_done import trainings_done
from warmstart.reports.tables import csv_text
from warmstart.sharing.cards import model_card
from warmstart.studies.write import ANSWER


def deliver(found: Recommendation, case: Case, judged: Mapping[str, Judged] | None) -> None:
    """Write the answer into its folder, each file whole or not at all.

    - Always: ``answer.json``, ``answer.txt``, ``methods.txt``, ``report.html``.
    - Where a whole training of the start is done: ``model.safetensors`` with the network's own
      names, ``preprocess.json``, the card ``README.md``, ``predictions.csv`` with what every
      training said of the images that it had not seen, ``performance.csv`` with what these came
      to, and ``figures/``.

    What an earlier answer left is taken away.

    Args:
        found: The answer.
        case: What it rests on.
        judged: How the rule did on the atlas.

    Raises:
        StoreError: If the folder cannot be written.
    """
    from warmstart.reports.answer_page import render_answer  # loads the drawing library
    from warmstart.reports.model_figures import model_drawings

    model = model_of(found.start.point.name, case.trials)
    about = () if model is None else tuple(_about(found, model))
    trainings = trainings_done(case.trials, case.plan.candidates)
    paragraph = methods(found, case, model, trainings)
    page = page_contents(
        found, case, judged, model, trainings=trainings, methods=paragraph, about=about
    )
    files: dict[str, bytes | str] = {}
    if model is not None:
        files |= _model_files(model, about)
        drawings = model_drawings(model.assessment, page.score)
        files |= {f"figures/{name}": text for name, text in drawings.items()}
    files |= {
        "methods.txt": f"{paragraph}\n",
        "report.html": render_answer(page),
        "answer.txt": f"{found}\n",
        ANSWER: json.dumps(found.to_dict(), indent=1, allow_nan=False) + "\n",
    }
    replace_files(found.folder, files)


def _model_files(model: Model, about: tuple[str, ...]) -> dict[str, bytes | str]:
    return {
        "model.safetensors": (model.folder / "model.safetensors").read_bytes(),
        "preprocess.json": (model.folder / "preprocess.json").read_bytes(),
        "README.md": model_card(
            model.record, model.classes, model.opening, model.outcome, about=about
        ),
        "predictions.csv": csv_text(model.predictions()),
        "performance.csv": csv_text(model.assessment.numbers),
    }


def _about(found: Recommendation, model: Model) -> list[str]:
    images, many = model.outcome["images"], len(model.folders)
    told = [
        f"The weights are those of {f'one training of {many}' if many > 1 else 'one training'}: it "
        f"was trained on {images['train']:,} of {images['train'] + images['test']:,} images. The "
        f"other {images['test']:,}, those of fold {model.fold} in predictions.csv, it has not "
        "seen; its numbers are of these."
    ]
    chosen, title = found.chosen, METRICS[found.metric].title
    if chosen is not None and chosen.candidates > 1:
        expected = expected_sentence(chosen, title=title)
        told.append(f"{expected} The numbers of a single training are not corrected.")
    return told
