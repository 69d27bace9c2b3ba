"""The sentences at the top of the report: what helps what, and how sure that is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from codem_ray.analysis.transfer_results import Contrast, TransferStudy
from codem_ray.config import PROSE, SHUFFLED
from codem_ray.languages import LANGUAGES
from codem_ray.records import Metric, PromptStyle
from codem_ray.report.matrix_layout import display_name
from codem_ray.report.report_data import ReportData
from codem_ray.wording import plural

_CONTROLS = {PROSE: ", answers in words", SHUFFLED: ", answers of other questions"}
"""What the controls were tuned on."""
_FLOOR = 0.05
"""Score of base up to which the study cannot show that tuning makes a model worse."""


class ReportFinding(NamedTuple):
    """A finding with its label."""

    label: str
    text: str


def findings(data: ReportData) -> list[ReportFinding]:
    """Return the findings on languages, on controls, and on how sure they are."""
    related, found = data.evaluation.related_pairs, []
    study, losses = data.study, data.loss_study
    if study is not None and study.other is not None:
        found = [
            ReportFinding("Transfer", _languages(study, study.other, related)),
            ReportFinding("Controls", _controls(study, data)),
            ReportFinding("Certainty", _certainty(study, study.other) + _limits(data)),
        ]
    if losses is not None and losses.other is not None:
        sentences = [_languages(losses, losses.other, related)]
        if not found:
            sentences.append(_certainty(losses, losses.other))
        found.append(ReportFinding("Loss on reference answers", " ".join(sentences)))
    return found or [ReportFinding("Models", _no_transfer(data))]


def _languages(study: TransferStudy, other: Contrast, related: Collection[frozenset[str]]) -> str:
    """Describe other languages, the own language and related pairs."""
    languages = "a programming language"
    if other.sources > 1:
        languages = f"one of {other.sources} programming languages"
    text = (
        f"Models tuned on {languages} and tested on another gain {_effect(study, other)} over base "
        "on average."
    )
    if study.own is not None:
        text += (
            f" Tuning on the tested language itself adds {_effect(study, study.own)} to what other "
            "languages give."
        )
    if study.related is not None:
        tested = {frozenset((part.source, part.target)) for part in study.parts}
        pairs = ", ".join(sorted(_pair(pair) for pair in related if pair in tested))
        text += (
            f" Related pairs ({pairs}) add {_effect(study, study.related)} to what unrelated pairs "
            f"predict, on average over {plural(study.related.cells, 'cell')}."
        )
    return text


def _controls(study: TransferStudy, data: ReportData) -> str:
    """Describe the gain over the best control, and over base in the other prompt style."""
    if study.over_control is not None:
        control = next(part.control for part in study.parts if part.control)
        text = (
            f"Over the best control ({display_name(control)}{_CONTROLS.get(control, '')}) the gain "
            f"in other languages is {_effect(study, study.over_control)}."
        )
    else:
        text = (
            "No control (prose, shuffled) was run on all targets, so this gain may come from "
            "learning the form of an answer alone."
        )
    other_style = next(style for style in PromptStyle if style != data.evaluation.baseline_style)
    otherwise = data.study_over(other_style)
    if otherwise is None or otherwise.other is None:
        return text
    return f"{text} Over base asked by {other_style} it is {_effect(otherwise, otherwise.other)}."


def _certainty(study: TransferStudy, other: Contrast) -> str:
    """State seeds, groups of problems, tests, and the smallest effects that can be detected."""
    cell = (
        "no single cell can be significant"
        if study.detectable_cell is None
        else "the smallest effect detected with 80 % power is "
        f"{size_text(study.detectable_cell, study.metric)} in a cell"
    )
    contrasts = f"{size_text(other.detectable, study.metric)} in the mean over other languages"
    if study.own is not None:
        contrasts += (
            f" and {size_text(study.own.detectable, study.metric)} between own and other languages"
        )
    joint = ", and " if study.detectable_cell is not None else "; 80 % power detects "
    return (
        f"{study.scope} With at least {plural(study.num_groups, 'independent group')} "
        f"of problems per target (variants of one problem are one group) and "
        f"{plural(study.num_tests, 'test')}, {cell}{joint}{contrasts}."
    )


def _limits(data: ReportData) -> str:
    """State what the study cannot show, and which setting of a searched source it is about."""
    text = ""
    best = max((cell.baseline for cell in data.tested if cell.baseline is not None), default=1.0)
    if best <= _FLOOR:
        text += (
            f" Base solves at most {100 * best:.0f} % of a target's problems, so the study cannot "
            "show that tuning makes a model worse."
        )
    if data.best_settings:
        metrics = sorted({str(row["metric"]) for row in data.inputs.search if row["best"]})
        text += (
            f" The row of each searched source is that of its best setting, chosen by "
            f"{' or '.join(metrics)} and not by scores."
        )
    section = data.inputs.sweep.get("data")
    if isinstance(section, Mapping) and section.get("decontaminate") is False:
        text += " Training pairs were not compared with the problems: data.decontaminate is off."
    return text


def _effect(study: TransferStudy, contrast: Contrast) -> str:
    verdict = "significant" if study.is_significant(contrast) else "not significant"
    return f"{contrast.text(study.metric)[:-1]}; {verdict})"


def size_text(effect: float, metric: Metric) -> str:
    """Return the size of an effect without its sign, in the unit of the metric."""
    if metric is Metric.LOSS:
        return f"{effect:.3f} nats per token"
    return f"{100 * effect:.0f} points" if effect >= 0.095 else f"{100 * effect:.1f} points"


def _pair(pair: frozenset[str]) -> str:
    return " and ".join(display_name(name) for name in LANGUAGES if name in pair)


def _no_transfer(data: ReportData) -> str:
    """Describe a sweep without a gain of one language in another."""
    sources = {cell.source for cell in data.matrix.cells.values()}
    models = f"{plural(len(sources), 'model')} on {plural(len(data.matrix.columns), 'target')}"
    if sources == {"base"}:
        return f"{models}; there is no tuned model to compare with base."
    if "base" not in sources:
        return f"{models}; base is not among the models, so there are no gains."
    if not data.tested:
        return f"{models}; base was not scored on the same problems, so there are no gains."
    return f"{models}; none was tuned on one programming language and tested on another."
