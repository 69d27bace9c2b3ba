"""The stored losses of a trial: scores of its answers, and result rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from codem_ray.records import AnswerScore, LossResult, ReferenceAnswer
from codem_ray.scoring.stage_files import read_rows, write_results, write_rows
from codem_ray.storage import Storage, file_digest
from codem_ray.sweep.stages import RESULTS_DIGEST, LossCellPlan, remove_old_results

SCORES = "scores.jsonl.gz"


def store_losses(
    storage: Storage,
    cell: LossCellPlan,
    answers: Sequence[ReferenceAnswer],
    scores: Sequence[AnswerScore],
) -> None:
    """Write the rows of a cell, then its stage with the log-likelihood of every token.

    A stage that is undamaged and belongs to these rows is kept.
    """
    rows = loss_results(cell, answers, scores)
    remove_old_results(storage, cell)
    with storage.writing(cell.results_name) as path:
        write_results(path, rows, LossResult)
        results_digest = file_digest(path)
    manifest = cell.stage(storage).manifest(is_checked=True)
    if manifest is not None and manifest.facts.get(RESULTS_DIGEST) == results_digest:
        return
    inputs = {
        "trial_id": cell.trial.trial_id,
        "benchmark": cell.benchmark.name,
        "benchmark_digest": cell.benchmark.digest,
        "style": cell.style.value,
        "key": cell.key,
    }
    with cell.stage(storage).writing(inputs) as writer:
        write_rows(writer.folder / SCORES, scores, AnswerScore)
        writer.facts.update(
            answers=len(rows),
            tokens=sum(row.tokens for row in rows),
            left_out=sum(row.is_left_out for row in rows),
        )
        writer.facts[RESULTS_DIGEST] = results_digest


def stored_scores(storage: Storage, cell: LossCellPlan) -> list[AnswerScore] | None:
    """Return the scores that the stage of a cell holds; None if it is missing or damaged.

    Runs with and without a limit have result rows of their own and share their stages.
    """
    stage = cell.stage(storage)
    if stage.manifest(is_checked=True) is None:
        return None
    return read_rows(stage.folder() / SCORES, AnswerScore)


def loss_results(
    cell: LossCellPlan, answers: Sequence[ReferenceAnswer], scores: Sequence[AnswerScore]
) -> list[LossResult]:
    """Return the row of each answer; the loss is the mean over its tokens."""
    rows = []
    for answer, score in zip(answers, scores, strict=True):
        tokens = len(score.log_likelihoods)
        rows.append(
            LossResult(
                trial_id=cell.trial.trial_id,
                source=cell.trial.source,
                seed=cell.trial.seed,
                target=cell.benchmark.target,
                benchmark=cell.benchmark.name,
                benchmark_digest=cell.benchmark.digest,
                prompt_style=cell.style,
                task_id=answer.task_id,
                group=answer.group,
                loss=-math.fsum(score.log_likelihoods) / tokens if tokens else math.nan,
                tokens=tokens,
                is_left_out=not tokens,
                is_limited=cell.benchmark.is_limited,
                common_id=answer.common_id,
            )
        )
    return rows
