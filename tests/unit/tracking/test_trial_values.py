"""Values of trials as MLflow shows them: means, gains, the best models, datasets and texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.analysis import MatrixCell
from codem_ray.records import Metric, PromptStyle
from codem_ray.sweep.facts import BenchmarkFacts
from codem_ray.sweep.sweep_plan import TrialKind, TrialPlan
from codem_ray.tracking.best_models import best_models
from codem_ray.tracking.descriptions import NOTE_HEADING, best_models_text, ui_lines
from codem_ray.tracking.gains import gain_values
from codem_ray.tracking.run_metrics import run_scores
from codem_ray.tracking.training_corpora import training_corpus
from codem_ray.tracking.values import CurvePoint, TargetScore


def cell(source: str, target: str, value: float, **changes: object) -> MatrixCell:
    made = MatrixCell(
        source=source,
        target=target,
        trial_id=f"{source}-s0",
        seed=0,
        benchmark=f"humaneval-{target}",
        benchmark_digest="d",
        prompt_style=PromptStyle.INSTRUCTION,
        metric=Metric.PASS_AT_K,
        k=1,
        samples=1,
        problems=100,
        value=value,
        ci_low=value - 0.1,
        ci_high=value + 0.1,
        baseline=0.25,
        gain=value - 0.25,
        gain_ci_low=value - 0.5,
        gain_ci_high=value,
        p_value=0.01,
        p_adjusted=0.02,
        better=3,
        worse=1,
        incomplete=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def trial(source: str, kind: TrialKind = TrialKind.TRAINED) -> TrialPlan:
    return TrialPlan(
        trial_id=f"{source}-s0",
        source=source,
        seed=0,
        kind=kind,
        model="base",
        revision=None,
        styles=(PromptStyle.INSTRUCTION,),
    )


def benchmark(name: str, target: str) -> BenchmarkFacts:
    return BenchmarkFacts(
        name=name,
        target=target,
        problems=100,
        quarantined=0,
        groups=100,
        digest="d",
        is_limited=False,
    )


JAVA, GO = benchmark("humaneval-java", "java"), benchmark("humaneval-go", "go")
TRIALS = [trial("base", TrialKind.UNTUNED), trial("java"), trial("go")]


def score(target: str, benchmark: str, value: float, metric: str = "pass_at_1") -> TargetScore:
    return TargetScore(
        target=target,
        benchmark=benchmark,
        benchmark_digest="d",
        value=value,
        problems=9,
        metric=metric,
    )


def test_the_score_of_a_run_is_the_mean_over_its_targets() -> None:
    rows = [score("java", "a", 0.5), score("go", "b", 0.1), score("c", "d", 0.0)]
    values = run_scores([*rows, score("java", "loss-java", 1.5, "loss")])
    assert values["pass_at_1"] == pytest.approx(0.2)
    assert values["pass_at_1/java"] == 0.5
    assert (values["loss"], values["loss/java"]) == (1.5, 1.5)


def test_a_target_with_two_benchmarks_counts_once_in_the_mean() -> None:
    values = run_scores([score("c", "a", 0.2), score("c", "b [x]", 0.4), score("go", "d", 0.9)])
    assert values["pass_at_1"] == pytest.approx(0.6)
    assert (values["pass_at_1/c/a"], values["pass_at_1/c/b _x_"]) == (0.2, 0.4)
    assert "pass_at_1/c" not in values


def test_gains_and_bounds_of_each_trial_are_metrics() -> None:
    pooled = cell("java", "java", 0.9, seed="all", trial_id="all")
    cells = [cell("java", "java", 0.5), cell("java", "go", 0.25), pooled]
    values = gain_values(cells, PromptStyle.COMPLETION)
    assert set(values) == {"java-s0"}
    own = values["java-s0"]
    assert (own["gain/java"], own["gain_ci_low/java"], own["gain_ci_high/java"]) == (0.25, 0.0, 0.5)
    assert own["gain"] == pytest.approx(0.125)
    assert own["pass_at_1_ci_low/java"] == pytest.approx(0.4)
    assert own["gain_p_adjusted/go"] == 0.02


def test_cells_that_are_incomplete_or_of_a_higher_k_have_no_gain_metrics() -> None:
    cells = [
        cell("java", "java", 0.5, incomplete=True),
        cell("java", "go", 0.3),
        cell("java", "go", 0.8, k=10),
    ]
    own = gain_values(cells, PromptStyle.COMPLETION)["java-s0"]
    assert own["gain/go"] == pytest.approx(0.05)
    assert not any(name.endswith("/java") or "at_10" in name for name in own)


def test_losses_have_names_of_their_own() -> None:
    loss = cell("java", "java", 1.5, metric=Metric.LOSS, k=None, gain=0.3)
    own = gain_values([loss, cell("java", "java", 0.5)], PromptStyle.COMPLETION)["java-s0"]
    assert (own["loss_gain/java"], own["gain/java"]) == (0.3, 0.25)
    assert own["loss_ci_low/java"] == pytest.approx(1.4)


def test_both_styles_of_base_have_bounds() -> None:
    cells = [
        cell("base", "go", 0.2, prompt_style=PromptStyle.COMPLETION, gain=None),
        cell("base", "go", 0.1),
    ]
    own = gain_values(cells, PromptStyle.COMPLETION)["base-s0"]
    assert own["pass_at_1_ci_high/go"] == pytest.approx(0.3)
    assert own["pass_at_1_instruction_ci_high/go"] == pytest.approx(0.2)


def test_the_best_model_is_the_tuned_one_with_the_highest_score_on_the_first_benchmark() -> None:
    other = benchmark("mceval-java", "java")
    cells = [
        cell("base", "java", 0.99),
        cell("java", "java", 0.4),
        cell("go", "java", 0.6),
        cell("java", "java", 0.9, benchmark="mceval-java"),
        cell("java", "go", 0.3),
        cell("go", "go", 0.3),
    ]
    best = best_models(cells, TRIALS, [JAVA, other, GO])
    assert [(b.target, b.trial.source, b.score, b.benchmark) for b in best] == [
        ("java", "go", 0.6, "humaneval-java"),
        # A tie: the source that the sweep file lists first.
        ("go", "java", 0.3, "humaneval-go"),
    ]
    assert best[0].alias == "best-java"


def test_an_incomplete_cell_is_never_the_best() -> None:
    cells = [cell("java", "java", 0.4), cell("go", "java", 0.6, incomplete=True)]
    assert [b.trial.source for b in best_models(cells, TRIALS, [JAVA])] == ["java"]
    assert best_models([cells[1]], TRIALS, [JAVA]) == []


def test_the_description_leads_to_run_curve_completions_and_corpus() -> None:
    best = best_models([cell("go", "java", 0.6)], TRIALS, [JAVA])
    text = best_models_text("7", best, {"go-s0": "abc"}, None)
    assert text.startswith(NOTE_HEADING)
    completions = "#/experiments/7/runs/abc/artifacts/completions/humaneval-java.instruction.json"
    row = next(line for line in text.splitlines() if line.startswith("| Java"))
    for link in (
        "[go-s0](#/experiments/7/runs/abc?",
        "[curve](#/metric?runs=%5B%22abc%22%5D&metric=%22train%2Floss%22&experiments=%5B%227%22%5D",
        f"[completions]({completions}?",
    ):
        assert link in row, row
    assert best_models_text("7", best, {"go-s0": "abc"}, 4).startswith(f"{NOTE_HEADING} (limit 4)")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://mlflow:5000/", "http://mlflow:5000/#/experiments/3/runs?workflowType="),
        ("sqlite:////data/mlflow.db", "mlflow ui --backend-store-uri 'sqlite:////data/mlflow.db'"),
    ],
)
def test_the_end_of_a_run_says_how_to_open_the_view_of_model_training(
    uri: str, expected: str
) -> None:
    text = "\n".join(ui_lines(uri, "3"))
    assert expected in text
    assert "#/experiments/3/runs?workflowType=machine_learning" in text


def test_the_password_of_a_database_is_not_printed() -> None:
    assert "secret" not in "".join(ui_lines("postgresql://me:secret@host/mlflow", "3"))


def test_the_corpus_of_a_source_has_its_numbers_origins_and_a_digest() -> None:
    row = {"source": "java", "pairs": 60, "tokens": 900, "languages": {"java": 60}}
    origin = {"corpus": "/data/java.jsonl", "revision": "", "digest": "d", "licence": "mit"}
    card = {
        "build": "b1",
        "settings": {"seed": 0},
        "corpora": [origin],
        "sources": [row],
    }
    corpus = training_corpus(card, "java")
    assert corpus is not None
    assert corpus.profile["num_rows"] == 60
    assert corpus.origins == ({"path": "/data/java.jsonl", "digest": "d", "licence": "mit"},)
    changed = training_corpus({**card, "sources": [{**row, "pairs": 61}]}, "java")
    assert changed is not None
    assert changed.digest != corpus.digest
    assert training_corpus(card, "base") is None
    assert training_corpus({}, "java") is None


def test_a_point_without_a_time_gets_the_time_of_logging() -> None:
    old = CurvePoint.of({"step": 1, "loss": 2.0, "lr": 0.1}, 77)
    assert (old.timestamp_ms, dict(old.metrics)) == (77, {"train/loss": 2.0, "train/lr": 0.1})
    new = CurvePoint.of({"step": 1, "time": 1.5, "loss": 2.0, "system/cpu": 3.0}, 77)
    assert (new.timestamp_ms, dict(new.metrics)) == (1500, {"train/loss": 2.0, "system/cpu": 3.0})
    measured = {"step": 1, "heldout_loss/c": 1.5, "mfu": 0.4, "seconds/data": 3.0}
    assert dict(CurvePoint.of(measured, 77).metrics) == {
        "heldout_loss/c": 1.5,
        "train/mfu": 0.4,
        "train/seconds/data": 3.0,
    }
