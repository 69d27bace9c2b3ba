"""The results and facts of a sweep, and the values that several sections use."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from codem_ray.analysis import (
    CellKey,
    IntervalSettings,
    MatrixCell,
    baseline_style,
    missing_cells,
    transfer_matrix,
)
from codem_ray.analysis.similarity import Similarity, language_similarity
from codem_ray.analysis.transfer_results import TransferStudy
from codem_ray.config import EvaluationConfig
from codem_ray.languages import LANGUAGES, PAGES
from codem_ray.records import Metric, Outcome, PromptStyle
from codem_ray.report.matrix_layout import Matrix, lay_out_matrix
from codem_ray.report.sample_texts import ReadTexts, no_texts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """Results and facts of a sweep, from the caller. Keys of facts become column headings."""

    sweep_name: str
    results: pd.DataFrame
    """Rows of ProblemResult of one plan."""
    losses: pd.DataFrame | None = None
    """Rows of LossResult of the same plan; None if no losses were measured."""
    evaluation: EvaluationConfig
    """Settings of the statistics."""
    sweep: Mapping[str, object] = field(default_factory=dict)
    """The sweep file as plain data."""
    plan: Mapping[str, object] = field(default_factory=dict)
    """Facts of the plan."""
    expected: Sequence[CellKey] = ()
    """Cells that the plan contains; those without results are reported as missing."""
    unfinished: Sequence[str] = ()
    """Names of cells that the next run evaluates again."""
    data_card: Mapping[str, object] = field(default_factory=dict)
    """Origins, licences, digests and counts of the training data; see `report.card_tables`."""
    training_facts: Sequence[Mapping[str, object]] = ()
    """A row per trial: steps, tokens, loss, seconds."""
    search: Sequence[Mapping[str, object]] = ()
    """A row per setting of a search: source, setting, state, loss, and whether it is the best."""
    loss_curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    """Step and loss by trial."""
    benchmarks: Sequence[Mapping[str, object]] = ()
    """A row per benchmark: problems, quarantined, digest, licence."""
    environment: Mapping[str, object] = field(default_factory=dict)
    """Versions, sandbox, and how memory limits are enforced."""
    warnings: Sequence[str] = ()
    """Further warnings, such as failed trials or weak limits."""
    references: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Solutions of problems by language and common name, for the similarity of languages."""
    read_texts: ReadTexts = no_texts
    """Reads what the models wrote, for the page's view of a cell."""
    finished_at: datetime | None = None
    """When the last trial finished."""


