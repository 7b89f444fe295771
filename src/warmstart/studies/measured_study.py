"""A study that is being measured: its images, and the networks that measures look through."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from warmstart.embed.probe import Probe, make_probe
from warmstart.errors import WeightsError
from warmstart.models.architectures import linear_name
from warmstart.models.pretrained import read_tensors
from warmstart.models.starts import parse_start
from warmstart.models.weights import weights_here
from warmstart.studies.config import Study
from warmstart.studies.distances import published_eye
from warmstart.studies.jobs import Place, with_origin
from warmstart.studies.listener import Listener
from warmstart.studies.material import Sample, sample_of
from warmstart.studies.options import Options
from warmstart.studies.plan import PlannedRun, section_of
from warmstart.studies.ready import Ready
from warmstart.studies.trainings import Trainings
from warmstart.training.run import normalisation_of, starting_network


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredStudy:
    """A study that is being measured.

    Attributes:
        study: The study.
        ready: Its datasets and runs.
        options: How it is run.
        listener: Told what is left out.
        most: How many images of a dataset are looked at, at most.
        intervals: Whether halves of samples are measured too.
    """

    study: Study
    ready: Ready
    options: Options
    listener: Listener
    most: int
    intervals: bool
    _samples: dict[tuple[str, int, str, bool], Sample] = field(default_factory=dict, init=False)

    @property
    def place(self) -> Place:
        """Where its runs lie."""
        return Place(folder=self.options.out)

    @cached_property
    def pairs(self) -> Sequence[PlannedRun]:
        """The first fine-tuning of each network, source and target."""
        first: dict[tuple[str, str, str], PlannedRun] = {}
        for run in self.ready.runs:
            if run.kind == "finetune":
                first.setdefault((run.network, run.source, run.target), run)
        return list(first.values())

    def source_dataset(self, run: PlannedRun) -> str | None:
        """The dataset that a run's source was pretrained on in the study, if it was."""
        start = parse_start(section_of(self.study, run.source).start)
        return start.argument if start.kind == "dataset" else None

    def sample(self, dataset: str, run: PlannedRun) -> Sample:
        """A dataset as the run's recipe shows it."""
        size, fit = run.recipe.image_size, run.recipe.fit
        tested = dataset == run.dataset and self.study.protocol.split == "official"
        place = dataset, size, fit, tested
        if place not in self._samples:
            self._samples[place] = sample_of(
                self.ready.inputs.datasets[dataset],
                size=size,
                fit=fit,
                most=self.most,
                cache=self.options.cache,
                leave_out="test" if tested else None,
            )
        return self._samples[place]

    @cached_property
    def _trainings(self) -> Trainings:
        return Trainings(self.study, self.ready.inputs, cache=self.options.cache, device="cpu")

    def starting_probe(self, run: PlannedRun) -> Probe:
        """The network that fine-tuning starts from, with its own linear layer where it has one."""
        training = self._trainings.of(run)
        if run.needs is not None:
            training = with_origin(training, self.place, run.needs)
        mean, std = normalisation_of(training)
        if training.weights is not None and parse_start(run.start).transform is None:
            tensors = read_tensors(training.weights)
        else:
            model = starting_network(training)
            layer = f"{linear_name(model)}."  # new, so that it says nothing of any class
            tensors = {k: v for k, v in model.state_dict().items() if not k.startswith(layer)}
        return make_probe(run.network, tensors, mean=mean, std=std)

    def eye(self) -> Probe | None:
        """The network whose features datasets are compared by, if possible without a download."""
        start, cache, root = parse_start("timm"), self.options.cache, self.options.base
        here: list[str] = []
        away: list[str] = []
        for network in self.study.networks:
            with suppress(WeightsError):  # none are published
                found = here if weights_here(start, network, cache=cache, root=root) else away
                found.append(network)
        for network in (*here, *away):
            with suppress(WeightsError):
                return published_eye(network, cache)
        self.listener.say(
            f"no published weights of {', '.join(self.study.networks)}: distances are left out."
        )
        return None
