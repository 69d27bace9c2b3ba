"""The section `evaluation`: benchmarks and statistics."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from codem_ray.config.fields import DISTINCT, Float, LanguageName, PositiveInt, Section
from codem_ray.languages import related_pairs
from codem_ray.records import AnswerChoice, ExtractionOptions, PromptStyle

NonEmpty = Annotated[str, Field(min_length=1)]


class LossConfig(Section):
    """Reference answers on which the loss of every model is measured."""

    pairs: Annotated[int, Field(ge=2)] | None = None
    """Pairs of each target language that are held out of every source, with their near-duplicates;
    null: none."""
    references: bool | PositiveInt = False
    """References of the benchmarks. true: those of all scored problems; a number: the first N of
    each benchmark, whatever `limit` is; false: none."""

    @model_validator(mode="after")
    def _has_answers(self) -> LossConfig:
        if self.pairs is None and not self.references:
            raise ValueError(
                "neither pairs nor references is set: set pairs to the number of pairs to hold out "
                "of each language, or references to true, or remove evaluation.loss"
            )
        return self


class EvaluationConfig(Section):
    """Benchmarks, their execution, and statistics."""

    benchmarks: Annotated[tuple[str, ...], Field(min_length=1), DISTINCT]
    """Names from `codem-ray ls benchmarks`, or files in a published format."""
    loss: LossConfig | None = None
    """Also measure the loss of every model on reference answers; null: no losses."""
    baseline_style: PromptStyle = PromptStyle.COMPLETION
    """The prompt style of `base` from which gains of pass@k are measured; those of the loss are
    measured from `instruction`."""
    k: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (1,)
    """pass@k for these k; none above generation.samples."""
    limit: PositiveInt | None = None
    """Use the first N problems of each benchmark (also `--limit`); marked in every output. The
    numbers in `loss` are not limited."""
    extract: AnswerChoice = AnswerChoice.BEST
    """Which code of a completion is the answer: `best` defines what the problem asks for; `first`
    or `last` is a fence; `raw` is the text as it is. For other harnesses' rules."""
    reasoning_tags: tuple[tuple[NonEmpty, NonEmpty], ...] = ()
    """Marks around reasoning to leave out, opening and closing, beside the known ones."""
    sandbox: Annotated[
        str, Field(min_length=1, examples=["bubblewrap", "process-without-isolation"])
    ] = "bubblewrap"
    """Name of a sandbox backend; `process-without-isolation` isolates nothing. Installed packages
    may add others."""
    confidence: Annotated[Float, Field(gt=0.5, lt=1)] = 0.95
    """Confidence level of the intervals."""
    alpha: Annotated[Float, Field(gt=0, lt=0.5)] = 0.05
    """Significance level of the tests over the matrix, after adjustment."""
    bootstrap_resamples: PositiveInt = 2000
    """Resamples of the grouped bootstrap."""
    related: Annotated[tuple[tuple[LanguageName, LanguageName], ...], DISTINCT] | None = None
    """Pairs of languages expected to help each other more than others do, such as `[[c, cpp]]`;
    state them before the sweep runs. By default the pairs of `codem-ray ls languages`."""
    gate: bool = True
    """Run the reference gate first."""
    cache: bool = True
    """Reuse verdicts on equal programs, toolchains and limits from earlier sweeps on this machine.
    The reference gate never uses them."""

    @field_validator("related")
    @classmethod
    def _refuse_equal(
        cls, pairs: tuple[tuple[str, str], ...] | None
    ) -> tuple[tuple[str, str], ...] | None:
        for one, other in pairs or ():
            if one == other:
                raise ValueError(f"{one!r} cannot be related to itself: name two languages")
        return pairs

    @property
    def related_pairs(self) -> frozenset[frozenset[str]]:
        """The pairs of related languages."""
        pairs = related_pairs() if self.related is None else self.related
        return frozenset(map(frozenset, pairs))

    @property
    def extraction(self) -> ExtractionOptions:
        """How answers are taken out of completions."""
        return ExtractionOptions(choice=self.extract, reasoning_tags=self.reasoning_tags)