@dataclass(frozen=True)
class ReportData:
    """The inputs of a report and the values derived from them, each computed once."""

    inputs: ReportInputs

    @property
    def evaluation(self) -> EvaluationConfig:
        """The typed evaluation section of the sweep file."""
        return self.inputs.evaluation

    @property
    def intervals(self) -> IntervalSettings:
        """How confidence intervals are computed."""
        return IntervalSettings(
            confidence=self.evaluation.confidence, resamples=self.evaluation.bootstrap_resamples
        )

    @cached_property
    def cells(self) -> tuple[MatrixCell, ...]:
        """All cells of the transfer matrix; ConfigError or DataError for unusable results."""
        return tuple(
            transfer_matrix(
                self.inputs.results,
                baseline_style=self.evaluation.baseline_style,
                k=self.evaluation.k,
                intervals=self.intervals,
            )
        )

    @cached_property
    def loss_cells(self) -> tuple[MatrixCell, ...]:
        """The cells of losses, as rows of the transfer matrix; gains are in nats per token."""
        losses = self.inputs.losses
        if losses is None or losses.empty:
            return ()
        style = baseline_style(Metric.LOSS, self.evaluation.baseline_style)
        return tuple(transfer_matrix(losses, baseline_style=style, intervals=self.intervals))

    @cached_property
    def loss_matrix(self) -> Matrix:
        """The headline cells of the losses as a table."""
        return lay_out_matrix(self.loss_cells)

    @cached_property
    def matrix(self) -> Matrix:
        """The headline cells of the lowest k as a table."""
        return lay_out_matrix(self.cells)

    @cached_property
    def missing(self) -> tuple[CellKey, ...]:
        """Expected cells without results."""
        return tuple(missing_cells(self.inputs.expected, (*self.cells, *self.loss_cells)))

    @cached_property
    def is_limited(self) -> bool:
        """Whether some results cover only the first problems of their benchmark."""
        return bool(self.inputs.results["is_limited"].any())

    @cached_property
    def facts(self) -> Mapping[str, str]:
        """What the page states in one line: model, date, seeds, hours."""
        inputs, results = self.inputs, self.inputs.results
        facts = {"metric": f"pass@{self.matrix.k}"}
        base = inputs.sweep.get("base_model")
        if isinstance(base, Mapping) and base.get("path"):
            facts["model"] = str(base["path"]).rstrip("/").rpartition("/")[2]
        if inputs.finished_at:
            facts["date"] = f"{inputs.finished_at:%Y-%m-%d}"
        tuned = results[results["source"] != "base"]
        seeds = sorted(set(tuned["seed"]))
        facts["seed" if len(seeds) == 1 else "seeds"] = ", ".join(map(str, seeds)) or "none"
        seconds = [row.get("seconds") for row in inputs.training_facts]
        hours = sum(second for second in seconds if isinstance(second, int | float)) / 3600
        if hours:
            facts["training"] = f"{hours:.2g} hours"
        cpu_seconds = results[["compile_cpu_seconds", "run_cpu_seconds"]].sum().sum()
        facts["execution"] = f"{cpu_seconds / 3600:.2g} CPU hours"
        return facts

    @property
    def limited_note(self) -> str:
        """Text that follows a figure's heading if the results are limited, else empty."""
        return "  (limited: first problems only)" if self.is_limited else ""

    @cached_property
    def outcome_counts(self) -> Mapping[tuple[str, PromptStyle, str], Counter[Outcome]]:
        """Samples by outcome for each source, prompt style and benchmark.

        Quarantined problems are not counted.
        """
        counts: dict[tuple[str, PromptStyle, str], Counter[Outcome]] = defaultdict(Counter)
        columns = ["source", "prompt_style", "benchmark", "outcome", "is_quarantined"]
        rows = self.inputs.results[columns].itertuples(index=False, name=None)
        for source, style, benchmark, outcome, is_quarantined in rows:
            if not is_quarantined:
                counts[source, PromptStyle(style), benchmark][Outcome(outcome)] += 1
        return dict(counts)

    @cached_property
    def tested(self) -> tuple[MatrixCell, ...]:
        """The cells whose gains are tested together: all with a gain, except those of base."""
        cells = self.matrix.cells.values()
        return tuple(cell for cell in cells if cell.gain is not None and cell.source != "base")

    @cached_property
    def study(self) -> TransferStudy | None:
        """Contrasts, parts and margins of the gains of the lowest k; None without gains."""
        return self.study_over(self.evaluation.baseline_style)

    def study_over(self, style: PromptStyle) -> TransferStudy | None:
        """Compute the study of gains over base asked in a style; None if it was not asked so."""
        rows, best = self.inputs.results, self.best_settings
        if best:
            rows = rows.assign(source=rows["source"].replace(best))
        return self._study(rows, style)

    @property
    def best_settings(self) -> dict[str, str]:
        """The source that each best setting of a search stands for in the study, by row.

        They are chosen by loss and not by scores, so scores are not biased by the choice. Losses
        are: those on held-out pairs may be the ones by which they were chosen.
        """
        return {
            f"{row['source']} {row['setting']}": str(row["source"])
            for row in self.inputs.search
            if row["best"]
        }

    @cached_property
    def loss_study(self) -> TransferStudy | None:
        """Contrasts, parts and margins of the gains in loss; None without gains."""
        losses = self.inputs.losses
        if losses is None or losses.empty:
            return None
        return self._study(losses, baseline_style(Metric.LOSS, self.evaluation.baseline_style))

    def _study(self, rows: pd.DataFrame, style: PromptStyle) -> TransferStudy | None:
        # It imports numpy and scipy, which commands without a report should not wait for.
        from codem_ray.analysis.transfer_study import transfer_study

        return transfer_study(
            rows,
            languages=LANGUAGES,
            pages=PAGES,
            related=self.evaluation.related_pairs,
            baseline_style=style,
            k=self.matrix.k,
            alpha=self.evaluation.alpha,
            intervals=self.intervals,
            similarities=self.similarities,
        )

    @cached_property
    def similarities(self) -> tuple[Similarity, ...]:
        """The similarity of languages in the solutions of the benchmarks' problems."""
        return language_similarity(self.inputs.references)

    def is_significant(self, cell: MatrixCell) -> bool:
        """Whether the gain of a cell is significant after adjustment: the only rule of the page."""
        return cell.p_adjusted is not None and cell.p_adjusted <= self.evaluation.alpha
